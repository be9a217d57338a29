//! Which frames count, and how each is written down.

use std::{cell::OnceCell, fmt};

use super::{
    explain::Reason,
    lines, machinery, names,
    rules::{Rule, Rules},
};
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

/// Own frames that identify a problem, at most: where it broke, and two callers.
pub(super) const PLACES: usize = 3;
/// Functions that call each other in a circle, at most; more are no circle that a person would see.
const CIRCLE: usize = 8;

/// How much of a stack is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// As much as a fingerprint needs.
    Enough,
    /// All of it, to explain it, or to find a circle in it.
    Whole,
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

/// Looks at the frames of one exception from the innermost outwards, as far as `extent` says.
///
/// Left out are frames of libraries; the way of a panic to the SDK; constructors of the exception;
/// parts of a function that some interpreters show as functions of their own (`<listcomp>`); and
/// pure wrappers, which only pass their arguments on. If only wrappers are there, the innermost
/// counts.
pub(super) fn walk<'e>(
    trace: &'e TraceEvidence,
    platform: Option<&'e str>,
    rules: Rules,
    extent: Extent,
) -> Walk<'e> {
    let panic = machinery::panic(trace, platform).filter(|_| rules.has(Rule::PanicMachinery));
    let mut walk = Walk {
        counted: Vec::new(),
        beneath: panic.map_or(Beneath::Nothing, |panic| panic.beneath),
        steps: Vec::with_capacity(trace.frames.len()),
    };
    let mut wrapper: Option<(usize, Counted)> = None;
    let (mut innermost, mut adjacent) = (true, true);
    for (depth, (frame, origin, own)) in with_own(trace, platform, rules).rev().enumerate() {
        if extent == Extent::Enough && walk.counted.len() == PLACES {
            break;
        }
        let at = trace.frames.len() - 1 - depth;
        if panic.is_some_and(|panic| at >= panic.at) {
            walk.steps.push(Step::Left(Reason::Machinery));
            continue;
        }
        if !own {
            if innermost {
                walk.beneath = walk.beneath.and(origin);
            }
            adjacent &= passes_on(frame, origin, rules);
            walk.steps.push(Step::Left(match origin {
                Origin::Language => Reason::Language,
                Origin::Package => Reason::Package,
                Origin::Unknown => Reason::Flagged,
            }));
            continue;
        }
        if is_part_of_another(frame) {
            walk.steps.push(Step::Left(Reason::Piece));
            continue;
        }
        if innermost
            && rules.has(Rule::OwnConstructor)
            && machinery::is_constructor(frame, trace.class.as_deref())
        {
            walk.steps.push(Step::Left(Reason::Machinery));
            continue;
        }
        innermost = false;
        let place = place(frame, platform, rules);
        let code = frame.code.as_deref().unwrap_or_default();
        let one = Counted {
            place,
            code,
            adjacent: adjacent || walk.counted.is_empty(),
        };
        let step = if one.place.function.is_empty() {
            Step::Left(Reason::Nameless)
        } else if depth > 0 && lines::is_wrapper(&one.place, code, rules) {
            adjacent &= !(rules.has(Rule::NoCallerBehindTables) && lines::dispatches(code));
            wrapper.get_or_insert((depth, one));
            Step::Left(Reason::Wrapper)
        } else if walk.counted.iter().any(|inner| inner.place == one.place) {
            Step::Left(Reason::Recursion)
        } else {
            walk.counted.push(one);
            adjacent = true;
            Step::Counted(walk.counted.len() - 1)
        };
        walk.steps.push(step);
    }
    if let Some((depth, wrapper)) = wrapper.filter(|_| walk.counted.is_empty()) {
        walk.counted.push(wrapper);
        if let Some(step) = walk.steps.get_mut(depth) {
            *step = Step::Counted(0);
        }
    }
    walk.steps
        .resize(trace.frames.len(), Step::Left(Reason::Further));
    walk.steps.reverse();
    walk
}

impl Beneath {
    /// What lies beneath once a frame of `origin` lies there too.
    fn and(self, origin: Origin) -> Self {
        match (self, origin) {
            (Self::Nothing | Self::Language, Origin::Language) => Self::Language,
            _ => Self::Package,
        }
    }
}

