//! What a line of source says about the function around it.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    classes,
    frames::Place,
    rules::{Rule, Rules},
};

/// A line that only passes its arguments on, or the conventional name of a function that does.
pub(super) fn is_wrapper(place: &Place, code: &str, rules: Rules) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^_*(\w+_)?(wrapper|wrapped|decorator|decorated|inner|dispatch|__call__|call_next)_*\d?$").expect("the pattern is a constant")
    });
    (!place.nameless && NAME.is_match(&place.function))
        || passes_on(code)
        || (rules.has(Rule::MoreWrappers) && calls_what_it_was_given(code))
}

/// Whether a line calls a function out of a table or by reflection: behind it is what runs jobs.
pub(super) fn dispatches(code: &str) -> bool {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"[\w$.]\[[^\]]+\]\(|getattr\([^)]*\)\(|\.(public_send|__send__)\(|call_user_func(_array)?\(|Reflect\.apply\(")
            .expect("the pattern is a constant")
    });
    PATTERN.is_match(code)
}

/// A line that is nothing but the call of a function that came from elsewhere: `handlers[kind](x)`,
/// `return fn(order)`, `getattr(self, name)(x)`, `$this->$method($x)`, `method.invoke(target, x)`,
/// or waits for one, `future.result()`.
fn calls_what_it_was_given(code: &str) -> bool {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let begins = r"^(try\s*\{\s*)?((return|await|yield|yield from|async|const|let|var|val|auto)\s+|[\w$.:, ]+\s*:?=\s*|\()*";
        let calls = [
            // Out of a table.
            r"[\w$.]+\[[^\]]+\]\(.*\)",
            // By the name of a parameter that is a function.
            r"([\w$]+(\.|->))?\$?(fn|func|function|f|cb|callback|callable|handler|thunk|block|closure|action|operation|target|inner|wrapped|original|orig|delegate|endpoint|view_func|runnable|supplier|original_method)(\.(call|invoke|run|apply|accept|get|execute)|\(\)|\?\.)?\(.*\)",
            // By reflection.
            r"getattr\([^)]*\)\(.*\)|[\w$.]+\.(public_send|__send__|send|invoke)\(.*\)|call_user_func(_array)?\(.*\)|(\$\w+->|\w+::)?\$\w+\(.*\)|Reflect\.apply\(.*\)",
            // What compilers make of `await`.
            r"step\(generator.*\)|\w*(generator|iterator|gen)\.(next|throw)\(.*\)|asyncGeneratorStep\(.*\)",
            // By waiting for it.
            r"\w*(future|promise|fut|task|thread|job|pending)\w*(\.(result|get|join|await)\(\w*\))?",
            r"[\w$.]+\.submit\(.*\)\.(result|get)\(.*\)|asyncio\.run\(\w+\)|[\w.]*loop\.run_until_complete\(\w+\)",
        ];
        Regex::new(&format!(r"{begins}({})\)*\s*[;}})\s]*$", calls.join("|")))
            .expect("the pattern is a constant")
    });
    PATTERN.is_match(code)
}

/// `fn(*args, **kw)`, `fn(...args)`, `fn.apply(this, arguments)`, `next()`, `get_response(request)`.
fn passes_on(code: &str) -> bool {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let alternatives = [
            // All arguments as they came, at most after one that is bound.
            r"[\w\])]\(\s*([\w.]+\s*,\s*)?(\*|&|\*\*|\.\.\.\$?)[\w.]+(\s*,\s*(\*\*|&)[\w.]+)*\s*(\.\.\.)?\)",
            r"\.(apply|call)\(\s*(this|self|null|undefined)\s*,",
            // The next one in a chain of middleware.
            r"(^|[^\w.])(await\s+|return\s+|yield\s+)?\$?(next|call_next|get_response|nextHandler)\(\s*(\$?(req|request|ctx|context|scope|err|error))?\s*\)",
            r"[\w\])]\(\s*req\s*,\s*res\s*,\s*next\s*\)",
            r"^\s*yield\s*(\(.*\))?;?\s*$",
        ];
        Regex::new(&alternatives.join("|")).expect("the pattern is a constant")
    });
    PATTERN.is_match(code)
}

