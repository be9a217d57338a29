//! What the class of an exception says.

use super::rules::{Rule, Rules};

/// Whether a class only says that something went wrong.
pub(super) fn says_nothing(class: &str, rules: Rules) -> bool {
    CATCH_ALL.contains(&class)
        || (rules.has(Rule::MoreCatchAlls) && MORE_CATCH_ALL.contains(&class))
}

/// Classes that only say that something went wrong.
const CATCH_ALL: &[&str] = &[
    "",
    "Error",
    "Exception",
    "RuntimeError",
    "RuntimeException",
    "StandardError",
    "errorString",
    "panic",
    "wrapError",
];

/// More of them: texts that were made errors, wrappers of Go's errors, PHP's warnings.
const MORE_CATCH_ALL: &[&str] = &[
    "ErrorException",
    "String",
    "fundamental",
    "joinError",
    "str",
    "withMessage",
    "withStack",
    "wrapErrors",
];

/// Whether a class is one that a language brings for everybody's use: it does not say what of the
/// application failed, and is raised by helpers on behalf of their callers.
pub(super) fn is_general(class: &str) -> bool {
    GENERAL.contains(&class)
}

/// The general classes of Python, JavaScript, Ruby, PHP, the JVM, .NET, Go and Rust.
const GENERAL: &[&str] = &[
    "",
    "ArgumentError",
    "ArgumentException",
    "ArgumentNullException",
    "ArgumentOutOfRangeException",
    "ArithmeticError",
    "ArithmeticException",
    "AssertionError",
    "AttributeError",
    "BadFunctionCallException",
    "BadMethodCallException",
    "BaseException",
    "BufferError",
    "ConnectionError",
    "DomainException",
    "EOFError",
    "Error",
    "ErrorException",
    "EvalError",
    "Exception",
    "IOError",
    "IOException",
    "IllegalArgumentException",
    "IllegalStateException",
    "IndexError",
    "IndexOutOfBoundsException",
    "IndexOutOfRangeException",
    "InvalidArgumentException",
    "InvalidOperationException",
    "KeyError",
    "KeyNotFoundException",
    "LengthException",
    "LogicException",
    "LookupError",
    "NameError",
    "NoSuchElementException",
    "NotImplementedError",
    "NotImplementedException",
    "NotSupportedException",
    "NullPointerException",
    "NumberFormatException",
    "OSError",
    "OutOfBoundsException",
    "OutOfRangeException",
    "OverflowError",
    "OverflowException",
    "PermissionError",
    "RangeError",
    "RangeException",
    "ReferenceError",
    "RuntimeError",
    "RuntimeException",
    "ScriptError",
    "SecurityException",
    "StandardError",
    "StopIteration",
    "String",
    "SyntaxError",
    "SystemError",
    "SystemExit",
    "Throwable",
    "TimeoutError",
    "TimeoutException",
    "TypeError",
    "URIError",
    "UnderflowException",
    "UnexpectedValueException",
    "UnsupportedOperationException",
    "ValueError",
    "Warning",
    "ZeroDivisionError",
    "errorString",
    "panic",
    "wrapError",
];
