//! Why an occurrence is in its item: what its fingerprint is made of, for people.

use chrono::{DateTime, Utc};

/// Why an occurrence is in its item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyView {
    /// The version of the rules.
    pub version: u16,
    /// The fingerprint, in hex.
    pub fingerprint: String,
    /// What is hashed, in this order.
    pub parts: Vec<WhyPart>,
    /// The exceptions that were looked at: first the one that was reported, each next the cause of
    /// the one before. Empty for messages.
    pub traces: Vec<WhyTrace>,
    /// The message, with what was taken out of it; `None` where no text was looked at.
    pub text: Option<Vec<TextSpan>>,
    /// Other fingerprints that lead to the same item, oldest first.
    pub others: Vec<OtherFingerprint>,
}

/// One thing that an occurrence is grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyPart {
    /// What kind of thing.
    pub kind: PartKind,
    /// The thing, `billing.py in charge`.
    pub value: String,
    /// Why it is there, as a sentence.
    pub rule: String,
}

/// Kinds of things that occurrences are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// A part of the fingerprint that the application gave.
    Given,
    /// The class of an exception.
    Class,
    /// A frame.
    Frame,
    /// A code within a text.
    Code,
    /// A text without its variable parts.
    Text,
    /// A level.
    Level,
}

/// An exception that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyTrace {
    /// Its class; may be empty.
    pub class: String,
    /// Why it counts, or why not, in a few words; empty where that goes without saying.
    pub note: String,
    /// Whether anything of it is in the fingerprint.
    pub counts: bool,
    /// Its frames, oldest call first.
    pub frames: Vec<WhyFrame>,
}

/// A frame that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyFrame {
    /// The file, as the SDK said it.
    pub file: String,
    /// The function, as the SDK said it.
    pub function: Option<String>,
    /// The line, counted from 1.
    pub line: Option<i64>,
    /// How it is written down in the fingerprint, where it counts: `cart.py in add`.
    pub counted_as: Option<String>,
    /// Why it does not count, in a word or two: `library`, `recursion`; empty where it does.
    pub reason: String,
}

/// A stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextSpan {
    /// It counts as it stands.
    Kept(String),
    /// Something else stands for it, because it differs from one occurrence to the next.
    Replaced {
        /// What was sent.
        text: String,
        /// What stands for it, `<number>`; empty where nothing does.
        by: String,
    },
}

/// Another fingerprint that leads to the same item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherFingerprint {
    /// The version of the rules that it is of.
    pub version: u16,
    /// The fingerprint, in hex.
    pub fingerprint: String,
    /// When it began to lead there.
    pub since: DateTime<Utc>,
}
