//! A stack: its addresses on the capturing thread, its names on the worker.

use backtrace::Backtrace;

/// A stack as it was captured.
pub(crate) enum Trace {
    None,
    /// Addresses, without names.
    Raw(Box<Backtrace>),
}

impl Trace {
    /// The stack of whoever calls this, as addresses. Some tens of microseconds.
    pub(crate) fn capture() -> Self {
        Self::Raw(Box::new(Backtrace::new_unresolved()))
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Raw(backtrace) => {
                backtrace.frames().len() * size_of::<backtrace::BacktraceFrame>()
            }
        }
    }
}
