//! `data.body.threads`: rollbar-java's threads, each with its stack in the wrapping of an exception.

use super::frames::{self, Order};
use crate::{
    model::{
        json::{Fields, Node},
        occurrence::{Frame, Thread},
    },
    protocol::field,
};

/// Takes the list, and gives back what is none.
///
/// A stack that is also that of the `reported` exception is left out: rollbar-java sends it twice.
pub(super) fn threads<'t>(
    threads: &mut Vec<Thread<'t>>,
    value: Node<'t>,
    order: Order,
    reported: &[Frame<'_>],
) -> Option<Node<'t>> {
    let list = match value {
        Node::List(list) if list.iter().all(|value| matches!(value, Node::Object(_))) => list,
        other => return Some(other),
    };
    for value in list {
        if let Node::Object(fields) = value {
            threads.push(thread(fields, order, reported));
        }
    }
    None
}

fn thread<'t>(fields: Fields<'t>, order: Order, reported: &[Frame<'_>]) -> Thread<'t> {
    let mut thread = Thread::default();
    for (key, value) in fields {
        let misfit = match (&*key, value) {
            ("id", value) => field::text(&mut thread.id, value),
            ("name", value) => field::text(&mut thread.name, value),
            // The one that reported, not the program's first.
            ("is_main", Node::Bool(is_main)) => {
                thread.current = is_main;
                None
            }
            ("is_main", Node::Text(text)) => {
                thread.current = text == "true";
                None
            }
            ("is_crashed", Node::Bool(crashed)) => {
                thread.crashed = crashed;
                None
            }
            ("group", value) => {
                thread.frames = frames::frames(stack(value), order);
                None
            }
            (_, value) => Some(value).filter(|value| !value.is_nothing()),
        };
        if let Some(misfit) = misfit {
            thread.extra.push(key, misfit);
        }
    }
    if thread.frames == reported {
        thread.frames.clear();
    }
    thread
}

/// The frames within `[{"trace_chain": [{"frames": …}]}]`.
fn stack(group: Node<'_>) -> Node<'_> {
    let first = |list| match list {
        Node::List(list) => list.into_iter().next(),
        _ => None,
    };
    let within = |key, value| match value {
        Some(Node::Object(mut fields)) => fields.take(key),
        _ => None,
    };
    let chain = within("trace_chain", first(group));
    within("frames", chain.and_then(first)).unwrap_or(Node::Null)
}
