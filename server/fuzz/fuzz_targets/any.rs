//! What a person pastes into the test box.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::protocol::{Received, unwrap};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(body) = unwrap(bytes)
        && let Ok(read) = body.read(&Received::default())
    {
        read.occurrence();
    }
});
