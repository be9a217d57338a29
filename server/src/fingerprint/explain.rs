//! Why an occurrence is in its item: what is hashed, and what was looked at and left out.
//!
//! Made from the very decision that is hashed, so that a page cannot say anything else.

use std::fmt;

use super::{
    VERSION,
    frames::{Extent, Step, Walk},
    message::{Taken, What},
    parts::{self, Counts, Decision, Read},
    rules::Rules,
};
use crate::model::evidence::{Evidence, TraceEvidence};

/// What an occurrence is grouped by, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The version of the rules.
    pub version: u16,
    /// What is hashed, in this order. Never empty.
    pub parts: Vec<Part>,
    /// What was made of each exception, in the order of `Evidence::traces`. Empty for a message.
    pub traces: Vec<Looked>,
    /// The text that counts, with what was taken out of it; `None` where no text counts.
    pub text: Option<Vec<Span>>,
}

/// One thing that an occurrence is grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What kind of thing; hashed as the part's tag.
    pub kind: Kind,
    /// The thing, `billing.py in charge`.
    pub value: String,
    /// Why it is there, as a sentence.
    pub rule: &'static str,
}

/// The kinds of things that occurrences are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A part of the fingerprint that the application gave.
    Explicit,
    /// The language of a message.
    Language,
    /// The class of the root cause.
    Class,
    /// A frame of the application's own code.
    Frame,
    /// Codes within a text: an errno, a status.
    Code,
    /// A text without its variable parts.
    Text,
    /// The level of a message.
    Level,
}

/// An exception that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Whether anything of it is hashed.
    pub counts: bool,
    /// Why it counts, or why not, as a sentence.
    pub note: &'static str,
    /// What was made of each frame, in the order of `TraceEvidence::frames`; which of an
    /// occurrence's frames those are, `evidence::kept_frames` says.
    pub frames: Vec<Verdict>,
}

/// What was made of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It counts, written down like this: `billing.py in charge`.
    Counts(String),
    /// It does not.
    Left(Reason),
}

/// Why a frame does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The language brings it.
    Language,
    /// A package brings it.
    Package,
    /// Its path tells nothing, and the SDK says that it is not the application's.
    Flagged,
    /// It lies between where it broke and the SDK: a panic on its way, the exception's constructor.
    Machinery,
    /// It only passes on what it was given.
    Wrapper,
    /// It is a part of the function around it, which some interpreters show as one of its own.
    Piece,
    /// The same place counts further in.
    Recursion,
    /// Neither a function nor a line is known of it.
    Nameless,
    /// What lies further in decides.
    Further,
    /// Its exception does not count, or is told apart by its text.
    Aside,
}

/// A stretch of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// It counts as it stands.
    Kept(String),
    /// It differs from one occurrence to the next, or says nothing.
    Replaced {
        /// What was sent.
        text: String,
        /// What stands for it, `<n>`; empty where nothing does.
        by: &'static str,
    },
}

impl Kind {
    /// The word for it, for people and as the tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "fingerprint",
            Self::Language => "language",
            Self::Class => "class",
            Self::Frame => "frame",
            Self::Code => "code",
            Self::Text => "text",
            Self::Level => "level",
        }
    }
}

impl Reason {
    /// In a word or three, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Language => "part of the language",
            Self::Package => "library",
            Self::Flagged => "not your code, says the SDK",
            Self::Machinery => "on the way to the SDK",
            Self::Wrapper => "only passes on",
            Self::Piece => "part of the function around it",
            Self::Recursion => "counted already",
            Self::Nameless => "has no name",
            Self::Further => "beyond what decides",
            Self::Aside => "not looked at",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.value)
    }
}

/// What the occurrence is grouped by, and why.
pub fn explain(evidence: &Evidence) -> Explanation {
    let decision = parts::decide(evidence, Rules::of(VERSION), Extent::Whole);
    let traces = evidence
        .traces
        .iter()
        .map(|trace| looked(trace, &decision))
        .collect();
    let text = decision.read.as_ref().map(spans);
    Explanation {
        version: VERSION,
        traces,
        text,
        parts: decision.parts,
    }
}

fn looked(trace: &TraceEvidence, decision: &Decision) -> Looked {
    let is = |other: Option<&TraceEvidence>| other.is_some_and(|other| std::ptr::eq(trace, other));
    let is_stack = is(decision.root.map(|root| root.stack));
    let is_cause = is(decision.root.map(|root| root.cause));
    let frames = match &decision.walk {
        Some(walk) if is_stack => walk
            .steps
            .iter()
            .map(|step| verdict(*step, walk, decision.frames))
            .collect(),
        _ => vec![Verdict::Left(Reason::Aside); trace.frames.len()],
    };
    let is_given = decision
        .parts
        .iter()
        .all(|part| part.kind == Kind::Explicit);
    let note = match (is_stack, is_cause) {
        _ if is_given => "The application gave the fingerprint, so nothing else is looked at.",
        (true, true) => "The root cause.",
        (true, false) => "The deepest exception that your own code saw: its stack says where.",
        (false, true) => "The first failure: its class and text say what.",
        (false, false) => "Not the root cause.",
    };
    Looked {
        counts: !is_given && (is_stack || is_cause),
        note,
        frames,
    }
}

fn verdict(step: Step, walk: &Walk, frames: usize) -> Verdict {
    match step {
        Step::Counted(at) if at < frames => match walk.counted.get(at) {
            Some(counted) => Verdict::Counts(counted.place.to_string()),
            None => Verdict::Left(Reason::Further),
        },
        Step::Counted(_) => Verdict::Left(Reason::Further),
        Step::Left(reason) => Verdict::Left(reason),
    }
}

/// The text in stretches. Where only its codes count, all the rest is replaced by nothing.
fn spans(read: &Read) -> Vec<Span> {
    let piece = |from: usize, to: usize| read.line.get(from..to).unwrap_or_default().to_owned();
    let around = |text: String| match read.counts {
        Counts::Whole => Span::Kept(text),
        _ => Span::Replaced { text, by: "" },
    };
    let mut spans = Vec::new();
    let mut at = 0;
    for Taken { range, what } in &read.taken {
        spans.push(around(piece(at, range.start)));
        let text = piece(range.start, range.end);
        spans.push(match (what, read.counts) {
            (What::Placeholder(by), Counts::Whole) => Span::Replaced { text, by },
            (What::Code, _)
            | (What::Name | What::Member, Counts::CodesAndNames)
            | (What::Member, Counts::CodesAndMembers) => Span::Kept(text),
            _ => around(text),
        });
        at = range.end;
    }
    spans.push(around(piece(at, read.line.len())));
    spans.retain(|span| match span {
        Span::Kept(text) | Span::Replaced { text, .. } => !text.is_empty(),
    });
    spans
}
