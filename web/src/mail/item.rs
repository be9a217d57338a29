//! The mail about an item: new, back, or failing often.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{format, level::Level, mail::Mail, rule};

/// What a mail about an item says.
#[derive(Clone, Debug)]
pub struct ItemMail {
    /// Why it is sent.
    pub reason: Reason,
    /// The project's name.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// How bad it is.
    pub level: Level,
    /// The item's number within the project.
    pub counter: i64,
    /// The item's title.
    pub title: String,
    /// The frame that failed, where there is a trace.
    pub culprit: Option<CulpritFrame>,
    /// The version that failed, where known.
    pub version: Option<String>,
    /// Occurrences since the item was first seen.
    pub total: i64,
    /// When the occurrence arrived that this is about.
    pub at: DateTime<Utc>,
    /// The reader's time zone.
    pub zone: Tz,
    /// The item's whole URL, for mails leave the site.
    pub item_url: String,
    /// Why the reader gets it, as in `You get this by the rule “New items” of the project Shop.`
    pub why: String,
    /// The whole URL of the rule that sent it; `None` where that is gone.
    pub rule_url: Option<String>,
}

/// Why a mail about an item is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its first occurrence arrived.
    New,
    /// It failed again after it was resolved.
    Reactivated {
        /// The version it was resolved in, where named.
        resolved_in: Option<String>,
    },
    /// It has that many occurrences since it became active.
    Reached(i64),
    /// That many of its occurrences arrived within some minutes.
    Rate {
        /// How many, or more.
        count: i64,
        /// Within how many minutes.
        minutes: i32,
    },
}

/// The frame that failed, with the source lines that were sent.
#[derive(Clone, Debug, Default)]
pub struct CulpritFrame {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: Option<i64>,
    /// The function or method.
    pub function: Option<String>,
    /// The source lines before `code`, in order.
    pub pre: Vec<String>,
    /// The source line itself.
    pub code: Option<String>,
    /// The source lines after `code`, in order.
    pub post: Vec<String>,
}

#[derive(Template)]
#[template(path = "mail/item.html")]
struct Html<'a> {
    mail: &'a ItemMail,
}

#[derive(Template)]
#[template(path = "mail/item.txt")]
struct Text<'a> {
    mail: &'a ItemMail,
}

/// Longest title in a subject; mail programs show about this much.
const SUBJECT_TITLE_MAX_CHARS: usize = 100;
/// Source lines on either side of the line that failed.
const CONTEXT_LINES: usize = 3;

impl ItemMail {
    /// The mail, ready to send.
    pub fn render(&self) -> askama::Result<Mail> {
        Ok(Mail {
            subject: self.subject(),
            text: Text { mail: self }.render()?,
            html: Html { mail: self }.render()?,
        })
    }

    /// `[Shop] New: KeyError: 'total' (#142)`
    pub fn subject(&self) -> String {
        let happened = match self.reason {
            Reason::New => "New".to_owned(),
            Reason::Reactivated { .. } => "Came back".to_owned(),
            Reason::Reached(count) => format!("{} occurrences", format::exact_count(count)),
            Reason::Rate { count, minutes } => rule::within(count, minutes),
        };
        let title: Vec<_> = self.title.split_whitespace().collect();
        let subject = format!(
            "[{}] {happened}: {} (#{})",
            self.project,
            format::cut(&title.join(" "), SUBJECT_TITLE_MAX_CHARS),
            self.counter,
        );
        format::visible(&subject).into_owned()
    }

    /// What happened, as a sentence.
    fn happened(&self) -> String {
        let (counter, project) = (self.counter, &self.project);
        let version = self.version.as_deref().map(format::version);
        match (&self.reason, version) {
            (Reason::Reached(count), _) => format!(
                "Item #{counter} has reached {} occurrences since it became active.",
                format::exact_count(*count)
            ),
            (Reason::Rate { count, minutes }, _) => {
                format!("Item #{counter} failed {}.", rule::within(*count, *minutes))
            }
            (Reason::New, None) => format!("Item #{counter} is new in {project}."),
            (Reason::New, Some(version)) => {
                format!("Item #{counter} is new in {project}, seen in {version}.")
            }
            (Reason::Reactivated { resolved_in: None }, None) => {
                format!("Item #{counter} came back after it was resolved.")
            }
            (Reason::Reactivated { resolved_in: None }, Some(version)) => {
                format!("Item #{counter} came back in {version}.")
            }
            (
                Reason::Reactivated {
                    resolved_in: Some(resolved),
                },
                None,
            ) => {
                format!(
                    "Item #{counter} came back. It was resolved in {}.",
                    format::version(resolved)
                )
            }
            (
                Reason::Reactivated {
                    resolved_in: Some(resolved),
                },
                Some(version),
            ) => format!(
                "Item #{counter} came back in {version}. It was resolved in {}.",
                format::version(resolved),
            ),
        }
    }

