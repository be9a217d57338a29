//! The normaliser of messages, by way of the fingerprint of a message and of an exception's text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::{
    group,
    model::evidence::{Evidence, TraceEvidence},
};

fuzz_target!(|text: &str| {
    group(&Evidence {
        message: Some(text.to_owned()),
        ..Evidence::default()
    });
    group(&Evidence {
        traces: vec![TraceEvidence {
            message: text.to_owned(),
            ..TraceEvidence::default()
        }],
        ..Evidence::default()
    });
});
