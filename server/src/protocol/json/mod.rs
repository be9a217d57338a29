//! JSON as SDKs really write it, read into a tree that borrows from the body.
//!
//! One pass over the bytes, without recursion, which checks the whole grammar. Mended are: a byte
//! order mark; invalid UTF-8 and lone surrogates (JavaScript cuts strings in the middle of a pair,
//! Python's `surrogateescape`); NUL, which Postgres refuses; raw control characters in strings; `NaN`
//! and `Infinity` (rollbar-java); numbers that neither an integer of 64 bits nor a double can hold
//! (Python, Ruby and Java send such integers), which become texts of the same digits; and nesting
//! beyond [`MAX_DEPTH`].

use std::borrow::Cow;

use super::{Malformed, NotJson};
use crate::model::json::{Node, Text};

mod scalar;
#[cfg(test)]
mod tests;

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

/// Values for which the parser's stacks have room from the start.
const STACK: usize = 32;

/// What stands for a container that lies too deep.
const TOO_DEEP: &str = "[nested too deeply]";

/// Keys that mean something to `serde_json` itself when an occurrence is read back: with its feature
/// `raw_value` it reads the text beside such a key as JSON of its own, past all our limits.
const RESERVED_KEYS: &str = "$serde_json::private::";
const RENAMED_KEY: &str = "$serde_json";

/// The value that `bytes` hold.
pub fn parse(bytes: &[u8]) -> Result<Node<'_>, Malformed> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    Parser {
        text: str::from_utf8(bytes).ok(),
        bytes,
        at: 0,
        open: Vec::new(),
        building: Vec::new(),
        items: Vec::with_capacity(STACK),
        fields: Vec::with_capacity(STACK),
        root: None,
        values: 0,
    }
    .run()
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
    List,
    Object,
}

/// A container whose end was not seen yet. What is in it lies on the parser's own stacks, from there
/// on: once its end is seen it gets a place of exactly its size. A field lies there from its key on,
/// as null until its value was read.
#[derive(Clone, Copy)]
enum Building {
    List { from: usize },
    Object { from: usize },
}

/// Walks over the text once, checking, mending and building.
struct Parser<'t> {
    /// The same as text, where it is UTF-8: then no part of it has to be looked at again.
    text: Option<&'t str>,
    bytes: &'t [u8],
    at: usize,
    /// All containers that are open.
    open: Vec<Container>,
    /// Those of them that are kept: the outer [`MAX_DEPTH`].
    building: Vec<Building>,
    /// What is in the lists and in the objects that are being built.
    items: Vec<Node<'t>>,
    fields: Vec<(Text<'t>, Node<'t>)>,
    root: Option<Node<'t>>,
    values: usize,
}

