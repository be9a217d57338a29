//! The panic hook.
//!
//! It runs before the one that was there, on the thread that panics, with the scope of whatever
//! panicked. Where the process is about to end it waits until everything is safe.

use std::{
    panic::{self, PanicHookInfo},
    sync::Once,
    thread,
};

use crate::{Level, Occurrence, client, seen, text};

/// Longest text of a panic that is kept.
const TEXT_MAX_BYTES: usize = 64 * 1024;

/// What std says when a panic cannot go on, and the process aborts after the hook.
const LAST_WORDS: [&str; 2] = [
    "panic in a function that cannot unwind",
    "panic in a destructor during cleanup",
];

static INSTALLED: Once = Once::new();

/// Puts our hook before the one that is there, once in the life of the process.
pub(crate) fn install() {
    // A hook cannot be set while the thread panics.
    if thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            capture(info);
            previous(info);
        }));
    });
}

fn capture(info: &PanicHookInfo<'_>) {
    let Some(client) = client::current() else {
        return;
    };
    if !client.options.panic_hook || client::is_within() {
        return;
    }
    let message = text::head(seen::of(info.payload()), TEXT_MAX_BYTES);
    client::capture(|| {
        let mut occurrence = Occurrence::panic(message).level(Level::Critical);
        occurrence.location = info.location().map(|location| crate::occurrence::Place {
            file: location.file().to_owned().into(),
            line: location.line(),
            column: Some(location.column()),
        });
        occurrence
    });
    if cfg!(panic = "abort") || LAST_WORDS.contains(&message) {
        client.flush_at_end();
    }
}
