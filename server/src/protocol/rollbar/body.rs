//! `data.body`: what went wrong, in one of four kinds.

use std::collections::HashSet;

use super::{
    frames::{self, Order},
    threads,
};
use crate::{
    model::{
        json::{Fields, Node, Text},
        occurrence::{Body, Message, Thread, Trace},
    },
    protocol::{Malformed, field},
};

/// What the `rollbar` crate for Rust sends as the message of any error of today.
const RUST_PLACEHOLDER: &str = "description() is deprecated; use Display";
/// What rollbar.js sends as the message of an error without one.
const NO_MESSAGE: &str = "<no message>";
/// What rollbar.js sends as the class of a thrown text or object.
const NO_CLASS: &str = "(unknown)";

/// What is in `data.body`.
pub(super) struct Read<'t> {
    pub body: Body<'t>,
    pub telemetry: Vec<Node<'t>>,
    pub threads: Vec<Thread<'t>>,
    /// What has no place of its own.
    pub rest: Fields<'t>,
}

/// Reads `data.body`. If it holds several kinds, which no SDK sends, the first of trace chain,
/// trace, message and crash report is taken and the others stay in the rest.
pub(super) fn read(mut fields: Fields<'_>, order: Order) -> Result<Read<'_>, Malformed> {
    let mut rest = Fields::new();
    let mut telemetry = Vec::new();
    if let Some(misfit) = fields
        .take("telemetry")
        .and_then(|value| field::list(&mut telemetry, value))
    {
        rest.push("telemetry", misfit);
    }
    let mut body = kind(&mut fields, &mut rest, order)?;

    // rollbar-php has the application's data here, and sends `custom` empty.
    let own = match &mut body {
        Body::Traces(traces) => traces.first_mut().map(|trace| &mut trace.extra),
        Body::Message(message) => Some(&mut message.extra),
        Body::CrashReport(_) => None,
    };
    if let (Some(own), Some(Node::Object(_))) = (own, fields.get("extra"))
        && let Some(extra) = fields.take("extra")
    {
        field::map(own, extra);
    }
    let mut its_threads = Vec::new();
    if let Some(value) = fields.take("threads") {
        let reported = match &body {
            Body::Traces(traces) => traces.first().map(|trace| &*trace.frames),
            _ => None,
        };
        let reported = reported.unwrap_or_default();
        if let Some(misfit) = threads::threads(&mut its_threads, value, order, reported) {
            rest.push("threads", misfit);
        }
    }
    for (key, value) in fields {
        if !value.is_nothing() {
            rest.push(key, value);
        }
    }
    Ok(Read {
        body,
        telemetry,
        threads: its_threads,
        rest,
    })
}

fn kind<'t>(
    fields: &mut Fields<'t>,
    rest: &mut Fields<'t>,
    order: Order,
) -> Result<Body<'t>, Malformed> {
    for key in ["trace_chain", "trace"] {
        let traces: Vec<Trace<'_>> = match fields.take(key) {
            Some(Node::List(list)) => list
                .into_iter()
                .filter_map(|value| trace(value, order))
                .collect(),
            Some(value) => trace(value, order).into_iter().collect(),
            None => continue,
        };
        if !traces.is_empty() {
            return Ok(Body::Traces(traces));
        }
    }
    match fields.take("message") {
        None | Some(Node::Null) => {}
        Some(value) => return Ok(Body::Message(message(value))),
    }
    match fields.take("crash_report") {
        None | Some(Node::Null) => {}
        Some(value) => return crash_report(rest, value),
    }
    Err(Malformed::NotAnItem(
        "data.body must hold one of trace, trace_chain, message, crash_report",
    ))
}

fn trace(value: Node<'_>, order: Order) -> Option<Trace<'_>> {
    let Node::Object(fields) = value else {
        return None;
    };
    let mut trace = Trace::default();
    for (key, value) in fields {
        match &*key {
            "frames" => trace.frames = frames::frames(value, order),
            "exception" => exception(&mut trace, value),
            _ => extra(&mut trace.extra, key, value),
        }
    }
    trace.extra.unite();
    // rollbar.js repeats the message as description for thrown texts.
    trace.description = trace
        .description
        .take()
        .filter(|description| *description != trace.message);
    disown_quoted(&mut trace);
    Some(trace)
}

/// Says of frames that rollbar.js on Node read out of the message that they are not the
/// application's: a stack begins with the message there, and a line of it may look like a frame.
fn disown_quoted(trace: &mut Trace<'_>) {
    // `    at method (file:line:column)`, without the column: Node counts it from 0 or 1.
    let quoted: HashSet<&str> = trace
        .message
        .lines()
        .filter_map(|line| Some(line.strip_prefix("    at ")?.rsplit_once(':')?.0))
        .collect();
    if quoted.is_empty() {
        return;
    }
    for frame in &mut trace.frames {
        if let (Some(method), Some(filename), Some(line)) =
            (&frame.method, &frame.filename, frame.line)
            && quoted.contains(&*format!("{method} ({filename}:{line}"))
        {
            frame.in_app = Some(false);
        }
    }
}

fn exception<'t>(trace: &mut Trace<'t>, value: Node<'t>) {
    let Node::Object(fields) = value else {
        trace.message = field::as_text(value);
        return;
    };
    for (key, value) in fields {
        match &*key {
            "class" => trace.class = Some(field::as_text(value)),
            "message" => trace.message = field::as_text(value),
            "description" => trace.description = Some(field::as_text(value)),
            _ => extra(&mut trace.extra, key, value),
        }
    }
    trace.class = trace
        .class
        .take()
        .filter(|class| !class.is_empty() && class != NO_CLASS);
    trace.description = trace
        .description
        .take()
        .filter(|description| !description.is_empty());
    if trace.message == RUST_PLACEHOLDER {
        trace.message = trace.description.take().unwrap_or_default();
    } else if trace.message == NO_MESSAGE {
        trace.message = Text::default();
    }
}

/// The text with what came beside it: pyrollbar sends the application's data as further keys,
/// rollbar-gem and rollbar.js in browsers under `extra`.
fn message(value: Node<'_>) -> Message<'_> {
    let mut message = Message::default();
    let Node::Object(fields) = value else {
        message.text = field::as_text(value);
        return message;
    };
    for (key, value) in fields {
        match &*key {
            "body" => message.text = field::as_text(value),
            _ => extra(&mut message.extra, key, value),
        }
    }
    message.extra.unite();
    message
}

/// Keeps a value beside the known ones; of an object `extra` its entries, where there are no others
/// of that name.
fn extra<'t>(kept: &mut Fields<'t>, key: Text<'t>, value: Node<'t>) {
    match (&*key, value) {
        ("extra", value) if value.is_nothing() => {}
        ("extra", Node::Object(entries)) => {
            kept.add_missing(entries);
        }
        (_, value) => kept.push(key, value),
    }
}

fn crash_report<'t>(rest: &mut Fields<'t>, value: Node<'t>) -> Result<Body<'t>, Malformed> {
    let raw = match value {
        Node::Text(raw) => raw,
        Node::Object(mut report) => {
            let raw = report.take("raw").map(field::as_text).unwrap_or_default();
            rest.push("crash_report", Node::Object(report));
            raw
        }
        _ => Text::default(),
    };
    if raw.is_empty() {
        return Err(Malformed::NotAnItem(
            "data.body.crash_report must hold raw, the text of the report",
        ));
    }
    Ok(Body::CrashReport(raw))
}
