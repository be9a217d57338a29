//! The splitter of envelopes, and all that it hands on.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::{
    protocol::{
        Received,
        sentry::{self, Part},
    },
    take,
};

fuzz_target!(|bytes: &[u8]| {
    let header = sentry::header(bytes);
    let Ok(envelope) = sentry::envelope(bytes, &Received::default()) else {
        assert!(header.is_err());
        return;
    };
    assert_eq!(header, Ok(envelope.header));
    let mut attached = 0;
    for part in envelope.parts {
        match part {
            Part::Occurrence(occurrence) => take(*occurrence),
            Part::Attachment(file) => {
                attached += file.bytes.len();
                assert!(file.name.len() <= 255);
            }
            _ => {}
        }
    }
    assert!(attached <= bytes.len());
});
