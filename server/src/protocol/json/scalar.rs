//! Texts and numbers, the parts of JSON that are read byte by byte.

use serde_json::Number;

/// How many bytes from the start of `bytes` are neither a quote, a backslash nor a control.
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    let is_special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let special = special_bytes(u64::from_le_bytes(*word));
        if special != 0 {
            return at * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let end = rest.iter().position(|&byte| is_special(byte));
    words.len() * 8 + end.unwrap_or(rest.len())
}

/// The high bit of each byte that ends a plain run, eight bytes at once: right up to and with the
/// lowest such byte, which is all that is asked.
///
/// From "Bit Twiddling Hacks", `haszero` and `hasless`.
fn special_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const HIGH: u64 = ONES << 7;
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let quote = zero(word ^ (ONES * u64::from(b'"')));
    let backslash = zero(word ^ (ONES * u64::from(b'\\')));
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    quote | backslash | control
}

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