/// Whether a line raises on purpose. Without the line the class has to tell: what an engine raises
/// by itself is no purpose.
pub(super) fn raises_on_purpose(code: &str, class: &str, rules: Rules) -> bool {
    static RAISES: LazyLock<Regex> = LazyLock::new(|| {
        let alternatives = [
            r"(^|[;:{})\s])(raise|throw)\s+[\w\\(]",
            r"\b(panic|unreachable|todo|unimplemented|assert|assert_eq|assert_ne|bail|ensure)!",
            r"(^|[^\w.])(assert|invariant|panic|abort|fail|trigger_error|reject|die)\s*\(",
            r"\bassert\.\w+\(|\bPromise\.reject\(|^\s*assert\s",
            // Made here, to be handed on: `reject(new Error("…"))`.
            r"\bnew\s+[\w.\\]*(Error|Exception)\b",
        ];
        Regex::new(&alternatives.join("|")).expect("the pattern is a constant")
    });
    if code.is_empty() {
        !classes::is_raised_by_engines(class, rules)
    } else {
        RAISES.is_match(code)
    }
}

/// First words of functions that check something in the name of their caller.
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

/// Whether a function checks something in the name of its caller.
pub(super) fn is_check(place: &Place) -> bool {
    !place.nameless
        && words(&place.function)
            .first()
            .is_some_and(|word| CHECKS.contains(&word.as_str()))
}

/// Whether a function is everybody's helper, by its name or its file.
pub(super) fn is_helper(place: &Place) -> bool {
    is_check(place) || is_helpers_file(place)
}

fn is_helpers_file(place: &Place) -> bool {
    let base = place.file.rsplit('/').next().unwrap_or_default();
    let stem = base.split('.').next().unwrap_or_default();
    matches!(stem, "util" | "utils" | "helper" | "helpers" | "common")
}

/// Whether a function only gives a library's function another name: `load_json` calls `json.load`,
/// `Database.execute` calls `connection.execute`; or lies in a file of helpers.
pub(super) fn wraps_a_library(place: &Place, code: &str) -> bool {
    is_helpers_file(place) || wraps_by_words(place, code)
}

fn wraps_by_words(place: &Place, code: &str) -> bool {
    let called: Vec<String> = words(code);
    let named: Vec<String> = words(&place.function);
    !place.nameless && !named.is_empty() && named.iter().all(|word| called.contains(word))
}

/// The same by the name alone, where the library shows no frame: the line calls a method of that
/// name, `cursor.execute(…)` in `execute`, and not the function itself.
pub(super) fn wraps_by_name(place: &Place, code: &str) -> bool {
    let mut calls = code.match_indices(&place.function);
    wraps_by_words(place, code)
        && calls.all(|(at, name)| {
            let before = code.get(..at).and_then(|before| before.chars().next_back());
            let after = code
                .get(at + name.len()..)
                .and_then(|after| after.chars().next());
            after != Some('(') || before == Some('.') || before == Some('>')
        })
}

/// Whether a line calls a method of its own object: the callee is then a part of it.
pub(super) fn calls_itself(code: &str) -> bool {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(^|[^\w.])(self\.|this\.|super\(\)\.|super\.|\$this->)[A-Za-z_]\w*\(")
            .expect("the pattern is a constant")
    });
    PATTERN.is_match(code)
}

/// The words of an identifier or of a line: `load_json`, `loadJson` are `load`, `json`.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in text.chars() {
        let begins = c.is_uppercase() && before.is_lowercase();
        if begins || !c.is_alphanumeric() {
            words.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    words.retain(|word| word.len() > 1);
    words
}
