//! Whether what is logged on a thread now is the SDK's own doing.

use std::cell::Cell;

use crate::client;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Whether what is logged on this thread now is the SDK's own, or its HTTP client's, or comes from
/// a value that is just being formatted for it.
pub(crate) fn is_quiet() -> bool {
    // A thread that is ending has nothing to say.
    client::is_within() || IS_QUIET.try_with(Cell::get).unwrap_or(true)
}

/// Keeps this thread quiet during `work`.
pub(crate) fn during<R>(work: impl FnOnce() -> R) -> R {
    let _ended = Quiet;
    // Where there is none any more, `is_quiet` says so.
    let _ = IS_QUIET.try_with(|quiet| quiet.set(true));
    work()
}

struct Quiet;

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = IS_QUIET.try_with(|quiet| quiet.set(false));
    }
}