    /// What is known, by name.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            ("Project", self.project.clone()),
            ("Environment", self.environment.clone()),
            ("Level", self.level.to_string()),
        ];
        if let Some(version) = &self.version {
            facts.push(("Version", version.clone()));
        }
        facts.push(("Occurrences", format::exact_count(self.total)));
        facts.push(("Time", format::exact_time(self.at, self.zone)));
        facts
    }
}

impl CulpritFrame {
    /// `shop/cart.py:12 in add`
    fn place(&self) -> String {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let function = self
            .function
            .as_deref()
            .map(|name| format!(" in {name}"))
            .unwrap_or_default();
        format!("{}{line}{function}", self.file)
    }

    /// The source lines around the line that failed, with their numbers.
    fn lines(&self) -> Vec<Line<'_>> {
        let Some(code) = &self.code else {
            return Vec::new();
        };
        let pre = &self.pre[self.pre.len().saturating_sub(CONTEXT_LINES)..];
        let before = i64::try_from(pre.len()).unwrap_or(i64::MAX);
        let first = self.line.map_or(1, |line| line.saturating_sub(before));
        pre.iter()
            .map(|text| (text, false))
            .chain([(code, true)])
            .chain(
                self.post
                    .iter()
                    .take(CONTEXT_LINES)
                    .map(|text| (text, false)),
            )
            .zip(0_i64..)
            .map(|((text, is_current), offset)| Line {
                number: format!("{:>5}", first.saturating_add(offset)),
                text,
                is_current,
            })
            .collect()
    }
}

/// A line of source code in a mail.
struct Line<'a> {
    /// Five characters wide at least.
    number: String,
    text: &'a str,
    is_current: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> ItemMail {
        ItemMail {
            reason: Reason::New,
            project: "Shop".to_owned(),
            environment: "production".to_owned(),
            level: Level::Error,
            counter: 142,
            title: "KeyError: '<total>'".to_owned(),
            culprit: Some(CulpritFrame {
                file: "shop/cart.py".to_owned(),
                line: Some(214),
                function: Some("add_line".to_owned()),
                pre: vec!["lines.append(line)".to_owned()],
                code: Some("totals[\"total\"] += line.price".to_owned()),
                post: vec!["return self".to_owned()],
            }),
            version: Some("2.4.2".to_owned()),
            total: 1_204,
            at: DateTime::UNIX_EPOCH,
            zone: Tz::UTC,
            item_url: "https://rc.test/p/shop/items/142".to_owned(),
            why: "You get this by the rule “New items” of the project Shop.".to_owned(),
            rule_url: Some("https://rc.test/p/shop/settings/rules/3".to_owned()),
        }
    }

    #[test]
    fn the_text_says_everything() {
        let text = mail().render().expect("a mail renders").text;
        assert_eq!(
            text,
            "Item #142 is new in Shop, seen in 2.4.2.

KeyError: '<total>'

Project: Shop
Environment: production
Level: error
Version: 2.4.2
Occurrences: 1,204
Time: 1 Jan 1970, 00:00:00 UTC

shop/cart.py:214 in add_line

    213  lines.append(line)
>   214  totals[\"total\"] += line.price
    215  return self

Open the item: https://rc.test/p/shop/items/142

--
You get this by the rule “New items” of the project Shop.
https://rc.test/p/shop/settings/rules/3",
        );
    }

    #[test]
    fn the_html_escapes_what_was_sent() {
        let html = mail().render().expect("a mail renders").html;
        assert!(
            html.contains("KeyError: &#39;&#60;total&#62;&#39;"),
            "{html}"
        );
        assert!(html.contains("https://rc.test/p/shop/items/142"), "{html}");
    }

    #[test]
    fn subjects_say_what_happened_in_one_line() {
        assert_eq!(mail().subject(), "[Shop] New: KeyError: '<total>' (#142)");
        let back = ItemMail {
            reason: Reason::Reactivated {
                resolved_in: Some("2.4.1".to_owned()),
            },
            title: format!("\u{202e}{}", "a\nb ".repeat(100)),
            ..mail()
        };
        let subject = back.subject();
        assert!(
            subject.starts_with("[Shop] Came back: ⟨U+202E⟩a b a b")
                && subject.ends_with("… (#142)"),
            "{subject}"
        );
        assert_eq!(
            back.happened(),
            "Item #142 came back in 2.4.2. It was resolved in 2.4.1."
        );
        let often = ItemMail {
            reason: Reason::Reached(1_000),
            ..mail()
        };
        assert_eq!(
            often.subject(),
            "[Shop] 1,000 occurrences: KeyError: '<total>' (#142)"
        );
        let fast = ItemMail {
            reason: Reason::Rate {
                count: 50,
                minutes: 5,
            },
            ..mail()
        };
        assert_eq!(
            fast.subject(),
            "[Shop] 50 times within 5 minutes: KeyError: '<total>' (#142)"
        );
        assert_eq!(
            fast.happened(),
            "Item #142 failed 50 times within 5 minutes."
        );
    }
}
