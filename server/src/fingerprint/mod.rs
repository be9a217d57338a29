//! Which occurrences are the same problem: one fingerprint, one item.
//!
//! Every rule can be said in a sentence, and `explain` says it, from the very parts that are
//! hashed. `grouping/LESSONS.md` of the design has the measurements behind the rules.
//! `tests/fixtures/grouping/vectors.json` fixes what comes out: changing any is a new `VERSION`.

mod codes;
mod frames;
mod lines;
mod literals;
mod message;
mod names;
mod root;
pub mod title;
mod validator;

#[cfg(test)]
mod tests;

use std::fmt;

use sha2::{Digest, Sha256};

use self::{
    frames::{Beneath, Counted},
    message::Normal,
    root::Root,
};
use crate::model::evidence::Evidence;

/// The version of the rules, hashed with everything else.
pub const VERSION: u16 = 1;

/// Own frames that identify a problem, at most: where it broke, and two callers.
const PLACES: usize = 3;

/// Classes that only say that something went wrong.
const CATCH_ALL: &[&str] = &[
    "",
    "Error",
    "Exception",
    "RuntimeError",
    "RuntimeException",
    "StandardError",
    "errorString",
    "panic",
    "wrapError",
];

/// What occurrences of one problem have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(pub [u8; 32]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What an occurrence is grouped by: the parts that are hashed, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Never empty.
    pub parts: Vec<Part>,
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

impl Kind {
    /// The word for it, for people and as the tag.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "fingerprint",
            Self::Class => "class",
            Self::Frame => "frame",
            Self::Code => "code",
            Self::Text => "text",
            Self::Level => "level",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.value)
    }
}

/// The fingerprint of what happened.
pub fn fingerprint(evidence: &Evidence) -> Fingerprint {
    explain(evidence).fingerprint()
}

impl Explanation {
    /// SHA-256 over the version and the parts, each value and tag preceded by its length in bytes.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut hash = Sha256::new();
        hash.update(VERSION.to_be_bytes());
        for part in &self.parts {
            for text in [part.kind.as_str(), &part.value] {
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
        }
        Fingerprint(hash.finalize().into())
    }
}

/// What the occurrence is grouped by, and why.
pub fn explain(evidence: &Evidence) -> Explanation {
    if evidence.explicit.is_empty() {
        return Explanation {
            parts: inferred(evidence),
        };
    }
    let mut parts = Vec::new();
    for value in &evidence.explicit {
        let word = value
            .trim()
            .trim_start_matches("{{")
            .trim_end_matches("}}")
            .trim();
        if word == "default" && value.contains("{{") {
            parts.extend(inferred(evidence));
        } else {
            parts.push(part(
                Kind::Explicit,
                value,
                "The application gave this fingerprint.",
            ));
        }
    }
    Explanation { parts }
}

fn inferred(evidence: &Evidence) -> Vec<Part> {
    match root::of(evidence) {
        // A thrown text has no class; some SDKs send it, and plain messages, as an exception.
        Some(root) if root.cause.class.is_none() && !root.cause.message.trim().is_empty() => {
            message_parts(evidence, &root.cause.message)
        }
        Some(root) => exception_parts(evidence, root),
        None => message_parts(
            evidence,
            evidence
                .message
                .as_deref()
                .or(evidence.template.as_deref())
                .unwrap_or_default(),
        ),
    }
}

fn message_parts(evidence: &Evidence, text: &str) -> Vec<Part> {
    let literals = evidence
        .template
        .as_deref()
        .and_then(|template| literals::of_template(text, template));
    let normal = message::normal_of(text, literals.as_deref());
    let rule = match literals {
        Some(_) => {
            "Messages are grouped by the template of the logger and by numbers that mean something."
        }
        None => {
            "Messages are grouped by their first line, without numbers, ids, dates, addresses, paths and quoted data."
        }
    };
    vec![
        part(Kind::Text, normal.text, rule),
        part(
            Kind::Level,
            evidence.level.as_str(),
            "Messages of different levels are different items.",
        ),
    ]
}

