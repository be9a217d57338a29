//! Makes records ready to be applied: decodes their heads and fingerprints them. CPU work.

use chrono::{DateTime, Utc};

use crate::{
    fingerprint,
    journal::Batch,
    model::{entry::Entry, text::Title},
    store::fingerprints::Key,
};

/// A record that can be applied.
pub struct Prepared {
    /// What was reported.
    pub entry: Entry,
    /// What leads to its item.
    pub key: Key,
    /// The title of its item, should it be the first.
    pub title: Title,
    /// Where it broke, `file in function`.
    pub culprit: Option<String>,
}

/// A record that cannot be applied.
pub struct Unreadable {
    /// Its place in the batch.
    pub at: usize,
    /// Why.
    pub reason: String,
}

/// A batch, ready to be applied. Records keep their places.
pub struct Ready {
    /// The batch as it was read.
    pub batch: Batch,
    /// What can be applied, by place; `None` for what cannot.
    pub prepared: Vec<Option<Prepared>>,
    /// What cannot.
    pub unreadable: Vec<Unreadable>,
}

/// Prepares a batch.
pub fn prepare(batch: Batch) -> Ready {
    let mut unreadable = Vec::new();
    let prepared = batch
        .records
        .iter()
        .enumerate()
        .map(|(at, record)| match prepare_record(record) {
            Ok(prepared) => Some(prepared),
            Err(reason) => {
                unreadable.push(Unreadable { at, reason });
                None
            }
        })
        .collect();
    Ready {
        batch,
        prepared,
        unreadable,
    }
}

fn prepare_record(record: &[u8]) -> Result<Prepared, String> {
    let entry = Entry::decode(record).map_err(|error| error.to_string())?;
    // A bug of grouping costs one record its item, not all that follow their digest.
    std::panic::catch_unwind(|| prepare_one(entry))
        .map_err(|_panic| "grouping it panicked".to_owned())
}

fn prepare_one(entry: Entry) -> Prepared {
    let evidence = &entry.head.evidence;
    let key = Key {
        project: entry.head.project,
        environment: entry.head.environment.as_str().to_owned(),
        sha256: fingerprint::fingerprint(evidence).0,
    };
    let title = fingerprint::title::title(evidence);
    let culprit = fingerprint::title::culprit(evidence);
    Prepared {
        entry,
        key,
        title,
        culprit,
    }
}

impl Ready {
    /// Days, UTC, in which its occurrences were received.
    pub fn days(&self) -> impl Iterator<Item = chrono::NaiveDate> {
        self.prepared
            .iter()
            .flatten()
            .map(|prepared| prepared.entry.head.received_at.date_naive())
    }

    /// Moves times of receipt outside of `from..=to` to its nearer end: how many.
    pub fn clamp(&mut self, from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
        let mut clamped = 0;
        for prepared in self.prepared.iter_mut().flatten() {
            let received_at = &mut prepared.entry.head.received_at;
            if *received_at < from || *received_at > to {
                *received_at = (*received_at).clamp(from, to);
                clamped += 1;
            }
        }
        clamped
    }
}
