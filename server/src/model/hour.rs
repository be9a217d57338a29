//! Minutes, hours and days of the clock; hours are the unit that occurrences are counted in.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};

/// The beginning of the minute of `at`.
pub fn minute_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::minutes(1)).unwrap_or(at)
}

/// The beginning of the hour of `at`, UTC.
pub fn hour_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}

/// The beginning of the day of `at`, UTC.
pub fn day_of(at: DateTime<Utc>) -> DateTime<Utc> {
    at.duration_trunc(TimeDelta::days(1)).unwrap_or(at)
}
