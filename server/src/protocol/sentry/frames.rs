//! Stacks: oldest call first in every library, as with us.

use crate::{
    model::{
        json::{Fields, Node, Text},
        occurrence::Frame,
    },
    protocol::field,
};

/// A stack, with what was sent beside its frames.
#[derive(Default)]
pub(super) struct Stack<'t> {
    pub frames: Vec<Frame<'t>>,
    /// `registers`, `frames_omitted`, and under `frames` what single frames had more.
    pub extra: Fields<'t>,
    /// The folder of the application, which sentry-ruby says with each frame.
    pub root: Option<Text<'t>>,
}

/// Reads a `stacktrace`: an object with frames, or only the list.
///
/// Frames that are no objects are left out.
pub(super) fn stack(value: Node<'_>) -> Stack<'_> {
    let mut stack = Stack::default();
    let list = match value {
        Node::Object(fields) => {
            let mut list = None;
            for (key, value) in fields {
                match (&*key, value) {
                    ("frames", value) => list = Some(value),
                    (_, value) if value.is_nothing() => {}
                    (_, value) => stack.extra.push(key, value),
                }
            }
            list.unwrap_or(Node::Null)
        }
        list => list,
    };
    let Node::List(list) = list else {
        return stack;
    };
    let mut rests = Fields::new();
    for value in list {
        let Node::Object(fields) = value else {
            continue;
        };
        let (frame, rest) = frame(fields, &mut stack.root);
        if !rest.is_empty() {
            rests.push(stack.frames.len().to_string(), rest);
        }
        stack.frames.push(frame);
    }
    if !rests.is_empty() {
        stack.extra.push("frames", rests);
    }
    stack
}

/// A frame, and what has no place in ours: native addresses of image and symbol, locks.
fn frame<'t>(fields: Fields<'t>, root: &mut Option<Text<'t>>) -> (Frame<'t>, Fields<'t>) {
    let mut frame = Frame::default();
    let mut rest = Fields::new();
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
            _ => Some(value).filter(|value| !value.is_nothing()),
        };
        if let Some(misfit) = misfit {
            rest.push(key, misfit);
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
fn vars<'t>(locals: &mut Fields<'t>, value: Node<'t>) -> Option<Node<'t>> {
    match value {
        Node::List(values) => {
            for (number, value) in values.into_iter().enumerate() {
                locals.push(number.to_string(), value);
            }
            None
        }
        value => field::map(locals, value),
    }
}
