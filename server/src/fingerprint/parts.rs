//! What decides: the parts of which a fingerprint is made.

use super::{
    codes,
    explain::{Kind, Part},
    frames::{Extent, Walk},
    literals,
    message::{self, Normal, Taken},
    raised,
    root::{self, Root},
    rules::Rules,
    said, validator,
};
use crate::model::evidence::Evidence;

/// What was decided, and what it was decided by.
#[derive(Default)]
pub(super) struct Decision<'e> {
    /// What is hashed, in this order.
    pub parts: Vec<Part>,
    /// The exceptions that were looked at; none for a message.
    pub root: Option<Root<'e>>,
    /// Its stack, where frames were looked at.
    pub walk: Option<Walk<'e>>,
    /// How many of its counted frames are hashed.
    pub frames: usize,
    /// The text that was looked at, where any of it is hashed.
    pub read: Option<Read>,
}

/// A text of which something is hashed.
pub(super) struct Read {
    /// The line that was read.
    pub line: String,
    /// What was taken out of it, or found in it, in order.
    pub taken: Vec<Taken>,
    /// What of it is hashed.
    pub counts: Counts,
}

/// What of a text is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counts {
    /// The whole without its variable parts.
    Whole,
    /// Only codes.
    Codes,
    /// Only codes and the names of things.
    CodesAndNames,
    /// Only codes and the names of parts of the program.
    CodesAndMembers,
}

/// Decides what `evidence` is grouped by.
pub(super) fn decide(evidence: &Evidence, rules: Rules, extent: Extent) -> Decision<'_> {
    if evidence.explicit.is_empty() {
        return inferred(evidence, rules, extent);
    }
    let mut decision = Decision::default();
    for value in &evidence.explicit {
        let word = value
            .trim()
            .trim_start_matches("{{")
            .trim_end_matches("}}")
            .trim();
        if word == "default" && value.contains("{{") {
            let before = std::mem::take(&mut decision.parts);
            decision = inferred(evidence, rules, extent);
            decision.parts.splice(..0, before);
        } else {
            let rule = "The application gave this fingerprint.";
            decision.parts.push(part(Kind::Explicit, value, rule));
        }
    }
    decision
}

fn inferred(evidence: &Evidence, rules: Rules, extent: Extent) -> Decision<'_> {
    match root::of(evidence, rules) {
        Some(root) if said::is_text(root.cause, evidence, rules) => Decision {
            root: Some(root),
            ..said::decide(evidence, &root.cause.message, rules)
        },
        Some(root) => raised::decide(evidence, root, rules, extent),
        None => {
            let text = evidence.message.as_deref().or(evidence.template.as_deref());
            said::decide(evidence, text.unwrap_or_default(), rules)
        }
    }
}

/// A text of an exception, read.
pub(super) struct Text<'e> {
    line: &'e str,
    pub normal: Normal,
    /// Whether a validator wrote it.
    pub is_validators: bool,
}

impl<'e> Text<'e> {
    /// Reads `text`, which the line of source `code` may have made.
    pub(super) fn read(text: &'e str, code: &str, rules: Rules) -> Self {
        let first = message::first_line(text);
        let literals = literals::of_source(first, code);
        let line = match literals {
            Some(_) => first,
            None => message::line(text, rules),
        };
        let fields = validator::fields(text, rules);
        Self {
            line,
            is_validators: fields.is_some(),
            normal: fields.unwrap_or_else(|| message::normal_of(line, literals.as_deref(), rules)),
        }
    }
}

impl Decision<'_> {
    /// Adds what counts of a text.
    pub(super) fn add(&mut self, text: Text, counts: Counts, rule: &'static str) {
        let Text { line, normal, .. } = text;
        // Codes say the same in every language, so the sentence around them need not.
        let says_it = |code: &String| {
            code.starts_with("errno ")
                || code.starts_with("sqlstate ")
                || codes::is_errno_name(code)
        };
        let counts = match counts {
            Counts::Whole if !normal.text.is_empty() && normal.codes.iter().any(says_it) => {
                Counts::Codes
            }
            other => other,
        };
        let before = self.parts.len();
        let (codes, texts) = match counts {
            Counts::Whole => (Vec::new(), vec![normal.text]),
            Counts::Codes => (normal.codes, Vec::new()),
            Counts::CodesAndNames => (normal.codes, normal.names),
            Counts::CodesAndMembers => (normal.codes, normal.members),
        };
        let of_codes = "Codes in the text mean something, in every language.";
        let codes = codes
            .into_iter()
            .map(|code| part(Kind::Code, code, of_codes));
        self.parts.extend(codes);
        let texts = texts.into_iter().filter(|text| !text.is_empty());
        self.parts
            .extend(texts.map(|text| part(Kind::Text, text, rule)));
        if self.parts.len() > before {
            self.read = Some(Read {
                line: line.to_owned(),
                taken: normal.taken,
                counts,
            });
        }
    }
}

pub(super) fn part(kind: Kind, value: impl Into<String>, rule: &'static str) -> Part {
    Part {
        kind,
        value: value.into(),
        rule,
    }
}
