//! Counts outcomes, and what is not stored, in memory, and flushes them into `usage_hours`.
//!
//! What is accepted is not counted here but in the digest's transaction, exactly. A kill may lose
//! the last seconds of the counts here, never an occurrence.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use metrics::counter;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    clock::Clock,
    model::{hour::hour_of, id::ProjectId, outcome::Outcome, tally::Tally},
    store::{
        self, Db,
        silence::{PATIENCE, within},
    },
    telemetry,
};

/// How often counts are flushed: what a kill may lose.
const FLUSH_EVERY: Duration = Duration::from_secs(10);

/// Keys that are held at most. Bounded by projects x outcomes x the hours that Postgres is away.
const MAX_KEYS: usize = 100_000;

type Key = (i64, DateTime<Utc>, Cow<'static, str>);

/// Counts outcomes. Clones count together.
#[derive(Clone, Debug)]
pub struct Usage {
    counts: Arc<Mutex<BTreeMap<Key, i64>>>,
    clock: Clock,
}

impl Usage {
    /// Counts nothing yet, and says so of each outcome.
    pub fn new(clock: Clock) -> Self {
        for outcome in Outcome::all() {
            counter!(telemetry::OUTCOMES, "outcome" => outcome.as_str()).increment(0);
        }
        Self {
            counts: Arc::default(),
            clock,
        }
    }

    /// Counts one outcome; of no project where none is known.
    pub fn count(&self, project: Option<ProjectId>, outcome: Outcome) {
        counter!(telemetry::OUTCOMES, "outcome" => outcome.as_str()).increment(1);
        self.add(project, outcome.as_str().into(), 1);
    }

    /// Counts what is no occurrence: an item that is not stored, or what an SDK dropped itself.
    pub fn tally(&self, project: ProjectId, tally: Tally, quantity: u32) {
        self.add(Some(project), tally.key().into(), quantity.into());
    }

    fn add(&self, project: Option<ProjectId>, name: Cow<'static, str>, count: i64) {
        let key = (
            project.map_or(0, |project| project.0),
            hour_of(self.clock.now()),
            name,
        );
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() < MAX_KEYS || counts.contains_key(&key) {
            let sum = counts.entry(key).or_default();
            *sum = sum.saturating_add(count);
        }
    }

    /// Flushes until cancelled, and once more then.
    pub async fn flush_until(self, db: Db, cancelled: CancellationToken) {
        loop {
            let last = tokio::select! {
                () = cancelled.cancelled() => true,
                () = tokio::time::sleep(FLUSH_EVERY) => false,
            };
            self.flush(&db).await;
            if last {
                return;
            }
        }
    }

    async fn flush(&self, db: &Db) {
        let taken =
            std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.is_empty() {
            return;
        }
        let rows: Vec<_> = taken
            .iter()
            .map(|((project, hour, outcome), count)| (*project, *hour, outcome.as_ref(), *count))
            .collect();
        if let Err(error) = within(PATIENCE, store::usage::add(db, &rows)).await {
            warn!(error = %error, "outcomes could not be stored; they are kept and tried again");
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            for (key, count) in taken {
                *counts.entry(key).or_default() += count;
            }
        }
    }
}
