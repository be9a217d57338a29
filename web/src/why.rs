//! Why an occurrence is in its item: what its fingerprint is made of, for people.

use chrono::{DateTime, Utc};

use crate::format;

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
    /// A language.
    Language,
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

/// Neighbouring frames that a page shows as one row.
#[derive(Debug)]
pub(crate) enum Stretch<'a> {
    /// A frame that counts.
    Counted(&'a WhyFrame),
    /// Frames that do not, for one reason.
    Left(Vec<&'a WhyFrame>),
}

/// Digits of a fingerprint that are shown: enough to tell a project's items apart.
const SHORT_DIGITS: usize = 12;

impl WhyView {
    /// Whether the application gave all of the fingerprint.
    pub(crate) fn is_given(&self) -> bool {
        !self.parts.is_empty() && self.parts.iter().all(|part| part.kind == PartKind::Given)
    }

    /// Whether anything was taken out of the text.
    pub(crate) fn is_changed(&self) -> bool {
        let is_replaced = |span: &TextSpan| matches!(span, TextSpan::Replaced { .. });
        self.text.iter().flatten().any(is_replaced)
    }

    /// The beginning of the fingerprint.
    pub(crate) fn short(&self) -> &str {
        short(&self.fingerprint)
    }
}

impl OtherFingerprint {
    /// The beginning of the fingerprint.
    pub(crate) fn short(&self) -> &str {
        short(&self.fingerprint)
    }
}

fn short(fingerprint: &str) -> &str {
    fingerprint.get(..SHORT_DIGITS).unwrap_or(fingerprint)
}

impl PartKind {
    /// The word for it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Given => "Fingerprint",
            Self::Language => "Language",
            Self::Class => "Class",
            Self::Frame => "Frame",
            Self::Code => "Code",
            Self::Text => "Text",
            Self::Level => "Level",
        }
    }
}

impl WhyTrace {
    /// The frames as a page shows them, the most recent call first.
    pub(crate) fn stretches(&self) -> Vec<Stretch<'_>> {
        let mut stretches: Vec<Stretch> = Vec::new();
        for frame in self.frames.iter().rev() {
            if frame.counted_as.is_some() {
                stretches.push(Stretch::Counted(frame));
                continue;
            }
            match stretches.last_mut() {
                Some(Stretch::Left(left)) if left[0].reason == frame.reason => left.push(frame),
                _ => stretches.push(Stretch::Left(vec![frame])),
            }
        }
        stretches
    }

    /// `2 of 15 frames count`; `None` where no frames were sent.
    pub(crate) fn summary(&self) -> Option<String> {
        let counted = self
            .frames
            .iter()
            .filter(|frame| frame.counted_as.is_some());
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let all = format::counted(number(self.frames.len()), "frame", "frames");
        (!self.frames.is_empty()).then(|| format!("{} of {all} count", counted.count()))
    }
}

impl WhyFrame {
    /// `shop/cart.py:214 in add_line`
    pub(crate) fn text(&self) -> String {
        let line = self
            .line
            .map_or_else(String::new, |line| format!(":{line}"));
        match (self.file.as_str(), self.function.as_deref()) {
            ("", Some(function)) => function.to_owned(),
            ("", None) => "a frame without a name".to_owned(),
            (file, Some(function)) => format!("{file}{line} in {function}"),
            (file, None) => format!("{file}{line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, counted_as: Option<&str>, reason: &str) -> WhyFrame {
        WhyFrame {
            file: "shop/cart.py".to_owned(),
            function: Some(function.to_owned()),
            line: Some(7),
            counted_as: counted_as.map(str::to_owned),
            reason: reason.to_owned(),
        }
    }

    #[test]
    fn frames_that_do_not_count_for_one_reason_are_one_row() {
        let trace = WhyTrace {
            class: "KeyError".to_owned(),
            note: String::new(),
            counts: true,
            frames: vec![
                frame("main", None, "beyond what decides"),
                frame("a", None, "library"),
                frame("b", None, "library"),
                frame("add", Some("cart.py in add"), ""),
                frame("c", None, "library"),
            ],
        };
        let stretches = trace.stretches();
        assert!(matches!(&stretches[0], Stretch::Left(frames) if frames.len() == 1));
        assert!(
            matches!(&stretches[1], Stretch::Counted(frame) if frame.text() == "shop/cart.py:7 in add")
        );
        assert!(matches!(&stretches[2], Stretch::Left(frames) if frames.len() == 2));
        assert_eq!(stretches.len(), 4);
        assert_eq!(trace.summary().as_deref(), Some("1 of 5 frames count"));
    }

    #[test]
    fn a_fingerprint_of_the_application_is_told_from_one_that_only_has_a_part_of_it() {
        let part = |kind| WhyPart {
            kind,
            value: String::new(),
            rule: String::new(),
        };
        let why = |kinds: &[PartKind]| WhyView {
            version: 2,
            fingerprint: "0123456789abcdef".to_owned(),
            parts: kinds.iter().copied().map(part).collect(),
            traces: Vec::new(),
            text: None,
            others: Vec::new(),
        };
        assert!(why(&[PartKind::Given]).is_given());
        assert!(!why(&[PartKind::Given, PartKind::Class]).is_given());
        assert_eq!(why(&[]).short(), "0123456789ab");
    }
}
