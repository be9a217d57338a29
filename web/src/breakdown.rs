//! What an item's occurrences have in common: the values of each facet, and how often each came.

use std::borrow::Cow;

use chrono::{Days, NaiveDate};

use crate::format;

/// What an item's occurrences of some days have in common.
#[derive(Clone, Debug, Default)]
pub struct Breakdown {
    /// The days that are looked at.
    pub span: Span,
    /// The facets, in any order.
    pub facets: Vec<Facet>,
}

/// The days that a breakdown looks at: the GET parameter `facets`. They are days of UTC, which is
/// what is counted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Span {
    /// Today and yesterday, so that the last 24 hours are in it at any time.
    Days2,
    /// Two weeks.
    #[default]
    Days14,
    /// As long as is counted.
    Days90,
}

/// One facet.
#[derive(Clone, Debug)]
pub struct Facet {
    /// `browser`; `tags.plan` and `custom.step` where the application chose it.
    pub key: String,
    /// Its values with their counts, the most frequent first; rare ones may be left out.
    pub values: Vec<(String, i64)>,
    /// How often all its values came.
    pub total: i64,
}

/// A line of a facet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line<'f> {
    /// `None` for all others together.
    pub(crate) value: Option<&'f str>,
    pub(crate) count: i64,
    total: i64,
}

/// Facets that are seen at once: one row in a wide window.
const SEEN: usize = 4;

/// Values of a facet that are seen at once.
const SEEN_VALUES: usize = 3;

/// Our own facets in the order in which they answer "whom does it meet?", and what they are called.
const OURS: [(&str, &str); 8] = [
    ("version", "Version"),
    ("browser", "Browser"),
    ("os", "System"),
    ("url", "URL"),
    ("host", "Host"),
    ("person", "Person"),
    ("device", "Device"),
    ("runtime", "Runtime"),
];

impl Span {
    /// All choices, as they are offered.
    pub const ALL: [Self; 3] = [Self::Days2, Self::Days14, Self::Days90];

    const fn days(self) -> u64 {
        match self {
            Self::Days2 => 2,
            Self::Days14 => 14,
            Self::Days90 => 90,
        }
    }

    /// The word used in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Days2 => "2d",
            Self::Days14 => "14d",
            Self::Days90 => "90d",
        }
    }

    /// The choice as people say it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Days2 => "2 days",
            Self::Days14 => "14 days",
            Self::Days90 => "90 days",
        }
    }

    /// The choice of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }

    /// Its first day, if it ends with `today`.
    pub fn first_day(self, today: NaiveDate) -> NaiveDate {
        today - Days::new(self.days() - 1)
    }
}

impl Breakdown {
    /// The facets in the order in which they are read: ours, then the application's by name.
    fn in_order(&self) -> Vec<&Facet> {
        let mut facets: Vec<_> = self.facets.iter().collect();
        facets.sort_by_key(|facet| (facet.place(), &facet.key));
        facets
    }

    pub(crate) fn seen(&self) -> Vec<&Facet> {
        self.in_order().into_iter().take(SEEN).collect()
    }

    pub(crate) fn folded(&self) -> Vec<&Facet> {
        self.in_order().into_iter().skip(SEEN).collect()
    }
}

impl Facet {
    fn place(&self) -> usize {
        let place = OURS.iter().position(|(key, _)| *key == self.key);
        place.unwrap_or(OURS.len())
    }

    pub(crate) fn label(&self) -> &str {
        let ours = OURS.iter().find(|(key, _)| *key == self.key);
        match ours {
            Some((_, label)) => label,
            None => self.key.split_once('.').map_or(&self.key, |(_, name)| name),
        }
    }

