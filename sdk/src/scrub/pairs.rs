//! Secrets that a text names: `password=…`, `"password": "…"`, `--password …`.
//!
//! One reading of the text from left to right finds names of secrets and takes out what they are
//! given: in JSON and in JSON within JSON to any depth of escaping, in Python's and Ruby's forms of
//! it, in forms and URLs, also percent-encoded, in headers, XML, settings and command lines. Where
//! a value ends is a guess; in doubt, more is taken out.

use std::{borrow::Cow, ops::Range};

use super::{
    SCRUBBED,
    keys::{ScrubKeys, Secrecy},
    text::Kind,
};

/// Bytes of a name on either side of the part by which it was found.
const NAME_SIDE_BYTES: usize = 64;
/// A word of source that may be a secret's value.
const WORD_BYTES: usize = 256;
/// Blanks between a name, its separator and its value.
const BLANKS: usize = 16;

/// `text` without the values of secrets; none if it has none.
pub(super) fn scrub(text: &str, keys: &ScrubKeys, kind: Kind) -> Option<String> {
    let mut scrubbed = String::new();
    let mut kept_to = 0;
    let mut at = 0;
    while let Some(stem) = keys.stems().find_at(text, at) {
        let (name, next) = name_around(text.as_bytes(), stem.range(), at);
        at = next.max(stem.end());
        let secrecy = keys.secrecy(&decoded(text.get(name.clone()).unwrap_or_default()));
        if secrecy == Secrecy::Open {
            continue;
        }
        let Some(value) = value_after(text, name, kind) else {
            continue;
        };
        let shown = text.get(value.clone()).unwrap_or_default();
        at = at.max(value.end);
        if says_nothing(shown)
            || shown == SCRUBBED
            || (secrecy == Secrecy::Count && is_count(shown))
        {
            continue;
        }
        scrubbed.push_str(text.get(kept_to..value.start).unwrap_or_default());
        scrubbed.push_str(SCRUBBED);
        kept_to = value.end;
    }
    if kept_to == 0 {
        return None;
    }
    scrubbed.push_str(text.get(kept_to..).unwrap_or_default());
    Some(scrubbed)
}

/// The name around `stem`, and where to go on reading; nothing before `from` belongs to it.
fn name_around(bytes: &[u8], stem: Range<usize>, from: usize) -> (Range<usize>, usize) {
    let side = bytes
        .get(from.max(stem.start.saturating_sub(NAME_SIDE_BYTES))..stem.start)
        .unwrap_or_default();
    let mut start = stem.start
        - side
            .iter()
            .rev()
            .take_while(|byte| is_in_names(**byte))
            .count();
    // What was found may not be a character's beginning in a name of ours: those are ASCII.
    if start > 0 && bytes.get(start - 1) == Some(&b'%') {
        // `%22password`: the digits belong to the quote before.
        start = (start + 2).min(stem.start);
    }
    let mut end = stem.end;
    while end < stem.end + NAME_SIDE_BYTES {
        match (bytes.get(end), percent(bytes, end)) {
            (Some(byte), _) if is_in_names(*byte) => end += 1,
            (_, Some((b'[' | b']', width))) => end += width,
            _ => break,
        }
    }
    (start..end, end)
}

/// A name with its brackets as they are: `card%5Bcvc%5D` as `card[cvc]`.
fn decoded(name: &str) -> Cow<'_, str> {
    if !name.contains('%') {
        return Cow::Borrowed(name);
    }
    let bytes = name.as_bytes();
    let mut decoded = String::with_capacity(name.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (byte, width) = percent(bytes, at).unwrap_or((*byte, 1));
        decoded.push(char::from(byte));
        at += width;
    }
    Cow::Owned(decoded)
}

fn is_in_names(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'[' | b']')
}

