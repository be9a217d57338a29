//! Which frames are the application's own.

use std::path::Path;

use super::{Frame, path};
use crate::Options;

/// Crates that run an application, or that it is built of, wherever their sources lie.
const KNOWN: [&str; 17] = [
    "std",
    "core",
    "alloc",
    "proc_macro",
    "test",
    "backtrace",
    "rustc_demangle",
    "tokio",
    "futures_core",
    "futures_util",
    "hyper",
    "hyper_util",
    "tower",
    "axum",
    "tracing",
    "rayon",
    "async_std",
];

/// How it is told.
pub(super) struct Rules<'o> {
    own: &'o [String],
    foreign: &'o [String],
}

impl<'o> Rules<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        Self {
            own: &options.in_app,
            foreign: &options.not_in_app,
        }
    }

    pub(super) fn is_own(&self, frame: &Frame) -> bool {
        let function = frame.function.as_deref().unwrap_or_default();
        let is_within = |path: &String| {
            function
                .strip_prefix(path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        if self.foreign.iter().any(is_within) {
            return false;
        }
        if !self.own.is_empty() {
            return self.own.iter().any(is_within);
        }
        match frame.file.as_deref() {
            Some(file) if path::is_std(file) || path::is_fetched(file) || path::is_ours(file) => {
                false
            }
            // A library in C, or glibc's own start.
            Some(file) if Path::new(file).extension() != Some("rs".as_ref()) => false,
            Some(_) => !is_known(function),
            None => function.contains("::") && !is_known(function),
        }
    }
}

/// Whether the function is one of a crate that runs applications.
pub(super) fn is_known(function: &str) -> bool {
    KNOWN.contains(&crate_of(function))
}

/// The crate of a function.
pub(super) fn crate_of(function: &str) -> &str {
    function.split("::").next().unwrap_or(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str, file: Option<&str>) -> Frame {
        Frame {
            function: Some(function.to_owned()),
            file: file.map(str::to_owned),
            line: None,
            column: None,
        }
    }

    #[test]
    fn own_is_what_comes_from_nowhere_else() {
        let options = Options::new("");
        let rules = Rules::new(&options);
        for (function, file, wanted) in [
            ("shop::main", Some("/home/ada/shop/src/main.rs"), true),
            ("shop::main", None, true),
            ("core::option::Option::unwrap", None, false),
            (
                "shop::Cart::clone",
                Some("/rustc/01/library/core/src/clone.rs"),
                false,
            ),
            (
                "sqlx::query",
                Some("/x/registry/src/i/sqlx-0.9.0/src/query.rs"),
                false,
            ),
            (
                "tokio::runtime::run",
                Some("/vendor/tokio/src/runtime.rs"),
                false,
            ),
            ("__libc_start_main", Some("./csu/libc-start.c"), false),
            ("_start", None, false),
        ] {
            assert_eq!(rules.is_own(&frame(function, file)), wanted, "{function}");
        }
    }

    #[test]
    fn the_application_has_the_last_word() {
        let options = Options::new("")
            .in_app("shop")
            .not_in_app("shop::generated");
        let rules = Rules::new(&options);
        assert!(rules.is_own(&frame("shop::main", None)));
        assert!(!rules.is_own(&frame("shopping::main", Some("/x/src/main.rs"))));
        assert!(!rules.is_own(&frame("shop::generated::f", Some("/x/src/main.rs"))));
    }
}
