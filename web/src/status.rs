//! Where an item stands, and since when.

use std::fmt;

use chrono::{DateTime, Utc};

use crate::format;

/// Where an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It happens, and nobody has said it is mended.
    Active,
    /// Somebody said it is mended; the next occurrence brings it back.
    Resolved,
    /// It is counted and nobody is told.
    Muted,
    /// What comes is thrown away, until somebody stops that.
    Discarded,
}

impl Status {
    /// The word used in CSS classes and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Resolved => "resolved",
            Self::Muted => "muted",
            Self::Discarded => "discarded",
        }
    }

    /// Whether this is [`Self::Active`].
    pub fn is_active(self) -> bool {
        self == Self::Active
    }

    /// Whether this is [`Self::Resolved`].
    pub fn is_resolved(self) -> bool {
        self == Self::Resolved
    }

    /// Whether this is [`Self::Muted`].
    pub fn is_muted(self) -> bool {
        self == Self::Muted
    }

    /// Whether this is [`Self::Discarded`].
    pub fn is_discarded(self) -> bool {
        self == Self::Discarded
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// An item's status with what there is to say about it.
#[derive(Clone, Debug)]
pub struct StatusView {
    /// Where the item stands.
    pub status: Status,
    /// When it came to stand there; `None` for an item that was never changed.
    pub since: Option<DateTime<Utc>>,
    /// The mail address of the person who put it there; `None` when an occurrence did.
    pub actor: Option<String>,
    /// For a resolved item, the version that mends it; for one that came back, the version that
    /// failed; where known.
    pub version: Option<String>,
}

impl StatusView {
    /// An item that nobody has changed.
    pub const fn untouched() -> Self {
        Self {
            status: Status::Active,
            since: None,
            actor: None,
            version: None,
        }
    }

    /// How the item came to stand there, in a word.
    pub(crate) const fn how(&self) -> &'static str {
        match (self.status, &self.actor) {
            (Status::Active, None) => "Came back",
            (Status::Active, Some(_)) => "Reopened",
            (Status::Resolved, _) => "Resolved",
            (Status::Muted, _) => "Muted",
            (Status::Discarded, _) => "Discarded",
        }
    }

    /// What the status means for the next occurrence; empty where that goes without saying.
    pub(crate) fn explanation(&self) -> String {
        match (self.status, &self.version) {
            (Status::Active, _) => String::new(),
            (Status::Resolved, Some(version)) => {
                let version = format::version(version);
                format!("Comes back if an occurrence from {version} or newer arrives.")
            }
            (Status::Resolved, None) => "Comes back if another occurrence arrives.".to_owned(),
            (Status::Muted, _) => "Occurrences are counted; nobody gets a mail.".to_owned(),
            (Status::Discarded, _) => {
                "Occurrences are thrown away as they arrive; only their number is kept.".to_owned()
            }
        }
    }
}
