//! What of an item's occurrences there is to see, and what not.

use chrono::{DateTime, TimeDelta, Utc};

use crate::{format, pages::item::ItemHead};

/// How an item's occurrences are kept.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    /// Days for which the project keeps them.
    pub days: i32,
    /// Those that were counted and not stored: of the hour of the one that is shown, in a list all.
    pub unstored: i64,
}

impl Kept {
    /// Why there is none of an item, as a sentence.
    pub(crate) fn none(self, item: &ItemHead, now: &DateTime<Utc>) -> String {
        let since = now.checked_sub_signed(TimeDelta::days(self.days.into()));
        if since.is_some_and(|since| item.last_seen_at < since) {
            let days = format::counted(self.days.into(), "day", "days");
            format!("Its occurrences are older than {days}, and are not kept for longer.")
        } else {
            "Its occurrences were deleted.".to_owned()
        }
    }

    /// What beside the occurrence that is shown was only counted, as a sentence; `None` for nothing.
    pub(crate) fn in_this_hour(self) -> Option<String> {
        (self.unstored > 0).then(|| {
            let count = format::exact_count(self.unstored);
            let were = if self.unstored == 1 { "was" } else { "were" };
            format!("{count} more in this hour {were} counted and not stored.")
        })
    }

    /// What of the occurrences that are listed was only counted, as a sentence; `None` for nothing.
    pub(crate) fn of_all(self) -> Option<String> {
        (self.unstored > 0).then(|| {
            let count = format::exact_count(self.unstored);
            let were = if self.unstored == 1 { "was" } else { "were" };
            format!(
                "{count} of them {were} counted and not stored: the project stores only so many in \
                 an hour."
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_many_read_right() {
        let said = |unstored| Kept { days: 90, unstored }.in_this_hour();
        assert_eq!(said(0), None);
        assert_eq!(
            said(1).as_deref(),
            Some("1 more in this hour was counted and not stored.")
        );
        assert_eq!(
            said(2_301).as_deref(),
            Some("2,301 more in this hour were counted and not stored.")
        );
    }
}
