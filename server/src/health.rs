//! How the running parts are doing: written by them, read by pages, metrics and `/readyz`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use crate::{
    clock::Clock,
    journal::{Folder, Position},
};

/// How the running parts are doing. Clones share it.
#[derive(Clone)]
pub struct Health {
    journal: Arc<Folder>,
    clock: Clock,
    state: Arc<Mutex<State>>,
}

struct State {
    started_at: DateTime<Utc>,
    cursor: Option<Position>,
    /// When the digest last had nothing left to do.
    caught_up_at: DateTime<Utc>,
    last_batch_at: Option<DateTime<Utc>>,
    trouble: Option<Trouble>,
}

/// What keeps the digest from working.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// Since when.
    pub since: DateTime<Utc>,
    /// What went wrong the last time.
    pub error: String,
}

/// How the journal and the digest stand.
#[derive(Clone, Debug)]
pub struct Figures {
    /// When this process started.
    pub started_at: DateTime<Utc>,
    /// Records written and not yet digested; `None` until the digest has read its cursor.
    pub lag_records: Option<u64>,
    /// Seconds since the digest last had nothing left to do; 0 when it has nothing.
    pub lag_seconds: u64,
    /// Bytes of the journal on disk.
    pub journal_bytes: u64,
    /// Bytes at which ingest answers 503.
    pub journal_max_bytes: u64,
    /// Damaged places found in the journal.
    pub journal_gaps: u64,
    /// When the digest last committed a batch.
    pub last_batch_at: Option<DateTime<Utc>>,
    /// What keeps the digest from working.
    pub trouble: Option<Trouble>,
}

impl Health {
    /// Of a process that starts now on `journal`.
    pub fn new(journal: Arc<Folder>, clock: Clock) -> Self {
        let now = clock.now();
        let state = State {
            started_at: now,
            cursor: None,
            caught_up_at: now,
            last_batch_at: None,
            trouble: None,
        };
        Self {
            journal,
            clock,
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// The digest stands at `cursor`, before its first batch.
    pub fn digest_begins(&self, cursor: Position) {
        let mut state = self.state();
        state.cursor = Some(cursor);
        state.trouble = None;
    }

    /// The digest committed a batch and stands at `cursor`.
    pub fn digest_advanced(&self, cursor: Position) {
        let now = self.clock.now();
        let end = self.journal.end();
        let mut state = self.state();
        state.cursor = Some(cursor);
        state.last_batch_at = Some(now);
        state.trouble = None;
        if cursor.records_until(end) == 0 {
            state.caught_up_at = now;
        }
    }

    /// The digest cannot work.
    pub fn digest_fails(&self, error: String) {
        let now = self.clock.now();
        let mut state = self.state();
        let since = state.trouble.as_ref().map_or(now, |trouble| trouble.since);
        state.trouble = Some(Trouble { since, error });
    }

    /// Where the digest stands; `None` until it has read its cursor.
    pub fn cursor(&self) -> Option<Position> {
        self.state().cursor
    }

    /// Whether the digest has its cursor and works.
    pub fn digest_runs(&self) -> bool {
        let state = self.state();
        state.cursor.is_some() && state.trouble.is_none()
    }

    /// How everything stands.
    pub fn figures(&self) -> Figures {
        let end = self.journal.end();
        let now = self.clock.now();
        let state = self.state();
        let lag_records = state.cursor.map(|cursor| cursor.records_until(end));
        let lag = now
            .signed_duration_since(state.caught_up_at)
            .num_seconds()
            .unsigned_abs();
        Figures {
            started_at: state.started_at,
            lag_records,
            lag_seconds: if lag_records == Some(0) { 0 } else { lag },
            journal_bytes: self.journal.bytes_on_disk(),
            journal_max_bytes: self.journal.max_bytes(),
            journal_gaps: self.journal.damage().gaps,
            last_batch_at: state.last_batch_at,
            trouble: state.trouble.clone(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
