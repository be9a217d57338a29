//! Threads on which logging is not taken, so that the SDK does not report itself.

use std::cell::Cell;

thread_local! {
    static IS_QUIET: Cell<bool> = const { Cell::new(false) };
}

/// Whether what is logged on this thread now is the SDK's own, or its HTTP client's.
pub(crate) fn is_quiet() -> bool {
    // A thread that is ending has nothing to say.
    IS_QUIET.try_with(Cell::get).unwrap_or(true)
}

/// Keeps this thread quiet to its end.
pub(crate) fn from_now_on() {
    IS_QUIET.with(|quiet| quiet.set(true));
}

/// Keeps this thread quiet during `work`.
pub(crate) fn during<R>(work: impl FnOnce() -> R) -> R {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            let _ = IS_QUIET.try_with(|quiet| quiet.set(self.0));
        }
    }
    let _before = Before(IS_QUIET.try_with(|quiet| quiet.replace(true)).unwrap_or(true));
    work()
}
