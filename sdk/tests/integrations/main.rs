//! What the integrations promise, with a recorder in place of a server.

mod dependencies;
mod guide;
mod isolation;
mod layer;
mod records;
mod spans;
mod tasks;

use std::{error::Error, fmt, num::ParseIntError};

use rollcage::{Options, Scope, testing::Recorder};

/// An error with a cause.
#[derive(Debug)]
struct NoStock(ParseIntError);

impl NoStock {
    fn new() -> Self {
        Self("x".parse::<u16>().expect_err("no number"))
    }
}

impl fmt::Display for NoStock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no stock")
    }
}

impl Error for NoStock {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

/// A recorder, and a scope in which everything is captured and recorded.
fn recorder() -> (Recorder, Scope) {
    let recorder = Recorder::new();
    let scope = recorder.scope(
        Options::new("")
            .repeats_per_minute(0)
            .queue(100_000, 1024 * 1024 * 1024),
    );
    (recorder, scope)
}
