//! What somebody who waits at a terminal sees: one line that changes.

use std::{
    io::{IsTerminal, Write},
    sync::atomic::{AtomicBool, Ordering},
};

/// The line. Where standard error is no terminal there is none.
#[derive(Debug)]
pub struct Progress {
    is_shown: bool,
    is_begun: AtomicBool,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            is_shown: std::io::stderr().is_terminal(),
            is_begun: AtomicBool::new(false),
        }
    }
}

impl Progress {
    /// Says what is being done now.
    pub fn say(&self, what: &str) {
        if self.is_shown {
            self.is_begun.store(true, Ordering::Relaxed);
            let mut stderr = std::io::stderr().lock();
            // It is only for the eye.
            let _ = write!(stderr, "\r\x1b[K{what} …").and_then(|()| stderr.flush());
        }
    }

    /// Says how much of something is done.
    pub fn say_bytes(&self, what: &str, done: u64) {
        if self.is_shown {
            self.say(&format!("{what}: {}", bytes(done)));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_begun.load(Ordering::Relaxed) {
            eprint!("\r\x1b[K");
        }
    }
}

/// A size as a person reads it: `1.3 GB`.
pub fn bytes(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB")];
    for (unit, name) in UNITS {
        if bytes >= unit {
            let tenths = bytes / (unit / 10);
            return format!("{}.{} {name}", tenths / 10, tenths % 10);
        }
    }
    format!("{bytes} bytes")
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_short() {
        for (count, said) in [
            (0, "0 bytes"),
            (999, "999 bytes"),
            (1049, "1.0 kB"),
            (2_349_999, "2.3 MB"),
            (71_000_000_000, "71.0 GB"),
        ] {
            assert_eq!(bytes(count), said);
        }
    }
}
