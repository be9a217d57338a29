//! Texts within limits.

use std::fmt;

/// Cuts `text` to at most `max_bytes`, between characters.
pub(crate) fn cut(text: &mut String, max_bytes: usize) {
    if text.len() > max_bytes {
        text.truncate(text.floor_char_boundary_at(max_bytes));
    }
}

/// The beginning of `text`, at most `max_bytes` of it, cut between characters.
pub(crate) fn head(text: &str, max_bytes: usize) -> &str {
    text.get(..text.floor_char_boundary_at(max_bytes))
        .unwrap_or(text)
}

trait FloorCharBoundary {
    /// `str::floor_char_boundary`, which Rust 1.89 does not have yet.
    fn floor_char_boundary_at(&self, index: usize) -> usize;
}

impl FloorCharBoundary for str {
    fn floor_char_boundary_at(&self, index: usize) -> usize {
        let mut index = index.min(self.len());
        while !self.is_char_boundary(index) {
            index -= 1;
        }
        index
    }
}

/// About how many bytes a value takes as JSON.
pub(crate) fn json_bytes(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
        Value::String(text) => text.len() + 2,
        Value::Array(list) => {
            2 + list
                .iter()
                .map(|value| json_bytes(value) + 1)
                .sum::<usize>()
        }
        Value::Object(map) => {
            2 + map
                .iter()
                .map(|(key, value)| key.len() + json_bytes(value) + 4)
                .sum::<usize>()
        }
    }
}

/// The beginning of what `arguments` write, at most `max_bytes` of it. The rest is not even made,
/// and a `Display` that fails ends it.
pub(crate) fn write_head(arguments: fmt::Arguments<'_>, max_bytes: usize) -> String {
    struct Head {
        text: String,
        max_bytes: usize,
    }
    impl fmt::Write for Head {
        fn write_str(&mut self, more: &str) -> fmt::Result {
            let taken = head(more, self.max_bytes - self.text.len());
            self.text.push_str(taken);
            if taken.len() < more.len() {
                return Err(fmt::Error);
            }
            Ok(())
        }
    }
    let mut head = Head {
        text: String::new(),
        max_bytes,
    };
    // An error says that it is full, or that a `Display` gave up: what there is is kept.
    let _ = fmt::Write::write_fmt(&mut head, arguments);
    head.text
}
