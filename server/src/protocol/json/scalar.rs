//! Texts and numbers, the parts of JSON that are read byte by byte.

use serde_json::Number;

/// The UTF-16 unit of the escape `\uXXXX` at `at`.
pub(super) fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, &digit| {
        let value = char::from(digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(value).ok()?)
    })
}

/// A character as it may be stored.
pub(super) fn stored(one: char) -> char {
    if one == '\0' {
        char::REPLACEMENT_CHARACTER
    } else {
        one
    }
}

/// A whole number, if 64 bits hold it.
pub(super) fn whole(literal: &str) -> Option<Number> {
    if literal == "-0" {
        return Number::from_f64(-0.0);
    }
    literal
        .parse::<i64>()
        .map(Number::from)
        .or_else(|_| literal.parse::<u64>().map(Number::from))
        .ok()
}

/// A number with a point or an exponent, if a double holds it.
pub(super) fn fraction(literal: &str) -> Option<Number> {
    // As it will be read again: quicker than exact, and off by one in the last place at times.
    let value = serde_json::from_str::<f64>(literal).ok()?;
    let mantissa = literal.split(['e', 'E']).next().unwrap_or_default();
    let vanished = value == 0.0 && mantissa.contains(|digit: char| matches!(digit, '1'..='9'));
    // The quick algorithm overflows a little below the largest double.
    if vanished || value.abs() >= 1.7e308 {
        return None;
    }
    Number::from_f64(value)
}
