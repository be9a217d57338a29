//! What grouping looks at: small enough to travel in the header of a journal record.
//!
//! Taken from an occurrence at ingest, after scrubbing, so that the digest can fingerprint without
//! decompressing a body. It holds facts only; the rules that read them are in `fingerprint`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    json::{Fields, Node},
    occurrence::{Body, Frame, Level, Message, Occurrence, Trace},
    text::cut,
};

/// Bytes of a text that grouping reads: more than a person reads in a message, and a bound on its work.
const TEXT_MAX_BYTES: usize = 2_048;
/// Bytes of a name or a line that grouping reads.
const NAME_MAX_BYTES: usize = 512;
/// Frames kept at either end of a stack: where it began, and where it broke.
const OUTER_FRAMES: usize = 10;
const INNER_FRAMES: usize = 50;
/// Values that a logger filled into a message, which grouping reads.
const ARGUMENTS: usize = 16;
/// Exceptions of a chain that grouping reads.
const TRACES: usize = 12;

/// The facts of one occurrence that its fingerprint and its title are made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The title that the application gave.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The fingerprint that the application gave, as its parts; empty for none.
    #[serde(rename = "x", default, skip_serializing_if = "Vec::is_empty")]
    pub explicit: Vec<String>,
    /// `python`, `javascript`: the first word of the language or platform, lower case.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// How bad; messages are grouped by it too.
    #[serde(rename = "l", default)]
    pub level: Level,
    /// Exceptions, the reported one first, then its causes; empty for a message.
    #[serde(rename = "e", default, skip_serializing_if = "Vec::is_empty")]
    pub traces: Vec<TraceEvidence>,
    /// A message's text, or the first part of a crash report.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A message's template, where the logger sent one.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// What the logger filled into the message, as text, where it was sent.
    #[serde(rename = "a", default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// The folder of the application on its machine, `/srv/app`.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub root: Option<String>,
}

/// One exception.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TraceEvidence {
    /// `KeyError`.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The exception's text, or its description where the text is empty.
    #[serde(rename = "m", default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Oldest call first. Of a very deep stack both ends.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<FrameEvidence>,
    /// The whole text, where the SDK cut it: rollbar.js takes what stands before a colon for a class.
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
    /// Whether it is a member of a group beside the first, or a cause of such a member.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// Whether the SDK made it of something that was no exception: its stack is the SDK's call.
    #[serde(rename = "y", default, skip_serializing_if = "std::ops::Not::not")]
    pub synthetic: bool,
}

/// One line of a stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FrameEvidence {
    /// File, URL or module path, as sent.
    #[serde(rename = "f", default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The whole path, where it was sent beside a shorter file.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Function, as sent; `class_name.method` where the class came apart.
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The line's source.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether it is a method that the language brings although it names the file of its caller:
    /// Ruby gives `fetch` and `each` the line that calls them.
    #[serde(rename = "b", default, skip_serializing_if = "std::ops::Not::not")]
    pub builtin: bool,
    /// What the SDK says: the application's own code or not.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
}

impl From<&Occurrence<'_>> for Evidence {
    fn from(occurrence: &Occurrence<'_>) -> Self {
        let mut arguments = Vec::new();
        let (traces, message, template) = match &occurrence.body {
            Body::Traces(traces) => {
                let beside = beside(traces);
                let mut kept: Vec<_> = traces
                    .iter()
                    .map(TraceEvidence::from)
                    .take(TRACES)
                    .collect();
                for (at, trace) in kept.iter_mut().enumerate() {
                    trace.beside = beside.contains(&at);
                }
                (kept, None, None)
            }
            Body::Message(message) => {
                arguments = filled_in(message, &occurrence.custom);
                (
                    Vec::new(),
                    Some(bounded(&message.text)),
                    message.template.as_deref().map(bounded),
                )
            }
            Body::CrashReport(raw) => (Vec::new(), Some(bounded(raw)), None),
        };
        Self {
            title: occurrence.title.as_deref().map(name),
            explicit: occurrence
                .fingerprint
                .iter()
                .take(16)
                .map(|part| name(part))
                .collect(),
            platform: platform(occurrence),
            level: occurrence.level,
            traces,
            message,
            template,
            arguments,
            root: occurrence
                .server
                .get("root")
                .and_then(|root| root.as_str())
                .map(name),
        }
    }
}

/// The first word of the language or platform, lower case.
pub(super) fn platform(occurrence: &Occurrence<'_>) -> Option<String> {
    let named = occurrence.language.as_deref();
    named
        .or(occurrence.platform.as_deref())
        .and_then(first_word)
}

impl From<&Trace<'_>> for TraceEvidence {
    fn from(trace: &Trace<'_>) -> Self {
        let text = if trace.message.is_empty() {
            trace.description.as_deref().unwrap_or_default()
        } else {
            &trace.message
        };
        let is_synthetic = trace.mechanism.get("synthetic").and_then(Node::as_bool);
        let mut frames: Vec<FrameEvidence> = Vec::new();
        for at in kept_frames(trace.frames.len()) {
            let Some(frame) = trace.frames.get(at) else {
                continue;
            };
            let caller = at.checked_sub(1).and_then(|at| trace.frames.get(at));
            frames.push(FrameEvidence {
                builtin: caller.is_some_and(|caller| is_builtin(frame, caller)),
                ..FrameEvidence::from(frame)
            });
        }
        Self {
            class: trace.class.as_deref().map(name),
            message: bounded(text),
            frames,
            whole: whole(trace),
            beside: false,
            synthetic: is_synthetic.unwrap_or(false),
        }
    }
}

