//! What each stage costs by itself, on one core.

use std::{hint::black_box, time::Duration};

use anyhow::{Context, bail};
use rollcage_server::{
    clock::Clock,
    fingerprint,
    model::occurrence::Occurrence,
    model::{
        body::{self, Dictionary},
        entry::{Entry, Head},
        evidence::Evidence,
        id::ProjectId,
    },
    protocol::{
        Received, rollbar,
        sentry::{self, Part},
    },
    scrub::{self, ScrubKeys},
};

use super::bodies::{self, Mode, Protocol};

/// Times that each stage is done; the quickest third is what it costs.
const ROUNDS: usize = 3_000;

/// Prints a table of the stages of each protocol's typical body.
pub fn print(protocols: &[Protocol]) -> anyhow::Result<()> {
    println!("protocol  bytes  parse  scrub  head  compress  trained  encode  decode  fingerprint");
    for &protocol in protocols {
        let bytes = bodies::typical_json(protocol)?;
        let keys = ScrubKeys::default();
        let parsed = parse(protocol, &bytes)?;
        let mut scrubbed = parsed.clone();
        scrub::scrub(&mut scrubbed, &keys);
        let now = Clock::default().now();
        let evidence = Evidence::from(&scrubbed);
        let entry = Entry::new(
            Head::new(ProjectId(1), now, &scrubbed),
            &evidence,
            body::encode(&scrubbed, None),
        );
        let record = entry.encode();

        let parse = measure(|| parse(protocol, black_box(&bytes)).map(drop));
        let copy = measure(|| parsed.clone());
        let scrub = measure(|| {
            let mut occurrence = parsed.clone();
            scrub::scrub(&mut occurrence, &keys);
            occurrence
        });
        let head = measure(|| {
            let head = Head::new(ProjectId(1), now, black_box(&scrubbed));
            Entry::new(head, &Evidence::from(&scrubbed), Vec::new())
        });
        let compress = measure(|| body::encode(black_box(&scrubbed), None));
        let dictionary = dictionary(protocol)?;
        let packed = measure(|| body::encode(black_box(&scrubbed), Some(&dictionary)));
        let encode = measure(|| black_box(&entry).encode());
        let decode = measure(|| Entry::decode(black_box(&record)).map(drop));
        let fingerprint = measure(|| fingerprint::fingerprint(black_box(&evidence)));
        println!(
            "{:<8} {:>6} {:>6.0} {:>6.0} {:>5.0} {:>9.0} {:>8.0} {:>7.0} {:>7.0} {:>12.0}",
            protocol.name(),
            bytes.len(),
            parse,
            (scrub - copy).max(0.0),
            head,
            compress,
            packed,
            encode,
            decode,
            fingerprint
        );
    }
    Ok(())
}

/// One that knows what the typical body's SDK sends.
fn dictionary(protocol: Protocol) -> anyhow::Result<Dictionary> {
    let bodies = bodies::bodies(protocol, Mode::Hot, 1)?.known;
    let body = bodies.first().context("there is one")?;
    let mut occurrence = parse(protocol, &body.json)?;
    scrub::scrub(&mut occurrence, &ScrubKeys::default());
    let json = serde_json::to_vec(&occurrence)?;
    Ok(Dictionary::new(&json))
}

fn parse(protocol: Protocol, bytes: &[u8]) -> anyhow::Result<Occurrence<'_>> {
    match protocol {
        Protocol::Rollbar => Ok(rollbar::parse(bytes, &Received::default())?.occurrence),
        Protocol::Sentry => match sentry::store(bytes, &Received::default())? {
            Part::Occurrence(occurrence) => Ok(*occurrence),
            other => bail!("an occurrence, not {other:?}"),
        },
    }
}

/// Microseconds of one call: the mean of the quickest third, so that neighbours do not count.
fn measure<T>(mut stage: impl FnMut() -> T) -> f64 {
    let clock = Clock::default();
    let mut taken: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let started = clock.instant();
            black_box(stage());
            started.elapsed()
        })
        .collect();
    taken.sort_unstable();
    let quickest = &taken[..ROUNDS / 3];
    let sum: Duration = quickest.iter().sum();
    #[expect(clippy::cast_precision_loss, reason = "a thousand rounds")]
    let mean = sum.as_secs_f64() * 1e6 / quickest.len() as f64;
    mean
}
