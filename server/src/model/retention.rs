//! How long occurrences are kept, and how many of them.

use chrono::{DateTime, TimeDelta, Utc};

/// Days that anything may be kept: a hundred years.
pub const DAYS_MAX: i32 = 36_500;

/// What a project's owners have set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Days for which occurrences are kept; `None` for as many as on the whole instance. More than
    /// those are as many.
    pub days: Option<i32>,
    /// Occurrences of an item that are stored in a UTC hour; those beyond are counted. `None` for
    /// all.
    pub stored_per_hour: Option<i32>,
}

impl Retention {
    /// Days for which the project's occurrences are kept.
    pub fn days_kept(self, of_instance: i32) -> i32 {
        self.days.map_or(of_instance, |days| days.min(of_instance))
    }
}

/// What was received before this is older than `days` at `now`.
pub fn kept_since(now: DateTime<Utc>, days: i32) -> DateTime<Utc> {
    now.checked_sub_signed(TimeDelta::days(days.into()))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_keeps_no_longer_than_the_instance() {
        let kept = |days| {
            let retention = Retention {
                days,
                ..Retention::default()
            };
            retention.days_kept(90)
        };
        assert_eq!([kept(None), kept(Some(7)), kept(Some(400))], [90, 7, 90]);
    }
}
