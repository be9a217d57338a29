//! What happened before an occurrence: Sentry's breadcrumbs and Rollbar's telemetry, as one timeline.

use chrono::{DateTime, Utc};

use crate::{datum::Datum, format, level::Level};

/// Something that happened before an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crumb {
    /// When, by the sender's clock.
    pub at: Option<DateTime<Utc>>,
    /// What kind of thing; decides about its icon.
    pub kind: CrumbKind,
    /// How bad, where it was said.
    pub level: Option<Level>,
    /// Where it comes from, in the sender's words: `console`, `ui.click`, `shop.billing`.
    pub category: Option<String>,
    /// What happened; may be empty and may have several lines.
    pub message: String,
    /// What else was said, by name.
    pub data: Vec<(String, Datum)>,
}

/// Kinds of things that happen before an occurrence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CrumbKind {
    /// Another page or screen.
    Navigation,
    /// A request over the network.
    Http,
    /// A line of a log or console.
    Log,
    /// A click or a key.
    Ui,
    /// An error that went before.
    Error,
    /// A question to a database or cache.
    Query,
    /// Who it was, or what they did.
    User,
    /// The device or its connection.
    Device,
    /// Anything else.
    #[default]
    Other,
}

impl CrumbKind {
    /// The kind that a sender's words mean: Sentry's `type` and `category`, Rollbar's `type`.
    ///
    /// Sentry leaves the type at `default` for most and says it by the category, so that is asked
    /// where the type says nothing.
    pub fn named(kind: &str, category: &str) -> Self {
        Self::word(kind)
            .or_else(|| Self::word(category.split(['.', '/', ':']).next().unwrap_or_default()))
            .unwrap_or_default()
    }

    fn word(word: &str) -> Option<Self> {
        Some(match word {
            "navigation" => Self::Navigation,
            "http" | "network" | "xhr" | "fetch" | "httplib" | "requests" | "aiohttp" => Self::Http,
            "log" | "console" | "debug" | "info" | "logger" | "logging" => Self::Log,
            "ui" | "dom" | "touch" => Self::Ui,
            "error" | "exception" | "sentry" => Self::Error,
            "query" | "db" | "sql" | "redis" | "cache" => Self::Query,
            "user" | "auth" => Self::User,
            "device" | "connectivity" | "system" | "app" => Self::Device,
            _ => return None,
        })
    }

    /// The word used in CSS classes and pages.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Navigation => "navigation",
            Self::Http => "http",
            Self::Log => "log",
            Self::Ui => "ui",
            Self::Error => "error",
            Self::Query => "query",
            Self::User => "user",
            Self::Device => "device",
            Self::Other => "event",
        }
    }
}

/// How many of the last things are shown at once; what led to an error is rarely further away.
const SHOWN: usize = 15;

/// Characters of a line that are shown at once: some three lines of a wide page.
const LINE_SHOWN_CHARS: usize = 300;
/// How much of a longer one is shown before it is opened.
const LINE_TEASER_CHARS: usize = 200;
/// Values that are shown at once, in one line.
const DATA_SHOWN: usize = 4;
/// Bytes of a value in such a line.
const VALUE_SHOWN_BYTES: usize = 60;

/// What happened before an occurrence, as a page shows it.
pub(crate) struct Timeline<'a> {
    /// What is folded, oldest first.
    pub(crate) earlier: &'a [Crumb],
    /// What is shown at once, oldest first.
    pub(crate) last: &'a [Crumb],
}

impl<'a> Timeline<'a> {
    pub(crate) fn of(crumbs: &'a [Crumb]) -> Self {
        let (earlier, last) = crumbs.split_at(crumbs.len().saturating_sub(SHOWN));
        Self { earlier, last }
    }

    /// How many are folded: `12 earlier entries`.
    pub(crate) fn folded(&self) -> String {
        let number = i64::try_from(self.earlier.len()).unwrap_or(i64::MAX);
        format::counted(number, "earlier entry", "earlier entries")
    }
}

/// What a crumb says: a line, and the data that the line does not say.
pub(crate) struct Said<'a> {
    /// May be empty.
    pub(crate) line: String,
    pub(crate) rest: Vec<&'a (String, Datum)>,
}

impl Said<'_> {
    /// Whether the line is folded at first.
    pub(crate) fn is_long(&self) -> bool {
        self.line.chars().nth(LINE_SHOWN_CHARS).is_some()
    }

    /// The beginning of a long line.
    pub(crate) fn teaser(&self) -> String {
        format::cut(&self.line, LINE_TEASER_CHARS)
    }

    /// Whether the rest is so little that it is shown at once.
    pub(crate) fn is_short(&self) -> bool {
        self.rest.len() <= DATA_SHOWN
            && self.rest.iter().all(|(_, value)| match value {
                Datum::Text(text) | Datum::Number(text) => text.len() <= VALUE_SHOWN_BYTES,
                Datum::Null | Datum::Bool(_) => true,
                Datum::List(_) | Datum::Object(_) => false,
            })
    }
}

impl Crumb {
    /// How long before the error: `−3.2 s`; empty where it is not known.
    pub(crate) fn offset(&self, error_at: &DateTime<Utc>) -> String {
        self.at.map_or_else(String::new, |at| {
            format::offset(at.signed_duration_since(error_at))
        })
    }

