//! JSON as SDKs really write it, mended into JSON that `serde_json` accepts.
//!
//! One pass over the bytes, without recursion, which checks the whole grammar and copies nothing
//! while there is nothing to mend. Mended are: a byte order mark; invalid UTF-8 and lone surrogates
//! (JavaScript cuts strings in the middle of a pair, Python's `surrogateescape`); NUL, which
//! Postgres refuses; raw control characters in strings; `NaN` and `Infinity` (rollbar-java);
//! numbers that neither an integer of 64 bits nor a double can hold (Python, Ruby and Java send
//! such integers), which become texts of the same digits; and nesting beyond [`MAX_DEPTH`].

use std::borrow::Cow;

use serde_json::Value;

use super::{Malformed, NotJson};

/// Most containers within each other; what lies deeper is replaced by a text.
///
/// pyrollbar sends more than 60. `serde_json` gives up at 128, also when an occurrence is read back
/// from the database, and our own shape may add some levels to what was sent.
pub const MAX_DEPTH: usize = 100;

/// Most values in one body.
///
/// A value takes some 100 bytes of memory however short its text is, so this bounds a body's tree
/// to about 10 MB. The deepest recorded stack, 1024 frames with locals, has 15,000.
pub const MAX_VALUES: usize = 100_000;

/// What stands for a container that lies too deep.
const TOO_DEEP: &str = "\"[nested too deeply]\"";

/// Keys that mean something to `serde_json` itself: with its feature `raw_value` it reads the text
/// beside such a key as JSON of its own, past all our limits.
const RESERVED_KEYS: [&str; 2] = [
    "$serde_json::private::RawValue",
    "$serde_json::private::Number",
];

/// The value that `bytes` hold.
///
/// Of a key that is there twice the last counts.
pub fn parse(bytes: &[u8]) -> Result<Value, Malformed> {
    let text = mend(bytes)?;
    // What was mended is JSON; but should the two ever disagree, the body is refused and no more.
    serde_json::from_str(&text).map_err(|_| {
        NotJson::Syntax {
            reason: "a text or number that cannot be read",
            position: 0,
        }
        .into()
    })
}

/// `bytes` as JSON text that `serde_json` accepts; borrowed if there was nothing to mend.
pub fn mend(bytes: &[u8]) -> Result<Cow<'_, str>, Malformed> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match String::from_utf8_lossy(bytes) {
        Cow::Borrowed(text) => Ok(mended(text)?.map_or(Cow::Borrowed(text), Cow::Owned)),
        Cow::Owned(text) => Ok(Cow::Owned(mended(&text)?.unwrap_or(text))),
    }
}

/// `text` with its faults mended, or none if it has none.
fn mended(text: &str) -> Result<Option<String>, Malformed> {
    let mut scanner = Scanner::new(text);
    scanner.run()?;
    Ok(scanner.output.finish())
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    Value,
    /// The first value of an array, or its end.
    ValueOrEnd,
    Key,
    /// The first key of an object, or its end.
    KeyOrEnd,
    CommaOrEnd,
    /// Nothing but blanks.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Container {
    Array,
    Object,
}

