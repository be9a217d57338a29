//! How the running parts are doing: written by them, read by pages, metrics and `/readyz`.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use chrono::{DateTime, Utc};

use crate::{
    clock::Clock,
    journal::{Folder, Position},
};

/// Looks at the journal that rates are made of: a minute, by one each five seconds.
const SAMPLES: usize = 12;

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
    /// The newest last.
    samples: VecDeque<Sample>,
}

/// How far the journal was, and the digest in it.
#[derive(Clone, Copy)]
struct Sample {
    at: Instant,
    written: u64,
    digested: Option<u64>,
}

/// Records a second, over the last minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Written to the journal.
    pub accepted: f64,
    /// Digested.
    pub digested: f64,
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
            samples: VecDeque::with_capacity(SAMPLES),
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

    /// Notes how far the journal is; called every few seconds.
    pub fn sample(&self) {
        let mut state = self.state();
        let sample = self.look(&state);
        if state.samples.len() == SAMPLES {
            state.samples.pop_front();
        }
        state.samples.push_back(sample);
    }

    /// How much comes and is digested just now; `None` in the first seconds.
    pub fn rates(&self) -> Option<Rates> {
        let state = self.state();
        let (then, now) = (*state.samples.front()?, self.look(&state));
        let seconds = now.at.duration_since(then.at).as_secs_f64();
        let rate = |before: u64, after: u64| {
            let records = u32::try_from(after.saturating_sub(before)).unwrap_or(u32::MAX);
            f64::from(records) / seconds
        };
        (seconds > 0.0).then(|| Rates {
            accepted: rate(then.written, now.written),
            digested: match (then.digested, now.digested) {
                (Some(before), Some(after)) => rate(before, after),
                _ => 0.0,
            },
        })
    }

    /// The name of this node's journal.
    pub fn journal(&self) -> uuid::Uuid {
        self.journal.journal()
    }

    fn look(&self, state: &State) -> Sample {
        Sample {
            at: self.clock.instant(),
            written: self.journal.end().sequence,
            digested: state.cursor.map(|cursor| cursor.sequence),
        }
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
