//! What a person pastes into the test box.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::protocol::{Received, read_any};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = read_any(bytes, &Received::default()) {
        read.occurrence();
    }
});