impl From<&Frame<'_>> for FrameEvidence {
    fn from(frame: &Frame<'_>) -> Self {
        // Where no folder tells whose code it is, the package has to: Java, Kotlin.
        let has_folder = [&frame.path, &frame.filename]
            .into_iter()
            .flatten()
            .any(|path| path.contains(['/', '\\']));
        let package = frame.module.as_ref().filter(|_| !has_folder);
        let method = match (frame.class_name.as_ref().or(package), &frame.method) {
            (Some(class), Some(method)) => Some(name(&format!("{class}.{method}"))),
            (_, method) => method.as_deref().map(name),
        };
        Self {
            filename: frame.filename.as_deref().map(name),
            path: frame.path.as_deref().map(name),
            builtin: false,
            method,
            code: frame
                .code
                .as_deref()
                .map(str::trim)
                .filter(|code| !code.is_empty())
                .map(name),
            in_app: frame.in_app,
        }
    }
}

/// Which frames of a stack of `frames` are kept, oldest call first: of a very deep one both ends.
pub fn kept_frames(frames: usize) -> impl Iterator<Item = usize> {
    let inner_from = frames.saturating_sub(INNER_FRAMES);
    (0..frames).filter(move |at| *at < OUTER_FRAMES || *at >= inner_from)
}

/// Whether Ruby gave a method of its own the file and line of what called it. A block has the line
/// of its function too, but is the application's.
fn is_builtin(frame: &Frame<'_>, caller: &Frame<'_>) -> bool {
    let file = frame.filename.as_deref().unwrap_or_default();
    let method = frame.method.as_deref().unwrap_or_default();
    let is_block = ["block ", "rescue in ", "ensure in "]
        .iter()
        .any(|part| method.starts_with(part));
    file.rsplit_once('.')
        .is_some_and(|(_, extension)| extension == "rb")
        && !is_block
        && frame.line.is_some()
        && (frame.line, &frame.filename) == (caller.line, &caller.filename)
        && frame.method != caller.method
}

/// The text out of the description, `Uncaught RangeError: Invalid time zone: Local`, where only its
/// end is the message.
fn whole(trace: &Trace<'_>) -> Option<String> {
    let class = trace.class.as_deref().filter(|class| !class.is_empty())?;
    let description = trace.description.as_deref()?.trim_start();
    let told = description
        .strip_prefix("Uncaught ")
        .unwrap_or(description)
        .strip_prefix(class)?
        .strip_prefix(": ")?;
    let is_cut = told.len() > trace.message.len() && told.ends_with(&*trace.message);
    (is_cut && !trace.message.is_empty()).then(|| bounded(told))
}

/// Places of the exceptions that are members of a group beside the first, or causes of such.
///
/// Sentry's SDKs number the exceptions, and say of each but the reported one whose it is.
fn beside(traces: &[Trace<'_>]) -> BTreeSet<usize> {
    let number = |trace: &Trace<'_>, name: &str| trace.mechanism.get(name).and_then(Node::as_u64);
    let mut beside: BTreeSet<usize> = (1..traces.len()).collect();
    let mut at = 0;
    loop {
        let Some(id) = traces
            .get(at)
            .and_then(|trace| number(trace, "exception_id"))
        else {
            // Nobody numbers a plain chain.
            return if at == 0 { BTreeSet::new() } else { beside };
        };
        let first = traces
            .iter()
            .enumerate()
            .skip(at + 1)
            .find(|(_, trace)| number(trace, "parent_id") == Some(id));
        match first {
            Some((next, _)) => at = next,
            None => return beside,
        }
        beside.remove(&at);
    }
}

/// What a logger filled into a message, by place or by name: Sentry's `params`, and the `args` that
/// pyrollbar's handler sends with the log record, from 1.5 on among the application's own data.
fn filled_in(message: &Message<'_>, custom: &Fields<'_>) -> Vec<String> {
    let logged = [&message.extra, custom]
        .into_iter()
        .find(|data| data.contains_key("record"))
        .and_then(|data| data.get("args"));
    let sent = message.extra.get("params").or(logged);
    let values: Vec<&Node<'_>> = match sent {
        Some(Node::List(list)) => list.iter().take(ARGUMENTS).collect(),
        Some(Node::Object(named)) => named.values().take(ARGUMENTS).collect(),
        _ => Vec::new(),
    };
    values
        .into_iter()
        .map(|value| match value {
            Node::Text(text) => name(text),
            other => name(&other.to_string()),
        })
        .collect()
}

fn bounded(text: &str) -> String {
    cut(text, TEXT_MAX_BYTES).to_owned()
}

fn name(text: &str) -> String {
    cut(text, NAME_MAX_BYTES).to_owned()
}

fn first_word(text: &str) -> Option<String> {
    text.split_whitespace()
        .next()
        .map(|word| name(&word.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests;
