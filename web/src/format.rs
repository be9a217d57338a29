//! Numbers, durations, times and short forms, as people read them.

use std::{borrow::Cow, fmt::Write};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::zone;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// A mean month of the Gregorian calendar, rounded to days.
const MONTH: i64 = 30 * DAY;
const YEAR: i64 = 365 * DAY;

/// A count in at most four characters and a letter: `999`, `1.2k`, `48k`, `3.1M`.
pub fn count(number: i64) -> String {
    const STEPS: [(i64, &str); 3] = [(1_000_000_000, "B"), (1_000_000, "M"), (1_000, "k")];
    for (step, letter) in STEPS {
        if number.abs() < step {
            continue;
        }
        let tenths = number / (step / 10);
        return if tenths.abs() >= 100 || tenths % 10 == 0 {
            format!("{}{letter}", number / step)
        } else {
            format!("{}.{}{letter}", tenths / 10, (tenths % 10).abs())
        };
    }
    number.to_string()
}

/// A count in full, with commas: `1,204,318`.
pub fn exact_count(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (index, digit) in digits.char_indices() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in full with its noun: `1 occurrence`, `1,204 occurrences`.
pub fn counted(number: i64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        exact_count(number),
        if number == 1 { one } else { many }
    )
}

/// Bytes in the largest unit that leaves a number above one: `812 B`, `64 MiB`, `1.5 GiB`.
pub fn bytes(size: i64) -> String {
    const UNITS: [(i64, &str); 4] = [
        (1 << 40, "TiB"),
        (1 << 30, "GiB"),
        (1 << 20, "MiB"),
        (1 << 10, "KiB"),
    ];
    for (unit, name) in UNITS {
        if size < unit {
            continue;
        }
        let whole = size / unit;
        let tenths = (size % unit) * 10 / unit;
        return if whole >= 100 || tenths == 0 {
            format!("{whole} {name}")
        } else {
            format!("{whole}.{tenths} {name}")
        };
    }
    format!("{size} B")
}

/// A span of time in its largest unit: `40 s`, `3 min`, `5 h`, `12 d`, `4 mo`, `2 y`.
pub fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (number, unit) = match seconds {
        ..MINUTE => (seconds, "s"),
        MINUTE..HOUR => (seconds / MINUTE, "min"),
        HOUR..DAY => (seconds / HOUR, "h"),
        DAY..MONTH => (seconds / DAY, "d"),
        MONTH..YEAR => (seconds / MONTH, "mo"),
        _ => (seconds / YEAR, "y"),
    };
    format!("{number} {unit}")
}

/// A span of time in its two largest units: `3 d 4 h`, `12 min`, `40 s`.
pub fn long_duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let parts = [
        (seconds / DAY, "d"),
        (seconds % DAY / HOUR, "h"),
        (seconds % HOUR / MINUTE, "min"),
        (seconds % MINUTE, "s"),
    ];
    let first = parts
        .iter()
        .position(|(number, _)| *number > 0)
        .unwrap_or(parts.len() - 1);
    parts
        .iter()
        .skip(first)
        .take(2)
        .filter(|(number, _)| *number > 0 || seconds == 0)
        .map(|(number, unit)| format!("{number} {unit}"))
        .collect::<Vec<_>>()
        .join(" ")
}

/// How far from a moment, with a sign: `−320 ms`, `−3.2 s`, `+2 min 5 s`, `0 ms`.
pub fn offset(span: TimeDelta) -> String {
    const SECOND_MS: i64 = 1_000;
    let sign = match span.num_milliseconds() {
        ..0 => "−",
        0 => "",
        1.. => "+",
    };
    match span.num_milliseconds().saturating_abs() {
        millis @ ..SECOND_MS => format!("{sign}{millis} ms"),
        millis if millis < MINUTE * SECOND_MS => {
            format!(
                "{sign}{}.{} s",
                millis / SECOND_MS,
                millis % SECOND_MS / 100
            )
        }
        millis => format!("{sign}{}", long_duration(millis / SECOND_MS)),
    }
}

/// How long ago: `now`, `3 min ago`; `in 5 h` for a clock that is ahead.
///
/// Under ten seconds either way is `now`: clocks are not better than that.
pub fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = now.signed_duration_since(at).num_seconds();
    match seconds {
        -9..10 => "now".to_owned(),
        10.. => format!("{} ago", duration(seconds)),
        _ => format!("in {}", duration(-seconds)),
    }
}

/// A time in full: `22 Nov 2026, 22:30:09 CET`.
pub fn exact_time(at: DateTime<Utc>, zone: Tz) -> String {
    let name = zone::abbreviation(zone, at);
    let local = at.with_timezone(&zone);
    format!("{} {name}", local.format("%-d %b %Y, %H:%M:%S"))
}

/// A time to the minute, where seconds would only be noise: `22 Nov 2026, 22:30 CET`.
pub fn minute_time(at: DateTime<Utc>, zone: Tz) -> String {
    let name = zone::abbreviation(zone, at);
    let local = at.with_timezone(&zone);
    format!("{} {name}", local.format("%-d %b %Y, %H:%M"))
}

/// A time of day to the millisecond: `22:30:09.120`.
pub fn clock_time(at: DateTime<Utc>, zone: Tz) -> String {
    at.with_timezone(&zone).format("%H:%M:%S%.3f").to_string()
}

