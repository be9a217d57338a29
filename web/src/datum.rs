//! Values that an application sent: whatever JSON can say, shown as a tree.

use askama::{Template, filters::Safe};

use crate::format;

/// A value that an application sent.
///
/// Objects keep the order of their keys. Numbers are text, as sent, so that none loses digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as sent.
    Number(String),
    /// A text.
    Text(String),
    /// An array.
    List(Vec<Datum>),
    /// An object, in the order of its keys.
    Object(Vec<(String, Datum)>),
}

impl Datum {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A number.
    #[expect(clippy::needless_pass_by_value, reason = "numbers are cheap to pass")]
    pub fn number(number: impl ToString) -> Self {
        Self::Number(number.to_string())
    }

    /// An object of these keys and values.
    pub fn object<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(
            entries
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }

    /// Whether there is nothing to show: `null`, or an empty text, list or object.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(_) | Self::Number(_) => false,
            Self::Text(text) => text.is_empty(),
            Self::List(values) => values.is_empty(),
            Self::Object(entries) => entries.is_empty(),
        }
    }

    /// The value at the top of a tree, with everything below it.
    pub fn tree(&self) -> Safe<Tree<'_>> {
        Safe(Tree {
            datum: self,
            depth: 0,
        })
    }

    /// How many values there are, this one and the ones below, counted up to `max`.
    fn size(&self, max: usize) -> usize {
        let mut size = 1;
        let children: &mut dyn Iterator<Item = &Self> = match self {
            Self::List(values) => &mut values.iter(),
            Self::Object(entries) => &mut entries.iter().map(|(_, value)| value),
            _ => return size,
        };
        for child in children {
            if size >= max {
                break;
            }
            size += child.size(max - size);
        }
        size
    }
}

/// A value with everything below it, as a page shows it. Its own template escapes what was sent.
#[derive(Template)]
#[template(path = "parts/datum.html")]
pub struct Tree<'a> {
    datum: &'a Datum,
    /// How many lists and objects this one lies in.
    depth: usize,
}

/// Texts up to this many characters are shown at once; longer ones show their beginning.
const TEXT_SHOWN_CHARS: usize = 600;
/// How much of a longer text is shown before it is opened.
const TEXT_TEASER_CHARS: usize = 240;
/// Lists and objects with more values than this are closed at first, unless they are the whole.
const OPEN_MAX_VALUES: usize = 12;
/// Below this depth everything is closed at first.
const OPEN_MAX_DEPTH: usize = 3;

impl<'a> Tree<'a> {
    fn below(&self, datum: &'a Datum) -> Safe<Tree<'a>> {
        Safe(Tree {
            datum,
            depth: self.depth + 1,
        })
    }

    /// Lists and objects below the first level fold.
    fn is_folded(&self) -> bool {
        self.depth > 0
    }

    fn is_open(&self) -> bool {
        self.depth < OPEN_MAX_DEPTH && self.datum.size(OPEN_MAX_VALUES + 1) <= OPEN_MAX_VALUES
    }
}

/// A text that may be too long to show at once.
struct LongText<'a>(&'a str);

impl LongText<'_> {
    fn is_long(&self) -> bool {
        self.0.len() > TEXT_SHOWN_CHARS && self.0.chars().nth(TEXT_SHOWN_CHARS).is_some()
    }

    fn teaser(&self) -> String {
        format::cut(self.0, TEXT_TEASER_CHARS)
    }

    fn length(&self) -> String {
        format::counted(
            i64::try_from(self.0.chars().count()).unwrap_or(i64::MAX),
            "character",
            "characters",
        )
    }
}

pub(crate) fn keys(number: usize) -> String {
    format::counted(i64::try_from(number).unwrap_or(i64::MAX), "key", "keys")
}

pub(crate) fn entries(number: usize) -> String {
    format::counted(
        i64::try_from(number).unwrap_or(i64::MAX),
        "entry",
        "entries",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sent_is_escaped() {
        let datum = Datum::object([("<b>", Datum::text("<script>"))]);
        let html = datum.tree().to_string();
        assert!(
            html.contains("&#60;script&#62;") && !html.contains("<script>"),
            "{html}"
        );
        assert!(!html.contains("<b>"), "{html}");
    }

    #[test]
    fn long_texts_show_their_beginning() {
        let html = Datum::Object(vec![("body".to_owned(), Datum::text("x".repeat(5_000)))])
            .tree()
            .to_string();
        assert!(html.contains("5,000 characters"), "{html}");
    }

    #[test]
    fn sizes_are_not_counted_further_than_needed() {
        let datum = Datum::List(vec![Datum::Null; 1_000]);
        assert_eq!(datum.size(10), 10);
        assert_eq!(Datum::Null.size(10), 1);
    }
}
