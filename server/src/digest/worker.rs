//! The loop of the digest: read, prepare, apply, advance; retry what is passing, halve what is not.

use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{NaiveDate, TimeDelta};
use futures_util::FutureExt;
use metrics::{counter, histogram};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};

use super::{
    ahead::Ahead,
    apply::{self, Applied},
    environments::Environments,
    prepare::{Companion, Prepared, Ready},
    rates::Rates,
};
use crate::{
    clock::Clock,
    health::Health,
    journal::{Folder, Position, Reader},
    model::outcome::Outcome,
    store::{
        self, Db,
        cursors::{self, Cursor},
        dead_letters,
        listener::{self, Notice},
        partitions,
        silence::{self, within},
    },
    telemetry,
    usage::Usage,
};

/// Waits between attempts grow from the first to the second.
const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(30);
/// How far from Postgres's clock a time of receipt may lie. A backlog may be old; the future is a
/// wrong clock.
const PLAUSIBLE_PAST: TimeDelta = TimeDelta::days(30);
const PLAUSIBLE_FUTURE: TimeDelta = TimeDelta::days(1);

/// The digest of this node's journal.
pub struct Worker {
    /// Connections of its own, so that pages cannot starve it.
    pub db: Db,
    /// The journal.
    pub journal: Arc<Folder>,
    /// Where it tells how it does.
    pub health: Health,
    /// Where outcomes of what it gives up are counted.
    pub usage: Usage,
    /// The time.
    pub clock: Clock,
}

/// What it knows from batches before, and need not ask for again.
#[derive(Default)]
struct Known {
    /// Days that have their partitions.
    days: HashSet<NaiveDate>,
    environments: Environments,
    rates: Rates,
}

/// Why a batch was not applied.
enum Failure {
    /// The same may succeed later.
    Passing(anyhow::Error),
    /// The cursor is not where we left it: somebody, or a commit whose answer got lost, was here.
    CursorMoved,
    /// Something in the batch cannot be applied.
    Batch(anyhow::Error),
}

impl Worker {
    /// Digests until cancelled; what is being applied then is finished.
    pub async fn run_until(self, cancelled: CancellationToken) {
        let mut wait = RETRY_MIN;
        while !cancelled.is_cancelled() {
            // A panic is a bug of ours; it must not end the digest for good.
            let digested = AssertUnwindSafe(self.digest(&cancelled, &mut wait))
                .catch_unwind()
                .await;
            let failed = match digested {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(_panic) => anyhow::anyhow!("the digest panicked; the log has where"),
            };
            self.health.digest_fails(format!("{failed:#}"));
            counter!(telemetry::DIGEST_RETRIES).increment(1);
            warn!(
                error = format!("{failed:#}"),
                "digest waits {wait:?}; ingest continues from the journal"
            );
            tokio::select! {
                () = cancelled.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
            }
            wait = (wait * 2).min(RETRY_MAX);
        }
    }

    /// Digests from the stored cursor on, until cancelled or something passing is in the way.
    async fn digest(
        &self,
        cancelled: &CancellationToken,
        wait: &mut Duration,
    ) -> anyhow::Result<()> {
        let mut known = Known::default();
        let mut ahead = self.ahead().await?;
        loop {
            let ready = tokio::select! {
                biased;
                () = cancelled.cancelled() => {
                    ahead.end().await;
                    return Ok(());
                }
                ready = ahead.next() => ready,
            };
            let applied = match ready {
                // What was too slow is given more time with each attempt.
                Ok(ready) => {
                    let patience = silence::PATIENCE + *wait * 10;
                    within(patience, self.apply_batch(ready, &mut known)).await
                }
                Err(error) => Err(error),
            };
            match applied {
                Ok(Some(up_to)) => {
                    *wait = RETRY_MIN;
                    ahead.applied(up_to);
                    self.health.digest_advanced(up_to);
                }
                Ok(None) => {
                    // Postgres may be another one, restored or a replica: nothing is known of it.
                    known = Known::default();
                    ahead.end().await;
                    ahead = self.ahead().await?;
                }
                Err(error) => {
                    ahead.end().await;
                    return Err(error);
                }
            }
        }
    }

    /// Batches from the stored cursor on.
    async fn ahead(&self) -> anyhow::Result<Ahead> {
        let reader = within(silence::PATIENCE, self.reader()).await?;
        self.health.digest_begins(reader.position());
        Ok(Ahead::new(reader, self.clock.clone()))
    }

