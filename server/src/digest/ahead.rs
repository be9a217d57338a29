//! The next batch, read and prepared while the one before it is applied.

use std::time::{Duration, SystemTime};

use anyhow::{Context, anyhow};
use metrics::histogram;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, spawn_blocking},
};
use tracing::warn;

use super::{
    grouping::Grouping,
    prepare::{self, Ready},
};
use crate::{
    clock::Clock,
    journal::{Position, Reader},
    telemetry,
};

/// Most records in one transaction: beyond this it holds locks for longer than 100 ms on two cores
/// and pages that change an item begin to feel it; below 100 the commit dominates.
const BATCH_MAX_RECORDS: usize = 500;
/// Most bytes in one transaction, so that large occurrences do not make it long.
const BATCH_MAX_BYTES: usize = 4 << 20;
/// Where so many records wait, more come in a moment: then the batch is waited for until it is full, but
/// not longer than this. A batch of fifty costs Postgres two and a half times as much a record as one
/// of five hundred, and nobody sees a fifth of a second.
const BUSY_FROM_RECORDS: u64 = 10;
const GATHER_MAX: Duration = Duration::from_millis(200);
/// Segments stay for that long after they are digested: a Postgres that was restored a little older
/// finds them again.
const SEGMENT_KEPT: Duration = Duration::from_hours(1);
/// How often is looked for segments that may go while there is nothing to read: a full disk takes
/// nothing until they went.
const RELEASE_EVERY: Duration = Duration::from_secs(10);

/// Batches in the journal's order, one ahead of the one that is applied.
pub struct Ahead {
    batches: mpsc::Receiver<anyhow::Result<Ready>>,
    applied: watch::Sender<Position>,
    reading: JoinHandle<()>,
}

impl Ahead {
    /// Begins where `reader` stands, which is where everything before is applied.
    pub fn new(reader: Reader, clock: Clock) -> Self {
        let (read, batches) = mpsc::channel(1);
        let (applied, up_to) = watch::channel(reader.position());
        let reading = tokio::spawn(read_all(reader, clock, up_to, read));
        Self {
            batches,
            applied,
            reading,
        }
    }

    /// The next batch, once there is something to read. Nothing comes after an error. Safe to cancel.
    pub async fn next(&mut self) -> anyhow::Result<Ready> {
        let next = self.batches.recv().await;
        next.unwrap_or_else(|| Err(anyhow!("the journal is not read any more")))
    }

    /// Everything before `up_to` is committed: its segments need not be kept for ever.
    pub fn applied(&self, up_to: Position) {
        self.applied.send_replace(up_to);
    }

    /// Ends reading. The journal has one reader at a time, so whoever begins anew waits for this.
    pub async fn end(self) {
        drop(self.batches);
        // A panic of it was told by what it left out.
        let _ = self.reading.await;
    }
}

async fn read_all(
    mut reader: Reader,
    clock: Clock,
    applied: watch::Receiver<Position>,
    batches: mpsc::Sender<anyhow::Result<Ready>>,
) {
    let mut grouping = Grouping::default();
    loop {
        // Not read before there is a place for it, so that one batch waits and not two.
        let Ok(place) = batches.reserve().await else {
            return;
        };
        let is_ready = tokio::select! {
            biased;
            () = batches.closed() => return,
            () = gathered(&reader) => true,
            // Segments may be due, or the disk be full, while nothing comes.
            () = tokio::time::sleep(RELEASE_EVERY) => false,
        };
        let (up_to, clock) = (*applied.borrow(), clock.clone());
        let step = spawn_blocking(move || {
            release(&mut reader, up_to, clock.now().into());
            let ready = is_ready.then(|| next(&mut reader, &mut grouping, &clock));
            (reader, grouping, ready.transpose())
        });
        match step.await.context("preparing a batch was interrupted") {
            Ok((read, known, Ok(ready))) => {
                (reader, grouping) = (read, known);
                if let Some(ready) = ready {
                    place.send(Ok(ready));
                }
            }
            Ok((_, _, Err(error))) | Err(error) => {
                place.send(Err(error));
                return;
            }
        }
    }
}

/// Waits for a batch that is worth a transaction.
async fn gathered(reader: &Reader) {
    reader.readable().await;
    if reader.waiting() >= BUSY_FROM_RECORDS {
        let full = reader.gathered(BATCH_MAX_RECORDS as u64);
        // What there is by then is enough.
        let _ = tokio::time::timeout(GATHER_MAX, full).await;
    }
}

/// Reads and prepares a batch. **Blocks** on the disk, and on the CPU.
fn next(reader: &mut Reader, grouping: &mut Grouping, clock: &Clock) -> anyhow::Result<Ready> {
    let begun = clock.instant();
    let batch = reader
        .next_batch(BATCH_MAX_RECORDS, BATCH_MAX_BYTES)
        .context("reading the journal")?;
    let read = clock.instant();
    let ready = prepare::prepare(batch, grouping);
    for (stage, took) in [("read", read - begun), ("prepare", read.elapsed())] {
        histogram!(telemetry::DIGEST_STAGE_SECONDS, "stage" => stage).record(took);
    }
    Ok(ready)
}

/// Deletes segments that were digested long enough ago. **Blocks** on the disk.
fn release(reader: &mut Reader, up_to: Position, now: SystemTime) {
    if let Err(error) = reader.release(up_to, SEGMENT_KEPT, now) {
        warn!(error = %error, "digested segments could not be deleted");
    }
}
