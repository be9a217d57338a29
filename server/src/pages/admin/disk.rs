//! What becomes of the disk if it goes on as in the last week.

use std::path::Path;

use chrono::{Days, NaiveDate};
use rollcage_web::pages::{DiskOutlook, DiskState};

use crate::store::partitions::{Parent, Partition};

/// Days that the forecast looks back: a whole week, for weekends differ.
const LOOKS_BACK: u64 = 7;

/// The disk of the data folder; `None` where it cannot be measured. `partitions` are those of the
/// Postgres that lies on it too; without one nobody here knows what fills the disk.
pub fn state(
    data_dir: &Path,
    partitions: Option<&[Partition]>,
    today: NaiveDate,
    retention_days: i32,
) -> Option<DiskState> {
    let disk = rustix::fs::statvfs(data_dir).ok()?;
    let bytes =
        |blocks: u64| i64::try_from(blocks.saturating_mul(disk.f_frsize)).unwrap_or(i64::MAX);
    let free_bytes = bytes(disk.f_bavail);
    let outlook = match partitions {
        Some(partitions) => forecast(partitions, today, retention_days, free_bytes),
        None => DiskOutlook::Elsewhere,
    };
    Some(DiskState {
        free_bytes,
        size_bytes: bytes(disk.f_blocks),
        outlook,
    })
}

/// Days until the disk is full: by what the last whole days took, for as long as nothing is dropped.
/// From then on as much goes as comes.
fn forecast(
    partitions: &[Partition],
    today: NaiveDate,
    retention_days: i32,
    free_bytes: i64,
) -> DiskOutlook {
    let since = today - Days::new(LOOKS_BACK);
    // The months of `item_hours` take little and grow with items, not with days.
    let daily = partitions
        .iter()
        .filter(|one| one.parent != Parent::ItemHours && one.end <= today);
    let Some(oldest) = daily.clone().map(|one| one.first).min() else {
        return DiskOutlook::TooYoung;
    };
    let days = today.signed_duration_since(oldest.max(since)).num_days();
    let recent = daily.filter(|one| one.first >= since);
    let daily_bytes = recent.map(|one| one.size_bytes).sum::<i64>() / days.max(1);
    let days_to_full = free_bytes / daily_bytes.max(1);
    let age_days = today.signed_duration_since(oldest).num_days();
    let days_to_drop = i64::from(retention_days).saturating_sub(age_days);
    if days_to_full < days_to_drop {
        DiskOutlook::Full {
            days: days_to_full,
            daily_bytes,
        }
    } else {
        DiskOutlook::Lasts { daily_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 3, 10).expect("a day");
    const GB: i64 = 1_000_000_000;

    /// Partitions of that size of the `days` before today, of today and of tomorrow.
    fn days(days: u16, size_bytes: i64) -> Vec<Partition> {
        let first = TODAY - Days::new(days.into());
        let partition = |first: NaiveDate| Partition {
            parent: Parent::Occurrences,
            name: String::new(),
            first,
            end: first + Days::new(1),
            size_bytes: if first < TODAY { size_bytes } else { 1 },
            rows: 0,
        };
        first
            .iter_days()
            .take(usize::from(days) + 2)
            .map(partition)
            .collect()
    }

    #[test]
    fn days_to_a_full_disk_are_those_at_the_last_weeks_rate() {
        let outlook = |list: &[Partition], free_bytes| forecast(list, TODAY, 90, free_bytes);
        let full = |days, daily_bytes| DiskOutlook::Full { days, daily_bytes };
        assert_eq!(outlook(&days(30, GB), 41 * GB), full(41, GB));
        // Two days are what there is to go by, not a week with five days of nothing.
        assert_eq!(outlook(&days(2, GB), 10 * GB), full(10, GB));
        assert_eq!(outlook(&days(30, GB), 0), full(0, GB));
    }

    #[test]
    fn once_as_much_is_dropped_as_comes_the_disk_lasts() {
        let lasts = |daily_bytes| DiskOutlook::Lasts { daily_bytes };
        assert_eq!(forecast(&days(30, GB), TODAY, 90, 60 * GB), lasts(GB));
        assert_eq!(forecast(&days(90, GB), TODAY, 90, GB), lasts(GB));
        assert_eq!(forecast(&days(3, 0), TODAY, 90, GB), lasts(0));
    }

    #[test]
    fn the_first_day_foretells_nothing() {
        assert_eq!(forecast(&days(0, GB), TODAY, 90, GB), DiskOutlook::TooYoung);
        assert_eq!(forecast(&[], TODAY, 90, GB), DiskOutlook::TooYoung);
    }
}