/// A time as machines read it, for `<time datetime>`.
pub fn machine_time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The text with the characters that change the order of what follows made visible: `⟨U+202E⟩`.
///
/// Those are the embeddings, overrides and isolates of Unicode's Bidirectional Algorithm (UAX #9,
/// section 2), with which a title can be made to read as another, and a line of code to hide.
/// The marks (U+200E, U+200F, U+061C) stay as they are: they belong to ordinary Hebrew and Arabic.
pub fn visible(text: &str) -> Cow<'_, str> {
    const REORDERING: [char; 9] = [
        '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}',
        '\u{2068}', '\u{2069}',
    ];
    if !text.contains(REORDERING) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if REORDERING.contains(&character) {
            write!(shown, "⟨U+{:04X}⟩", u32::from(character))
                .expect("writing to a string cannot fail");
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// A code version as people say it: a commit's hash by its first ten digits, others as they are.
pub fn version(text: &str) -> &str {
    let is_hash = text.len() >= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { &text[..10] } else { text }
}

/// The first `max` characters, with an ellipsis where something was cut.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// The first line of a text.
pub fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn counts_are_short() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1k"),
            (1_234, "1.2k"),
            (9_999, "9.9k"),
            (10_000, "10k"),
            (48_210, "48k"),
            (999_999, "999k"),
            (1_204_318, "1.2M"),
            (3_100_000_000, "3.1B"),
            (-1_234, "-1.2k"),
        ];
        for (number, text) in cases {
            assert_eq!(count(number), text, "{number}");
        }
    }

    #[test]
    fn exact_counts_have_commas() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_204_318, "1,204,318"),
            (-12_345, "-12,345"),
        ];
        for (number, text) in cases {
            assert_eq!(exact_count(number), text);
        }
        assert_eq!(exact_count(i64::MIN), "-9,223,372,036,854,775,808");
        assert_eq!(counted(1, "item", "items"), "1 item");
        assert_eq!(counted(0, "item", "items"), "0 items");
    }

    #[test]
    fn bytes_take_the_largest_unit() {
        let cases = [
            (0, "0 B"),
            (812, "812 B"),
            (1_536, "1.5 KiB"),
            (64 << 20, "64 MiB"),
            (3 << 29, "1.5 GiB"),
        ];
        for (size, text) in cases {
            assert_eq!(bytes(size), text);
        }
    }

    #[test]
    fn durations_take_the_largest_unit() {
        let cases = [
            (-5, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3_599, "59 min"),
            (3_600, "1 h"),
            (86_400, "1 d"),
            (86_400 * 29, "29 d"),
            (86_400 * 31, "1 mo"),
            (86_400 * 800, "2 y"),
        ];
        for (seconds, text) in cases {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
        assert_eq!(long_duration(3 * 86_400 + 4 * 3_600 + 59), "3 d 4 h");
        assert_eq!(long_duration(86_400), "1 d");
        assert_eq!(long_duration(0), "0 s");
        assert_eq!(long_duration(61), "1 min 1 s");
    }

    #[test]
    fn times_are_relative_to_now() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        assert_eq!(ago(now, now), "now");
        assert_eq!(ago(now - TimeDelta::seconds(10), now), "10 s ago");
        assert_eq!(ago(now - TimeDelta::minutes(3), now), "3 min ago");
        assert_eq!(ago(now + TimeDelta::hours(5), now), "in 5 h");
    }

    #[test]
    fn offsets_have_a_sign_and_few_digits() {
        let cases = [
            (0, "0 ms"),
            (-320, "−320 ms"),
            (-3_210, "−3.2 s"),
            (59_999, "+59.9 s"),
            (-125_000, "−2 min 5 s"),
            (i64::MIN / 1_000, "−106751991 d 4 h"),
        ];
        for (millis, text) in cases {
            assert_eq!(offset(TimeDelta::milliseconds(millis)), text, "{millis}");
        }
    }

    #[test]
    fn exact_times_are_in_the_zone_of_the_reader() {
        let at = DateTime::UNIX_EPOCH + TimeDelta::days(20_000);
        let cases = [
            (Tz::UTC, "4 Oct 2024, 00:00:00 UTC"),
            (Tz::Europe__Berlin, "4 Oct 2024, 02:00:00 CEST"),
            (Tz::America__Sao_Paulo, "3 Oct 2024, 21:00:00 UTC−3"),
            (Tz::Asia__Kathmandu, "4 Oct 2024, 05:45:00 UTC+5:45"),
        ];
        for (zone, text) in cases {
            assert_eq!(exact_time(at, zone), text, "{zone}");
        }
        assert_eq!(
            minute_time(at, Tz::Europe__Berlin),
            "4 Oct 2024, 02:00 CEST"
        );
        assert_eq!(clock_time(at, Tz::Europe__Berlin), "02:00:00.000");
    }

    #[test]
    fn characters_that_reorder_text_are_seen() {
        assert_eq!(visible("a\u{202e}b\u{2069}"), "a⟨U+202E⟩b⟨U+2069⟩");
        assert!(matches!(visible("שלום\u{200f}, ok"), Cow::Borrowed(_)));
    }

    #[test]
    fn hashes_are_cut_and_versions_are_not() {
        assert_eq!(
            version("9f3c1e2ab47d9f3c1e2ab47d9f3c1e2ab47d0000"),
            "9f3c1e2ab4"
        );
        assert_eq!(version("2.4.1"), "2.4.1");
    }

    #[test]
    fn cutting_counts_characters() {
        assert_eq!(cut("größer als", 6), "größer…");
        assert_eq!(cut("kurz", 6), "kurz");
        assert_eq!(first_line("a\nb"), "a");
        assert_eq!(first_line(""), "");
    }
}
