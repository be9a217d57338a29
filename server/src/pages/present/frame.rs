//! Exceptions and their frames.

use rollcage_web::{
    Datum,
    occurrence::{FrameView, Mechanism, TraceView},
};
use serde_json::{Map, Value};

use super::{datum, entries, object, plain};
use crate::model::{
    occurrence::{Frame, Trace},
    own,
};

/// An exception of a chain.
pub(super) fn trace(trace: Trace, platform: Option<&str>) -> TraceView {
    let message = match trace.description {
        Some(description) if trace.message.is_empty() => description,
        Some(description) if description != trace.message => {
            format!("{}\n{description}", trace.message)
        }
        _ => trace.message,
    };
    TraceView {
        class: trace.class.unwrap_or_default(),
        module: trace.module,
        message,
        frames: frames(trace.frames, platform),
        mechanism: mechanism(trace.mechanism),
    }
}

/// A stack, oldest call first.
pub(super) fn frames(frames: Vec<Frame>, platform: Option<&str>) -> Vec<FrameView> {
    frames.into_iter().map(|one| frame(one, platform)).collect()
}

/// Sentry's `mechanism`: <https://develop.sentry.dev/sdk/data-model/event-payloads/exception/>.
fn mechanism(mut sent: Map<String, Value>) -> Mechanism {
    let flag = |value: Option<Value>| value.and_then(|value| value.as_bool());
    let number = |value: Option<Value>| value.and_then(|value| value.as_i64());
    let text = |value: Option<Value>| value.map(plain).filter(|text| !text.is_empty());
    Mechanism {
        kind: text(sent.shift_remove("type")),
        handled: flag(sent.shift_remove("handled")),
        id: number(sent.shift_remove("exception_id")),
        parent: number(sent.shift_remove("parent_id")),
        is_group: flag(sent.shift_remove("is_exception_group")).unwrap_or_default(),
        source: text(sent.shift_remove("source")),
        data: object(sent),
    }
}

fn frame(frame: Frame, platform: Option<&str>) -> FrameView {
    let in_app = own::is_own_frame(&frame, platform);
    let mut locals = frame.locals;
    let mut arguments: Vec<(String, Datum)> = frame
        .arguments
        .into_iter()
        .filter_map(|name| locals.shift_remove(&name).map(|value| (name, datum(value))))
        .collect();
    let values = frame.argument_values.into_iter().enumerate();
    arguments.extend(values.map(|(at, value)| ((at + 1).to_string(), datum(value))));
    let function = match (frame.class_name, frame.method) {
        (Some(class), Some(method)) => Some(format!("{class}.{method}")),
        (_, method) => method,
    };
    let (file, path) = match (frame.filename, frame.path) {
        (Some(file), path) => {
            let path = path.filter(|path| *path != file);
            (file, path)
        }
        (None, path) => (path.unwrap_or_default(), None),
    };
    FrameView {
        file,
        path,
        line: frame.line.map(i64::from),
        column: frame.column.map(i64::from),
        function,
        module: frame.module,
        package: frame.package,
        address: frame.address,
        in_app,
        pre: frame.pre,
        code: frame.code,
        post: frame.post,
        arguments,
        locals: entries(locals),
    }
}
