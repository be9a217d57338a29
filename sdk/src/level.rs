//! How bad it is.

use std::fmt;

/// How bad an occurrence or a breadcrumb is. They are ordered: `Level::Error > Level::Info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Of interest to whoever looks for the cause of something.
    Debug,
    /// Worth knowing.
    Info,
    /// Something may be wrong.
    Warning,
    /// Something failed.
    Error,
    /// The program cannot go on, or people are hindered in bulk.
    Critical,
}

impl Level {
    /// Its name in Rollbar's format.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
