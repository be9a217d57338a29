//! Which mails a transition asks for. Pure: the digest hands in what happened and stores what
//! comes out.

use serde::{Deserialize, Serialize};

use crate::{
    model::{
        id::{ChangeId, ItemId, OccurrenceId},
        item::{Event, Item, Transition},
    },
    store::{members::Recipient, outbox::NewMail},
};

/// What a mail tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    /// An item's first occurrence.
    New,
    /// An item that was resolved failed again.
    Reactivated,
}

impl Alert {
    /// Its name in `outbox.kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new_item",
            Self::Reactivated => "reactivated_item",
        }
    }

    /// The alert of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::New, Self::Reactivated]
            .into_iter()
            .find(|alert| alert.as_str() == name)
    }

    /// Whether somebody asked to be told of it.
    pub fn is_wanted_by(self, who: &Recipient) -> bool {
        match self {
            Self::New => who.new_items,
            Self::Reactivated => who.reactivated_items,
        }
    }

    /// The kind of the entry in the item's history that it goes with.
    pub fn change(self) -> &'static str {
        match self {
            Self::New => "created",
            Self::Reactivated => "reactivated",
        }
    }
}

/// What `outbox.detail` holds for an alert about an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    /// The item.
    pub item: ItemId,
    /// The occurrence to show.
    pub occurrence: OccurrenceId,
    /// The version it had been resolved in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_in: Option<String>,
}

/// The alerts that a transition asks for. A muted item asks for none, whatever happened to it.
pub fn firing(transition: &Transition) -> Vec<Alert> {
    if transition.item.is_muted() {
        return Vec::new();
    }
    transition
        .events
        .iter()
        .filter_map(|event| match event {
            Event::New => Some(Alert::New),
            Event::Reactivated => Some(Alert::Reactivated),
            Event::Reached(_) => None,
        })
        .collect()
}

/// The mail of an alert to one person: one change mails one person once.
pub fn mail(
    alert: Alert,
    item: &Item,
    resolved_in: Option<&str>,
    change: ChangeId,
    recipient: &str,
) -> NewMail {
    let detail = Detail {
        item: item.id,
        occurrence: item.last_occurrence_id,
        resolved_in: resolved_in.map(str::to_owned),
    };
    NewMail {
        dedupe_key: format!("change {change} to {recipient}"),
        project: Some(item.project_id),
        kind: alert.as_str(),
        recipient: recipient.to_owned(),
        detail: serde_json::to_value(detail).expect("a detail is plain"),
    }
}