/// Whether a frame that is not the application's only passes a call on: built-ins without a file,
/// such as `Array.map`; executors and callbacks of the language.
fn passes_on(frame: &FrameEvidence, origin: Origin, rules: Rules) -> bool {
    let is_builtin = path(frame).is_none_or(|file| file.starts_with(['<', '[']));
    is_builtin || (origin == Origin::Language && rules.has(Rule::ExecutorsPassOn))
}

/// Lets the functions that call each other in a circle count, by their names, and nothing else:
/// wherever in the circle a stack overflowed, they are the same. Gives whether there is a circle.
pub(super) fn count_circle(
    walk: &mut Walk,
    trace: &TraceEvidence,
    platform: Option<&str>,
    rules: Rules,
) -> bool {
    let places: Vec<Option<Place>> = trace
        .frames
        .iter()
        .zip(&walk.steps)
        .map(|(frame, step)| match step {
            Step::Counted(_) | Step::Left(Reason::Recursion) => Some(place(frame, platform, rules)),
            Step::Left(_) => None,
        })
        .collect();
    let mut circle: Vec<Counted> = Vec::new();
    for (step, place) in walk.steps.iter().zip(&places) {
        let (Step::Left(Reason::Recursion), Some(place)) = (step, place) else {
            continue;
        };
        if circle.len() < CIRCLE && circle.iter().all(|known| known.place != *place) {
            circle.push(Counted {
                place: place.clone(),
                code: "",
                adjacent: true,
            });
        }
    }
    if circle.is_empty() {
        return false;
    }
    circle.sort_by_cached_key(|counted| counted.place.to_string());
    for (step, place) in walk.steps.iter_mut().zip(places) {
        if let Some(place) = place {
            let at = circle.iter().position(|counted| counted.place == place);
            *step = at.map_or(Step::Left(Reason::Further), Step::Counted);
        }
    }
    walk.counted = circle;
    true
}

/// Whether any frame is the application's own.
pub(super) fn has_own(trace: &TraceEvidence, platform: Option<&str>, rules: Rules) -> bool {
    let mut frames = trace.frames.iter().rev();
    frames.any(|frame| origin(frame, platform, rules) == Origin::Unknown)
}

/// The innermost own frame, for people to read.
pub(super) fn innermost_own(
    trace: &TraceEvidence,
    platform: Option<&str>,
    rules: Rules,
) -> Option<Place> {
    let outside = machinery::panic(trace, platform).map_or(trace.frames.len(), |panic| panic.at);
    with_own(trace, platform, rules)
        .take(outside)
        .rev()
        .find(|(_, _, own)| *own)
        .map(|(frame, _, _)| place(frame, platform, rules))
}

/// The frames, each with where it comes from and whether it is the application's own; lazy, because
/// of most stacks only the inner end is looked at.
///
/// An SDK that calls no frame of a trace the application's own has said nothing by it.
fn with_own<'e>(
    trace: &'e TraceEvidence,
    platform: Option<&'e str>,
    rules: Rules,
) -> impl DoubleEndedIterator<Item = (&'e FrameEvidence, Origin, bool)> + ExactSizeIterator {
    let flagged = move |frame: &FrameEvidence| {
        let is_evaluated = || rules.has(Rule::EvaluatedCode) && evaluated(frame).is_some();
        frame.in_app.unwrap_or(true) || is_evaluated()
    };
    let is_unknown = move |frame: &FrameEvidence| origin(frame, platform, rules) == Origin::Unknown;
    let flags_tell = OnceCell::new();
    trace.frames.iter().map(move |frame| {
        let origin = origin(frame, platform, rules);
        let own = origin == Origin::Unknown
            && (flagged(frame)
                || !flags_tell.get_or_init(|| {
                    let mut frames = trace.frames.iter();
                    frames.any(|frame| flagged(frame) && is_unknown(frame))
                }));
        (frame, origin, own)
    })
}

