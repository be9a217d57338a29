//! Frames that lie further in than where it broke: on the way from there to the SDK.

use std::sync::LazyLock;

use regex::Regex;

use super::frames::Beneath;
use crate::model::evidence::{FrameEvidence, TraceEvidence};

/// Where a panic left the code that panicked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Panic {
    /// The place of its outermost frame: it and all further in are the panic's.
    pub at: usize,
    /// What lay beneath before: `Nothing` where the line panicked on purpose.
    pub beneath: Beneath,
}

/// The panic in a stack of Rust or Go, if there is one: hooks and deferred functions run on top of
/// what panicked.
pub(super) fn panic(trace: &TraceEvidence, platform: Option<&str>) -> Option<Panic> {
    let (entry, on_purpose) = match platform {
        Some("rust") => (&RUST_ENTRY, &RUST_ON_PURPOSE),
        Some("go") => (&GO_ENTRY, &GO_ON_PURPOSE),
        _ => return None,
    };
    // Cheap, and true of few frames.
    let may_be_one = |frame: &FrameEvidence| {
        let method = frame.method.as_deref().unwrap_or_default();
        ["anic", "fail", "unwind", "unreachable"]
            .iter()
            .any(|word| method.contains(word))
    };
    let method = |frame: &FrameEvidence| bare(frame.method.as_deref().unwrap_or_default());
    let at = trace
        .frames
        .iter()
        .position(|frame| may_be_one(frame) && entry.is_match(&method(frame)));
    let Some(at) = at else {
        return deferred(trace, platform);
    };
    let beneath = match trace.frames.get(at) {
        Some(frame) if on_purpose.is_match(last(&method(frame))) => Beneath::Nothing,
        _ => Beneath::Language,
    };
    Some(Panic { at, beneath })
}

/// A deferred function of Go, where the SDK left the runtime out: a closure lies innermost whose
/// function lies further out, with what panicked between them.
fn deferred(trace: &TraceEvidence, platform: Option<&str>) -> Option<Panic> {
    static CLOSURE: LazyLock<Regex> = LazyLock::new(|| pattern(&[r"^(.+?)\.func\d+(\.\d+)*$"]));
    if platform != Some("go") {
        return None;
    }
    let at = trace.frames.len().checked_sub(1)?;
    let method = trace.frames.get(at)?.method.as_deref()?;
    let function = CLOSURE.captures(method)?.get(1)?.as_str();
    let caller = at.checked_sub(1)?;
    let lies_further_out = trace
        .frames
        .iter()
        .take(caller)
        .any(|frame| frame.method.as_deref() == Some(function));
    lies_further_out.then_some(Panic {
        at,
        beneath: Beneath::Nothing,
    })
}

static RUST_ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"(^|\W)panicking::(panic|unreachable|assert_failed|const_panic|begin_panic|rust_panic)\w*(\W|$)",
        r"(^|\W)(begin_panic\w*|rust_begin_unwind|panic_fmt|panic_display|panic_bounds_check|panic_const_\w+|panic_with_hook)(\W|$)",
        r"(^|\W)(unwrap_failed|expect_failed|expect_none_failed|slice_\w+_fail\w*)(\W|$)",
    ])
});
static RUST_ON_PURPOSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^(panic|panic_fmt|panic_display|panic_str\w*|panic_explicit|unreachable_display|assert_failed\w*|begin_panic\w*)$",
    ])
});
static GO_ENTRY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&[
        r"^(runtime\.)?(gopanic|goPanic\w+|panicmem\w*|panicIndex\w*|panicSlice\w*|panicdivide|panicdottype\w*|panicwrap|panicnil|sigpanic)$",
    ])
});
static GO_ON_PURPOSE: LazyLock<Regex> = LazyLock::new(|| pattern(&[r"^(runtime\.)?gopanic$"]));

fn pattern(alternatives: &[&str]) -> Regex {
    Regex::new(&alternatives.join("|")).expect("the patterns are constants")
}

/// Whether a stack says where an error was reported: Rust's and Go's errors are values, and have no
/// stack of where they were made. A panic has.
pub(super) fn is_reported_elsewhere(trace: &TraceEvidence, platform: Option<&str>) -> bool {
    matches!(platform, Some("rust" | "go"))
        && panic(trace, platform).is_none()
        && !trace.class.as_deref().is_some_and(|class| {
            class.contains("panic")
                || class.starts_with("runtime.")
                || class.starts_with("*runtime.")
        })
}

/// Whether only some SDKs send the frames that tell a panic of the program from one of the engine.
pub(super) fn hides_who_began(platform: Option<&str>) -> bool {
    platform == Some("rust")
}

/// Whether a frame is the constructor of the exception itself, where the language shows it.
pub(super) fn is_constructor(frame: &FrameEvidence, class: Option<&str>) -> bool {
    let (Some(method), Some(class)) = (frame.method.as_deref(), class) else {
        return false;
    };
    let class = class
        .rsplit(['.', ':', '\\', '$'])
        .next()
        .unwrap_or_default();
    let owner = [
        "__construct",
        "constructor",
        "initialize",
        "<init>",
        ".ctor",
    ]
    .iter()
    .find_map(|name| method.strip_suffix(name))
    .or_else(|| method.strip_prefix("new "));
    !class.is_empty()
        && owner.is_some_and(|owner| {
            owner
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| word == class)
        })
}

/// A name without the hashes of crates, `core[c1f1a4ba060b9bfa]::panicking`, and without generics,
/// in which other names may stand.
fn bare(method: &str) -> String {
    let mut bare = String::with_capacity(method.len());
    let mut depth = 0_usize;
    for c in method.chars() {
        match c {
            '<' | '[' => depth += 1,
            '>' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
    }
    bare
}

fn last(method: &str) -> &str {
    method
        .rsplit("::")
        .find(|part| !part.is_empty() && !part.starts_with('{'))
        .unwrap_or_default()
}
