//! `data.body.threads`: rollbar-java's threads, each with its stack in the wrapping of an exception.

use serde_json::{Map, Value};

use super::frames::{self, Order};
use crate::{
    model::occurrence::{Frame, Thread},
    protocol::field,
};

/// Takes the list, and gives back what is none.
///
/// A stack that is also that of the `reported` exception is left out: rollbar-java sends it twice.
pub(super) fn threads(
    threads: &mut Vec<Thread>,
    value: Value,
    order: Order,
    reported: &[Frame],
) -> Option<Value> {
    let list = match value {
        Value::Array(list) if list.iter().all(Value::is_object) => list,
        other => return Some(other),
    };
    for value in list {
        if let Value::Object(fields) = value {
            threads.push(thread(fields, order, reported));
        }
    }
    None
}

fn thread(fields: Map<String, Value>, order: Order, reported: &[Frame]) -> Thread {
    let mut thread = Thread::default();
    for (key, value) in fields {
        let misfit = match (key.as_str(), value) {
            ("id", value) => field::text(&mut thread.id, value),
            ("name", value) => field::text(&mut thread.name, value),
            // The one that reported, not the program's first.
            ("is_main", Value::Bool(is_main)) => {
                thread.current = is_main;
                None
            }
            ("is_main", Value::String(text)) => {
                thread.current = text == "true";
                None
            }
            ("is_crashed", Value::Bool(crashed)) => {
                thread.crashed = crashed;
                None
            }
            ("group", mut value) => {
                let frames = value
                    .pointer_mut("/0/trace_chain/0/frames")
                    .map(Value::take)
                    .unwrap_or_default();
                thread.frames = frames::frames(frames, order);
                None
            }
            (_, value) => Some(value).filter(|value| !field::is_nothing(value)),
        };
        if let Some(misfit) = misfit {
            thread.extra.insert(key, misfit);
        }
    }
    if thread.frames == reported {
        thread.frames.clear();
    }
    thread
}
