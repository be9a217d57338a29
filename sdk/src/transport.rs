//! How a body gets to the server.

use std::time::Duration;

/// What the server made of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It has it. It may ask for a pause before the next.
    Delivered { pause: Option<Duration> },
    /// It asks to come back later.
    Later { pause: Option<Duration> },
    /// It could not be reached.
    Unreachable,
    /// It failed.
    Failed { status: u16 },
    /// It is too large for it.
    TooLarge,
    /// It will never take it.
    Refused { status: u16 },
}

/// How a body gets to the server.
pub(crate) trait Transport: Send + Sync {
    /// Hands over a body, compressed with gzip.
    fn send(&self, body: &[u8]) -> Answer;
}
