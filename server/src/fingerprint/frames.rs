//! Which frames count, and how each is written down.

use std::fmt;

use super::{explain::Reason, lines, names};
use crate::model::{
    evidence::{FrameEvidence, TraceEvidence},
    own::{self, Origin},
};

/// A place in the application's code, written the same way whichever SDK sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// `reports.py`; with its folder where the base name says nothing: `cart/index.js`.
    pub file: String,
    /// `render_pdf`; the source line where the function has no name; empty where neither is known.
    pub function: String,
    /// Whether `function` is a source line.
    pub nameless: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.nameless { "at" } else { "in" };
        match (self.file.as_str(), self.function.as_str()) {
            (file, "") => f.write_str(file),
            ("", function) => f.write_str(function),
            (file, function) => write!(f, "{file} {word} {function}"),
        }
    }
}

/// An own frame that counts.
#[derive(Clone, Debug)]
pub(super) struct Counted<'e> {
    /// Where.
    pub place: Place,
    /// Its source line, or an empty text.
    pub code: &'e str,
    /// Whether it called the counted frame before it without a library in between.
    pub adjacent: bool,
}

/// What lies beneath the innermost own frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beneath {
    /// Nothing: the application's own line failed.
    Nothing,
    /// Only what the language brings.
    Language,
    /// A package: it raised, or called what raised.
    Package,
}

/// What was made of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// It counts: its place in `Walk::counted`.
    Counted(usize),
    /// It does not.
    Left(Reason),
}

/// A stack as grouping sees it.
pub(super) struct Walk<'e> {
    /// The frames that count, innermost first, each place once: recursion is folded.
    pub counted: Vec<Counted<'e>>,
    /// What lies beneath the innermost own frame.
    pub beneath: Beneath,
    /// What was made of each frame, oldest call first.
    pub steps: Vec<Step>,
}

/// Looks at the frames of one exception from the innermost outwards.
///
/// Left out are frames of libraries; parts of a function that some interpreters show as functions
/// of their own (`<listcomp>`); and pure wrappers, which only pass their arguments on. If only
/// wrappers are there, the innermost counts.
pub(super) fn walk<'e>(trace: &'e TraceEvidence, platform: Option<&'e str>) -> Walk<'e> {
    let mut counted: Vec<Counted> = Vec::new();
    let mut steps: Vec<Step> = Vec::with_capacity(trace.frames.len());
    let mut wrapper: Option<(usize, Counted)> = None;
    let (mut beneath, mut innermost, mut adjacent) = (Beneath::Nothing, true, true);
    for (depth, (frame, own)) in with_own(trace, platform).rev().enumerate() {
        let step = if !own {
            let origin = origin(frame, platform);
            if innermost {
                let builtin = origin == Origin::Language && beneath != Beneath::Package;
                beneath = if builtin {
                    Beneath::Language
                } else {
                    Beneath::Package
                };
            }
            // Built-ins without a file, such as `Array.map`, only pass on.
            adjacent &= frame
                .filename
                .as_deref()
                .is_none_or(|file| file.starts_with(['<', '[']));
            Step::Left(match origin {
                Origin::Language => Reason::Language,
                Origin::Package => Reason::Package,
                Origin::Unknown => Reason::Flagged,
            })
        } else if is_part_of_another(frame) {
            Step::Left(Reason::Piece)
        } else {
            innermost = false;
            let place = place(frame, platform);
            let code = frame.code.as_deref().unwrap_or_default();
            let nameless = place.function.is_empty();
            let one = Counted {
                place,
                code,
                adjacent: adjacent || counted.is_empty(),
            };
            if nameless {
                Step::Left(Reason::Nameless)
            } else if depth > 0 && lines::is_wrapper(&one.place, code) {
                wrapper.get_or_insert((depth, one));
                Step::Left(Reason::Wrapper)
            } else if counted.iter().any(|inner| inner.place == one.place) {
                Step::Left(Reason::Recursion)
            } else {
                counted.push(one);
                adjacent = true;
                Step::Counted(counted.len() - 1)
            }
        };
        steps.push(step);
    }
    if let Some((depth, wrapper)) = wrapper.filter(|_| counted.is_empty()) {
        counted.push(wrapper);
        if let Some(step) = steps.get_mut(depth) {
            *step = Step::Counted(0);
        }
    }
    steps.reverse();
    Walk {
        counted,
        beneath,
        steps,
    }
}

