//! What a line of source says about the function around it.

use std::sync::LazyLock;

use regex::Regex;

use super::frames::Place;

/// A line that only passes its arguments on, or the conventional name of a function that does.
pub(super) fn is_wrapper(place: &Place, code: &str) -> bool {
    static NAME: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^_*(\w+_)?(wrapper|wrapped|decorator|decorated|inner|dispatch|__call__|call_next)_*\d?$").expect("the pattern is a constant")
    });
    (!place.nameless && NAME.is_match(&place.function)) || passes_on(code)
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
pub(super) fn raises_on_purpose(code: &str, class: &str) -> bool {
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
    const BY_ENGINES: &[&str] = &[
        "ArithmeticException",
        "ArrayIndexOutOfBoundsException",
        "AttributeError",
        "ClassCastException",
        "DivideByZeroException",
        "IndexError",
        "IndexOutOfBoundsException",
        "IndexOutOfRangeException",
        "InternalError",
        "InvalidCastException",
        "KeyError",
        "MemoryError",
        "ModuleNotFoundError",
        "NameError",
        "NegativeArraySizeException",
        "NoMethodError",
        "NoneTypeError",
        "NullPointerException",
        "NullReferenceException",
        "OutOfMemoryError",
        "OverflowError",
        "RangeError",
        "RecursionError",
        "ReferenceError",
        "StackOverflowError",
        "StringIndexOutOfBoundsException",
        "SyntaxError",
        "SystemStackError",
        "TypeError",
        "UnboundLocalError",
        "ZeroDivisionError",
    ];
    if code.is_empty() {
        !BY_ENGINES.contains(&class)
    } else {
        RAISES.is_match(code)
    }
}

/// Whether a function only gives a library's function another name: `load_json` calls `json.load`,
/// `Database.execute` calls `connection.execute`; or lies in a file of helpers.
pub(super) fn wraps_a_library(place: &Place, code: &str) -> bool {
    let stem = place.file.split('.').next().unwrap_or_default();
    if matches!(stem, "util" | "utils" | "helper" | "helpers" | "common") {
        return true;
    }
    let called: Vec<String> = words(code);
    let named: Vec<String> = words(&place.function);
    !place.nameless && !named.is_empty() && named.iter().all(|word| called.contains(word))
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
