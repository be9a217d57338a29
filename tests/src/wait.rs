//! Waiting for what the program does not tell by itself.

use std::time::{Duration, Instant};

/// Longest wait for anything. A test that meets it has failed; nothing healthy takes a tenth of it.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Between two looks. Not a time to wait *for*: a condition is looked at until it holds.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Waits until `look` gives something, and gives it back.
///
/// # Panics
/// When it did not within [`PATIENCE`]; `what` says what was waited for.
pub async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(
            begun.elapsed() < PATIENCE,
            "waited {PATIENCE:?} in vain: {what}"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The real time, for limits that are about real time.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock of the program under test is the test's to move; patience is not"
)]
pub fn now() -> Instant {
    Instant::now()
}