    /// Applies a batch: up to where everything is applied now; `None` where the cursor moved.
    async fn apply_batch(
        &self,
        mut ready: Ready,
        known: &mut Known,
    ) -> anyhow::Result<Option<Position>> {
        self.clamp(&mut ready).await?;
        known
            .environments
            .hold(&self.db, &mut ready)
            .await
            .context("looking for environments")?;
        self.ensure_partitions(&ready, &mut known.days).await?;
        let is_applied = self.apply_all(&ready, &mut known.rates).await?;
        Ok(is_applied.then_some(ready.batch.end))
    }

    /// A reader at the stored cursor; a new journal is made known first.
    async fn reader(&self) -> anyhow::Result<Reader> {
        let journal = self.journal.journal();
        let stored = cursors::read(&self.db, journal)
            .await
            .context("reading the cursor")?;
        let position = stored.and_then(position_of);
        let reader = Reader::new(Arc::clone(&self.journal), position);
        let start = cursor_of(reader.position());
        match stored {
            None => cursors::insert(&self.db, journal, start, self.clock.now())
                .await
                .context("storing the cursor")?,
            Some(stored) if stored != start => {
                // The journal has nothing at the cursor: it told so, and goes on elsewhere.
                cursors::advance(&self.db, journal, stored, start, self.clock.now())
                    .await
                    .context("moving the cursor")?;
            }
            Some(_) => {}
        }
        Ok(reader)
    }

    async fn clamp(&self, ready: &mut Ready) -> anyhow::Result<()> {
        let now = store::now(&self.db)
            .await
            .context("asking Postgres for the time")?;
        let clamped = ready.clamp(now - PLAUSIBLE_PAST, now + PLAUSIBLE_FUTURE);
        if clamped > 0 {
            counter!(telemetry::CLAMPED_TIMES).increment(clamped);
            warn!(
                batch.records = clamped,
                "times of receipt differ from Postgres's clock by days and were moved"
            );
        }
        Ok(())
    }

    async fn ensure_partitions(
        &self,
        ready: &Ready,
        days: &mut HashSet<NaiveDate>,
    ) -> anyhow::Result<()> {
        for day in ready.days() {
            if days.insert(day) {
                partitions::ensure(&self.db, day)
                    .await
                    .context("making partitions")?;
            }
        }
        Ok(())
    }

    /// Applies a batch, in parts where something in it is in the way; false where the cursor moved.
    async fn apply_all(&self, ready: &Ready, rates: &mut Rates) -> anyhow::Result<bool> {
        // Parts still to be applied, the next one last: (from, to) in places of the batch.
        let mut parts = vec![(0, ready.prepared.len())];
        while let Some((from, to)) = parts.pop() {
            match self.apply_part(ready, from, to, rates).await {
                Ok(()) => {}
                Err(Failure::Passing(error)) => return Err(error),
                Err(Failure::CursorMoved) => return Ok(false),
                Err(Failure::Batch(error)) if from == to => return Err(error),
                Err(Failure::Batch(error)) if to - from == 1 => {
                    match self.give_up(ready, from, &format!("{error:#}")).await {
                        Ok(()) => {}
                        Err(Failure::CursorMoved) => return Ok(false),
                        Err(Failure::Passing(error) | Failure::Batch(error)) => return Err(error),
                    }
                }
                Err(Failure::Batch(error)) => {
                    // What it was told counts what may never be stored.
                    *rates = Rates::default();
                    let middle = from + (to - from) / 2;
                    debug!(
                        error = format!("{error:#}"),
                        batch.records = to - from,
                        "a batch is halved"
                    );
                    parts.push((middle, to));
                    parts.push((from, middle));
                }
            }
        }
        Ok(true)
    }

    /// One transaction: the records from one place to another, and the cursor.
    async fn apply_part(
        &self,
        ready: &Ready,
        from: usize,
        to: usize,
        rates: &mut Rates,
    ) -> Result<(), Failure> {
        let started = self.clock.instant();
        let now = self.clock.now();
        let mut tx = self.db.begin().await.map_err(failure)?;
        let records: Vec<&Prepared> = ready.prepared[from..to].iter().flatten().collect();
        let companions: Vec<&Companion> = ready
            .companions
            .iter()
            .filter(|(at, _)| (from..to).contains(at))
            .map(|(_, companion)| companion)
            .collect();
        let applied = apply::apply(&mut tx, &records, &companions, rates, now)
            .await
            .map_err(failure)?;
        for unreadable in ready
            .unreadable
            .iter()
            .filter(|one| (from..to).contains(&one.at))
        {
            let record = &ready.batch.records[unreadable.at];
            dead_letters::insert(
                &mut *tx,
                self.journal.journal(),
                None,
                &unreadable.reason,
                record,
                now,
            )
            .await
            .map_err(failure)?;
        }
        self.advance(&mut tx, ready, from, to).await?;
        let applied_at = self.clock.instant();
        tx.commit().await.map_err(failure)?;

        histogram!(telemetry::DIGEST_SECONDS).record(started.elapsed());
        for (stage, took) in [
            ("apply", applied_at - started),
            ("commit", applied_at.elapsed()),
        ] {
            histogram!(telemetry::DIGEST_STAGE_SECONDS, "stage" => stage).record(took);
        }
        histogram!(telemetry::DIGEST_RECORDS).record(u32::try_from(to - from).unwrap_or(u32::MAX));
        let unreadable = ready
            .unreadable
            .iter()
            .filter(|one| (from..to).contains(&one.at))
            .count();
        self.tell(&applied, unreadable as u64).await;
        Ok(())
    }