/// Whether any frame is the application's own.
pub(super) fn has_own(trace: &TraceEvidence, platform: Option<&str>) -> bool {
    with_own(trace, platform).any(|(_, own)| own)
}

/// The innermost own frame, for people to read.
pub(super) fn innermost_own(trace: &TraceEvidence, platform: Option<&str>) -> Option<Place> {
    with_own(trace, platform)
        .rev()
        .find(|(_, own)| *own)
        .map(|(frame, _)| place(frame, platform))
}

/// The frames, each with whether it is the application's own.
///
/// An SDK that calls no frame of a trace the application's own has said nothing by it.
fn with_own<'e>(
    trace: &'e TraceEvidence,
    platform: Option<&'e str>,
) -> impl DoubleEndedIterator<Item = (&'e FrameEvidence, bool)> {
    let is_own = move |frame: &FrameEvidence, in_app| {
        own::is_own(
            frame.filename.as_deref(),
            frame.method.as_deref(),
            in_app,
            platform,
        )
    };
    let flags_tell = trace.frames.iter().any(|frame| is_own(frame, frame.in_app));
    trace
        .frames
        .iter()
        .map(move |frame| (frame, is_own(frame, frame.in_app.filter(|_| flags_tell))))
}

fn origin(frame: &FrameEvidence, platform: Option<&str>) -> Origin {
    own::origin(frame.filename.as_deref(), frame.method.as_deref(), platform)
}

fn is_part_of_another(frame: &FrameEvidence) -> bool {
    matches!(
        frame.method.as_deref(),
        Some("<listcomp>" | "<genexpr>" | "<dictcomp>" | "<setcomp>")
    )
}

fn place(frame: &FrameEvidence, platform: Option<&str>) -> Place {
    let file = frame
        .filename
        .as_deref()
        .map(names::file)
        .unwrap_or_default();
    let name = frame
        .method
        .as_deref()
        .map(|method| names::function(method, platform))
        .unwrap_or_default();
    if !name.is_empty() {
        return Place {
            file,
            function: name,
            nameless: false,
        };
    }
    let line = frame
        .code
        .as_deref()
        .map(names::source_line)
        .unwrap_or_default();
    Place {
        file,
        function: line,
        nameless: true,
    }
}

/// Whether the caller of a function that others share has to answer for its failure: it lies in
/// another file, calls a part of its own object, or calls what checks in its name.
pub(super) fn is_answerable(caller: &Counted, raiser: &Counted) -> bool {
    const CHECKS: &[&str] = &[
        "abort",
        "assert",
        "check",
        "ensure",
        "expect",
        "fail",
        "guard",
        "invariant",
        "must",
        "raise",
        "require",
        "throw",
        "validate",
        "verify",
    ];
    let checks = lines::words(&raiser.place.function)
        .first()
        .is_some_and(|word| CHECKS.contains(&word.as_str()));
    caller.place.file != raiser.place.file
        || lines::calls_itself(caller.code)
        || (checks && !raiser.place.nameless)
}

/// Whether names were shortened by a minifier, so that they change with each build.
pub(super) fn is_minified(trace: &TraceEvidence, place: &Place) -> bool {
    let script = matches!(place.file.rsplit_once('.'), Some((_, "js" | "mjs")));
    script
        && !place.nameless
        && place.function.chars().count() <= 2
        && trace.frames.iter().all(|frame| frame.code.is_none())
}
