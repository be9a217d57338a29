//! Scrubbing: twice is once, in any text, whatever its key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::{
    model::{
        id::OccurrenceUuid,
        occurrence::{Body, Message, Occurrence},
    },
    scrub::{self, ScrubKeys},
};
use uuid::Uuid;

// The first line is a key, the rest a text that stands everywhere a text may stand.
fuzz_target!(|text: &str| {
    let (key, text) = text.split_once('\n').unwrap_or_default();
    let message = Message {
        text: text.into(),
        ..Message::default()
    };
    let mut once = Occurrence::new(OccurrenceUuid(Uuid::nil()), Body::Message(message));
    once.custom.insert(key, text);
    once.context = Some(text.into());
    scrub::scrub(&mut once, &ScrubKeys::default());
    let mut twice = once.clone();
    scrub::scrub(&mut twice, &ScrubKeys::default());
    assert_eq!(once, twice);
});
