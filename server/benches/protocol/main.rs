//! What an occurrence costs from its bytes to its fingerprint, step by step, beside what `serde_json`
//! takes to make a `Value` of the same bytes in the same run.
//!
//! `cargo bench -p rollcage-server --bench protocol`. The bytes are the recorded requests of `tests/fixtures` that are JSON, an
//! envelope's event by itself. Times are per occurrence. A sample is some 200 of them, about all there
//! are, so that the rows of all steps speak of the same work.

use std::path::Path;

use divan::{Bencher, counter::BytesCount};
use rollcage_server::{
    fingerprint,
    model::{evidence::Evidence, occurrence::Occurrence},
    protocol::{
        Received, json, rollbar,
        sentry::{self, Part},
    },
    scrub::{self, ScrubKeys},
};
use serde_json::Value;

#[path = "../../src/protocol/recordings.rs"]
#[expect(dead_code, reason = "what is expected of a recording is for tests")]
mod recordings;

fn main() {
    divan::main();
}

/// Whose bodies.
#[derive(Clone, Copy, Debug)]
enum Protocol {
    Rollbar,
    Sentry,
}

const PROTOCOLS: [Protocol; 2] = [Protocol::Rollbar, Protocol::Sentry];

/// Only to know what the machine gives: the common way to read JSON.
#[divan::bench(args = PROTOCOLS, sample_count = 20, sample_size = 200)]
fn a_value(bencher: Bencher, protocol: Protocol) {
    over(bencher, bodies(protocol), |body| {
        drop(serde_json::from_slice::<Value>(body).expect("chosen for being JSON"));
    });
}

/// Our own tree of the same bytes, mended.
#[divan::bench(args = PROTOCOLS, sample_count = 20, sample_size = 200)]
fn b_tree(bencher: Bencher, protocol: Protocol) {
    over(bencher, bodies(protocol), |body| {
        json::parse(body).map(drop)
    });
}

#[divan::bench(args = PROTOCOLS, sample_count = 20, sample_size = 200)]
fn c_parse(bencher: Bencher, protocol: Protocol) {
    over(bencher, bodies(protocol), |body| {
        drop(parse(protocol, body));
    });
}

#[divan::bench(args = PROTOCOLS, sample_count = 20, sample_size = 200)]
fn d_evidence(bencher: Bencher, protocol: Protocol) {
    let inputs = with_bytes(protocol, |occurrence| occurrence);
    over(bencher, &inputs, |(occurrence, _)| {
        Evidence::from(occurrence)
    });
}

#[divan::bench(args = PROTOCOLS, sample_count = 20, sample_size = 200)]
fn e_fingerprint(bencher: Bencher, protocol: Protocol) {
    let inputs = with_bytes(protocol, |occurrence| Evidence::from(&occurrence));
    over(bencher, &inputs, |(evidence, _)| {
        fingerprint::fingerprint(evidence)
    });
}

/// The normaliser of messages alone: each text as a message without a stack.
#[divan::bench(args = PROTOCOLS, sample_count = 20, sample_size = 200)]
fn f_message(bencher: Bencher, protocol: Protocol) {
    let inputs = with_bytes(protocol, |occurrence| {
        let evidence = Evidence::from(&occurrence);
        let reported = evidence.traces.into_iter().next();
        Evidence {
            message: evidence.message.or(reported.map(|trace| trace.message)),
            ..Evidence::default()
        }
    });
    over(bencher, &inputs, |(evidence, _)| {
        fingerprint::fingerprint(evidence)
    });
}

/// What the budget is for: `c`, `d` and `e` together, against `a`.
#[divan::bench(args = PROTOCOLS, sample_count = 20, sample_size = 200)]
fn g_bytes_to_fingerprint(bencher: Bencher, protocol: Protocol) {
    over(bencher, bodies(protocol), |body| {
        fingerprint::fingerprint(&Evidence::from(&parse(protocol, body)))
    });
}

/// Not of the budget, and dearer: secrets are looked for in every text.
#[divan::bench(args = PROTOCOLS, sample_count = 20, sample_size = 200)]
fn h_scrub(bencher: Bencher, protocol: Protocol) {
    let keys = ScrubKeys::default();
    let inputs = with_bytes(protocol, |occurrence| occurrence);
    over(bencher, &inputs, |(occurrence, _)| {
        let mut occurrence = occurrence.clone();
        scrub::scrub(&mut occurrence, &keys);
        occurrence
    });
}

/// Bytes that an input stands for.
trait Sent {
    fn bytes(&self) -> usize;
}

impl Sent for Vec<u8> {
    fn bytes(&self) -> usize {
        self.len()
    }
}

impl<T> Sent for (T, usize) {
    fn bytes(&self) -> usize {
        self.1
    }
}

/// Does `work` on each input in turn.
fn over<I: Sent + Sync, O>(bencher: Bencher, inputs: &[I], work: impl Fn(&I) -> O + Sync) {
    let bytes: usize = inputs.iter().map(Sent::bytes).sum();
    let next = std::sync::atomic::AtomicUsize::new(0);
    bencher
        .counter(BytesCount::new(bytes / inputs.len()))
        .with_inputs(|| {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            &inputs[at % inputs.len()]
        })
        .bench_refs(|input| work(input));
}

/// Events as they are given to the parsers.
fn bodies(protocol: Protocol) -> &'static [Vec<u8>] {
    let fixtures = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures"));
    let is_json = |body: &[u8]| serde_json::from_slice::<Value>(body).is_ok();
    let bodies: Vec<Vec<u8>> = match protocol {
        Protocol::Rollbar => recordings::all(&fixtures.join("rollbar"))
            .into_iter()
            .map(|recording| recording.body)
            .filter(|body| is_json(body) && rollbar::parse(body, &Received::default()).is_ok())
            .collect(),
        Protocol::Sentry => recordings::all(&fixtures.join("sentry"))
            .iter()
            .flat_map(|recording| recording.body.split(|byte| *byte == b'\n'))
            .filter(|line| is_event(line))
            .map(<[u8]>::to_vec)
            .collect(),
    };
    bodies.leak()
}

/// Whether a line of an envelope is its event: headers are objects too.
fn is_event(line: &[u8]) -> bool {
    let tells = ["exception", "message", "logentry"];
    serde_json::from_slice::<Value>(line)
        .is_ok_and(|value| tells.iter().any(|key| value.get(key).is_some()))
        && matches!(
            sentry::store(line, &Received::default()),
            Ok(Part::Occurrence(_))
        )
}

fn parse(protocol: Protocol, body: &[u8]) -> Occurrence<'_> {
    let received = Received::default();
    match protocol {
        Protocol::Rollbar => {
            let item = rollbar::parse(body, &received);
            item.expect("chosen for being an item").occurrence
        }
        Protocol::Sentry => match sentry::store(body, &received) {
            Ok(Part::Occurrence(occurrence)) => *occurrence,
            other => panic!("chosen for being an event: {other:?}"),
        },
    }
}

/// What is made of each occurrence, with the bytes that it came in.
fn with_bytes<T>(protocol: Protocol, make: impl Fn(Occurrence<'static>) -> T) -> Vec<(T, usize)> {
    bodies(protocol)
        .iter()
        .map(|body| (make(parse(protocol, body)), body.len()))
        .collect()
}
