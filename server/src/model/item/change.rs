//! What an item's history says.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::model::{
    id::{ItemCounter, UserId},
    occurrence::Level,
    text::Title,
};

/// An entry of the item's history that is to be stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` where an occurrence or a token did it.
    pub actor: Option<UserId>,
    /// What.
    pub kind: ChangeKind,
}

/// What an entry of the history says.
#[derive(Clone, Debug, PartialEq)]
pub enum ChangeKind {
    /// Its first occurrence arrived.
    Created,
    /// It failed after it was resolved, in that version where known.
    Reactivated(Option<String>),
    /// A person resolved it, in that version where one was named.
    Resolved(Option<String>),
    /// A person reopened it, or ended its muting or discarding.
    Reopened,
    /// A person muted it.
    Muted,
    /// A person does not want it.
    Discarded,
    /// A person changed its level from the first to the second.
    LevelSet(Level, Level),
    /// A person changed its title from the first to the second.
    TitleSet(Title, Title),
    /// A person merged these into it.
    Merged(Vec<ItemCounter>),
    /// A person merged it into that one.
    MergedInto(ItemCounter),
    /// A person took these out of its group.
    TakenOut(Vec<ItemCounter>),
    /// A person took it out of that one's group.
    TakenOutOf(ItemCounter),
}

impl ChangeKind {
    /// Its name in `changes.kind`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Reactivated(_) => "reactivated",
            Self::Resolved(_) => "resolved",
            Self::Reopened => "reopened",
            Self::Muted => "muted",
            Self::Discarded => "discarded",
            Self::LevelSet(..) => "level_set",
            Self::TitleSet(..) => "title_set",
            Self::Merged(_) => "merged",
            Self::MergedInto(_) => "merged_into",
            Self::TakenOut(_) => "taken_out",
            Self::TakenOutOf(_) => "taken_out_of",
        }
    }

    /// What goes into `changes.detail`: `{"version"}`, `{"from", "to"}`, `{"items"}` or `{}`.
    pub fn detail(&self) -> Value {
        match self {
            Self::Created | Self::Reopened | Self::Muted | Self::Discarded => json!({}),
            Self::Reactivated(version) | Self::Resolved(version) => match version {
                Some(version) => json!({ "version": version }),
                None => json!({}),
            },
            Self::LevelSet(from, to) => json!({ "from": from, "to": to }),
            Self::TitleSet(from, to) => json!({ "from": from, "to": to }),
            Self::Merged(items) | Self::TakenOut(items) => json!({ "items": items }),
            Self::MergedInto(item) | Self::TakenOutOf(item) => json!({ "items": [item] }),
        }
    }
}
