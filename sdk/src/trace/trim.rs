//! What is left out at both ends of a stack: how it came to be captured, and how the program came
//! to run. Frames here are innermost first, as they are captured.

use super::{Frame, own};

/// Between these two std itself shows a stack, by default.
const END: &str = "__rust_end_short_backtrace";
const BEGIN: &str = "__rust_begin_short_backtrace";

/// What captures: ourselves, and what leads to us.
const CAPTURING: [&str; 16] = [
    "backtrace::",
    "rollcage::capture::",
    "rollcage::client::",
    "rollcage::occurrence::",
    "rollcage::panic::",
    "rollcage::report::",
    "rollcage::trace::",
    "rollcage::tracing::",
    "rollcage::log::",
    "rollcage::join::",
    "tracing::",
    "tracing_core::",
    "tracing_subscriber::",
    "anyhow::",
    "eyre::",
    "color_eyre::",
];

/// What panics, on behalf of whoever called it.
const PANICKING: [&str; 10] = [
    "rust_begin_unwind",
    "__rustc::rust_begin_unwind",
    "core::panicking::",
    "std::panicking::",
    "std::panic::",
    "core::panic::",
    "core::result::unwrap_failed",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::slice::index::",
];

/// Leaves out both ends; everything stays where nothing else would be left.
pub(super) fn trim(mut frames: Vec<Frame>, own: &own::Rules) -> Vec<Frame> {
    let begin = frames.iter().position(|frame| has(frame, BEGIN));
    let end = frames.iter().position(|frame| has(frame, END));
    let from = end.map_or(0, |end| end + 1);
    let to = begin.filter(|begin| *begin > from).unwrap_or(frames.len());
    let kept = frames.get(from..to).unwrap_or_default();

    let inner = capturing(kept).max(panicking(kept));
    let kept = kept.get(inner..).unwrap_or_default();
    // What runs tasks and threads.
    let outer = kept
        .iter()
        .rposition(|frame| own.is_own(frame) || !frame.function.as_deref().is_some_and(is_runtime))
        .map_or(0, |last| last + 1);
    if outer == 0 {
        return frames;
    }
    let first = from + inner;
    frames.truncate(first + outer);
    frames.drain(..first);
    frames
}

/// How many frames lie before the call that captured. Between ours may be some of std.
fn capturing(frames: &[Frame]) -> usize {
    let mut count = 0;
    for (index, frame) in frames.iter().enumerate() {
        let function = frame.function.as_deref().unwrap_or_default();
        if begins(function, &CAPTURING) {
            count = index + 1;
        } else if !matches!(own::crate_of(function), "std" | "core" | "alloc" | "") {
            break;
        }
    }
    count
}

fn panicking(frames: &[Frame]) -> usize {
    frames
        .iter()
        .take_while(|frame| begins(frame.function.as_deref().unwrap_or_default(), &PANICKING))
        .count()
}

fn is_runtime(function: &str) -> bool {
    own::is_known(function) || !function.contains("::")
}

fn begins(function: &str, with: &[&str]) -> bool {
    with.iter().any(|prefix| function.starts_with(prefix))
}

fn has(frame: &Frame, marker: &str) -> bool {
    frame
        .function
        .as_deref()
        .is_some_and(|function| function.contains(marker))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn trimmed(functions: &[&str]) -> Vec<String> {
        let frames = functions
            .iter()
            .map(|function| Frame {
                function: Some((*function).to_owned()),
                ..Frame::default()
            })
            .collect();
        let options = Options::new("");
        trim(frames, &own::Rules::new(&options))
            .into_iter()
            .filter_map(|frame| frame.function)
            .collect()
    }

    #[test]
    fn a_capture_begins_where_it_was_asked_for() {
        let frames = [
            "backtrace::capture::Backtrace::new_unresolved",
            "rollcage::trace::Trace::capture",
            "std::panic::catch_unwind",
            "rollcage::capture::capture_error",
            "core::result::Result::map_err",
            "shop::main",
            "core::ops::function::FnOnce::call_once",
            "std::sys::backtrace::__rust_begin_short_backtrace",
            "main",
            "_start",
        ];
        assert_eq!(
            trimmed(&frames),
            ["core::result::Result::map_err", "shop::main"]
        );
    }

    #[test]
    fn a_panic_begins_where_it_was_raised() {
        let frames = [
            "rollcage::panic::hook",
            "std::panicking::panic_with_hook",
            "std::sys::backtrace::__rust_end_short_backtrace",
            "__rustc::rust_begin_unwind",
            "core::panicking::panic_fmt",
            "core::option::unwrap_failed",
            "core::option::Option::unwrap",
            "shop::work::{closure}",
            "tokio::runtime::task::core::poll",
            "std::thread::local::LocalKey::with",
            "std::sys::backtrace::__rust_begin_short_backtrace",
            "clone3",
        ];
        assert_eq!(
            trimmed(&frames),
            ["core::option::Option::unwrap", "shop::work::{closure}"]
        );
    }

    #[test]
    fn something_is_always_left() {
        assert_eq!(trimmed(&["main", "_start"]), ["main", "_start"]);
        assert!(trimmed(&[]).is_empty());
    }
}
