//! The server's pure modules, compiled by themselves for the fuzzers.
//!
//! With the whole server, its database driver and its web framework instrumented too, a build takes
//! ten times as long and finds nothing more: what is fuzzed here uses neither.

#![allow(dead_code, missing_docs, unused_imports)]

#[path = "../../src/fingerprint/mod.rs"]
pub mod fingerprint;
#[path = "../../src/model/mod.rs"]
pub mod model;
#[path = "../../src/protocol/mod.rs"]
pub mod protocol;
#[path = "../../src/protocol/recordings.rs"]
pub mod recordings;
#[path = "../../src/scrub/mod.rs"]
pub mod scrub;

use model::{evidence::Evidence, occurrence::Occurrence};

/// All that is done to an occurrence before it is stored.
pub fn take(mut occurrence: Occurrence<'_>) {
    scrub::scrub(&mut occurrence, &scrub::ScrubKeys::default());
    group(&Evidence::from(&occurrence));

    let json = serde_json::to_string(&occurrence).expect("an occurrence can be written");
    let again: Occurrence<'_> = serde_json::from_str(&json).expect("what is stored can be read");
    assert_eq!(again.uuid, occurrence.uuid);
}

/// All that is made of what grouping looks at.
pub fn group(evidence: &Evidence) {
    let fingerprint = fingerprint::fingerprint(evidence);
    assert_eq!(fingerprint, fingerprint::fingerprint(evidence));
    fingerprint::older(evidence).for_each(drop);
    fingerprint::explain(evidence);
    fingerprint::title::title(evidence);
    fingerprint::title::culprit(evidence);
}
