//! One item with its newest occurrence.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    breakdown::Breakdown,
    chart::BarChart,
    format,
    group::{Group, Regrouped, names},
    kept::Kept,
    level::Level,
    occurrence::OccurrenceView,
    page_frame::PageFrame,
    status::StatusView,
    why::WhyView,
};

/// `/p/{slug}/items/{counter}`: one item with its newest occurrence.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/item.html")]
pub struct ItemPage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// The item.
    pub item: ItemHead,
    /// How many people met it; of many an estimate.
    pub people: i64,
    /// Its last 24 hours, 24 counts, oldest first.
    pub hours: BarChart,
    /// Its last 30 days, 30 counts, oldest first.
    pub days: BarChart,
    /// What its occurrences have in common.
    pub breakdown: Breakdown,
    /// Its newest occurrence; `None` when none is kept.
    pub newest: Option<OccurrenceView>,
    /// Why its newest occurrence is in it; `None` when there is none.
    pub why: Option<WhyView>,
    /// How its occurrences are kept.
    pub kept: Kept,
    /// What happened to it, newest first.
    pub history: Vec<Change>,
    /// Whether the viewer may change its status.
    pub can_change: bool,
    /// The items that are merged into it; `None` where there are none.
    pub group: Option<Group>,
    /// What was just done to its group.
    pub regrouped: Option<Regrouped>,
}

/// An item as the head of its pages shows it.
#[derive(Clone, Debug)]
pub struct ItemHead {
    /// Its number within the project.
    pub counter: i64,
    /// Its title.
    pub title: String,
    /// The frame that failed, as `shop/cart.py in add`.
    pub culprit: Option<String>,
    /// The environment it was seen in.
    pub environment: String,
    /// How bad it is.
    pub level: Level,
    /// Where it stands, and since when.
    pub status: StatusView,
    /// Occurrences since it was first seen.
    pub total: i64,
    /// When its first occurrence arrived.
    pub first_seen_at: DateTime<Utc>,
    /// When its newest occurrence arrived.
    pub last_seen_at: DateTime<Utc>,
}

/// Something that happened to an item.
#[derive(Clone, Debug)]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// The mail address of who did it; `None` when an occurrence did.
    pub actor: Option<String>,
    /// What.
    pub kind: ChangeKind,
}

/// What happened to an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Its first occurrence arrived.
    Created {
        /// The version that failed, where known.
        version: Option<String>,
    },
    /// Somebody said it is mended.
    Resolved {
        /// The version that mends it, where named.
        version: Option<String>,
    },
    /// Somebody muted it.
    Muted,
    /// Somebody discarded it for ever.
    Discarded,
    /// Somebody made it active again.
    Reopened,
    /// It failed again after it was resolved.
    Reactivated {
        /// The version that failed, where known.
        version: Option<String>,
    },
    /// Somebody changed its level.
    LevelSet {
        /// What it was.
        from: String,
        /// What it is.
        to: String,
    },
    /// Somebody changed its title.
    TitleSet {
        /// What it was.
        from: String,
        /// What it is.
        to: String,
    },
    /// Somebody merged these into it.
    Merged(Vec<i64>),
    /// Somebody merged it into these, of which there is one.
    MergedInto(Vec<i64>),
    /// Somebody took these out of its group.
    TakenOut(Vec<i64>),
    /// Somebody took it out of the group of these, of which there is one.
    TakenOutOf(Vec<i64>),
}

impl ItemPage {
    /// How many items are merged into it.
    fn merged(&self) -> usize {
        self.group.as_ref().map_or(0, |group| group.members.len())
    }

    fn slug(&self) -> &str {
        self.frame.slug()
    }

    fn charts(&self) -> [(&'static str, &BarChart); 2] {
        [("24 hours", &self.hours), ("30 days", &self.days)]
    }
}

impl ChangeKind {
    /// The word used in CSS classes.
    const fn name(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Resolved { .. } => "resolved",
            Self::Muted => "muted",
            Self::Discarded => "discarded",
            Self::Reopened => "reopened",
            Self::Reactivated { .. } => "reactivated",
            Self::LevelSet { .. } | Self::TitleSet { .. } => "changed",
            Self::Merged(_) | Self::MergedInto(_) => "merged",
            Self::TakenOut(_) | Self::TakenOutOf(_) => "separated",
        }
    }

    /// The change as a sentence about the item.
    fn text(&self) -> String {
        let (what, version) = match self {
            Self::Created { version } => ("First seen", version.as_deref()),
            Self::Resolved { version } => ("Resolved", version.as_deref()),
            Self::Muted => ("Muted", None),
            Self::Discarded => ("Discarded for ever", None),
            Self::Reopened => ("Reopened", None),
            Self::Reactivated { version } => ("Came back", version.as_deref()),
            Self::LevelSet { from, to } => return format!("Level changed from {from} to {to}"),
            Self::TitleSet { from, to } => return format!("Title changed from “{from}” to “{to}”"),
            Self::Merged(items) => return format!("Merged {} into it", names(items)),
            Self::MergedInto(items) => return format!("Merged into {}", names(items)),
            Self::TakenOut(items) => return format!("Took out {}", names(items)),
            Self::TakenOutOf(items) => return format!("Taken out of {}", names(items)),
        };
        version.map_or_else(
            || what.to_owned(),
            |version| format!("{what} in {}", format::version(version)),
        )
    }
}
