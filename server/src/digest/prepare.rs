//! Makes records ready to be applied: decodes their heads and fingerprints them. CPU work.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use chrono::{DateTime, Utc};

use super::grouping::{Grouped, Grouping};
use crate::{
    fingerprint::Fingerprint,
    journal::Batch,
    model::{
        attachment::Attachment,
        entry::{Entry, Head},
        feedback::Feedback,
        id::ProjectId,
        record::Record,
        text::Environment,
    },
    store::fingerprints::Key,
};

/// An occurrence that can be applied.
pub struct Prepared {
    /// What was reported.
    pub entry: Entry,
    /// What leads to its item.
    pub key: Key,
    /// What its item is called, should it be the first.
    pub grouped: Arc<Grouped>,
    /// Whether it came from an environment too many, and is stored under another.
    pub is_moved: bool,
}

/// What belongs to an occurrence, ready to be stored.
pub enum Companion {
    /// A file, with its bytes.
    Attachment(Attachment, Vec<u8>),
    /// What a person says.
    Feedback(Feedback),
}

/// A record that cannot be applied.
pub struct Unreadable {
    /// Its place in the batch.
    pub at: usize,
    /// Why.
    pub reason: String,
}

/// A batch, ready to be applied. Records keep their places: each is an occurrence, a companion or
/// unreadable.
pub struct Ready {
    /// The batch as it was read.
    pub batch: Batch,
    /// The occurrences, by place; `None` for what is something else.
    pub prepared: Vec<Option<Prepared>>,
    /// What belongs to occurrences, with its place.
    pub companions: Vec<(usize, Companion)>,
    /// What cannot be applied.
    pub unreadable: Vec<Unreadable>,
}

/// Prepares a batch.
pub fn prepare(batch: Batch, grouping: &mut Grouping) -> Ready {
    let mut unreadable = Vec::new();
    let mut companions = Vec::new();
    let mut prepared = Vec::with_capacity(batch.records.len());
    for (at, record) in batch.records.iter().enumerate() {
        let mut occurrence = None;
        match Record::decode(record).map_err(|error| error.to_string()) {
            Ok(Record::Occurrence(entry)) => match prepare_guarded(*entry, grouping) {
                Ok(one) => occurrence = Some(one),
                Err(reason) => unreadable.push(Unreadable { at, reason }),
            },
            Ok(Record::Attachment(attachment, bytes)) => {
                companions.push((at, Companion::Attachment(attachment, bytes)));
            }
            Ok(Record::Feedback(feedback)) => companions.push((at, Companion::Feedback(feedback))),
            Err(reason) => unreadable.push(Unreadable { at, reason }),
        }
        prepared.push(occurrence);
    }
    Ready {
        batch,
        prepared,
        companions,
        unreadable,
    }
}

/// A bug of grouping costs one record its item, not all that follow their digest.
fn prepare_guarded(entry: Entry, grouping: &mut Grouping) -> Result<Prepared, String> {
    // It changes what it knows only when it is done.
    let grouped = catch_unwind(AssertUnwindSafe(|| grouping.of(&entry)))
        .map_err(|_panic| "grouping it panicked".to_owned())?
        .map_err(|error| error.to_string())?;
    Ok(Prepared {
        key: key(&entry.head, grouped.fingerprint),
        grouped,
        entry,
        is_moved: false,
    })
}

/// Where a fingerprint of an occurrence is looked up.
pub(super) fn key(head: &Head, fingerprint: Fingerprint) -> Key {
    Key {
        project: head.project,
        environment: head.environment.as_str().to_owned(),
        sha256: fingerprint.0,
    }
}

impl Prepared {
    /// Stores it under another environment than it came from.
    pub fn move_to(&mut self, environment: Environment) {
        environment.as_str().clone_into(&mut self.key.environment);
        self.entry.head.environment = environment;
        self.is_moved = true;
    }
}

impl Companion {
    /// Whose it is.
    pub fn project(&self) -> ProjectId {
        match self {
            Self::Attachment(attachment, _) => attachment.project,
            Self::Feedback(feedback) => feedback.project,
        }
    }

    fn received_at(&self) -> DateTime<Utc> {
        match self {
            Self::Attachment(attachment, _) => attachment.received_at,
            Self::Feedback(feedback) => feedback.received_at,
        }
    }

    fn received_at_mut(&mut self) -> &mut DateTime<Utc> {
        match self {
            Self::Attachment(attachment, _) => &mut attachment.received_at,
            Self::Feedback(feedback) => &mut feedback.received_at,
        }
    }
}

impl Ready {
    /// Days, UTC, in which its records were received.
    pub fn days(&self) -> impl Iterator<Item = chrono::NaiveDate> {
        let occurrences = self.prepared.iter().flatten();
        let companions = self.companions.iter();
        occurrences
            .map(|prepared| prepared.entry.head.received_at)
            .chain(companions.map(|(_, companion)| companion.received_at()))
            .map(|at| at.date_naive())
    }

    /// Whose the record at a place is, where that is known.
    pub fn project_at(&self, at: usize) -> Option<ProjectId> {
        let occurrence = self.prepared.get(at)?.as_ref();
        occurrence.map(|one| one.key.project).or_else(|| {
            let (_, companion) = self.companions.iter().find(|(place, _)| *place == at)?;
            Some(companion.project())
        })
    }

    /// Moves times of receipt outside of `from..=to` to its nearer end: how many.
    pub fn clamp(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
        let occurrences = self.prepared.iter_mut().flatten();
        let companions = self.companions.iter_mut();
        let mut clamped = 0;
        for received_at in occurrences
            .map(|prepared| &mut prepared.entry.head.received_at)
            .chain(companions.map(|(_, companion)| companion.received_at_mut()))
        {
            if *received_at < from || *received_at > to {
                *received_at = (*received_at).clamp(from, to);
                clamped += 1;
            }
        }
        clamped
    }
}