/// Walks over the text once, checking and mending it.
struct Scanner<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    open: Vec<Container>,
    values: usize,
    output: Output<'t>,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            open: Vec::new(),
            values: 0,
            output: Output {
                text,
                copied_to: 0,
                mended: None,
                skipping: false,
            },
        }
    }

    fn run(&mut self) -> Result<(), Malformed> {
        let mut expected = Expected::Value;
        loop {
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
                self.at += 1;
            }
            let Some(byte) = self.peek() else { break };
            expected = match expected {
                Expected::ValueOrEnd if byte == b']' => self.leave(),
                Expected::Value | Expected::ValueOrEnd => self.value(byte)?,
                Expected::KeyOrEnd if byte == b'}' => self.leave(),
                Expected::Key | Expected::KeyOrEnd => self.key(byte)?,
                Expected::CommaOrEnd => self.comma_or_end(byte)?,
                Expected::End => return Err(self.fault("more after the end")),
            };
        }
        match expected {
            Expected::End => Ok(()),
            _ if self.values == 0 => Err(NotJson::Empty.into()),
            _ => Err(self.fault("it ends too early")),
        }
    }

    fn value(&mut self, byte: u8) -> Result<Expected, Malformed> {
        // What is cut costs nothing.
        if self.open.len() <= MAX_DEPTH {
            self.values += 1;
        }
        if self.values > MAX_VALUES {
            return Err(Malformed::TooManyValues { max: MAX_VALUES });
        }
        match byte {
            b'{' => return Ok(self.enter(Container::Object, Expected::KeyOrEnd)),
            b'[' => return Ok(self.enter(Container::Array, Expected::ValueOrEnd)),
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => self.number()?,
            _ => self.word()?,
        }
        Ok(self.after_value())
    }

    fn enter(&mut self, container: Container, inside: Expected) -> Expected {
        self.open.push(container);
        if self.open.len() == MAX_DEPTH + 1 {
            self.output.replace_from(self.at, TOO_DEEP);
        }
        self.at += 1;
        inside
    }

    fn leave(&mut self) -> Expected {
        self.at += 1;
        if self.open.len() == MAX_DEPTH + 1 {
            self.output.resume_at(self.at);
        }
        self.open.pop();
        self.after_value()
    }

    fn after_value(&self) -> Expected {
        if self.open.is_empty() {
            Expected::End
        } else {
            Expected::CommaOrEnd
        }
    }

    fn comma_or_end(&mut self, byte: u8) -> Result<Expected, Malformed> {
        match (byte, self.open.last()) {
            (b',', Some(Container::Array)) => {
                self.at += 1;
                Ok(Expected::Value)
            }
            (b',', Some(Container::Object)) => {
                self.at += 1;
                Ok(Expected::Key)
            }
            (b']', Some(Container::Array)) | (b'}', Some(Container::Object)) => Ok(self.leave()),
            _ => Err(self.fault("expected a comma or the end of the list or object")),
        }
    }

    /// A key with its colon.
    fn key(&mut self, byte: u8) -> Result<Expected, Malformed> {
        if byte != b'"' {
            return Err(self.fault("expected a key in double quotes"));
        }
        let from = self.at;
        self.string()?;
        if is_reserved(self.text.get(from..self.at).unwrap_or_default()) {
            self.output.replace(from, self.at, "\"$serde_json\"");
        }
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        if self.peek() != Some(b':') {
            return Err(self.fault("expected a colon after the key"));
        }
        self.at += 1;
        Ok(Expected::Value)
    }

    fn string(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        loop {
            self.at += plain_length(self.bytes.get(self.at..).unwrap_or_default());
            match self.peek() {
                None => return Err(self.fault("a text without its closing quote")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => self.escape()?,
                Some(control) => {
                    // Log lines pasted into JSON by hand; no JSON library writes them.
                    let escaped = match control {
                        0 => "\\ufffd".to_owned(),
                        control => format!("\\u{control:04x}"),
                    };
                    self.output.replace(self.at, self.at + 1, &escaped);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        match self.bytes.get(self.at + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 2;
                Ok(())
            }
            Some(b'u') => {
                let Some(unit) = code_unit(self.bytes, self.at) else {
                    return Err(self.fault("an escape without its four hexadecimal digits"));
                };
                let length = match (unit, code_unit(self.bytes, self.at + 6)) {
                    (0xd800..=0xdbff, Some(0xdc00..=0xdfff)) => 12,
                    (0 | 0xd800..=0xdfff, _) => {
                        self.output.replace(self.at, self.at + 6, "\\ufffd");
                        6
                    }
                    _ => 6,
                };
                self.at += length;
                Ok(())
            }
            _ => Err(self.fault("an unknown escape")),
        }
    }

    fn number(&mut self) -> Result<(), Malformed> {
        let from = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
            if matches!(self.peek(), Some(b'N' | b'I')) {
                self.at = from;
                return self.word();
            }
        }
        let first = self.peek();
        match self.digits() {
            0 => return Err(self.fault("a number without digits")),
            1 => {}
            _ if first == Some(b'0') => return Err(self.fault("a number that begins with a zero")),
            _ => {}
        }
        let mut integer = true;
        if self.peek() == Some(b'.') {
            integer = false;
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.fault("a number without digits after its point"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            integer = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.fault("a number without digits in its exponent"));
            }
        }
        let literal = self.text.get(from..self.at).unwrap_or_default();
        if !fits(literal, integer) {
            self.output
                .replace(from, self.at, &format!("\"{literal}\""));
        }
        Ok(())
    }

    /// Passes over digits and tells how many there were.
    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn word(&mut self) -> Result<(), Malformed> {
        const WORDS: [(&str, bool); 7] = [
            ("null", false),
            ("true", false),
            ("false", false),
            ("NaN", true),
            ("-NaN", true),
            ("Infinity", true),
            ("-Infinity", true),
        ];
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some((word, foreign)) = WORDS
            .into_iter()
            .find(|(word, _)| rest.starts_with(word.as_bytes()))
        else {
            return Err(self.fault("expected a value"));
        };
        if foreign {
            self.output
                .replace(self.at, self.at + word.len(), &format!("\"{word}\""));
        }
        self.at += word.len();
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn fault(&self, reason: &'static str) -> Malformed {
        NotJson::Syntax {
            reason,
            position: self.at,
        }
        .into()
    }
}

/// The text as it will be: what was read, with some of it replaced.
struct Output<'t> {
    text: &'t str,
    copied_to: usize,
    mended: Option<String>,
    /// Within a container that is being left out.
    skipping: bool,
}

