//! The way of an occurrence from the thread that captured it to the server.
//!
//! ```text
//! capture ──▶ jobs ──worker──▶ ready ──sender──▶ server
//!                     │          ▲
//!                     └──▶ spool ┘
//! ```
//!
//! Everything here is first in, first out, and numbered in that order, so that "all that was
//! captured before" is a comparison of numbers.

mod patience;
mod state;

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use uuid::Uuid;

use crate::{
    Occurrence, Options, Scope,
    clock::Clock,
    drops::{Counts, Drops, Reason},
    limit::Verdict,
    spool,
    trace::Trace,
    worker,
};
pub(crate) use patience::Patience;
use state::State;

/// What was captured, and waits for the worker.
pub(crate) struct Job {
    pub(crate) uuid: Uuid,
    pub(crate) at_ms: u64,
    pub(crate) thread: Option<String>,
    pub(crate) occurrence: Occurrence,
    pub(crate) trace: Trace,
    pub(crate) scope: Scope,
    pub(crate) process: Scope,
    /// How many others it stands for.
    pub(crate) repeats: u64,
    pub(crate) bytes: usize,
}

impl Job {
    /// About how much memory it takes. What it shares with its scope counts for each.
    pub(crate) fn measure(&self) -> usize {
        self.occurrence.bytes() + self.trace.bytes() + self.scope.bytes() + self.process.bytes()
    }
}

/// What can be sent.
pub(crate) struct Ready {
    /// None for what an earlier process left.
    pub(crate) number: Option<u64>,
    pub(crate) uuid: Uuid,
    pub(crate) body: Stored,
    /// What it reports of drops: to be put back if it is lost.
    pub(crate) drops: Counts,
    /// How many occurrences it is: itself and those it stands for.
    pub(crate) stands_for: u64,
    pub(crate) failures: u32,
    pub(crate) was_cut: bool,
}

impl Ready {
    fn in_memory(&self) -> usize {
        usize::from(matches!(self.body, Stored::Memory(_)))
    }
}

/// Where the compressed body is.
pub(crate) enum Stored {
    Memory(Vec<u8>),
    File(spool::Entry),
}

/// What waits, and who is told.
pub(crate) struct Pipe {
    state: Mutex<State>,
    /// For the worker.
    captured: Condvar,
    /// For the sender.
    readied: Condvar,
    /// For whoever waits for something to be safe.
    settled: Condvar,
    pub(crate) drops: Drops,
    pub(crate) clock: Clock,
}

