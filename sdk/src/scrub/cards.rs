//! Numbers of payment cards.
//!
//! To be taken for one, digits must begin as a known network's cards do, have that network's
//! length, and pass the check digit (ISO/IEC 7812). Times in milli-, micro- and nanoseconds begin
//! with 1, which no network has; of other random numbers of such length about one in a hundred
//! passes.

use std::ops::Range;

/// Fewest and most digits of a card.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// Digits of one group where a number is written in groups: 4-4-4-4, 4-6-5, 6-13 is not written so.
const GROUP: std::ops::RangeInclusive<usize> = 3..=6;

/// Whether a number is a card's.
pub(super) fn is_card_number(number: u64) -> bool {
    // Below there are fewer than 13 digits.
    number >= 1_000_000_000_000 && is_card(number.to_string().as_bytes())
}

/// Where in `text` the numbers of cards are, in order and apart.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(ahead) = bytes
        .get(at..)
        .and_then(|rest| rest.iter().position(u8::is_ascii_digit))
    {
        let groups = groups(bytes, at + ahead);
        at = groups.last().map_or(bytes.len(), |group| group.end);
        found.extend(within(bytes, &groups));
    }
    found
}

/// The groups of digits from `from` on that one blank or dash each lies between.
fn groups(bytes: &[u8], from: usize) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut start = from;
    loop {
        let length = bytes
            .iter()
            .skip(start)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length == 0 {
            return groups;
        }
        let end = start + length;
        groups.push(start..end);
        if !matches!(bytes.get(end), Some(b' ' | b'-')) {
            return groups;
        }
        start = end + 1;
    }
}

fn within(bytes: &[u8], groups: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut first = 0;
    while let Some(rest) = groups.get(first..).filter(|rest| !rest.is_empty()) {
        match longest_card(bytes, rest) {
            Some((count, card)) => {
                found.push(card);
                first += count;
            }
            None => first += 1,
        }
    }
    found
}

/// The card that begins with the first of `groups`, and of how many groups it is.
fn longest_card(bytes: &[u8], groups: &[Range<usize>]) -> Option<(usize, Range<usize>)> {
    let start = groups.first()?.start;
    if continues(bytes.get(..start)?) {
        return None;
    }
    let mut digits: Vec<u8> = Vec::new();
    let mut best = None;
    // A group has a digit at least, so more groups than digits are none.
    for (index, group) in groups.iter().enumerate().take(*DIGITS.end()) {
        digits.extend(bytes.get(group.clone())?.iter().take(DIGITS.end() + 1));
        if digits.len() > *DIGITS.end()
            || (index > 0
                && !(written_so(groups.get(..=index)?) && same_gaps(bytes, groups.get(..=index)?)))
        {
            break;
        }
        if !bytes.get(group.end).is_some_and(u8::is_ascii_alphabetic) && is_card(&digits) {
            best = Some((index + 1, start..group.end));
        }
    }
    best
}

/// Whether what lies before digits makes them part of something else: a letter, or the point of a
/// fraction.
fn continues(before: &[u8]) -> bool {
    match before {
        [.., digit, b'.'] => digit.is_ascii_digit(),
        [.., last] => last.is_ascii_alphabetic(),
        [] => false,
    }
}

fn written_so(groups: &[Range<usize>]) -> bool {
    groups.iter().all(|group| GROUP.contains(&group.len()))
}

fn same_gaps(bytes: &[u8], groups: &[Range<usize>]) -> bool {
    let gap = |group: &Range<usize>| bytes.get(group.end);
    let mut gaps = groups.iter().take(groups.len().saturating_sub(1)).map(gap);
    let first = gaps.next();
    gaps.all(|gap| Some(gap) == first)
}

fn is_card(digits: &[u8]) -> bool {
    DIGITS.contains(&digits.len()) && is_issued(digits) && passes_check(digits)
}

/// Whether a network issues cards that begin so and are that long.
fn is_issued(digits: &[u8]) -> bool {
    let prefix = digits
        .iter()
        .take(4)
        .fold(0_u32, |number, digit| number * 10 + u32::from(digit - b'0'));
    let lengths = match prefix {
        // Visa.
        4000..=4999 => return matches!(digits.len(), 13 | 16 | 19),
        // Mastercard.
        5100..=5599 | 2221..=2720 => 16..=16,
        // Maestro.
        5000..=5099 | 5600..=5899 | 6304 | 6759 | 6761..=6763 => 13..=19,
        // American Express.
        3400..=3499 | 3700..=3799 => 15..=15,
        // Diners Club.
        3000..=3059 | 3600..=3699 | 3800..=3999 => 14..=14,
        // JCB, Discover, UnionPay.
        3528..=3589 | 6011 | 6200..=6299 | 6440..=6599 => 16..=19,
        _ => return false,
    };
    lengths.contains(&digits.len())
}

/// The check digit of ISO/IEC 7812-1, annex B.
fn passes_check(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(
            |(index, digit)| match (index % 2, u32::from(digit - b'0')) {
                (0, digit) => digit,
                (_, digit) => digit * 2 - if digit > 4 { 9 } else { 0 },
            },
        )
        .sum();
    sum.is_multiple_of(10)
}
