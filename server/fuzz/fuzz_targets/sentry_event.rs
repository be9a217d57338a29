//! Sentry's events: any bytes are one, are skipped by kind, or are refused by name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::{
    protocol::{
        Received, rollbar,
        sentry::{self, Part},
    },
    take,
};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Part::Occurrence(occurrence)) = sentry::store(bytes, &Received::default()) {
        rollbar::payload(&occurrence);
        take(*occurrence);
    }
});