impl<'t> Parser<'t> {
    fn run(mut self) -> Result<Node<'t>, Malformed> {
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
        match self.root.take() {
            Some(root) => Ok(root),
            None if self.values == 0 => Err(NotJson::Empty.into()),
            None => Err(self.fault("it ends too early")),
        }
    }

    /// Whether what is here lies too deep to be kept.
    fn is_cut(&self) -> bool {
        self.open.len() > MAX_DEPTH
    }

    fn value(&mut self, byte: u8) -> Result<Expected, Malformed> {
        // What is cut costs nothing.
        if !self.is_cut() {
            self.values += 1;
        }
        if self.values > MAX_VALUES {
            return Err(Malformed::TooManyValues { max: MAX_VALUES });
        }
        let node = match byte {
            b'{' => return Ok(self.enter(Container::Object)),
            b'[' => return Ok(self.enter(Container::List)),
            b'"' => match self.plain_string() {
                Some(text) => Node::Text(Cow::Borrowed(text)),
                None => Node::Text(Cow::Owned(self.mended_string()?)),
            },
            b'-' | b'0'..=b'9' => self.number()?,
            _ => self.word()?,
        };
        self.add(node);
        Ok(self.after_value())
    }

    fn enter(&mut self, container: Container) -> Expected {
        self.at += 1;
        self.open.push(container);
        let is_kept = !self.is_cut();
        let (building, inside) = match container {
            Container::List => {
                let from = self.items.len();
                (Building::List { from }, Expected::ValueOrEnd)
            }
            Container::Object => {
                let from = self.fields.len();
                (Building::Object { from }, Expected::KeyOrEnd)
            }
        };
        if is_kept {
            self.building.push(building);
        }
        inside
    }

    fn leave(&mut self) -> Expected {
        self.at += 1;
        let was_cut = self.is_cut();
        self.open.pop();
        if !was_cut {
            match self.building.pop() {
                Some(Building::List { from }) => {
                    let list = self.items.split_off(from);
                    self.add(Node::List(list));
                }
                Some(Building::Object { from }) => {
                    let fields = self.fields.split_off(from);
                    self.add(Node::Object(fields.into()));
                }
                None => {}
            }
        } else if !self.is_cut() {
            self.add(Node::Text(Cow::Borrowed(TOO_DEEP)));
        }
        self.after_value()
    }

    /// Puts a value where it belongs, unless that is not kept.
    ///
    /// Inlined, a value is written once, to its place: a copy of one that was just written waits
    /// until that has reached the cache, which was a third of the parser's time.
    #[inline]
    fn add(&mut self, node: Node<'t>) {
        if self.is_cut() {
            return;
        }
        match self.building.last() {
            Some(Building::List { .. }) => self.items.push(node),
            Some(Building::Object { .. }) => {
                if let Some((_, value)) = self.fields.last_mut() {
                    *value = node;
                }
            }
            None => self.root = Some(node),
        }
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
            (b',', Some(Container::List)) => {
                self.at += 1;
                Ok(Expected::Value)
            }
            (b',', Some(Container::Object)) => {
                self.at += 1;
                Ok(Expected::Key)
            }
            (b']', Some(Container::List)) | (b'}', Some(Container::Object)) => Ok(self.leave()),
            _ => Err(self.fault("expected a comma or the end of the list or object")),
        }
    }

    /// A key with its colon.
    fn key(&mut self, byte: u8) -> Result<Expected, Malformed> {
        if byte != b'"' {
            return Err(self.fault("expected a key in double quotes"));
        }
        if let Some(name) = self.plain_string() {
            self.add_key(Cow::Borrowed(name));
        } else {
            let name = self.mended_string()?;
            self.add_key(Cow::Owned(name));
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

    /// Begins a field, unless its object is not kept.
    #[inline]
    fn add_key(&mut self, name: Text<'t>) {
        if !self.is_cut() {
            let is_reserved = name.starts_with(RESERVED_KEYS);
            let name = if is_reserved {
                Cow::Borrowed(RENAMED_KEY)
            } else {
                name
            };
            self.fields.push((name, Node::Null));
        }
    }

    /// The text that begins here, if it can be borrowed; otherwise nothing was read yet.
    #[inline]
    fn plain_string(&mut self) -> Option<&'t str> {
        let from = self.at + 1;
        let end = from + scalar::plain_length(self.bytes.get(from..)?);
        if self.bytes.get(end) != Some(&b'"') {
            return None;
        }
        let text = self.text?.get(from..end)?;
        self.at = end + 1;
        Some(text)
    }

    /// The text that begins here, with what is escaped in it or has to be mended.
    fn mended_string(&mut self) -> Result<String, Malformed> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let from = self.at;
            self.at += scalar::plain_length(self.bytes.get(from..).unwrap_or_default());
            text.push_str(&self.plain(from));
            match self.peek() {
                None => return Err(self.fault("a text without its closing quote")),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                // Log lines pasted into JSON by hand; no JSON library writes them.
                Some(control) => {
                    text.push(scalar::stored(char::from(control)));
                    self.at += 1;
                }
            }
        }
    }

    /// What lies between `from` and here, which has no part of a character at either end.
    fn plain(&self, from: usize) -> Text<'t> {
        match self.text {
            Some(text) => Cow::Borrowed(text.get(from..self.at).unwrap_or_default()),
            None => String::from_utf8_lossy(self.bytes.get(from..self.at).unwrap_or_default()),
        }
    }

    fn escape(&mut self) -> Result<char, Malformed> {
        let simple = match self.bytes.get(self.at + 1) {
            Some(&byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.fault("an unknown escape")),
        };
        self.at += 2;
        Ok(simple)
    }

    fn unicode_escape(&mut self) -> Result<char, Malformed> {
        let Some(unit) = scalar::code_unit(self.bytes, self.at) else {
            return Err(self.fault("an escape without its four hexadecimal digits"));
        };
        let low = scalar::code_unit(self.bytes, self.at + 6);
        if let (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) = (unit, low) {
            self.at += 12;
            let code = 0x10000 + ((u32::from(unit) & 0x3ff) << 10 | u32::from(low) & 0x3ff);
            return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        self.at += 6;
        let alone = char::from_u32(unit.into());
        Ok(alone.map_or(char::REPLACEMENT_CHARACTER, scalar::stored))
    }

    fn number(&mut self) -> Result<Node<'t>, Malformed> {
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
        let mut is_whole = true;
        if self.peek() == Some(b'.') {
            is_whole = false;
            self.at += 1;
            if self.digits() == 0 {
                return Err(self.fault("a number without digits after its point"));
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            is_whole = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(self.fault("a number without digits in its exponent"));
            }
        }
        let literal = self.plain(from);
        let number = if is_whole {
            scalar::whole(&literal)
        } else {
            scalar::fraction(&literal)
        };
        Ok(number.map_or(Node::Text(literal), Node::Number))
    }

    /// Passes over digits and tells how many there were.
    fn digits(&mut self) -> usize {
        let from = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - from
    }

    fn word(&mut self) -> Result<Node<'t>, Malformed> {
        const WORDS: [(&str, Node<'static>); 7] = [
            ("null", Node::Null),
            ("true", Node::Bool(true)),
            ("false", Node::Bool(false)),
            ("NaN", Node::Text(Cow::Borrowed("NaN"))),
            ("-NaN", Node::Text(Cow::Borrowed("-NaN"))),
            ("Infinity", Node::Text(Cow::Borrowed("Infinity"))),
            ("-Infinity", Node::Text(Cow::Borrowed("-Infinity"))),
        ];
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let found = WORDS
            .into_iter()
            .find(|(word, _)| rest.starts_with(word.as_bytes()));
        let Some((word, node)) = found else {
            return Err(self.fault("expected a value"));
        };
        self.at += word.len();
        Ok(node)
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
