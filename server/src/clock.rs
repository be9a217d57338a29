//! The time: real, or set by a test. Nothing else asks the system for it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

use chrono::{DateTime, TimeDelta, Utc};

/// Tells the time. Clones tell the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Microseconds that a test has moved it by.
    offset_us: Arc<AtomicI64>,
}

impl Clock {
    /// The time now, UTC, to the microsecond, as Postgres keeps it.
    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = Utc::now() + TimeDelta::microseconds(self.offset_us.load(Ordering::Relaxed));
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// Moves the clock by `by`, for whoever shares it.
    pub fn advance(&self, by: TimeDelta) {
        self.offset_us
            .fetch_add(by.num_microseconds().unwrap_or(0), Ordering::Relaxed);
    }

    /// A steady time to measure durations with; a test does not move it.
    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    pub fn instant(&self) -> Instant {
        Instant::now()
    }
}
