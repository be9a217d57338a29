//! Waiting for what must come, and saying what did not.

use std::time::{Duration, Instant};

use anyhow::bail;

pub use rollcage_tests::wait::now;

/// Longest wait for what takes seconds on a healthy machine: more than a backlog of half a minute
/// takes a debug build to digest.
pub const PATIENCE: Duration = Duration::from_mins(5);

/// Between two looks, which are cheap.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Waits until `look` gives something.
pub async fn until<T>(
    what: &str,
    mut look: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
) -> anyhow::Result<T> {
    let begun: Instant = now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if begun.elapsed() > PATIENCE {
            bail!("waited {PATIENCE:?} in vain: {what}");
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