/// Where code was evaluated, and under which name: V8 says `Object.eval [as label]`, and the rest in
/// the name (Rollbar) or in place of the file (Sentry), `eval at compile (file:///a.js:7:10)`.
fn evaluated(frame: &FrameEvidence) -> Option<(&str, Option<&str>)> {
    let method = frame.method.as_deref().unwrap_or_default();
    let (_, site) = [frame.filename.as_deref(), Some(method)]
        .into_iter()
        .flatten()
        .find_map(|text| text.split_once("eval at "))?;
    // The innermost site is named last, if evaluated code evaluates more.
    let place = site.rsplit_once('(').map_or(site, |(_, place)| place);
    let file = place.split(')').next().unwrap_or_default();
    let file = file.trim_end_matches(|c: char| c.is_ascii_digit() || c == ':');
    let alias = method
        .split_once("[as ")
        .and_then(|(_, alias)| alias.split(']').next());
    Some((file, alias))
}

fn origin(frame: &FrameEvidence, platform: Option<&str>, rules: Rules) -> Origin {
    let origin = if rules.has(Rule::MoreOrigins) {
        own::origin
    } else {
        own::origin_by_version_1
    };
    if frame.builtin && rules.has(Rule::RubyMethods) {
        return Origin::Language;
    }
    if let Some((file, _)) = evaluated(frame).filter(|_| rules.has(Rule::EvaluatedCode)) {
        return origin(Some(file), None, platform);
    }
    origin(path(frame), frame.method.as_deref(), platform)
}

/// The path of a frame as far as it was sent.
fn path(frame: &FrameEvidence) -> Option<&str> {
    frame.path.as_deref().or(frame.filename.as_deref())
}

fn is_part_of_another(frame: &FrameEvidence) -> bool {
    matches!(
        frame.method.as_deref(),
        Some("<listcomp>" | "<genexpr>" | "<dictcomp>" | "<setcomp>")
    )
}

fn place(frame: &FrameEvidence, platform: Option<&str>, rules: Rules) -> Place {
    if let Some((file, alias)) = evaluated(frame).filter(|_| rules.has(Rule::EvaluatedCode)) {
        return Place {
            file: names::file(file, rules),
            function: alias.unwrap_or("eval").to_owned(),
            nameless: false,
        };
    }
    let filename = frame.filename.as_deref().unwrap_or_default();
    let file = names::file(filename, rules);
    let method = frame.method.as_deref().unwrap_or_default();
    let function = names::function(method, filename, platform, rules);
    if !function.is_empty() {
        return Place {
            file,
            function,
            nameless: false,
        };
    }
    let line = frame.code.as_deref().map(names::source_line);
    Place {
        file,
        function: line.unwrap_or_default(),
        nameless: true,
    }
}

/// Whether the caller of a function that others share has to answer for its failure: it lies in
/// another file, calls a part of its own object, or calls what checks in its name.
pub(super) fn is_answerable(caller: &Counted, raiser: &Counted) -> bool {
    let checks = lines::is_check(&raiser.place);
    caller.place.file != raiser.place.file || lines::calls_itself(caller.code) || checks
}

/// Whether names were shortened by a minifier, so that they change with each build.
///
/// What a browser loaded is, once the name is short; elsewhere all names have to be.
pub(super) fn is_minified(trace: &TraceEvidence, walk: &Walk, rules: Rules) -> bool {
    let is_short = |place: &Place| !place.nameless && place.function.chars().count() <= 2;
    let Some(Counted { place, .. }) = walk.counted.first() else {
        return false;
    };
    let from_web = |frame: &FrameEvidence| {
        let file = frame.filename.as_deref().unwrap_or_default();
        file.starts_with("http") || file.starts_with("app://")
    };
    let is_loaded = !rules.has(Rule::ShortNames)
        || trace.frames.iter().any(from_web)
        || walk
            .counted
            .iter()
            .all(|counted| is_short(&counted.place) || counted.place.nameless);
    let script = matches!(place.file.rsplit_once('.'), Some((_, "js" | "mjs")));
    script && is_loaded && is_short(place) && trace.frames.iter().all(|frame| frame.code.is_none())
}
