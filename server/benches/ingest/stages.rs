//! What each stage costs by itself, on one core.

use std::{hint::black_box, time::Duration};

use rollcage_server::{
    clock::Clock,
    fingerprint,
    model::{
        body,
        entry::{Entry, Head},
        id::ProjectId,
    },
    protocol::{Received, rollbar},
    scrub::{self, ScrubKeys},
};

use super::bodies::{self, Kind};

/// Times that each stage is done; the quickest third is what it costs.
const ROUNDS: usize = 3_000;

/// Prints a table of the stages of each kind of body.
pub fn print(kinds: &[Kind]) -> anyhow::Result<()> {
    println!("body             parse  scrub  head  compress  encode  decode  fingerprint");
    for kind in kinds {
        let bytes = bodies::recorded(*kind)?;
        let keys = ScrubKeys::default();
        let parsed = rollbar::parse(&bytes, &Received::default())?.occurrence;
        let mut scrubbed = parsed.clone();
        scrub::scrub(&mut scrubbed, &keys);
        let now = Clock::default().now();
        let head = Head::new(ProjectId(1), now, &scrubbed);
        let entry = Entry {
            head,
            body: body::encode(&scrubbed),
        };
        let record = entry.encode();

        let parse = measure(|| rollbar::parse(black_box(&bytes), &Received::default()).map(drop));
        let copy = measure(|| parsed.clone());
        let scrub = measure(|| {
            let mut occurrence = parsed.clone();
            scrub::scrub(&mut occurrence, &keys);
            occurrence
        });
        let head = measure(|| Head::new(ProjectId(1), now, black_box(&scrubbed)));
        let compress = measure(|| body::encode(black_box(&scrubbed)));
        let encode = measure(|| black_box(&entry).encode());
        let decode = measure(|| Entry::decode(black_box(&record)).map(drop));
        let fingerprint = measure(|| fingerprint::fingerprint(black_box(&entry.head.evidence)));
        println!(
            "{:<15} {:>6.0} {:>6.0} {:>5.0} {:>9.0} {:>7.0} {:>7.0} {:>12.0}",
            kind.name,
            parse,
            (scrub - copy).max(0.0),
            head,
            compress,
            encode,
            decode,
            fingerprint
        );
    }
    Ok(())
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
