//! Texts with a limit: whatever is in a column or an index has been cut to fit.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The part of `text` that fits into `max_bytes`, cut at a character boundary.
pub fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

macro_rules! bounded {
    ($(#[$doc:meta] $name:ident <= $max_bytes:literal;)*) => {$(
        #[$doc]
        #[derive(
            Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// Bytes of UTF-8 at most.
            pub const MAX_BYTES: usize = $max_bytes;

            /// `text` on one line, without control characters, cut to the limit.
            pub fn new(text: &str) -> Self {
                Self(one_line(text, Self::MAX_BYTES))
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

bounded! {
    /// An item's title: one line that a person recognizes the item by.
    Title <= 255;
    /// What people call a project, a token or a rule.
    Name <= 100;
    /// The environment an occurrence comes from: `production`, `staging`.
    Environment <= 100;
}

impl Default for Environment {
    /// `production`: what both SDK families mean when they say nothing.
    fn default() -> Self {
        Self::new("production")
    }
}

impl Environment {
    /// What those are stored under that a project has too many of.
    pub fn other() -> Self {
        Self::new("(other)")
    }
}

/// Blanks and line breaks become one space each run; control characters go.
pub(super) fn one_line(text: &str, max_bytes: usize) -> String {
    let mut line = String::with_capacity(text.len().min(max_bytes));
    for word in text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
    {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > max_bytes {
            break;
        }
    }
    let end = cut(&line, max_bytes).len();
    line.truncate(end);
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line_cut_at_a_character() {
        assert_eq!(
            Title::new("  one\n\ttwo\u{0} three ").as_str(),
            "one two three"
        );
        let long = "é".repeat(200);
        assert_eq!(Title::new(&long).as_str().len(), 254);
    }
}
