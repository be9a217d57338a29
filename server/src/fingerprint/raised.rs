//! Occurrences that are an exception: the class and the place say most, the text where they do not.

use std::borrow::Cow;

use super::{
    classes,
    explain::{Kind, Part},
    frames::{self, Beneath, Counted, Extent, Walk},
    lines, machinery,
    message::Normal,
    parts::{Counts, Decision, Text, part},
    root::Root,
    rules::{Rule, Rules},
    said,
};
use crate::model::evidence::Evidence;

/// Words of a sentence that says what is wrong; `not found` and `unexpected state` say it of anything.
const TELLING_WORDS: usize = 3;

/// Decides what an exception is grouped by.
pub(super) fn decide<'e>(
    evidence: &'e Evidence,
    root: Root<'e>,
    rules: Rules,
    extent: Extent,
) -> Decision<'e> {
    let platform = evidence.platform.as_deref();
    let class = class(
        root.cause.class.as_deref().unwrap_or_default(),
        platform,
        rules,
    );
    let mut decision = Decision {
        parts: vec![part(Kind::Class, &*class, class_rule(root, evidence))],
        root: Some(root),
        ..Decision::default()
    };
    let whole = root.cause.whole.as_ref();
    let text = whole
        .filter(|_| rules.has(Rule::WholeText))
        .unwrap_or(&root.cause.message);
    let has_overflowed = rules.has(Rule::OverflowCircle) && overflowed(&class, text);
    let extent = if has_overflowed {
        Extent::Whole
    } else {
        extent
    };
    let mut walk = frames::walk(root.stack, platform, rules, extent);
    if has_overflowed && frames::count_circle(&mut walk, root.stack, platform, rules) {
        let rule = "The stack overflowed: these functions call each other in a circle.";
        decision.places(walk.counted.iter().map(|one| (one, rule)).collect());
        decision.walk = Some(walk);
        return decision;
    }
    let is_minified = frames::is_minified(root.stack, &walk, rules);
    let Some(innermost) = walk.counted.first().filter(|_| !is_minified) else {
        let rule =
            "No frame of the application's own code can be told by name, so the text decides.";
        decision.add(Text::read(text, "", rules), Counts::Whole, rule);
        decision.parts.extend(said::language(evidence, rules));
        return decision;
    };
    let code = match walk.beneath {
        Beneath::Nothing => innermost.code,
        Beneath::Language | Beneath::Package => "",
    };
    let text = Text::read(text, code, rules);
    let failure = Failure {
        class: &class,
        platform,
        root,
        on_purpose: walk.beneath == Beneath::Nothing
            && lines::raises_on_purpose(innermost.code, &class, rules),
        reported_elsewhere: rules.has(Rule::ReportedElsewhere)
            && machinery::is_reported_elsewhere(root.stack, platform),
        validated: text.is_validators,
        beneath: walk.beneath,
    };
    let needs = failure.needs(innermost, &text.normal, rules);
    decision.places(places(&walk, needs));
    let (counts, rule) = failure.counts(rules);
    decision.add(text, counts, rule);
    decision.walk = Some(walk);
    decision
}

/// How it failed.
struct Failure<'e> {
    class: &'e str,
    platform: Option<&'e str>,
    root: Root<'e>,
    /// Whether the innermost line raised on purpose.
    on_purpose: bool,
    /// Whether the stack says where it was reported and not where it failed.
    reported_elsewhere: bool,
    /// Whether the text is a validator's.
    validated: bool,
    beneath: Beneath,
}

/// Why the caller of the innermost frame has to answer for the failure, if it does.
type Needs = Option<&'static str>;

