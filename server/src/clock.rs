//! The time: real, set by a test, or led by the demo's occurrences. Nothing else asks the system for
//! it.

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
    /// Microseconds that a test or the demo has moved it by.
    offset_us: Arc<AtomicI64>,
    /// Whether it is the demo's.
    follows: bool,
}

impl Clock {
    /// The time now, UTC, to the microsecond, as Postgres keeps it.
    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    pub fn now(&self) -> DateTime<Utc> {
        let now = Utc::now() + TimeDelta::microseconds(self.offset_us.load(Ordering::Relaxed));
        DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
    }

    /// The demo's: it begins some time ago and runs from there, and [`Clock::follow`] leads it up to
    /// the real time.
    pub fn of_demo(ago: TimeDelta) -> Self {
        let clock = Self {
            follows: true,
            ..Self::default()
        };
        clock.advance(-ago);
        clock
    }

    /// An occurrence claims to have happened at that time: the demo's clock moves on to it, if it
    /// lies ahead and is not in the future. Any other clock does not listen.
    #[expect(clippy::disallowed_methods, reason = "this is where time comes from")]
    pub fn follow(&self, at: DateTime<Utc>) {
        if self.follows {
            let offset = at.signed_duration_since(Utc::now()).num_microseconds();
            let offset = offset.unwrap_or(0).min(0);
            self.offset_us.fetch_max(offset, Ordering::Relaxed);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demos_clock_follows_up_to_the_real_time_and_never_back() {
        let real = Clock::default();
        let day = TimeDelta::days(1);
        let demo = Clock::of_demo(day * 14);
        let begun = demo.now();
        assert!(begun < real.now() - day * 13);
        demo.follow(begun + day * 3);
        let third = demo.now();
        assert!(third >= begun + day * 3 && third < begun + day * 4);
        demo.follow(begun);
        assert!(demo.now() >= third);
        demo.follow(real.now() + day * 365);
        assert!(demo.now() <= real.now() && demo.now() > real.now() - day);
    }

    #[test]
    fn other_clocks_follow_nobody() {
        let (real, clock) = (Clock::default(), Clock::default());
        clock.follow(real.now() - TimeDelta::days(5));
        clock.follow(real.now() + TimeDelta::days(5));
        assert!((clock.now() - real.now()).abs() < TimeDelta::days(1));
    }
}