    /// What stands before the message: the category, or the kind where there is none.
    pub(crate) fn source(&self) -> &str {
        self.category
            .as_deref()
            .filter(|category| !category.is_empty())
            .unwrap_or(self.kind.name())
    }

    /// Whether the level says more than that something happened.
    pub(crate) fn says_level(&self) -> bool {
        !matches!(self.level, None | Some(Level::Info | Level::Debug))
    }

    /// What happened, in a line: the message, else what its data says of it.
    pub(crate) fn said(&self) -> Said<'_> {
        let text = |name: &str| {
            let (_, value) = self.data.iter().find(|(key, _)| key == name)?;
            match value {
                Datum::Text(text) | Datum::Number(text) => Some(text.as_str()),
                _ => None,
            }
        };
        let (line, told): (String, &[&str]) = match self.kind {
            _ if !self.message.is_empty() => (self.message.clone(), &[]),
            CrumbKind::Http => match (text("method"), text("url"), text("status_code")) {
                (method, Some(url), status) => {
                    let words = [method, Some(url)].into_iter().flatten();
                    let request = words.collect::<Vec<_>>().join(" ");
                    let line =
                        status.map_or(request.clone(), |status| format!("{request} → {status}"));
                    (line, &["method", "url", "status_code"])
                }
                _ => (String::new(), &[]),
            },
            CrumbKind::Navigation => match (text("from"), text("to")) {
                (Some(from), Some(to)) => (format!("{from} → {to}"), &["from", "to"]),
                _ => (String::new(), &[]),
            },
            _ => (String::new(), &[]),
        };
        let rest = self
            .data
            .iter()
            .filter(|(name, _)| !told.contains(&name.as_str()));
        Said {
            line,
            rest: rest.collect(),
        }
    }

    /// Whether it is so bad that the eye should find it.
    pub(crate) fn is_bad(&self) -> bool {
        matches!(self.level, Some(Level::Critical | Level::Error)) || self.kind == CrumbKind::Error
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn kinds_are_told_by_the_words_of_both_protocols() {
        let cases = [
            ("navigation", "", CrumbKind::Navigation),
            ("default", "navigation", CrumbKind::Navigation),
            ("http", "fetch", CrumbKind::Http),
            ("", "xhr", CrumbKind::Http),
            ("network", "", CrumbKind::Http),
            ("default", "ui.click", CrumbKind::Ui),
            ("dom", "", CrumbKind::Ui),
            ("default", "console", CrumbKind::Log),
            ("manual", "", CrumbKind::Other),
            ("default", "query", CrumbKind::Query),
            ("", "shop.billing", CrumbKind::Other),
            ("connectivity", "", CrumbKind::Device),
        ];
        for (kind, category, expected) in cases {
            assert_eq!(
                CrumbKind::named(kind, category),
                expected,
                "{kind} {category}"
            );
        }
    }

    #[test]
    fn only_the_last_ones_are_shown_at_once() {
        let crumb = Crumb {
            at: None,
            kind: CrumbKind::Log,
            level: None,
            category: None,
            message: String::new(),
            data: Vec::new(),
        };
        let many = vec![crumb; SHOWN + 3];
        let timeline = Timeline::of(&many);
        assert_eq!((timeline.earlier.len(), timeline.last.len()), (3, SHOWN));
        let few = &many[..2];
        assert!(Timeline::of(few).earlier.is_empty());
    }

    #[test]
    fn data_makes_a_line_where_there_is_no_message() {
        let crumb = |kind, message: &str, data: &[(&str, &str)]| Crumb {
            at: None,
            kind,
            level: None,
            category: None,
            message: message.to_owned(),
            data: data
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Datum::text(*value)))
                .collect(),
        };
        let request = [("method", "GET"), ("url", "/stock"), ("status_code", "503")];
        let cases = [
            (crumb(CrumbKind::Http, "", &request), "GET /stock → 503", 0),
            (crumb(CrumbKind::Http, "asked", &request), "asked", 3),
            (crumb(CrumbKind::Http, "", &request[..1]), "", 1),
            (
                crumb(
                    CrumbKind::Navigation,
                    "",
                    &[("from", "/"), ("to", "/cart"), ("by", "click")],
                ),
                "/ → /cart",
                1,
            ),
            (crumb(CrumbKind::Ui, "", &request), "", 3),
        ];
        for (crumb, line, rest) in cases {
            let said = crumb.said();
            assert_eq!(
                (said.line.as_str(), said.rest.len()),
                (line, rest),
                "{crumb:?}"
            );
        }
    }

    #[test]
    fn it_is_told_how_long_before_the_error_it_was() {
        let error_at = DateTime::UNIX_EPOCH + TimeDelta::days(9);
        let crumb = |before| Crumb {
            at: Some(error_at - before),
            kind: CrumbKind::Log,
            level: None,
            category: Some(String::new()),
            message: String::new(),
            data: Vec::new(),
        };
        let three = crumb(TimeDelta::milliseconds(3_210));
        assert_eq!(three.offset(&error_at), "−3.2 s");
        assert_eq!(three.source(), "log");
        let unknown = Crumb { at: None, ..three };
        assert_eq!(unknown.offset(&error_at), "");
    }
}
