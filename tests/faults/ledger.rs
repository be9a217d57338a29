//! What was sent, and what the server said of it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use uuid::Uuid;

/// What is known of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Its answer was cut: it may be there or not, once at most.
    Unknown,
    /// Refused by each answer.
    Refused,
    /// Answered with 200 at least once.
    Acknowledged,
}

/// An answer to a post.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Whether it says when to come again.
    pub has_retry_after: bool,
    /// How long it took.
    pub took: Duration,
}

/// What many senders write down together.
#[derive(Debug, Default)]
pub struct Ledger {
    fates: Mutex<HashMap<Uuid, Fate>>,
    /// Answers with 200.
    acknowledged: AtomicU64,
    /// Exchanges without an answer.
    cut: AtomicU64,
    /// Answers that tell when to come again, by status.
    refused: Mutex<BTreeMap<u16, u64>>,
    /// What no server should say.
    strange: Mutex<BTreeMap<String, u64>>,
    /// Microseconds of answers with 200.
    times_us: Mutex<Vec<u32>>,
}

impl Ledger {
    /// Before the first byte of it leaves.
    pub fn sending(&self, uuid: Uuid) {
        lock(&self.fates).entry(uuid).or_insert(Fate::Unknown);
    }

    /// It was answered.
    pub fn answered(&self, uuid: Uuid, answer: &Answer) {
        if answer.status == 200 {
            lock(&self.fates).insert(uuid, Fate::Acknowledged);
            let micros = u32::try_from(answer.took.as_micros()).unwrap_or(u32::MAX);
            lock(&self.times_us).push(micros);
            self.acknowledged.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let is_refusal = matches!(answer.status, 429 | 503);
        if is_refusal && answer.has_retry_after {
            *lock(&self.refused).entry(answer.status).or_default() += 1;
        } else {
            let without = if is_refusal {
                " without Retry-After"
            } else {
                ""
            };
            let told = format!("{}{without}", answer.status);
            *lock(&self.strange).entry(told).or_default() += 1;
        }
    }

    /// It was refused and will not be sent again.
    pub fn given_up(&self, uuid: Uuid) {
        lock(&self.fates).entry(uuid).and_modify(|fate| {
            if *fate == Fate::Unknown {
                *fate = Fate::Refused;
            }
        });
    }

    /// Its answer did not come.
    pub fn cut(&self) {
        self.cut.fetch_add(1, Ordering::Relaxed);
    }

    /// Answers with 200 until now.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }

    /// Exchanges without an answer until now.
    pub fn cuts(&self) -> u64 {
        self.cut.load(Ordering::Relaxed)
    }

    /// Answers of that status with a Retry-After until now.
    pub fn refused(&self, status: u16) -> u64 {
        lock(&self.refused)
            .get(&status)
            .copied()
            .unwrap_or_default()
    }

    /// Answers that no server should give, with how often they came.
    pub fn strange(&self) -> BTreeMap<String, u64> {
        lock(&self.strange).clone()
    }

    /// All that was sent.
    pub fn fates(&self) -> HashMap<Uuid, Fate> {
        lock(&self.fates).clone()
    }

    /// The time that 99 of 100 answers since the last call did not exceed.
    pub fn take_p99(&self) -> Duration {
        let mut times = std::mem::take(&mut *lock(&self.times_us));
        times.sort_unstable();
        let at = (times.len() * 99 / 100).min(times.len().saturating_sub(1));
        Duration::from_micros(times.get(at).copied().unwrap_or_default().into())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