    /// Puts a record that cannot be applied aside, and moves the cursor past it.
    async fn give_up(&self, ready: &Ready, at: usize, reason: &str) -> Result<(), Failure> {
        let now = self.clock.now();
        let project = ready.project_at(at);
        error!(
            reason,
            "a record cannot be applied; it is among the dead letters"
        );
        let mut tx = self.db.begin().await.map_err(failure)?;
        let record = &ready.batch.records[at];
        let project_id = project.map(|project| project.0);
        dead_letters::insert(
            &mut *tx,
            self.journal.journal(),
            project_id,
            reason,
            record,
            now,
        )
        .await
        .map_err(failure)?;
        self.advance(&mut tx, ready, at, at + 1).await?;
        tx.commit().await.map_err(failure)?;
        self.usage.count(project, Outcome::DeadLetter);
        Ok(())
    }

    /// Moves the cursor, in the transaction that applies what lies between.
    async fn advance(
        &self,
        tx: &mut sqlx::PgConnection,
        ready: &Ready,
        from: usize,
        to: usize,
    ) -> Result<(), Failure> {
        let end_of = |place: usize| ready.batch.ends[place - 1];
        let old = if from == 0 {
            ready.batch.start
        } else {
            end_of(from)
        };
        // Behind the last record there may be damage, which belongs to this batch too.
        let new = if to == ready.prepared.len() {
            ready.batch.end
        } else {
            end_of(to)
        };
        let moved = cursors::advance(
            tx,
            self.journal.journal(),
            cursor_of(old),
            cursor_of(new),
            self.clock.now(),
        )
        .await
        .map_err(failure)?;
        if moved {
            Ok(())
        } else {
            Err(Failure::CursorMoved)
        }
    }

    async fn tell(&self, applied: &Applied, unreadable: u64) {
        counter!(telemetry::OUTCOMES, "outcome" => Outcome::Accepted.as_str())
            .increment(applied.accepted);
        counter!(telemetry::OUTCOMES, "outcome" => Outcome::Unstored.as_str())
            .increment(applied.unstored);
        counter!(telemetry::OUTCOMES, "outcome" => Outcome::Duplicate.as_str())
            .increment(applied.duplicates);
        counter!(telemetry::OUTCOMES, "outcome" => Outcome::Discarded.as_str())
            .increment(applied.discarded);
        for _ in 0..unreadable + applied.orphans {
            self.usage.count(None, Outcome::DeadLetter);
        }
        debug!(
            accepted = applied.accepted,
            duplicates = applied.duplicates,
            "a batch is digested"
        );
        if let Err(error) = listener::notify(
            &self.db,
            &Notice::Digested {
                mails: applied.mails,
                projects: named(&applied.projects),
            },
        )
        .await
        {
            debug!(error = %error, "a notice was lost; whoever waits for it polls");
        }
    }
}

/// Projects as a notice names them: all of a few, none of many, which stands for any. A notice has
/// room for 8,000 bytes.
fn named(projects: &[i64]) -> Vec<i64> {
    const NAMED_MAX: usize = 300;
    if projects.len() <= NAMED_MAX {
        projects.to_vec()
    } else {
        Vec::new()
    }
}

fn failure(error: sqlx::Error) -> Failure {
    if store::is_passing(&error) {
        Failure::Passing(error.into())
    } else {
        Failure::Batch(error.into())
    }
}

fn cursor_of(position: Position) -> Cursor {
    let [segment, offset, sequence] = position.to_columns();
    Cursor {
        segment,
        offset,
        sequence,
    }
}

fn position_of(cursor: Cursor) -> Option<Position> {
    Position::from_columns([cursor.segment, cursor.offset, cursor.sequence])
}