impl Pipe {
    pub(crate) fn new(options: &Options, has_spool: bool, clock: Clock) -> Self {
        Self {
            state: Mutex::new(State::new(options, has_spool)),
            captured: Condvar::new(),
            readied: Condvar::new(),
            settled: Condvar::new(),
            drops: Drops::default(),
            clock,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // On the capturing thread.

    pub(crate) fn judge(&self, key: u64) -> Verdict {
        let now = self.clock.now();
        self.lock().limit.judge(key, now)
    }

    /// Queues a job, and gives its number; none where there is no room.
    pub(crate) fn push(&self, job: Job) -> Option<u64> {
        let mut state = self.lock();
        if !state.takes(&job) {
            drop(state);
            self.drops.add_many(Reason::QueueFull, 1 + job.repeats);
            return None;
        }
        let number = state.enqueue(job);
        drop(state);
        self.captured.notify_one();
        Some(number)
    }

    /// Keeps a job until its minute is over.
    pub(crate) fn hold(&self, key: u64, job: Job) {
        let mut state = self.lock();
        if !state.takes(&job) {
            let counted = state.limit.let_go(key);
            drop(state);
            self.drops.add_many(Reason::QueueFull, 1 + counted);
            return;
        }
        state.hold(key, job);
        drop(state);
        // It waits until then.
        self.captured.notify_one();
    }

    /// Waits until that one is in a file, or was dropped.
    pub(crate) fn wait_for_spool(&self, number: u64, timeout: Duration) -> bool {
        self.wait(Patience::of(timeout), |state| {
            state.first_not_ready() > number
        })
    }

    /// Waits until all that was captured so far is safe.
    pub(crate) fn flush(&self, patience: Patience) -> bool {
        let mut state = self.lock();
        state.release_held(None);
        let end = state.next_number;
        drop(state);
        self.captured.notify_one();
        self.wait(patience, |state| {
            state.first_not_ready() >= end
                && (state.first_not_sent() >= end
                    || state.has_spool && state.is_paused(self.clock.now()))
        })
    }

    fn wait(&self, mut patience: Patience, is_so: impl Fn(&State) -> bool) -> bool {
        let mut since = self.clock.now();
        let mut state = self.lock();
        loop {
            if is_so(&state) {
                return true;
            }
            let is_preparing = state.is_preparing();
            let Some(left) = patience.left(is_preparing) else {
                return false;
            };
            state = self
                .settled
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
            let now = self.clock.now();
            patience.spend(is_preparing, now.saturating_duration_since(since));
            since = now;
        }
    }

    /// Nothing is taken any more. What is there is worked off as far as the process lives.
    pub(crate) fn close(&self) {
        let mut state = self.lock();
        state.release_held(None);
        state.closed = true;
        drop(state);
        self.captured.notify_all();
        self.readied.notify_all();
    }

    // On the worker.

    /// The next job, once there is one and room for what becomes of it. None after the end.
    pub(crate) fn next_job(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            let now = self.clock.now();
            state.release_held(Some(now));
            if let Some(job) = state.take_job() {
                return Some(job);
            }
            if state.closed && state.has_no_jobs() {
                state.worker_done = true;
                drop(state);
                self.readied.notify_all();
                return None;
            }
            let due = state.limit.next_due_at();
            state = match due {
                Some(at) => {
                    self.captured
                        .wait_timeout(state, at.saturating_duration_since(now))
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .captured
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// The job that was taken is ready to be sent, or is no more.
    pub(crate) fn prepared(&self, ready: Option<Ready>) {
        let mut state = self.lock();
        let number = state.preparing.take();
        if let Some(mut ready) = ready {
            ready.number = number;
            state.in_memory += ready.in_memory();
            state.ready.push_back(ready);
        }
        drop(state);
        self.readied.notify_one();
        self.settled.notify_all();
    }

    /// Whether one more may be ready in memory where files are the rule.
    pub(crate) fn has_room_in_memory(&self) -> bool {
        self.lock().has_room_in_memory()
    }

    /// What an earlier process left is to be sent as well.
    pub(crate) fn adopt(&self, entries: Vec<(Uuid, spool::Entry)>) {
        let entries = entries
            .into_iter()
            .map(|(uuid, entry)| worker::adopted(uuid, entry));
        self.lock().adopted.extend(entries);
        self.readied.notify_one();
    }

    // On the sender.

    /// The next one to send, once it may be sent. None after the end.
    pub(crate) fn next_ready(&self) -> Option<Ready> {
        let mut state = self.lock();
        loop {
            let now = self.clock.now();
            let pause = state.pause_until.filter(|until| *until > now);
            if pause.is_none() {
                state.pause_until = None;
                // What an earlier process left comes after what is new: somebody may wait for it.
                let next = match state.ready.pop_front() {
                    Some(ready) => Some(ready),
                    None => state.adopted.pop_front(),
                };
                if let Some(ready) = next {
                    state.in_memory -= ready.in_memory();
                    state.sending = ready.number;
                    drop(state);
                    self.captured.notify_one();
                    return Some(ready);
                }
            }
            // At the end nobody waits for a pause to be over; what lies in files stays there.
            if state.closed && state.worker_done && (pause.is_none() || state.has_spool) {
                return None;
            }
            state = match pause {
                Some(until) => {
                    self.readied
                        .wait_timeout(state, until.saturating_duration_since(now))
                        .unwrap_or_else(PoisonError::into_inner)
                        .0
                }
                None => self
                    .readied
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// The one that was taken is delivered, or is no more. A server that answered may ask for a
    /// pause all the same.
    pub(crate) fn sent(&self, pause: Option<Duration>) {
        let mut state = self.lock();
        state.sending = None;
        state.pause_until = pause.map(|pause| self.clock.now() + pause);
        drop(state);
        self.settled.notify_all();
    }

    /// The one that was taken is to be tried again after a pause, before all others.
    pub(crate) fn put_back(&self, ready: Ready, pause: Duration) {
        self.pause(pause, |state| {
            state.in_memory += ready.in_memory();
            match ready.number {
                Some(_) => state.ready.push_front(ready),
                None => state.adopted.push_front(ready),
            }
        });
    }

    /// The one that was taken is to be tried again after all others.
    pub(crate) fn put_last(&self, mut ready: Ready, pause: Duration) {
        ready.number = None;
        self.pause(pause, |state| {
            state.in_memory += ready.in_memory();
            state.adopted.push_back(ready);
        });
    }

    fn pause(&self, pause: Duration, put: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        state.sending = None;
        state.pause_until = (!pause.is_zero()).then(|| self.clock.now() + pause);
        put(&mut state);
        drop(state);
        self.settled.notify_all();
    }

    /// Looks at the clock again: for a test that has moved it.
    #[cfg(test)]
    pub(crate) fn look_again(&self) {
        drop(self.lock());
        self.captured.notify_all();
        self.readied.notify_all();
    }
}
