//! Frames of a stack, and the order and meaning that each SDK gives them.

use crate::{
    model::{
        json::{Fields, Node},
        occurrence::{Frame, Notifier},
    },
    protocol::field,
};

/// How an SDK writes a stack down. The payload does not say; the SDK's name or the language does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// The last frame is where it was raised: nearly everybody.
    InnermostLast,
    /// The first frame is where it was raised: rollbar-go and the `rollbar` crate for Rust.
    InnermostFirst,
    /// The last frame is where it was raised, and a frame's method is the one *called at* its line:
    /// rollbar-php.
    MethodsCalled,
}

impl Order {
    /// The order of the SDK `notifier`, or what is usual in `language`.
    pub(super) fn of(notifier: Option<&Notifier<'_>>, language: Option<&str>) -> Self {
        let name = notifier
            .and_then(|notifier| notifier.name.as_deref())
            .unwrap_or_default();
        let language = language
            .and_then(|language| language.split_whitespace().next())
            .unwrap_or_default();
        match (name, language.to_ascii_lowercase().as_str()) {
            // Our own SDK for Rust keeps to Rollbar's order.
            ("rollcage", _) => Self::InnermostLast,
            ("rollbar/rollbar-go", _) | (_, "go" | "rust") => Self::InnermostFirst,
            ("rollbar-php", _) | (_, "php") => Self::MethodsCalled,
            _ => Self::InnermostLast,
        }
    }
}

/// The frames of `value`, oldest call first.
///
/// What is neither an object nor a text is left out.
pub(super) fn frames(value: Node<'_>, order: Order) -> Vec<Frame<'_>> {
    let Node::List(list) = value else {
        return Vec::new();
    };
    let mut frames: Vec<Frame<'_>> = list.into_iter().filter_map(frame).collect();
    match order {
        Order::InnermostLast => {}
        Order::InnermostFirst => frames.reverse(),
        Order::MethodsCalled => shift_methods(&mut frames),
    }
    frames
}

/// Gives each frame the method that contains its line, with its arguments: the one called at the
/// line before.
///
/// rollbar-php's last frame, the `throw` itself, has no method. A stack whose last frame has one
/// comes from elsewhere and is left alone.
fn shift_methods(frames: &mut [Frame<'_>]) {
    if frames.last().is_none_or(|last| last.method.is_some()) {
        return;
    }
    let mut called = (None, None, Vec::new());
    for frame in frames {
        let containing = std::mem::replace(
            &mut called,
            (
                frame.method.take(),
                frame.class_name.take(),
                std::mem::take(&mut frame.argument_values),
            ),
        );
        (frame.method, frame.class_name, frame.argument_values) = containing;
    }
}

fn frame(value: Node<'_>) -> Option<Frame<'_>> {
    let fields = match value {
        Node::Object(fields) => fields,
        Node::Text(line) if !line.is_empty() => {
            return Some(Frame {
                method: Some(line),
                ..Frame::default()
            });
        }
        _ => return None,
    };
    let mut frame = Frame::default();
    let mut named = Fields::new();
    let mut rest_arguments = [None, None];
    let [positional_rest, keyword_rest] = &mut rest_arguments;
    for (key, value) in fields {
        // What does not fit is let go: a frame has no place for more, and nobody reads it.
        // rollbar.js on Node sends `runtimePosition`, which repeats file, line and column.
        let _misfit = match &*key {
            "filename" => field::text(&mut frame.filename, value),
            "lineno" => field::count(&mut frame.line, value),
            "colno" => field::count(&mut frame.column, value),
            "method" => field::text(&mut frame.method, value),
            "class_name" => field::text(&mut frame.class_name, value),
            "code" => field::text(&mut frame.code, value),
            "context" => context(&mut frame, value),
            "argspec" => field::texts(&mut frame.arguments, value),
            "varargspec" => field::text(positional_rest, value),
            "keywordspec" => field::text(keyword_rest, value),
            "args" => arguments(&mut frame.argument_values, value),
            // Older pyrollbar.
            "kwargs" => field::map(&mut named, value),
            "locals" => field::map(&mut frame.locals, value),
            "in_app" => {
                frame.in_app = value.as_bool();
                None
            }
            _ => None,
        };
    }
    frame.line = frame.line.filter(|line| *line > 0);
    frame.arguments.extend(rest_arguments.into_iter().flatten());
    frame.locals.add_missing(named);
    Some(frame)
}

fn context<'t>(frame: &mut Frame<'t>, value: Node<'t>) -> Option<Node<'t>> {
    let Node::Object(lines) = value else {
        return Some(value);
    };
    for (key, value) in lines {
        match &*key {
            "pre" => field::texts(&mut frame.pre, value),
            "post" => field::texts(&mut frame.post, value),
            _ => None,
        };
    }
    None
}

fn arguments<'t>(values: &mut Vec<Node<'t>>, value: Node<'t>) -> Option<Node<'t>> {
    if let Some(other) = field::list(values, value) {
        values.push(other);
    }
    None
}
