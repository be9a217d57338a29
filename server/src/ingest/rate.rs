//! How many occurrences a minute: a bucket of a token, or one that a project's tokens share.
//!
//! The generic cell rate algorithm: a bucket is one number, the time at which it will be full again.
//! Our own, because of a token's and a project's bucket both are taken from or neither, so that one
//! has to take back what it gave.

use std::{
    num::NonZeroU32,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// What a rate is a number of occurrences in.
const PERIOD_NS: u64 = 60_000_000_000;

/// What a sender is told of its rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Occurrences a minute.
    pub limit: u32,
    /// How many may come now.
    pub remaining: u32,
    /// Seconds until all may come again.
    pub reset_seconds: u64,
}

/// A bucket: full, it lets a minute's occurrences pass at once.
#[derive(Debug)]
pub struct Bucket {
    per_minute: NonZeroU32,
    made_at: Instant,
    /// When it is full again, in nanoseconds since it was made.
    full_at_ns: AtomicU64,
}

impl Bucket {
    /// A full one.
    pub fn new(per_minute: NonZeroU32, now: Instant) -> Self {
        Self {
            per_minute,
            made_at: now,
            full_at_ns: AtomicU64::new(0),
        }
    }

    /// Occurrences a minute.
    pub fn per_minute(&self) -> NonZeroU32 {
        self.per_minute
    }

    /// Takes one: how the bucket stands then, or how long until there is one.
    pub fn take(&self, now: Instant) -> Result<Rate, Duration> {
        let now_ns = self.since_made(now);
        let after = |full_at_ns: u64| full_at_ns.max(now_ns).saturating_add(self.one_ns());
        let taken =
            self.full_at_ns
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |full_at_ns| {
                    let full_at_ns = after(full_at_ns);
                    (full_at_ns - now_ns <= PERIOD_NS).then_some(full_at_ns)
                });
        match taken {
            Ok(before) => Ok(self.standing(after(before) - now_ns)),
            Err(full_at_ns) => Err(Duration::from_nanos(
                after(full_at_ns).saturating_sub(now_ns + PERIOD_NS),
            )),
        }
    }

    /// Puts back one that was taken.
    pub fn give_back(&self) {
        self.full_at_ns.fetch_sub(self.one_ns(), Ordering::Relaxed);
    }

    /// What a sender is told who came too early by `wait`.
    pub fn empty(&self, wait: Duration) -> Rate {
        Rate {
            limit: self.per_minute.get(),
            remaining: 0,
            reset_seconds: wait.as_secs() + 1,
        }
    }

    fn standing(&self, until_full_ns: u64) -> Rate {
        let remaining = PERIOD_NS.saturating_sub(until_full_ns) / self.one_ns();
        Rate {
            limit: self.per_minute.get(),
            remaining: u32::try_from(remaining).unwrap_or(u32::MAX),
            reset_seconds: until_full_ns.div_ceil(1_000_000_000),
        }
    }

    /// How long it takes until there is one more: at least 13 ns.
    fn one_ns(&self) -> u64 {
        PERIOD_NS / u64::from(self.per_minute.get())
    }

    fn since_made(&self, now: Instant) -> u64 {
        let since = now.saturating_duration_since(self.made_at).as_nanos();
        u64::try_from(since).unwrap_or(u64::MAX - 2 * PERIOD_NS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    fn bucket(per_minute: u32) -> (Bucket, Instant) {
        let now = Clock::default().instant();
        let per_minute = NonZeroU32::new(per_minute).expect("not zero");
        (Bucket::new(per_minute, now), now)
    }

    #[test]
    fn a_minutes_occurrences_may_come_at_once_and_no_more() {
        for per_minute in [1, 3, 7, 60, 1000] {
            let (bucket, now) = bucket(per_minute);
            for left in (0..per_minute).rev() {
                let rate = bucket.take(now).expect("there is one");
                assert_eq!((rate.limit, rate.remaining), (per_minute, left));
            }
            let wait = bucket.take(now).expect_err("it is empty");
            assert!(wait <= Duration::from_mins(1) && !wait.is_zero());
            assert_eq!(bucket.take(now + wait).map(|rate| rate.remaining), Ok(0));
            assert!(bucket.take(now + wait).is_err());
            let later = now + Duration::from_secs(200);
            let rate = bucket.take(later).expect("it is full again");
            assert_eq!(rate.remaining, per_minute - 1);
        }
    }

    #[test]
    fn what_is_given_back_may_be_taken_again() {
        let (bucket, now) = bucket(2);
        assert_eq!(bucket.take(now).map(|rate| rate.remaining), Ok(1));
        assert_eq!(bucket.take(now).map(|rate| rate.remaining), Ok(0));
        bucket.give_back();
        assert_eq!(bucket.take(now).map(|rate| rate.remaining), Ok(0));
        assert!(bucket.take(now).is_err());
    }

    #[test]
    fn the_highest_rate_there_is_works() {
        let (bucket, now) = bucket(u32::MAX);
        let rate = bucket.take(now).expect("there is one");
        assert_eq!((rate.limit, rate.reset_seconds), (u32::MAX, 1));
    }
}
