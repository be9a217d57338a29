//! What decides: the parts of which a fingerprint is made.

use super::{
    codes,
    explain::{Kind, Part},
    frames::{self, Beneath, Counted, Walk},
    lines, literals,
    message::{self, Normal, Taken},
    root::{self, Root},
    rules::Rules,
    validator,
};
use crate::model::evidence::Evidence;

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
    pub read: Option<Read<'e>>,
}

/// A text of which something is hashed.
pub(super) struct Read<'e> {
    /// The line that was read.
    pub line: &'e str,
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
}

/// Decides what `evidence` is grouped by.
pub(super) fn decide(evidence: &Evidence, rules: Rules) -> Decision<'_> {
    if evidence.explicit.is_empty() {
        return inferred(evidence, rules);
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
            decision = inferred(evidence, rules);
            decision.parts.splice(..0, before);
        } else {
            decision.parts.push(part(
                Kind::Explicit,
                value,
                "The application gave this fingerprint.",
            ));
        }
    }
    decision
}

fn inferred(evidence: &Evidence, rules: Rules) -> Decision<'_> {
    match root::of(evidence, rules) {
        // A thrown text has no class; some SDKs send it, and plain messages, as an exception.
        Some(root) if root.cause.class.is_none() && !root.cause.message.trim().is_empty() => {
            Decision {
                root: Some(root),
                ..by_message(evidence, &root.cause.message)
            }
        }
        Some(root) => by_exception(evidence, root),
        None => {
            let text = evidence.message.as_deref().or(evidence.template.as_deref());
            by_message(evidence, text.unwrap_or_default())
        }
    }
}

fn by_message<'e>(evidence: &'e Evidence, text: &'e str) -> Decision<'e> {
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
    Decision {
        parts: vec![
            part(Kind::Text, normal.text, rule),
            part(
                Kind::Level,
                evidence.level.as_str(),
                "Messages of different levels are different items.",
            ),
        ],
        read: Some(Read {
            line: message::first_line(text),
            taken: normal.taken,
            counts: Counts::Whole,
        }),
        ..Decision::default()
    }
}

fn by_exception<'e>(evidence: &'e Evidence, root: Root<'e>) -> Decision<'e> {
    let class = bare_class(root.cause.class.as_deref().unwrap_or_default());
    let mut decision = Decision {
        parts: vec![part(Kind::Class, class, class_rule(root, evidence))],
        root: Some(root),
        ..Decision::default()
    };
    let walk = frames::walk(root.stack, evidence.platform.as_deref());
    let Some(innermost) = walk
        .counted
        .first()
        .filter(|innermost| !frames::is_minified(root.stack, &innermost.place))
    else {
        decision.read(
            &root.cause.message,
            "",
            Counts::Whole,
            "No frame of the application's own code can be told by name, so the text decides.",
        );
        return decision;
    };
    let beneath = walk.beneath;
    let on_purpose = beneath == Beneath::Nothing && lines::raises_on_purpose(innermost.code, class);
    let code = if beneath == Beneath::Nothing {
        innermost.code
    } else {
        ""
    };
    let frames = frame_parts(&walk.counted, on_purpose, beneath);
    decision.frames = frames.len();
    decision.parts.extend(frames);

    let (counts, rule) = if validator::fields(&root.cause.message).is_some() {
        (
            Counts::Whole,
            "A validator's list: the first field that failed.",
        )
    } else if on_purpose {
        (
            Counts::Whole,
            "The line raises on purpose: its text says what for.",
        )
    } else if CATCH_ALL.contains(&class) {
        (
            Counts::Whole,
            "The class says nothing, so the text decides.",
        )
    } else if beneath != Beneath::Package {
        (Counts::Codes, "")
    } else if root.is_wrapped_by_a_library() {
        (
            Counts::CodesAndNames,
            "The cause names this part of the program.",
        )
    } else {
        (
            Counts::Whole,
            "A library raised it, for which the place is the same whatever is wrong.",
        )
    };
    decision.read(&root.cause.message, code, counts, rule);
    decision.walk = Some(walk);
    decision
}

impl<'e> Decision<'e> {
    /// Reads `text`, which a line of source may have made, and adds what counts of it.
    fn read(&mut self, text: &'e str, code: &str, counts: Counts, rule: &'static str) {
        let normal = validator::fields(text).unwrap_or_else(|| {
            message::normal_of(text, literals::of_source(text, code).as_deref())
        });
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
        match counts {
            Counts::Whole if normal.text.is_empty() => {}
            Counts::Whole => self.parts.push(part(Kind::Text, normal.text, rule)),
            Counts::Codes | Counts::CodesAndNames => {
                let codes = normal.codes.into_iter().map(|code| {
                    let rule = "Codes in the text mean something, in every language.";
                    part(Kind::Code, code, rule)
                });
                self.parts.extend(codes);
                if counts == Counts::CodesAndNames {
                    let names = normal.names.into_iter();
                    self.parts
                        .extend(names.map(|name| part(Kind::Text, name, rule)));
                }
            }
        }
        if self.parts.len() > before {
            self.read = Some(Read {
                line: message::first_line(text),
                taken: normal.taken,
                counts,
            });
        }
    }
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
