//! A time on a page: relative for reading, exact on pointing at it, machine-readable below.

use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::format;

/// Prints as `<relative-time><time …>3 min ago</time></relative-time>`; a script keeps it fresh.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    at: DateTime<Utc>,
    now: DateTime<Utc>,
    zone: Tz,
}

impl Moment {
    /// `at` as seen from `now` by somebody who lives in `zone`.
    pub const fn new(at: DateTime<Utc>, now: DateTime<Utc>, zone: Tz) -> Self {
        Self { at, now, zone }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            r#"<relative-time><time datetime="{}" title="{}">{}</time></relative-time>"#,
            format::machine_time(self.at),
            format::exact_time(self.at, self.zone),
            format::ago(self.at, self.now),
        )
    }
}
