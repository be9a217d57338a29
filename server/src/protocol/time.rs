//! Instants as SDKs write them.

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use serde_json::Number;

use crate::model::json::Node;

/// The instant that a value means; none for nothing, nonsense, and years before 1970 or after 9999.
///
/// Numbers count from 1970: seconds, or milli-, micro- or nanoseconds where seconds would lie past
/// the year 5000. They come as integers, floats (rollbar-java: `1.795375611744E9`) and texts. Texts
/// may also be RFC 3339, with a zone or without one (then UTC).
pub(crate) fn instant(value: &Node<'_>) -> Option<DateTime<Utc>> {
    sensible(match value {
        Node::Number(number) => from_number(number),
        Node::Text(text) => from_text(text.trim()),
        _ => None,
    })
}

fn sensible(instant: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    instant.filter(|instant| (1970..=9999).contains(&instant.year()))
}

fn from_number(number: &Number) -> Option<DateTime<Utc>> {
    match number.as_i64() {
        Some(whole) => from_integer(whole),
        None => from_float(number.as_f64()?),
    }
}

fn from_text(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(whole) = text.parse() {
        return from_integer(whole);
    }
    if let Ok(fraction) = text.parse() {
        return from_float(fraction);
    }
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    formats
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|naive| naive.and_utc())
}

fn from_integer(number: i64) -> Option<DateTime<Utc>> {
    match number.unsigned_abs() {
        0..100_000_000_000 => DateTime::from_timestamp(number, 0),
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(number),
        100_000_000_000_000..100_000_000_000_000_000 => DateTime::from_timestamp_micros(number),
        _ => Some(DateTime::from_timestamp_nanos(number)),
    }
}

fn from_float(number: f64) -> Option<DateTime<Utc>> {
    let micros = match number.abs() {
        seconds if seconds < 1e11 => number * 1e6,
        millis if millis < 1e14 => number * 1e3,
        micros if micros < 1e17 => number,
        _ => return None,
    };
    // Neither NaN nor infinite: both fail every comparison above.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "rounded, and far below 2^63"
    )]
    let micros = micros.round() as i64;
    DateTime::from_timestamp_micros(micros)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::protocol::json::parse;

    fn read(value: &Value) -> Option<DateTime<Utc>> {
        instant(&parse(value.to_string().as_bytes()).expect("JSON"))
    }

    #[test]
    fn instants_are_read_in_all_their_forms() {
        let cases = [
            (json!(1_700_000_000), "2023-11-14T22:13:20+00:00"),
            (json!(1_700_000_000.25), "2023-11-14T22:13:20.250+00:00"),
            (json!(1.795_375_611_744E9), "2026-11-22T19:26:51.744+00:00"),
            (json!("1700000000"), "2023-11-14T22:13:20+00:00"),
            (json!("1700000000.5"), "2023-11-14T22:13:20.500+00:00"),
            (
                json!(1_700_000_000_123_i64),
                "2023-11-14T22:13:20.123+00:00",
            ),
            (
                json!(1_700_000_000_123_456_i64),
                "2023-11-14T22:13:20.123456+00:00",
            ),
            (
                json!(1_700_000_000_123_456_789_i64),
                "2023-11-14T22:13:20.123456789+00:00",
            ),
            (
                json!("2026-11-22T10:00:00.5+02:00"),
                "2026-11-22T08:00:00.500+00:00",
            ),
            (json!("2026-11-22T10:00:00"), "2026-11-22T10:00:00+00:00"),
            (
                json!("2026-11-22 10:00:00.25"),
                "2026-11-22T10:00:00.250+00:00",
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(
                read(&value).map(|at| at.to_rfc3339()).as_deref(),
                Some(expected),
                "{value}"
            );
        }
        for value in [
            json!(null),
            json!("yesterday"),
            json!(""),
            json!(-5),
            json!(1e300),
            json!("NaN"),
            json!({}),
            json!(u64::MAX),
        ] {
            let at = read(&value);
            assert!(at.is_none(), "{value}: {at:?}");
        }
    }
}