impl Output<'_> {
    fn replace(&mut self, from: usize, to: usize, with: &str) {
        if self.skipping {
            return;
        }
        // A key may be replaced as a whole after some of its characters were.
        let kept = self.text.get(self.copied_to..from);
        let output = self
            .mended
            .get_or_insert_with(|| String::with_capacity(self.text.len() + 64));
        output.push_str(kept.unwrap_or_default());
        output.push_str(with);
        self.copied_to = to;
    }

    fn replace_from(&mut self, from: usize, with: &str) {
        self.replace(from, from, with);
        self.skipping = true;
    }

    fn resume_at(&mut self, at: usize) {
        self.skipping = false;
        self.copied_to = at;
    }

    fn finish(self) -> Option<String> {
        let mut output = self.mended?;
        output.push_str(self.text.get(self.copied_to..).unwrap_or_default());
        Some(output)
    }
}

/// How many bytes from the start of `bytes` are neither a quote, a backslash nor a control.
fn plain_length(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\')
        .unwrap_or(bytes.len())
}

/// The UTF-16 unit of the escape `\uXXXX` at `at`.
fn code_unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, &digit| {
        let value = char::from(digit).to_digit(16)?;
        Some(unit << 4 | u16::try_from(value).ok()?)
    })
}

/// Whether a number can be read without losing more than a double loses.
fn fits(literal: &str, integer: bool) -> bool {
    if integer {
        // 18 digits always fit.
        return literal.len() <= 18
            || literal.parse::<i64>().is_ok()
            || literal.parse::<u64>().is_ok();
    }
    if literal.len() < 300 && !literal.contains(['e', 'E']) {
        return true;
    }
    // serde_json's quick algorithm overflows a little below the largest double.
    let value = literal.parse::<f64>().unwrap_or(f64::INFINITY).abs();
    let mantissa = literal.split(['e', 'E']).next().unwrap_or_default();
    value < 1.7e308 && (value > 0.0 || !mantissa.contains(|c: char| matches!(c, '1'..='9')))
}

