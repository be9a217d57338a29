//! What is left out at both ends of a stack: how it came to be captured, and how the program came
//! to run. Frames here are innermost first, as they are captured.

use super::{Frame, own, path};

/// Between these two std itself shows a stack, by default.
const END: &str = "__rust_end_short_backtrace";
const BEGIN: &str = "__rust_begin_short_backtrace";

/// What leads to us where something is captured.
const CAPTURING: [&str; 6] = [
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
        if captures(frame) || begins(function, &CAPTURING) {
            count = index + 1;
        } else if !frame.file.as_deref().is_some_and(path::is_std) && function != "__rust_try" {
            break;
        }
    }
    count
}

fn captures(frame: &Frame) -> bool {
    let file = frame.file.as_deref().unwrap_or_default();
    path::is_ours(file) || file.contains("/backtrace-0.")
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

    /// The functions that are left of calls, each with its file.
    fn trimmed(calls: &[(&str, &str)]) -> Vec<String> {
        let frames = calls
            .iter()
            .map(|(function, file)| Frame {
                function: Some((*function).to_owned()),
                file: Some((*file).to_owned()),
                ..Frame::default()
            })
            .collect();
        let options = Options::new("");
        trim(frames, &own::Rules::new(&options))
            .into_iter()
            .filter_map(|frame| frame.function)
            .collect()
    }

    const STD: &str = "/rustc/0123/library/std/src/x.rs";
    const SHOP: &str = "/home/ada/shop/src/main.rs";
    const TOKIO: &str = "/home/ada/.cargo/registry/src/i/tokio-1.50.0/src/x.rs";

    #[test]
    fn a_capture_begins_where_it_was_asked_for() {
        let ours = format!("{}capture.rs", path::OURS);
        let frames = [
            ("trace", "/x/registry/src/i/backtrace-0.3.77/src/x.rs"),
            ("capture", ours.as_str()),
            ("__rust_try", ""),
            ("catch_unwind", STD),
            ("rollcage::capture::capture_error", ours.as_str()),
            ("core::result::Result::map_err", STD),
            ("shop::main", SHOP),
            ("core::ops::function::FnOnce::call_once", STD),
            ("std::sys::backtrace::__rust_begin_short_backtrace", STD),
            ("main", ""),
            ("_start", ""),
        ];
        assert_eq!(
            trimmed(&frames),
            ["core::result::Result::map_err", "shop::main"]
        );
    }

    #[test]
    fn a_panic_begins_where_it_was_raised() {
        let ours = format!("{}panic.rs", path::OURS);
        let frames = [
            ("rollcage::panic::install::{closure}", ours.as_str()),
            ("std::panicking::panic_with_hook", STD),
            ("std::sys::backtrace::__rust_end_short_backtrace", STD),
            ("__rustc::rust_begin_unwind", STD),
            ("core::panicking::panic_fmt", STD),
            ("core::option::unwrap_failed", STD),
            ("core::option::Option::unwrap", STD),
            ("shop::work::{closure}", SHOP),
            ("tokio::runtime::task::core::poll", TOKIO),
            ("with", STD),
            ("std::sys::backtrace::__rust_begin_short_backtrace", STD),
            ("clone3", ""),
        ];
        assert_eq!(
            trimmed(&frames),
            ["core::option::Option::unwrap", "shop::work::{closure}"]
        );
    }

    #[test]
    fn something_is_always_left() {
        assert_eq!(trimmed(&[("main", ""), ("_start", "")]), ["main", "_start"]);
        assert!(trimmed(&[]).is_empty());
    }
}
