//! The item and its state machine, pure.
//!
//! `observe` says what occurrences do to an item, `decide` what a person's decision does.
//! Nothing else in the program assigns a status.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    entry::Head,
    id::{ItemCounter, ItemId, OccurrenceId, ProjectId, UserId},
    occurrence::Level,
    text::{Environment, Title},
};

pub use change::{Change, ChangeKind};

mod change;
pub mod group;
mod version;

#[cfg(test)]
mod tests;

/// `last_seen_at` moves by at least this much: it is indexed, and most updates then touch no index.
const LAST_SEEN_STEP: TimeDelta = TimeDelta::seconds(10);

/// The group of occurrences with one fingerprint, in one project and environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// Its id within the instance.
    pub id: ItemId,
    /// Its number within the project.
    pub counter: ItemCounter,
    /// The environment all its occurrences come from.
    pub environment: Environment,
    /// What people recognize it by.
    pub title: Title,
    /// Where it broke, `file in function`; `None` for messages.
    pub culprit: Option<String>,
    /// The level of its first occurrence, or what a person set.
    pub level: Level,
    /// `python`, `browser`.
    pub platform: Option<String>,
    /// `flask`.
    pub framework: Option<String>,
    /// Whether somebody has to look at it.
    pub status: Status,
    /// The version it is said to be resolved in; `None` unless resolved.
    pub resolved_in: Option<String>,
    /// When its first occurrence was received.
    pub first_seen_at: DateTime<Utc>,
    /// When its newest was received, to 10 s.
    pub last_seen_at: DateTime<Utc>,
    /// Occurrences ever.
    pub total: i64,
    /// Occurrences since it last became active.
    pub active_total: i64,
    /// When its status was last set.
    pub status_changed_at: DateTime<Utc>,
    /// Its newest occurrence that was stored, with the time that leads to its partition.
    pub last_occurrence_id: OccurrenceId,
    /// See `last_occurrence_id`.
    pub last_occurrence_at: DateTime<Utc>,
    /// The head of the group that it is merged into; `None` for what lists show.
    pub merged_into: Option<ItemId>,
    /// The items that are merged into it: its figures are theirs and its own.
    pub members: Vec<ItemId>,
}

/// Whether somebody has to look at an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Status {
    /// Open: it fails, and nobody said otherwise.
    Active,
    /// Said to be mended. An occurrence reactivates it.
    Resolved,
    /// Known and left alone: counts, tells nobody.
    Muted,
    /// Not wanted: what arrives is counted as discarded and neither stored nor counted here.
    Discarded,
}

impl Status {
    /// All of them, in the order pages offer them.
    pub const ALL: [Self; 4] = [Self::Active, Self::Resolved, Self::Muted, Self::Discarded];
    /// Those that lists show where none is asked for: what is discarded has a list of its own.
    pub const LISTED: [Self; 3] = [Self::Active, Self::Resolved, Self::Muted];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Resolved => "resolved",
            Self::Muted => "muted",
            Self::Discarded => "discarded",
        }
    }

    /// The status of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One occurrence, as far as its item's state is concerned.
#[derive(Clone, Debug)]
pub struct Sighting {
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// Its id.
    pub occurrence: OccurrenceId,
    /// The version it came from.
    pub code_version: Option<String>,
    /// Whether it is stored, or only counted.
    pub is_stored: bool,
}

/// What a person, or a token for them, decides about an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is mended, in that version where one is named.
    Resolve {
        /// Older versions may go on failing without reopening it.
        version: Option<String>,
    },
    /// It is not mended.
    Reopen,
    /// It is known and to be left alone.
    Mute,
    /// It is not wanted: what arrives of it is thrown away until it is reopened.
    Discard,
    /// It is worth another level.
    SetLevel(Level),
    /// It wants a better title.
    SetTitle(Title),
}

/// What happened to an item, for rules to ask about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Its first occurrence.
    New,
    /// It failed after it was resolved.
    Reactivated,
    /// It passed that many occurrences since it last became active: a power of ten.
    Reached(i64),
}

/// What `observe` and `decide` give: the item as it is now, and what is to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// The item afterwards.
    pub item: Item,
    /// New entries of its history, in order.
    pub changes: Vec<Change>,
    /// What rules may fire on, in order.
    pub events: Vec<Event>,
}

impl Item {
    /// The item that an occurrence begins, before it is observed.
    pub fn begun_by(
        first: &Head,
        occurrence: OccurrenceId,
        id: ItemId,
        counter: ItemCounter,
        title: Title,
        culprit: Option<String>,
    ) -> Self {
        Self {
            project_id: first.project,
            id,
            counter,
            environment: first.environment.clone(),
            title,
            culprit,
            level: first.level,
            platform: first.platform.clone(),
            framework: first.framework.clone(),
            status: Status::Active,
            resolved_in: None,
            first_seen_at: first.received_at,
            last_seen_at: first.received_at,
            total: 0,
            active_total: 0,
            status_changed_at: first.received_at,
            last_occurrence_id: occurrence,
            last_occurrence_at: first.received_at,
            merged_into: None,
            members: Vec::new(),
        }
    }