fn exception_parts(evidence: &Evidence, root: Root) -> Vec<Part> {
    let class = bare_class(root.cause.class.as_deref().unwrap_or_default());
    let mut parts = vec![part(Kind::Class, class, class_rule(root, evidence))];
    let (counted, beneath) = frames::counted(root.stack, evidence.platform.as_deref());
    let Some(innermost) = counted
        .first()
        .filter(|innermost| !frames::is_minified(root.stack, &innermost.place))
    else {
        let rule =
            "No frame of the application's own code can be told by name, so the text decides.";
        parts.extend(text_parts(&message_text(&root.cause.message, ""), rule));
        return parts;
    };
    let on_purpose = beneath == Beneath::Nothing && lines::raises_on_purpose(innermost.code, class);
    parts.extend(frame_parts(&counted, on_purpose, beneath));

    let normal = message_text(
        &root.cause.message,
        if beneath == Beneath::Nothing {
            innermost.code
        } else {
            ""
        },
    );
    if validator::fields(&root.cause.message).is_some() {
        parts.extend(text_parts(
            &normal,
            "A validator's list: the first field that failed.",
        ));
    } else if on_purpose {
        parts.extend(text_parts(
            &normal,
            "The line raises on purpose: its text says what for.",
        ));
    } else if CATCH_ALL.contains(&class) {
        parts.extend(text_parts(
            &normal,
            "The class says nothing, so the text decides.",
        ));
    } else if beneath != Beneath::Package {
        parts.extend(code_parts(&normal));
    } else if root.is_wrapped_by_a_library() {
        parts.extend(code_parts(&normal));
        let named = normal.names.into_iter().map(|name| {
            part(
                Kind::Text,
                name,
                "The cause names this part of the program.",
            )
        });
        parts.extend(named);
    } else {
        parts.extend(text_parts(
            &normal,
            "A library raised it, for which the place is the same whatever is wrong.",
        ));
    }
    parts
}

fn class_rule(root: Root, evidence: &Evidence) -> &'static str {
    if root.is_wrapped_by_a_library() {
        "The class of the first failure, which a library wrapped into another."
    } else if evidence.traces.len() > 1 {
        "The class of the root cause: the deepest exception that was raised in the application's own code."
    } else {
        "The class of the exception."
    }
}

fn frame_parts(counted: &[Counted], on_purpose: bool, beneath: Beneath) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rule = "The innermost frame of the application's own code.";
    let mut wanted = true;
    for (at, frame) in counted.iter().take(PLACES).enumerate() {
        let called = at.checked_sub(1).and_then(|before| counted.get(before));
        if !wanted
            || called
                .is_some_and(|called| !(frame.adjacent && frames::is_answerable(frame, called)))
        {
            break;
        }
        parts.push(part(Kind::Frame, frame.place.to_string(), rule));
        (wanted, rule) = if at > 0 {
            (
                lines::calls_itself(frame.code),
                "The frame before calls a method of its own object, so its caller belongs to it.",
            )
        } else if on_purpose {
            (
                true,
                "The frame before raises on purpose and is shared, so its caller belongs to it.",
            )
        } else {
            let helper =
                beneath != Beneath::Nothing && lines::wraps_a_library(&frame.place, frame.code);
            (
                helper,
                "The frame before only wraps a library, so its caller belongs to it.",
            )
        };
    }
    parts
}

fn message_text(text: &str, code: &str) -> Normal {
    validator::fields(text)
        .unwrap_or_else(|| message::normal_of(text, literals::of_source(text, code).as_deref()))
}

/// The text, or the codes in its place: they say the same in every language.
fn text_parts(normal: &Normal, rule: &'static str) -> Vec<Part> {
    let replaced = normal.codes.iter().any(|code| {
        code.starts_with("errno ") || code.starts_with("sqlstate ") || codes::is_errno_name(code)
    });
    match normal.text.as_str() {
        "" => Vec::new(),
        _ if replaced => code_parts(normal),
        text => vec![part(Kind::Text, text, rule)],
    }
}

fn code_parts(normal: &Normal) -> Vec<Part> {
    let codes = normal.codes.iter();
    codes
        .map(|code| {
            part(
                Kind::Code,
                code,
                "Codes in the text mean something, in every language.",
            )
        })
        .collect()
}

/// The class without its package: `com.acme.Failed`, `errors::Failed` and `Shop\Failed` are `Failed`.
fn bare_class(class: &str) -> &str {
    class
        .trim()
        .trim_matches(['<', '>', '*'])
        .rsplit(['.', ':', '\\', '$'])
        .next()
        .unwrap_or_default()
}

fn part(kind: Kind, value: impl Into<String>, rule: &'static str) -> Part {
    Part {
        kind,
        value: value.into(),
        rule,
    }
}
