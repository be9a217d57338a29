//! Stacks: oldest call first in every library, as with us.

use serde_json::{Map, Value};

use crate::{
    model::occurrence::Frame,
    protocol::{
        field,
        json::{Fields, Node},
    },
};

/// A stack, with what was sent beside its frames.
#[derive(Default)]
pub(super) struct Stack {
    pub frames: Vec<Frame>,
    /// `registers`, `frames_omitted`, and under `frames` what single frames had more.
    pub extra: Map<String, Value>,
    /// The folder of the application, which sentry-ruby says with each frame.
    pub root: Option<String>,
}

/// Reads a `stacktrace`: an object with frames, or only the list.
///
/// Frames that are no objects are left out.
pub(super) fn stack(value: Node<'_>) -> Stack {
    let mut stack = Stack::default();
    let list = match value {
        Node::Object(fields) => {
            let mut list = None;
            for (key, value) in fields {
                match (&*key, value) {
                    ("frames", value) => list = Some(value),
                    (_, value) if field::is_nothing(&value) => {}
                    (_, value) => field::keep(&mut stack.extra, key, value),
                }
            }
            list.unwrap_or(Node::Null)
        }
        list => list,
    };
    let Node::List(list) = list else {
        return stack;
    };
    let mut rests = Map::new();
    for value in list {
        let Node::Object(fields) = value else {
            continue;
        };
        let (frame, rest) = frame(fields, &mut stack.root);
        if !rest.is_empty() {
            rests.insert(stack.frames.len().to_string(), rest.into());
        }
        stack.frames.push(frame);
    }
    if !rests.is_empty() {
        stack.extra.insert("frames".to_owned(), rests.into());
    }
    stack
}

/// A frame, and what has no place in ours: native addresses of image and symbol, locks.
fn frame(fields: Fields<'_>, root: &mut Option<String>) -> (Frame, Map<String, Value>) {
    let mut frame = Frame::default();
    let mut rest = Map::new();
    for (key, value) in fields {
        let misfit = match &*key {
            "filename" => field::text(&mut frame.filename, value),
            "abs_path" => field::text(&mut frame.path, value),
            "module" => field::text(&mut frame.module, value),
            "package" => field::text(&mut frame.package, value),
            "instruction_addr" => field::text(&mut frame.address, value),
            "function" => field::text(&mut frame.method, value),
            "lineno" => field::count(&mut frame.line, value),
            "colno" => field::count(&mut frame.column, value),
            "context_line" => field::text(&mut frame.code, value),
            "pre_context" => field::texts(&mut frame.pre, value),
            "post_context" => field::texts(&mut frame.post, value),
            "vars" => vars(&mut frame.locals, value),
            "in_app" => {
                frame.in_app = value.as_bool();
                None
            }
            "project_root" => field::text(root, value),
            _ => Some(value).filter(|value| !field::is_nothing(value)),
        };
        if let Some(misfit) = misfit {
            field::keep(&mut rest, key, misfit);
        }
    }
    frame.line = frame.line.filter(|line| *line > 0);
    // sentry-go has no short name; others say the same twice.
    if frame.filename.is_none() {
        frame.filename = frame.path.take();
    }
    frame.path = frame
        .path
        .filter(|path| Some(path) != frame.filename.as_ref());
    (frame, rest)
}

/// An object; some libraries send a list of values without names.
fn vars<'t>(locals: &mut Map<String, Value>, value: Node<'t>) -> Option<Node<'t>> {
    match value {
        Node::List(values) => {
            for (number, value) in values.into_iter().enumerate() {
                field::keep(locals, number.to_string(), value);
            }
            None
        }
        value => field::map(locals, value),
    }
}
