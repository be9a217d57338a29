//! Exceptions and their frames.

use rollcage_web::{
    Datum,
    occurrence::{FrameView, Mechanism, TraceView},
};

use super::{all_owned, datum, entries, object, owned, plain};
use crate::model::{
    json::{Fields, Node},
    occurrence::{Frame, Trace},
    own,
};

/// An exception of a chain.
pub(super) fn trace(trace: Trace<'_>, platform: Option<&str>) -> TraceView {
    let message = match trace.description {
        Some(description) if trace.message.is_empty() => description.into_owned(),
        Some(description) if description != trace.message => {
            format!("{}\n{description}", trace.message)
        }
        _ => trace.message.into_owned(),
    };
    TraceView {
        class: owned(trace.class).unwrap_or_default(),
        module: owned(trace.module),
        message,
        frames: frames(trace.frames, platform),
        mechanism: mechanism(trace.mechanism),
    }
}

/// A stack, oldest call first.
pub(super) fn frames(frames: Vec<Frame<'_>>, platform: Option<&str>) -> Vec<FrameView> {
    frames.into_iter().map(|one| frame(one, platform)).collect()
}

/// Sentry's `mechanism`: <https://develop.sentry.dev/sdk/data-model/event-payloads/exception/>.
fn mechanism(mut sent: Fields<'_>) -> Mechanism {
    let flag = |value: Option<Node<'_>>| value.and_then(|value| value.as_bool());
    let number = |value: Option<Node<'_>>| value.and_then(|value| value.as_i64());
    let text = |value: Option<Node<'_>>| value.map(plain).filter(|text| !text.is_empty());
    Mechanism {
        kind: text(sent.take("type")),
        handled: flag(sent.take("handled")),
        id: number(sent.take("exception_id")),
        parent: number(sent.take("parent_id")),
        is_group: flag(sent.take("is_exception_group")).unwrap_or_default(),
        source: text(sent.take("source")),
        data: object(sent),
    }
}

fn frame(frame: Frame<'_>, platform: Option<&str>) -> FrameView {
    let in_app = own::is_own_frame(&frame, platform);
    let mut locals = frame.locals;
    let mut arguments: Vec<(String, Datum)> = frame
        .arguments
        .into_iter()
        .filter_map(|name| {
            let value = locals.take(&name)?;
            Some((name.into_owned(), datum(value)))
        })
        .collect();
    let values = frame.argument_values.into_iter().enumerate();
    arguments.extend(values.map(|(at, value)| ((at + 1).to_string(), datum(value))));
    let function = match (frame.class_name, frame.method) {
        (Some(class), Some(method)) => Some(format!("{class}.{method}")),
        (_, method) => owned(method),
    };
    let (file, path) = match (frame.filename, frame.path) {
        (Some(file), path) => {
            let path = path.filter(|path| *path != file);
            (file, path)
        }
        (None, path) => (path.unwrap_or_default(), None),
    };
    FrameView {
        file: file.into_owned(),
        path: owned(path),
        line: frame.line.map(i64::from),
        column: frame.column.map(i64::from),
        function,
        module: owned(frame.module),
        package: owned(frame.package),
        address: owned(frame.address),
        in_app,
        pre: all_owned(frame.pre),
        code: owned(frame.code),
        post: all_owned(frame.post),
        arguments,
        locals: entries(locals),
    }
}
