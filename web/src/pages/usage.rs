//! Where everything went that was received for a project.

use askama::Template;
use chrono::TimeDelta;

use crate::{
    chart::{BarChart, Layer, StackedChart},
    outcome::{self, Meaning, OutcomeGroup},
    page_frame::PageFrame,
};

/// `/p/{slug}/usage`: what became of what was received, over time and by outcome.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/usage.html")]
pub struct UsagePage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// The time that is looked at.
    pub period: Period,
    /// What became of occurrences; outcomes that did not happen may be left out.
    pub outcomes: Vec<OutcomeUsage>,
    /// What was accepted and is not stored, by kind.
    pub skipped: Vec<SkippedUsage>,
    /// What SDKs say that they dropped on their side.
    pub dropped: Vec<DroppedUsage>,
    /// What met a limit and is stored elsewhere.
    pub beyond: Vec<BeyondUsage>,
}

/// The time that a page looks at: the GET parameter `period`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Period {
    /// The last 24 hours, a bar an hour.
    #[default]
    Day,
    /// The last 7 days, a bar a UTC day.
    Week,
    /// The last 30 days, a bar a UTC day.
    Month,
}

/// How many occurrences ended in one outcome.
#[derive(Clone, Debug)]
pub struct OutcomeUsage {
    /// The outcome's name: `accepted`, `filtered_class`, `rate_limited`.
    pub outcome: String,
    /// How many in each bar of the period, oldest first.
    pub counts: Vec<i64>,
}

/// How much of one kind was accepted and is not stored.
#[derive(Clone, Debug)]
pub struct SkippedUsage {
    /// The kind, as the protocol calls it: `session`, `replay_event`.
    pub kind: String,
    /// How many in the period.
    pub count: i64,
}

/// How much SDKs say that they dropped.
#[derive(Clone, Debug)]
pub struct DroppedUsage {
    /// Why, as the protocol calls it: `queue_overflow`.
    pub reason: String,
    /// What, as the protocol calls it: `error`, `transaction`.
    pub category: String,
    /// How many in the period.
    pub count: i64,
}

/// How much met a limit and is stored elsewhere; among the accepted ones too.
#[derive(Clone, Debug)]
pub struct BeyondUsage {
    /// The limit.
    pub limit: Limit,
    /// How many occurrences in the period.
    pub count: i64,
}

/// A limit beyond which occurrences are stored elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// How many environments a project has.
    Environments,
    /// How many items begin in a minute.
    NewItems,
}

impl Limit {
    /// As a table says it.
    const fn label(self) -> &'static str {
        match self {
            Self::Environments => "Environments",
            Self::NewItems => "New items",
        }
    }

    /// Where they are, and what can be done.
    const fn sentence(self) -> &'static str {
        match self {
            Self::Environments => {
                "The project has 100 environments; what came from further ones is under (other). An environment goes with its last item."
            }
            Self::NewItems => {
                "More items began in a minute than the project may have; these are in one item of their environment, Further new items. The limit is in the settings."
            }
        }
    }
}

impl Period {
    /// All choices, as they are offered.
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The word used in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }

    /// The choice as people say it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }

    /// The choice of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }

    /// How many bars its chart has.
    pub const fn bars(self) -> usize {
        match self {
            Self::Day => 24,
            Self::Week => 7,
            Self::Month => 30,
        }
    }

    /// How long a bar is: an hour, or a UTC day.
    pub const fn bar(self) -> TimeDelta {
        match self {
            Self::Day => TimeDelta::hours(1),
            Self::Week | Self::Month => TimeDelta::days(1),
        }
    }
}

/// An outcome that there was.
struct OutcomeRow {
    meaning: Meaning,
    count: i64,
}

impl UsagePage {
    /// All that was received, stacked by group.
    fn chart(&self) -> StackedChart {
        let now = self.frame.now;
        StackedChart::new(self.layers(), |sums| match self.period {
            Period::Day => BarChart::hours(sums, now),
            Period::Week | Period::Month => BarChart::days(sums, now),
        })
    }