    /// Where the application said it, for facets that are its own.
    pub(crate) fn origin(&self) -> Option<&'static str> {
        match self.key.split_once('.')?.0 {
            "tags" => Some("tag"),
            "custom" => Some("custom"),
            _ => None,
        }
    }

    /// Whether it says nothing because each occurrence has another value: an id, a time.
    pub(crate) fn is_scattered(&self) -> bool {
        const FEW: i64 = 4;
        self.total > FEW && self.values.iter().all(|(_, count)| *count == 1)
    }

    fn lines(&self) -> Vec<Line<'_>> {
        let line = |value, count| Line {
            value,
            count,
            total: self.total,
        };
        let counts = self.values.iter().map(|(_, count)| *count);
        let known = counts.fold(0, i64::saturating_add);
        let others = self.total.saturating_sub(known);
        let values = self.values.iter();
        values
            .map(|(value, count)| line(Some(value.as_str()), *count))
            .chain((others > 0).then(|| line(None, others)))
            .collect()
    }

    /// How many lines are seen at once. One alone is not worth folding.
    fn seen_count(&self) -> usize {
        if self.is_scattered() {
            return 0;
        }
        let lines = self.lines().len();
        if lines > SEEN_VALUES + 1 {
            SEEN_VALUES
        } else {
            lines
        }
    }

    pub(crate) fn seen(&self) -> Vec<Line<'_>> {
        let mut lines = self.lines();
        lines.truncate(self.seen_count());
        lines
    }

    pub(crate) fn folded_count(&self) -> usize {
        self.lines().len() - self.seen_count()
    }

    pub(crate) fn folded(&self) -> Vec<Line<'_>> {
        self.lines().split_off(self.seen_count())
    }
}

impl Line<'_> {
    /// `43%`, and `<1%` of what is not nothing.
    pub(crate) fn share(&self) -> String {
        match self.percent() {
            0 => "<1%".to_owned(),
            100 if self.count < self.total => ">99%".to_owned(),
            percent => format!("{percent}%"),
        }
    }

    /// How long its bar is.
    pub(crate) fn width(&self) -> String {
        format!("{}%", self.percent().max(1))
    }

    fn percent(&self) -> i64 {
        let (count, total) = (i128::from(self.count), i128::from(self.total.max(1)));
        let percent = (count * 100 + total / 2) / total;
        i64::try_from(percent).unwrap_or_default().clamp(0, 100)
    }

    pub(crate) fn name(&self) -> Cow<'_, str> {
        format::visible(self.value.unwrap_or("Others"))
    }

    pub(crate) fn title(&self) -> String {
        let count = format::counted(self.count, "occurrence", "occurrences");
        format!("{}: {count}", self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facet(key: &str, values: &[(&str, i64)], total: i64) -> Facet {
        Facet {
            key: key.to_owned(),
            values: values
                .iter()
                .map(|(value, count)| ((*value).to_owned(), *count))
                .collect(),
            total,
        }
    }

    #[test]
    fn ours_come_first_and_the_rest_is_folded() {
        let breakdown = Breakdown {
            span: Span::default(),
            facets: [
                "custom.step",
                "os",
                "tags.plan",
                "host",
                "version",
                "person",
            ]
            .map(|key| facet(key, &[("a", 1)], 1))
            .to_vec(),
        };
        let keys = |facets: Vec<&Facet>| -> Vec<String> {
            facets
                .iter()
                .map(|facet| facet.label().to_owned())
                .collect()
        };
        assert_eq!(
            keys(breakdown.seen()),
            ["Version", "System", "Host", "Person"]
        );
        assert_eq!(keys(breakdown.folded()), ["step", "plan"]);
        assert_eq!(breakdown.folded()[0].origin(), Some("custom"));
    }

    #[test]
    fn what_is_not_named_is_others() {
        let known = facet("os", &[("Linux", 995), ("macOS", 2)], 1_000);
        let lines = known.lines();
        let shares: Vec<_> = lines.iter().map(Line::share).collect();
        assert_eq!(shares, [">99%", "<1%", "<1%"]);
        assert_eq!(lines[2].title(), "Others: 3 occurrences");
        assert_eq!(lines[0].width(), "100%");
        assert!(known.folded().is_empty());
        let many = facet(
            "os",
            &[("a", 5), ("b", 4), ("c", 3), ("d", 2), ("e", 1)],
            15,
        );
        assert_eq!((many.seen().len(), many.folded().len()), (3, 2));
    }

    #[test]
    fn values_that_never_come_again_are_folded_away() {
        let scattered = facet("custom.request", &[("a", 1), ("b", 1)], 50);
        assert!(scattered.seen().is_empty());
        assert_eq!(scattered.folded().len(), 3);
        assert!(!facet("host", &[("a", 1), ("b", 1)], 2).is_scattered());
    }

    #[test]
    fn a_span_ends_today() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day");
        let first = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
        assert_eq!(Span::Days2.first_day(today), first);
        for span in Span::ALL {
            assert_eq!(Span::parse(span.name()), Some(span));
        }
        assert_eq!(Span::parse("1y"), None);
    }
}
