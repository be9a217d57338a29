//! Which rules hold in which version.
//!
//! A version is never taken back: items were made by it, and the digest looks for them by it. So a
//! rule that is new carries the version it came with, and what it replaced stays beside it.

/// A rule that came after the first version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Where only the reported exception has a stack, the innermost one of its chain is the cause.
    /// Rust's and Go's errors have none of their own: variants that were reported at one place
    /// shared an item.
    CauseWithoutStack,
}

/// The rules of one version.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    version: u16,
}

impl Rules {
    /// The rules of `version`.
    pub(super) fn of(version: u16) -> Self {
        Self { version }
    }

    /// Whether `rule` holds.
    pub(super) fn has(self, rule: Rule) -> bool {
        self.version >= rule.since()
    }
}

impl Rule {
    /// The version that brought it.
    fn since(self) -> u16 {
        match self {
            Self::CauseWithoutStack => 2,
        }
    }
}