    fn layers(&self) -> Vec<Layer> {
        OutcomeGroup::ALL
            .into_iter()
            .map(|group| Layer {
                name: group.name(),
                label: group.label(),
                counts: self.counts_of(group),
            })
            .collect()
    }

    fn counts_of(&self, group: OutcomeGroup) -> Vec<i64> {
        let mut sums = vec![0_i64; self.period.bars()];
        let of_group = |one: &&OutcomeUsage| outcome::meaning(&one.outcome).group == group;
        for usage in self.outcomes.iter().filter(of_group) {
            for (sum, count) in sums.iter_mut().zip(&usage.counts) {
                *sum = sum.saturating_add(*count);
            }
        }
        sums
    }

    /// The groups that there were, with their sums; accepted ones always.
    fn legend(&self) -> Vec<(OutcomeGroup, i64)> {
        OutcomeGroup::ALL
            .into_iter()
            .map(|group| {
                (
                    group,
                    self.counts_of(group)
                        .into_iter()
                        .fold(0, i64::saturating_add),
                )
            })
            .filter(|(group, sum)| *sum > 0 || *group == OutcomeGroup::Accepted)
            .collect()
    }

    /// The outcomes that there were: by group, the most frequent first.
    fn rows(&self) -> Vec<OutcomeRow> {
        let mut rows: Vec<OutcomeRow> = self
            .outcomes
            .iter()
            .map(|usage| OutcomeRow {
                meaning: outcome::meaning(&usage.outcome),
                count: usage.counts.iter().copied().fold(0, i64::saturating_add),
            })
            .filter(|row| row.count > 0)
            .collect();
        let place = |row: &OutcomeRow| {
            OutcomeGroup::ALL
                .iter()
                .position(|group| *group == row.meaning.group)
        };
        rows.sort_by_key(|row| (place(row), -row.count));
        rows
    }

    fn is_empty(&self) -> bool {
        self.rows().is_empty() && self.skipped.is_empty() && self.dropped.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    fn page(period: Period, outcomes: &[(&str, &[i64])]) -> UsagePage {
        UsagePage {
            frame: PageFrame::of_role(Role::Viewer),
            period,
            outcomes: outcomes
                .iter()
                .map(|(outcome, counts)| OutcomeUsage {
                    outcome: (*outcome).to_owned(),
                    counts: counts.to_vec(),
                })
                .collect(),
            skipped: Vec::new(),
            dropped: Vec::new(),
            beyond: Vec::new(),
        }
    }

    #[test]
    fn outcomes_stand_by_group_and_number() {
        let week = page(
            Period::Week,
            &[
                ("malformed", &[0, 0, 0, 0, 0, 0, 3]),
                ("filtered_class", &[1, 0, 0, 0, 0, 0, 0]),
                ("filtered_crawler", &[0, 5, 0, 0, 0, 0, 0]),
                ("accepted", &[7; 7]),
                ("busy", &[0; 7]),
            ],
        );
        let rows: Vec<_> = week.rows();
        let labels: Vec<_> = rows.iter().map(|row| row.meaning.label).collect();
        assert_eq!(
            labels,
            [
                "Accepted",
                "Filtered: web crawler",
                "Filtered: class",
                "Malformed"
            ]
        );
        assert_eq!(week.legend()[1], (OutcomeGroup::Filtered, 6));
        let html = week.render().expect("a page renders");
        assert!(
            html.contains("58 occurrences in the last 7 days, at most 12 in one day"),
            "{html}"
        );
    }

    #[test]
    fn nothing_is_said_plainly() {
        let html = page(Period::Day, &[("accepted", &[0; 24])])
            .render()
            .expect("a page renders");
        assert!(html.contains("Nothing was received"), "{html}");
        assert!(!html.contains("<table"), "{html}");
    }

    #[test]
    fn names_are_read_back() {
        for period in Period::ALL {
            assert_eq!(Period::parse(period.name()), Some(period));
        }
        assert_eq!(Period::parse("1y"), None);
    }
}