    /// What `sightings`, oldest first, do to the item.
    ///
    /// One received before the item's status was last set counts and changes no state: a backlog
    /// digested late must not reopen what was resolved meanwhile. `fresh` says that the item was
    /// made for the first of them. To an item that is discarded they do nothing.
    pub fn observe(mut self, sightings: &[Sighting], fresh: bool) -> Transition {
        let mut changes = Vec::new();
        let mut events = Vec::new();
        let sightings = if self.is_discarded() { &[] } else { sightings };
        if let (true, Some(first)) = (fresh, sightings.first()) {
            changes.push(Change {
                at: first.received_at,
                actor: None,
                kind: ChangeKind::Created,
            });
            events.push(Event::New);
        }
        for sighting in sightings {
            if self.is_reactivated_by(sighting.received_at, sighting.code_version.as_deref()) {
                self.status = Status::Active;
                self.resolved_in = None;
                self.status_changed_at = sighting.received_at;
                self.active_total = 0;
                let kind = ChangeKind::Reactivated(sighting.code_version.clone());
                changes.push(Change {
                    at: sighting.received_at,
                    actor: None,
                    kind,
                });
                events.push(Event::Reactivated);
            }
            self.count(sighting, &mut events);
        }
        Transition {
            item: self,
            changes,
            events,
        }
    }

    /// What a person's decision does to the item; nothing where it is so already.
    pub fn decide(
        mut self,
        decision: Decision,
        actor: Option<UserId>,
        at: DateTime<Utc>,
    ) -> Transition {
        let kind = match decision {
            Decision::Resolve { version } => self.resolve(version, at),
            Decision::Reopen => self
                .become_status(Status::Active, at)
                .then_some(ChangeKind::Reopened),
            Decision::Mute => self
                .become_status(Status::Muted, at)
                .then_some(ChangeKind::Muted),
            Decision::Discard => self
                .become_status(Status::Discarded, at)
                .then_some(ChangeKind::Discarded),
            Decision::SetLevel(level) => {
                let before = std::mem::replace(&mut self.level, level);
                (before != level).then_some(ChangeKind::LevelSet(before, level))
            }
            Decision::SetTitle(title) => {
                let before = std::mem::replace(&mut self.title, title.clone());
                (before != title).then_some(ChangeKind::TitleSet(before, title))
            }
        };
        let changes = kind
            .map(|kind| Change { at, actor, kind })
            .into_iter()
            .collect();
        Transition {
            item: self,
            changes,
            events: Vec::new(),
        }
    }

    /// The ids of all items whose figures it shows: its own and its members'.
    pub fn group(&self) -> Vec<i64> {
        let members = self.members.iter().map(|member| member.0);
        std::iter::once(self.id.0).chain(members).collect()
    }

    /// Whether it tells nobody.
    pub fn is_muted(&self) -> bool {
        self.status == Status::Muted
    }

    /// Whether what arrives of it is thrown away.
    pub fn is_discarded(&self) -> bool {
        self.status == Status::Discarded
    }

    /// Whether an occurrence of that time and version would bring it back.
    pub fn is_reactivated_by(&self, received_at: DateTime<Utc>, version: Option<&str>) -> bool {
        self.status == Status::Resolved
            && received_at > self.status_changed_at
            && !version::is_older(version, self.resolved_in.as_deref())
    }

    fn count(&mut self, sighting: &Sighting, events: &mut Vec<Event>) {
        self.total += 1;
        self.active_total += 1;
        if sighting.received_at >= self.last_seen_at + LAST_SEEN_STEP {
            self.last_seen_at = sighting.received_at;
        }
        if sighting.is_stored
            && (sighting.received_at, sighting.occurrence)
                > (self.last_occurrence_at, self.last_occurrence_id)
        {
            self.last_occurrence_at = sighting.received_at;
            self.last_occurrence_id = sighting.occurrence;
        }
        if self.status == Status::Active && is_power_of_ten(self.active_total) {
            events.push(Event::Reached(self.active_total));
        }
    }

    fn resolve(&mut self, version: Option<String>, at: DateTime<Utc>) -> Option<ChangeKind> {
        let changed = self.become_status(Status::Resolved, at) || self.resolved_in != version;
        self.resolved_in.clone_from(&version);
        changed.then_some(ChangeKind::Resolved(version))
    }

    /// Sets the status; false where it is that already.
    fn become_status(&mut self, status: Status, at: DateTime<Utc>) -> bool {
        if self.status == status {
            return false;
        }
        if status == Status::Active {
            self.active_total = 0;
        }
        self.status = status;
        self.resolved_in = None;
        self.status_changed_at = at;
        true
    }
}

fn is_power_of_ten(n: i64) -> bool {
    n >= 10 && 10_i64.checked_pow(n.ilog10()) == Some(n)
}
