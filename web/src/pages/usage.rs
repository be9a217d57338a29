//! Where everything went that was received for a project.

use chrono::TimeDelta;

use crate::page_frame::PageFrame;

/// `/p/{slug}/usage`: what became of what was received, over time and by outcome.
#[derive(Clone, Debug)]
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