/// Whether a key, in its quotes and with its escapes, is one of `serde_json`'s own.
fn is_reserved(key: &str) -> bool {
    let plain = key.trim_matches('"');
    if plain.contains('\\') {
        return serde_json::from_str::<String>(key)
            .is_ok_and(|key| RESERVED_KEYS.contains(&key.as_str()));
    }
    RESERVED_KEYS.contains(&plain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn value(text: &str) -> Value {
        parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn sound_json_is_borrowed() {
        let text = r#"{"a": [1, -2.5e3, "\u00e9 \ud83d\udcb8 \" ", true, null, {}], "b": []}"#;
        assert!(matches!(mend(text.as_bytes()), Ok(Cow::Borrowed(same)) if same == text));
    }

    #[test]
    fn what_sdks_get_wrong_is_mended() {
        let cases = [
            ("\u{feff}{\"a\": 1}", json!({"a": 1})),
            (
                r#"["a\u0000b", "\ud83d", "\udc00x", "\ud83d\ud83d\udcb8"]"#,
                json!(["a\u{fffd}b", "\u{fffd}", "\u{fffd}x", "\u{fffd}💸"]),
            ),
            ("[\"a\u{0}b\nc\td\u{1}\"]", json!(["a\u{fffd}b\nc\td\u{1}"])),
            (r#"{"k\u0000": 1}"#, json!({"k\u{fffd}": 1})),
            (
                "[NaN, -Infinity, Infinity, -NaN, -1]",
                json!(["NaN", "-Infinity", "Infinity", "-NaN", -1]),
            ),
            (
                "[1208925819614629174706176, 18446744073709551615]",
                json!(["1208925819614629174706176", u64::MAX]),
            ),
            (
                "[-9223372036854775808, -9223372036854775809]",
                json!([i64::MIN, "-9223372036854775809"]),
            ),
            (
                "[1e400, -1e999, 0.1e-500, 1.0e+300, 5e-324, 0e999]",
                json!(["1e400", "-1e999", "0.1e-500", 1.0e300, 5e-324, 0.0]),
            ),
            (r#"{"a": 1, "a": 2}"#, json!({"a": 2})),
        ];
        for (text, expected) in cases {
            assert_eq!(value(text), expected, "{text}");
        }
        assert_eq!(
            parse(b"\"a\xff\xed\xa0\xbd\"").unwrap(),
            json!("a\u{fffd}\u{fffd}\u{fffd}\u{fffd}")
        );
    }

    #[test]
    fn what_is_not_json_is_refused_without_being_quoted() {
        assert_eq!(parse(b" \n"), Err(NotJson::Empty.into()));
        let cases = [
            ("hunter2", "expected a value at byte 0"),
            ("{\"a\" 1}", "expected a colon after the key at byte 5"),
            ("{a: 1}", "expected a key in double quotes at byte 1"),
            (
                "[1 2]",
                "expected a comma or the end of the list or object at byte 3",
            ),
            ("[1,]", "expected a value at byte 3"),
            (
                "[1}",
                "expected a comma or the end of the list or object at byte 2",
            ),
            ("[\"a", "a text without its closing quote at byte 3"),
            ("[1", "it ends too early at byte 2"),
            ("[1] 2", "more after the end at byte 4"),
            ("[01]", "a number that begins with a zero at byte 3"),
            ("[1.]", "a number without digits after its point at byte 3"),
            ("[-]", "a number without digits at byte 2"),
            (r#"["\x"]"#, "an unknown escape at byte 2"),
            (
                r#"["\u12"]"#,
                "an escape without its four hexadecimal digits at byte 2",
            ),
            ("nul", "expected a value at byte 0"),
        ];
        for (text, reason) in cases {
            let error = parse(text.as_bytes()).expect_err(text).to_string();
            assert_eq!(error, format!("the body is not JSON: {reason}"), "{text}");
        }
    }

    #[test]
    fn nesting_is_cut_at_the_limit() {
        let text = format!(
            "[1, {}2{}, 3]",
            "[".repeat(MAX_DEPTH - 1),
            "]".repeat(MAX_DEPTH - 1)
        );
        assert_eq!(value(&text).to_string(), text.replace(' ', ""));

        let deeper = text.replace('2', r#"{"a": ["\u0000", NaN, {}]}, 4"#);
        assert_eq!(
            value(&deeper).to_string(),
            text.replace(' ', "")
                .replace('2', "\"[nested too deeply]\",4")
        );

        let abyss = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        assert!(parse(abyss.as_bytes()).is_ok());
        assert!(parse("[".repeat(50_000).as_bytes()).is_err());
    }

    #[test]
    fn too_many_values_are_refused() {
        let list = |values: usize| format!("[{}1]", "1,".repeat(values - 2));
        assert!(parse(list(MAX_VALUES).as_bytes()).is_ok());
        assert_eq!(
            parse(list(MAX_VALUES + 1).as_bytes()),
            Err(Malformed::TooManyValues { max: MAX_VALUES })
        );
        let deep = format!(
            "{}{}",
            "[".repeat(2 * MAX_VALUES),
            "]".repeat(2 * MAX_VALUES)
        );
        assert!(parse(deep.as_bytes()).is_ok(), "what is cut is not counted");
    }

    #[test]
    fn the_parsers_own_keys_are_only_keys() {
        for key in [
            "$serde_json::private::RawValue",
            r"\u0024serde_json::private::RawValue",
        ] {
            let text = format!(r#"{{"{key}": "[1, \"\\u0000\"]"}}"#);
            assert_eq!(value(&text), json!({"$serde_json": "[1, \"\\u0000\"]"}));
        }
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            (-1e300..1e300).prop_map(Value::from),
            "[^\0]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 64, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::vec(("[^\0]{0,6}", inner), 0..6)
                    .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn sound_json_stays_what_it_is(value in any_value(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value).unwrap() } else { value.to_string() };
            prop_assert_eq!(parse(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(&text).unwrap());
        }

        #[test]
        fn any_bytes_are_mended_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(text) = mend(&bytes) {
                prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
            }
        }

        #[test]
        fn what_looks_like_json_is_mended_or_refused(text in r#"([\[\]{}:, "\\u0-9ade.+\-]|\\ud[89c]00|NaN|Infinity|null|"a":|\PC|\x00){0,40}"#) {
            if let Ok(text) = mend(text.as_bytes()) {
                prop_assert!(serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
            }
        }

        #[test]
        fn any_number_is_mended(text in "-?(0|[1-9][0-9]{0,400})([.][0-9]{1,400})?([eE][+-]?[0-9]{1,12})?") {
            prop_assert!(serde_json::from_str::<Value>(&mend(text.as_bytes()).unwrap()).is_ok(), "{}", text);
        }
    }
}
