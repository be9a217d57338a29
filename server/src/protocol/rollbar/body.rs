//! `data.body`: what went wrong, in one of four kinds.

use serde_json::{Map, Value};

use super::{
    frames::{self, Order},
    threads,
};
use crate::{
    model::occurrence::{Body, Message, Thread, Trace},
    protocol::{Malformed, field},
};

/// What the `rollbar` crate for Rust sends as the message of any error of today.
const RUST_PLACEHOLDER: &str = "description() is deprecated; use Display";
/// What rollbar.js sends as the message of an error without one.
const NO_MESSAGE: &str = "<no message>";
/// What rollbar.js sends as the class of a thrown text or object.
const NO_CLASS: &str = "(unknown)";

/// What is in `data.body`.
pub(super) struct Read {
    pub body: Body,
    pub telemetry: Vec<Value>,
    pub threads: Vec<Thread>,
    /// What has no place of its own.
    pub rest: Map<String, Value>,
}

/// Reads `data.body`. If it holds several kinds, which no SDK sends, the first of trace chain,
/// trace, message and crash report is taken and the others stay in the rest.
pub(super) fn read(mut fields: Map<String, Value>, order: Order) -> Result<Read, Malformed> {
    let mut telemetry = Vec::new();
    if let Some(misfit) = fields
        .shift_remove("telemetry")
        .and_then(|value| field::list(&mut telemetry, value))
    {
        fields.insert("telemetry".to_owned(), misfit);
    }
    let mut body = kind(&mut fields, order)?;

    // rollbar-php has the application's data here, and sends `custom` empty.
    let own = match &mut body {
        Body::Traces(traces) => traces.first_mut().map(|trace| &mut trace.extra),
        Body::Message(message) => Some(&mut message.extra),
        Body::CrashReport(_) => None,
    };
    if let (Some(own), Some(Value::Object(_))) = (own, fields.get("extra"))
        && let Some(extra) = fields.shift_remove("extra")
    {
        field::map(own, extra);
    }
    let mut its_threads = Vec::new();
    if let Some(value) = fields.shift_remove("threads") {
        let reported = match &body {
            Body::Traces(traces) => traces.first().map(|trace| &*trace.frames),
            _ => None,
        };
        let reported = reported.unwrap_or_default();
        if let Some(misfit) = threads::threads(&mut its_threads, value, order, reported) {
            fields.insert("threads".to_owned(), misfit);
        }
    }
    fields.retain(|_, value| !field::is_nothing(value));
    Ok(Read {
        body,
        telemetry,
        threads: its_threads,
        rest: fields,
    })
}

fn kind(fields: &mut Map<String, Value>, order: Order) -> Result<Body, Malformed> {
    for key in ["trace_chain", "trace"] {
        let traces: Vec<Trace> = match fields.get_mut(key).map(Value::take) {
            Some(Value::Array(list)) => list
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
    match fields.get_mut("message").map(Value::take) {
        None | Some(Value::Null) => {}
        Some(value) => return Ok(Body::Message(message(value))),
    }
    match fields.get_mut("crash_report").map(Value::take) {
        None | Some(Value::Null) => {}
        Some(value) => return crash_report(fields, value),
    }
    Err(Malformed::NotAnItem(
        "data.body must hold one of trace, trace_chain, message, crash_report",
    ))
}

fn trace(value: Value, order: Order) -> Option<Trace> {
    let Value::Object(fields) = value else {
        return None;
    };
    let mut trace = Trace::default();
    for (key, value) in fields {
        match key.as_str() {
            "frames" => trace.frames = frames::frames(value, order),
            "exception" => exception(&mut trace, value),
            _ => extra(&mut trace.extra, key, value),
        }
    }
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
fn disown_quoted(trace: &mut Trace) {
    if !trace.message.contains("\n    at ") {
        return;
    }
    for frame in &mut trace.frames {
        if let (Some(method), Some(filename), Some(line)) =
            (&frame.method, &frame.filename, frame.line)
        {
            let quoted = format!("\n    at {method} ({filename}:{line}:");
            if trace.message.contains(&quoted) {
                frame.in_app = Some(false);
            }
        }
    }
}

fn exception(trace: &mut Trace, value: Value) {
    let Value::Object(fields) = value else {
        trace.message = field::as_text(value);
        return;
    };
    for (key, value) in fields {
        match key.as_str() {
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
        trace.message.clear();
    }
}

/// The text with what came beside it: pyrollbar sends the application's data as further keys,
/// rollbar-gem and rollbar.js in browsers under `extra`.
fn message(value: Value) -> Message {
    let mut message = Message::default();
    let Value::Object(fields) = value else {
        message.text = field::as_text(value);
        return message;
    };
    for (key, value) in fields {
        match key.as_str() {
            "body" => message.text = field::as_text(value),
            _ => extra(&mut message.extra, key, value),
        }
    }
    message
}

/// Keeps a value beside the known ones; of an object `extra` its entries.
fn extra(kept: &mut Map<String, Value>, key: String, value: Value) {
    match (key.as_str(), value) {
        ("extra", value) if field::is_nothing(&value) => {}
        ("extra", Value::Object(entries)) => {
            for (key, value) in entries {
                kept.entry(key).or_insert(value);
            }
        }
        (_, value) => {
            kept.insert(key, value);
        }
    }
}

fn crash_report(fields: &mut Map<String, Value>, value: Value) -> Result<Body, Malformed> {
    let raw = match value {
        Value::String(raw) => raw,
        Value::Object(mut report) => {
            let raw = report
                .shift_remove("raw")
                .map(field::as_text)
                .unwrap_or_default();
            fields.insert("crash_report".to_owned(), Value::Object(report));
            raw
        }
        _ => String::new(),
    };
    if raw.is_empty() {
        return Err(Malformed::NotAnItem(
            "data.body.crash_report must hold raw, the text of the report",
        ));
    }
    Ok(Body::CrashReport(raw))
}