/// Where the value of the secret called `name` is, if it is given one here.
fn value_after(text: &str, name: Range<usize>, kind: Kind) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let called = text.get(name.clone())?;
    let mut at = name.end;
    let mut encoded = false;

    // `"password": …`, `headers['Authorization'] = …`.
    if let Some(quote) = quote_at(bytes, at) {
        at = quote.end;
    }
    while matches!(bytes.get(at), Some(b']' | b')')) {
        at += 1;
    }
    let blanks = blanks(bytes, at);
    let separator = match (bytes.get(at + blanks), bytes.get(at + blanks + 1)) {
        (Some(b'='), Some(b'=' | b'~')) | (Some(b':'), Some(b':')) => return None,
        (Some(b'='), Some(b'>')) | (Some(b':'), Some(b'=')) => 2,
        (Some(b'=' | b':'), _) => 1,
        (Some(b'>'), _) if blanks == 0 && is_tag(bytes, &name) => {
            let end = bytes.iter().skip(at + 1).position(|byte| *byte == b'<')?;
            return Some(at + 1..at + 1 + end);
        }
        (Some(b'%'), _) => match percent(bytes, at + blanks) {
            Some((b'=' | b':', width)) => {
                encoded = true;
                width
            }
            _ => return None,
        },
        _ if kind == Kind::Prose && blanks > 0 && called.starts_with('-') => 0,
        _ => return None,
    };
    let is_colon = bytes.get(at + blanks) == Some(&b':') && separator == 1;
    at += blanks + separator;
    if is_colon && bytes.get(at..).is_some_and(|rest| rest.starts_with(b"//")) {
        return None;
    }
    let gap = self::blanks(bytes, at);
    at += gap;
    if separator == 0 && bytes.get(at) == Some(&b'-') {
        return None;
    }

    if text.get(at..)?.starts_with(SCRUBBED) {
        return Some(at..at + SCRUBBED.len());
    }
    if let Some(quote) = quote_at(bytes, at) {
        return Some(quote.end..quoted_end(bytes, &quote));
    }
    if matches!(
        (bytes.get(at), quote_at(bytes, at + 1)),
        (Some(b'b' | b'u' | b'r' | b'f' | b'@'), Some(_))
    ) && let Some(quote) = quote_at(bytes, at + 1)
    {
        return Some(quote.end..quoted_end(bytes, &quote));
    }
    if is_colon && gap > 0 && is_failures_name(called) {
        return None;
    }
    if kind == Kind::Code {
        return random_word(bytes, at);
    }
    let end = if encoded {
        encoded_end(bytes, at)
    } else if is_colon && is_header(called) {
        line_end(bytes, at)
    } else {
        bare_end(bytes, at)
    };
    Some(at..end)
}

/// `<password>`, `<ns:password>`.
fn is_tag(bytes: &[u8], name: &Range<usize>) -> bool {
    let before = bytes
        .get(name.start.saturating_sub(NAME_SIDE_BYTES)..name.start)
        .unwrap_or_default();
    before
        .iter()
        .rev()
        .find(|byte| !byte.is_ascii_alphanumeric() && **byte != b':')
        == Some(&b'<')
}

/// A quote at `at`: backslashes, as many as JSON within JSON has, and the mark itself; or the mark
/// percent-encoded.
fn quote_at(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let backslashes = backslashes(bytes, at);
    if let Some(b'"' | b'\'' | b'`') = bytes.get(at + backslashes) {
        return Some(at..at + backslashes + 1);
    }
    match percent(bytes, at) {
        Some((b'"' | b'\'', width)) => Some(at..at + width),
        _ => None,
    }
}

/// Where the value that begins with `quote` ends: at the same quote, with no more backslashes, or
/// at the end of the line.
fn quoted_end(bytes: &[u8], quote: &Range<usize>) -> usize {
    let opening = bytes.get(quote.clone()).unwrap_or_default();
    let escaped = opening.len() - 1;
    let mut at = quote.end;
    loop {
        match bytes.get(at) {
            None | Some(b'\n') => return at,
            Some(b'%') if opening.first() == Some(&b'%') => {
                if bytes.get(at..at + opening.len()) == Some(opening) {
                    return at;
                }
                at += 1;
            }
            Some(b'\\') => {
                let count = backslashes(bytes, at);
                // Backslashes in pairs are backslashes of the value.
                let closes = bytes.get(at + count) == opening.last()
                    && (count <= escaped && escaped > 0 || count.is_multiple_of(2));
                if closes && opening.first() != Some(&b'%') {
                    return at + count - escaped.min(count);
                }
                at += count + usize::from(bytes.get(at + count).is_some_and(u8::is_ascii));
            }
            Some(byte) if escaped == 0 && Some(byte) == opening.last() => return at,
            Some(byte) if opening.first() != Some(&b'%') && Some(byte) == opening.last() => {
                return at;
            }
            Some(_) => at += 1,
        }
    }
}

/// Where a value without quotes ends: at a blank, a quote, or what separates it from the next.
fn bare_end(bytes: &[u8], from: usize) -> usize {
    let mut at = container_end(bytes, from);
    loop {
        let next = bytes.get(at + 1).copied();
        match bytes.get(at) {
            // `token = decrypt(key="…")`: a text within the value.
            Some(quote @ (b'"' | b'\''))
                if at > from
                    && matches!(
                        bytes.get(at - 1),
                        Some(b'=' | b':' | b'(' | b',' | b'[' | b'{')
                    ) =>
            {
                at = quoted_end(bytes, &(at..at + 1));
                at += usize::from(bytes.get(at) == Some(quote));
            }
            None
            | Some(
                b' ' | b'\t' | b'\n' | b'\r' | b'&' | b';' | b'"' | b'\'' | b'`' | b'<' | b'>'
                | b'|',
            ) => return at,
            // Commas and brackets are in passwords too; they end one if nothing of it follows.
            Some(b',' | b')' | b']' | b'}') if next.is_none_or(|next| !is_in_values(next)) => {
                return at;
            }
            Some(b'\\') => {
                let count = backslashes(bytes, at);
                if matches!(bytes.get(at + count), Some(b'"' | b'\'')) {
                    return at;
                }
                at += count;
            }
            Some(_) => at += 1,
        }
    }
}