impl Failure<'_> {
    fn needs(&self, innermost: &Counted, text: &Normal, rules: Rules) -> Needs {
        const SHARED: &str =
            "The frame before raises on purpose and is shared, so its caller belongs to it.";
        const WRAPS: &str = "The frame before only wraps a library, so its caller belongs to it.";
        if self.on_purpose {
            // A class of the application's own, with a sentence, says what is wrong.
            let is_told = rules.has(Rule::TellingClass)
                && !classes::is_general(self.class)
                && !lines::is_helper(&innermost.place)
                && (self.validated || lines::words(&text.text).len() >= TELLING_WORDS);
            // Of a panic of Rust only some SDKs show whether the program or the engine began it.
            let is_unclear = machinery::hides_who_began(self.platform)
                && rules.has(Rule::PanicMachinery)
                && !lines::is_helper(&innermost.place);
            let is_needed = !is_told && !is_unclear && !self.reported_elsewhere;
            return is_needed.then_some(SHARED);
        }
        let wraps = match self.beneath {
            Beneath::Nothing => {
                rules.has(Rule::CompiledHelpers)
                    && lines::wraps_by_name(&innermost.place, innermost.code)
            }
            Beneath::Language | Beneath::Package => {
                lines::wraps_a_library(&innermost.place, innermost.code)
            }
        };
        wraps.then_some(WRAPS)
    }

    /// What of the text counts, and why.
    fn counts(&self, rules: Rules) -> (Counts, &'static str) {
        let whole = |rule| (Counts::Whole, rule);
        if self.validated {
            whole("A validator's list: the first field that failed.")
        } else if self.reported_elsewhere {
            whole(
                "The stack says where it was reported, not where it failed, so the text decides too.",
            )
        } else if self.on_purpose {
            whole("The line raises on purpose: its text says what for.")
        } else if classes::says_nothing(self.class, rules) {
            whole("The class says nothing, so the text decides.")
        } else if self.beneath == Beneath::Package && self.root.is_wrapped_by_a_library() {
            (
                Counts::CodesAndNames,
                "The cause names this part of the program.",
            )
        } else if self.beneath == Beneath::Package {
            whole("A library raised it, for which the place is the same whatever is wrong.")
        } else if rules.has(Rule::MissingMembers) {
            (
                Counts::CodesAndMembers,
                "The engine names the part of the program that is missing.",
            )
        } else {
            (Counts::Codes, "")
        }
    }
}

/// The frames that count, each with its rule: where it broke, and who has to answer for it.
fn places<'w>(walk: &'w Walk<'w>, needs: Needs) -> Vec<(&'w Counted<'w>, &'static str)> {
    const ITSELF: &str =
        "The frame before calls a method of its own object, so its caller belongs to it.";
    let mut places = Vec::new();
    let mut rule = Some("The innermost frame of the application's own code.");
    let mut called: Option<&Counted> = None;
    for (at, frame) in walk.counted.iter().take(frames::PLACES).enumerate() {
        let Some(its) = rule else { break };
        let is_apart = |called| !frame.adjacent || !frames::is_answerable(frame, called);
        if called.is_some_and(is_apart) {
            break;
        }
        places.push((frame, its));
        rule = match at {
            0 => needs,
            _ => lines::calls_itself(frame.code).then_some(ITSELF),
        };
        called = Some(frame);
    }
    places
}

impl Decision<'_> {
    fn places(&mut self, places: Vec<(&Counted, &'static str)>) {
        self.frames = places.len();
        let parts = places
            .into_iter()
            .map(|(frame, rule)| part(Kind::Frame, frame.place.to_string(), rule));
        self.parts.extend(parts.collect::<Vec<Part>>());
    }
}

/// Whether a stack overflowed, in the words of Python, Ruby, Java, .NET, V8 and Firefox.
fn overflowed(class: &str, text: &str) -> bool {
    const CLASSES: [&str; 4] = [
        "RecursionError",
        "StackOverflowError",
        "StackOverflowException",
        "SystemStackError",
    ];
    CLASSES.contains(&class)
        || class == "RangeError" && text.starts_with("Maximum call stack")
        || class == "InternalError" && text.starts_with("too much recursion")
}

fn class_rule(root: Root, evidence: &Evidence) -> &'static str {
    if root.is_wrapped_by_a_library() {
        "The class of the first failure, which was wrapped into another."
    } else if evidence.traces.len() > 1 {
        "The class of the root cause: the deepest exception that was raised in the application's own code."
    } else {
        "The class of the exception."
    }
}

/// The class without its package: `com.acme.Failed`, `errors::Failed` and `Shop\Failed` are
/// `Failed`. In Rust every module has its `Error`: `sqlx::Error`.
///
/// sentry-rust takes the first word of an error's `Debug`: of `std::io::Error` how it was made.
fn class<'e>(class: &'e str, platform: Option<&str>, rules: Rules) -> Cow<'e, str> {
    let is_io = platform == Some("rust") && matches!(class, "Os" | "Custom");
    if is_io && rules.has(Rule::QualifiedError) {
        return Cow::Borrowed("io::Error");
    }
    let bare = class
        .trim()
        .trim_matches(['<', '>', '*'])
        .rsplit(['.', ':', '\\', '$'])
        .next()
        .unwrap_or_default();
    if bare != "Error" || !class.contains("::") || !rules.has(Rule::QualifiedError) {
        return Cow::Borrowed(bare);
    }
    let mut modules = class.rsplit("::").skip(1);
    match modules.find(|module| !["error", "errors", "err"].contains(module)) {
        Some(module) => Cow::Owned(format!("{module}::{bare}")),
        None => Cow::Borrowed(bare),
    }
}
