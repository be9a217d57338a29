//! The normaliser of frames: a stack, one frame a line, its parts between tabs.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rollcage_fuzz::{
    group,
    model::{
        evidence::Evidence,
        id::OccurrenceUuid,
        occurrence::{Body, Frame, Occurrence, Trace},
    },
};
use uuid::Uuid;

/// A platform in the first line, then frames: file, function, module, path, source.
fn occurrence(text: &str) -> Occurrence<'_> {
    let mut lines = text.lines();
    let platform = lines.next().map(Into::into);
    let frames = lines.map(|line| {
        let mut parts = line
            .split('\t')
            .map(|part| Some(part).filter(|part| !part.is_empty()));
        let mut part = || parts.next().flatten().map(Into::into);
        Frame {
            filename: part(),
            method: part(),
            module: part(),
            path: part(),
            code: part(),
            ..Frame::default()
        }
    });
    let trace = Trace {
        class: Some("E".into()),
        frames: frames.collect(),
        ..Trace::default()
    };
    Occurrence {
        language: platform,
        ..Occurrence::new(OccurrenceUuid(Uuid::nil()), Body::Traces(vec![trace]))
    }
}

fuzz_target!(|text: &str| group(&Evidence::from(&occurrence(text))));
