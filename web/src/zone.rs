//! Time zones: a time in one of them, and all of them to choose from.

use chrono::{DateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

/// The zones of a region of the world.
pub struct ZoneGroup {
    /// The region: `Europe`.
    pub region: &'static str,
    /// Its zones, by name.
    pub zones: Vec<ZoneChoice>,
}

/// A zone to choose.
pub struct ZoneChoice {
    /// The zone's own name, which the form sends: `America/New_York`.
    pub name: &'static str,
    /// The zone as people say it, with its distance from UTC now: `New York (UTC−5)`.
    pub label: String,
}

/// The regions that IANA's names begin with. Other names are old ones of the same zones.
const REGIONS: [&str; 10] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
];
/// Where names without a region are found.
const OTHER: &str = "Other";

/// All zones, by region.
pub fn groups(now: DateTime<Utc>) -> Vec<ZoneGroup> {
    let mut groups: Vec<ZoneGroup> = REGIONS
        .into_iter()
        .chain([OTHER])
        .map(|region| ZoneGroup {
            region,
            zones: Vec::new(),
        })
        .collect();
    for zone in TZ_VARIANTS {
        let name = zone.name();
        let (region, place) = match name.split_once('/') {
            Some((region, place)) if REGIONS.contains(&region) => (region, place),
            _ => (OTHER, name),
        };
        let choice = ZoneChoice {
            name,
            label: format!("{} ({})", place.replace('_', " "), offset(zone, now)),
        };
        if let Some(group) = groups.iter_mut().find(|group| group.region == region) {
            group.zones.push(choice);
        }
    }
    groups
}

/// How far a zone is from UTC at a time: `UTC`, `UTC+5:30`, `UTC−3`.
pub fn offset(zone: Tz, at: DateTime<Utc>) -> String {
    let seconds = zone
        .offset_from_utc_datetime(&at.naive_utc())
        .fix()
        .local_minus_utc();
    let sign = match seconds {
        0 => return "UTC".to_owned(),
        ..0 => '−',
        _ => '+',
    };
    let minutes = seconds.abs() / 60;
    match minutes % 60 {
        0 => format!("UTC{sign}{}", minutes / 60),
        rest => format!("UTC{sign}{}:{rest:02}", minutes / 60),
    }
}

/// A zone's short name at a time: `CET`, or its distance from UTC where people have no name for it.
pub fn abbreviation(zone: Tz, at: DateTime<Utc>) -> String {
    let name = at.with_timezone(&zone).format("%Z").to_string();
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name
    } else {
        offset(zone, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_zone_is_offered_once() {
        let mut names: Vec<_> = groups(DateTime::UNIX_EPOCH)
            .iter()
            .flat_map(|group| group.zones.iter().map(|zone| zone.name))
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), TZ_VARIANTS.len());
        assert!(names.iter().all(|name| name.parse::<Tz>().is_ok()));
    }

    #[test]
    fn zones_say_their_distance_at_that_time() {
        let at = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
        let cases = [
            (Tz::UTC, "UTC", "UTC"),
            (Tz::Europe__London, "UTC+1", "BST"),
            (Tz::Asia__Kolkata, "UTC+5:30", "IST"),
            (Tz::America__St_Johns, "UTC−2:30", "NDT"),
            (Tz::America__Sao_Paulo, "UTC−3", "UTC−3"),
        ];
        for (zone, distance, name) in cases {
            assert_eq!(offset(zone, at), distance, "{zone}");
            assert_eq!(abbreviation(zone, at), name, "{zone}");
        }
        let groups = groups(at);
        let europe = groups.iter().find(|group| group.region == "Europe");
        let labels = &europe.expect("Europe is a region").zones;
        assert!(labels.iter().any(|zone| zone.label == "Berlin (UTC+2)"));
    }
}
