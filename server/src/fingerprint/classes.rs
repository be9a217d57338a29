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

/// Whether an engine raises exceptions of a class by itself, so that one without a known line was
/// hardly raised on purpose.
pub(super) fn is_raised_by_engines(class: &str, rules: Rules) -> bool {
    BY_ENGINES.contains(&class)
        || (rules.has(Rule::MoreEngines) && BY_MORE_ENGINES.contains(&class))
}

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

/// Those of Go, PHP, Ruby, the JVM, .NET, Elixir and Dart besides.
const BY_MORE_ENGINES: &[&str] = &[
    "ArgumentCountError",
    "ArrayStoreException",
    "CaseClauseError",
    "ConcurrentModificationException",
    "DivisionByZeroError",
    "FloatDomainError",
    "FormatException",
    "FrozenError",
    "FunctionClauseError",
    "KeyNotFoundException",
    "MatchError",
    "NoMatchingPatternError",
    "NoSuchMethodError",
    "NumberFormatException",
    "PanicNilError",
    "TypeAssertionError",
    "UndefinedFunctionError",
    "UnhandledMatchError",
    "UninitializedPropertyAccessException",
    "boundsError",
    "plainError",
];
