//! What time it is. The one place that asks, so that a test can hand in its own.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The system's clock, or it and how far a test has moved it.
#[derive(Clone, Default)]
pub(crate) struct Clock {
    ahead_ms: Option<Arc<AtomicU64>>,
}

impl Clock {
    /// A clock that a test moves.
    #[cfg(test)]
    pub(crate) fn movable() -> Self {
        Self {
            ahead_ms: Some(Arc::default()),
        }
    }

    /// Moves it. Whoever waits for a time is to be woken by the test.
    #[cfg(test)]
    pub(crate) fn advance(&self, by: Duration) {
        let by_ms = u64::try_from(by.as_millis()).expect("a test moves it by little");
        let ahead_ms = self.ahead_ms.as_ref().expect("this one is movable");
        ahead_ms.fetch_add(by_ms, Ordering::Relaxed);
    }

    fn ahead(&self) -> Duration {
        let ahead_ms = self.ahead_ms.as_ref();
        Duration::from_millis(ahead_ms.map_or(0, |ahead| ahead.load(Ordering::Relaxed)))
    }

    /// For waiting and for limits.
    #[expect(clippy::disallowed_methods, reason = "this is where it is asked")]
    pub(crate) fn now(&self) -> Instant {
        Instant::now() + self.ahead()
    }
}

/// Milliseconds since 1970, for people.
#[expect(clippy::disallowed_methods, reason = "this is where it is asked")]
pub(crate) fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    // A clock before 1970 is one that was never set.
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}