fn is_in_values(byte: u8) -> bool {
    !matches!(
        byte,
        b' ' | b'\t'
            | b'\n'
            | b'\r'
            | b','
            | b';'
            | b'.'
            | b')'
            | b']'
            | b'}'
            | b'"'
            | b'\''
            | b'\\'
            | b'<'
            | b'&'
    )
}

/// Where the list or object that begins at `from` ends; `from` itself if none does.
fn container_end(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' if depth > 0 => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return if at == from { from } else { at + 1 };
        }
    }
    bytes.len().max(from)
}

/// Where a percent-encoded value ends.
fn encoded_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        match bytes.get(at) {
            None
            | Some(
                b' ' | b'\t' | b'\n' | b'\r' | b'&' | b';' | b'"' | b'\'' | b'`' | b'<' | b'>'
                | b'\\',
            ) => return at,
            Some(b'%') => match percent(bytes, at) {
                Some((
                    b'&' | b'"' | b'\'' | b',' | b';' | b'}' | b']' | b' ' | b'\n' | b'#',
                    _,
                )) => return at,
                Some((_, width)) => at += width,
                None => at += 1,
            },
            Some(_) => at += 1,
        }
    }
}

/// Where a header's value ends: it has blanks and commas.
fn line_end(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let end = rest
        .iter()
        .position(|byte| matches!(byte, b'\n' | b'\r' | b'"' | b'\'' | b'\\'));
    from + end.unwrap_or(rest.len())
}

fn is_header(name: &str) -> bool {
    let name = name.trim_matches('-').to_ascii_lowercase();
    name.ends_with("authorization") || name.ends_with("cookie")
}

/// Names of exceptions, which a message follows: `InvalidToken: …`, `PasswordMismatch: …`.
fn is_failures_name(name: &str) -> bool {
    const WORDS: [&str; 10] = [
        "Invalid",
        "Missing",
        "Expired",
        "Mismatch",
        "Required",
        "Error",
        "Exception",
        "Incorrect",
        "Unknown",
        "Unexpected",
    ];
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && WORDS.iter().any(|word| name.contains(word))
}

/// The word of source at `from`, if it looks like a value rather than like a name or an expression.
fn random_word(bytes: &[u8], from: usize) -> Option<Range<usize>> {
    let in_word = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
    };
    let rest = bytes.get(from..)?;
    // Bounded, as what is refused here is read again.
    let length = rest
        .iter()
        .take(WORD_BYTES)
        .take_while(|byte| in_word(byte))
        .count();
    let ends = !matches!(rest.get(length), Some(b'(' | b'.' | b'[' | b':'));
    let has_digit = rest.iter().take(length).any(u8::is_ascii_digit);
    (ends && has_digit && length >= 6).then_some(from..from + length)
}

fn says_nothing(value: &str) -> bool {
    let value = value.trim_matches([',', '.', ')', '}', ']']);
    value.is_empty()
        || [
            "null",
            "None",
            "nil",
            "undefined",
            "true",
            "false",
            "True",
            "False",
        ]
        .contains(&value)
}

fn is_count(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

fn blanks(bytes: &[u8], from: usize) -> usize {
    bytes
        .iter()
        .skip(from)
        .take(BLANKS)
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

fn backslashes(bytes: &[u8], from: usize) -> usize {
    bytes
        .iter()
        .skip(from)
        .take_while(|byte| **byte == b'\\')
        .count()
}

/// The character that `%XX` at `at` stands for, encoded once or more, and its width.
fn percent(bytes: &[u8], at: usize) -> Option<(u8, usize)> {
    if bytes.get(at) != Some(&b'%') {
        return None;
    }
    let mut digits = at + 1;
    while bytes.get(digits..digits + 2) == Some(b"25") && hex(bytes, digits + 2).is_some() {
        digits += 2;
    }
    Some((hex(bytes, digits)?, digits + 2 - at))
}

fn hex(bytes: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| {
        bytes
            .get(at)
            .and_then(|byte| char::from(*byte).to_digit(16))
    };
    u8::try_from(digit(at)? * 16 + digit(at + 1)?).ok()
}
