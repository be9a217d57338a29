//! What is over: partitions that are dropped whole, what projects keep for less time than the
//! instance, and hours that nobody looks back to.
//!
//! One node does it at a time. Each step is whole in itself, so that the next run goes on wherever
//! this one was interrupted.

use std::time::Duration;

use chrono::{DateTime, Months, TimeDelta, Utc};
use sqlx::PgConnection;
use tracing::{debug, info};

use super::{FACETS, FACETS_KEPT_DAYS, ORPHANS};
use crate::{
    clock::Clock,
    model::{id::ProjectId, retention::kept_since},
    store::{
        self, Db, dictionaries, facets,
        partitions::{self, Parent, Step},
        retention,
    },
};

/// How long hours of items and projects are kept: a year can be held against the one before it.
const HOURS_KEPT: Months = Months::new(13);
/// How long it is known what was counted and not stored: for as long as an occurrence that is sent
/// again counts as the same one, and a day more, for a journal that is behind.
const UNSTORED_KEPT_DAYS: i32 = 2;

/// How much longer dictionaries are kept than what was compressed with them last: as long as a journal
/// may be behind.
const DICTIONARIES_KEPT: TimeDelta = TimeDelta::days(30);

/// Occurrences or feedback that one statement deletes: some tens of milliseconds.
const STEP: i64 = 1_000;
/// Hours that one statement deletes: some tens of milliseconds.
const HOURS: i64 = 10_000;

/// How often a step is tried that had to wait longer, before it is left to the next run.
const ATTEMPTS: u32 = 12;
/// How long it rests between them.
const PAUSE: Duration = Duration::from_secs(1);

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Partitions that were dropped.
    pub partitions: Vec<String>,
    /// Occurrences of projects that keep them for less time.
    pub occurrences: u64,
    /// Hours of counts.
    pub hours: u64,
    /// Records that could not be digested.
    pub dead_letters: u64,
}

/// Deletes what is older than it is kept, `days` for all that was sent; `None` while another node is
/// at it.
///
/// By the earlier of our clock and Postgres's: one that is ahead must not delete what is young.
///
/// # Errors
/// Also where a transaction that began before does not end: the next run goes on.
pub async fn retain(db: &Db, clock: &Clock, days: i32) -> store::Result<Option<Retained>> {
    let Some(mut connection) = partitions::retire_alone(db).await? else {
        debug!("another node deletes what is over");
        return Ok(None);
    };
    let now = clock.now().min(store::now(&mut connection).await?);
    let mut retained = Retained::default();
    let done = retain_at(db, &mut connection, now, days, &mut retained).await;
    if retained != Retained::default() {
        info!(
            partitions = retained.partitions.len(),
            occurrences = retained.occurrences,
            hours = retained.hours,
            dead_letters = retained.dead_letters,
            "the keeper deleted what is older than it is kept"
        );
    }
    // It may be the connection that broke; what went wrong is in `done`.
    drop(connection);
    done.map(|()| Some(retained))
}

async fn retain_at(
    db: &Db,
    connection: &mut PgConnection,
    now: DateTime<Utc>,
    days: i32,
    retained: &mut Retained,
) -> store::Result<()> {
    let mut waiting = Ok(());
    for parent in Parent::ALL {
        let since = match parent {
            Parent::Occurrences | Parent::Attachments | Parent::Feedback => kept_since(now, days),
            Parent::Unstored => kept_since(now, UNSTORED_KEPT_DAYS),
            Parent::ItemHours => now - HOURS_KEPT,
        };
        match retire(connection, parent, since, retained).await {
            // A backup may hold on to it for hours: nothing else has to wait for that.
            Err(error) if store::is_lock_timeout(&error) => waiting = Err(error),
            done => done?,
        }
    }
    for (project, days) in retention::shorter_than(db, days).await? {
        retain_project(db, project, now, days, retained).await?;
    }
    let since = kept_since(now, days);
    dictionaries::delete_unused(db, since - DICTIONARIES_KEPT).await?;
    retained.dead_letters += retention::delete_dead_letters(db, None, since).await?;
    retain_hours(db, now - HOURS_KEPT, retained).await?;
    waiting
}

/// Drops what of a table's partitions is over.
async fn retire(
    connection: &mut PgConnection,
    parent: Parent,
    since: DateTime<Utc>,
    retained: &mut Retained,
) -> store::Result<()> {
    while let Some(step) = next(connection, parent, since).await? {
        if let Step::Dropped(name) = step {
            retained.partitions.push(name);
        }
    }
    Ok(())
}

/// The next step of a table's partitions, tried again while older transactions are in its way.
async fn next(
    connection: &mut PgConnection,
    parent: Parent,
    since: DateTime<Utc>,
) -> store::Result<Option<Step>> {
    let mut attempts = 1;
    loop {
        match partitions::retire_next(connection, parent, since.date_naive()).await {
            Err(error) if store::is_lock_timeout(&error) && attempts < ATTEMPTS => {
                debug!(
                    table = parent.name(),
                    attempts, "an older transaction is waited for"
                );
                attempts += 1;
                tokio::time::sleep(PAUSE).await;
            }
            done => return done,
        }
    }
}

/// Deletes row by row what a project keeps for less time than the instance.
async fn retain_project(
    db: &Db,
    project: ProjectId,
    now: DateTime<Utc>,
    days: i32,
    retained: &mut Retained,
) -> store::Result<()> {
    let since = kept_since(now, days);
    loop {
        let mut tx = db.begin().await?;
        let deleted = retention::delete_occurrences(&mut tx, project, since, STEP).await?;
        tx.commit().await?;
        retained.occurrences += deleted;
        if deleted == 0 {
            break;
        }
    }
    while retention::delete_attachments(db, project, since, ORPHANS).await? > 0 {}
    while retention::delete_feedback(db, project, since, STEP).await? > 0 {}
    if days < FACETS_KEPT_DAYS {
        let first_day = since.date_naive();
        while retention::delete_facets(db, project, first_day, FACETS).await? > 0 {}
    }
    retained.dead_letters += retention::delete_dead_letters(db, Some(project), since).await?;
    Ok(())
}

/// Deletes hours of projects and of outcomes; those of items go with their partitions.
async fn retain_hours(db: &Db, since: DateTime<Utc>, retained: &mut Retained) -> store::Result<()> {
    loop {
        let deleted = retention::delete_project_hours(db, since, HOURS).await?
            + retention::delete_usage_hours(db, since, HOURS).await?;
        retained.hours += deleted;
        if deleted == 0 {
            return Ok(());
        }
    }
}

/// Forgets facets of days that no page looks back to, or that are older than `days`.
pub async fn forget_facets(db: &Db, now: DateTime<Utc>, days: i32) -> store::Result<()> {
    let first_day = kept_since(now, days.min(FACETS_KEPT_DAYS)).date_naive();
    while facets::delete_before(db, first_day, FACETS).await? > 0 {}
    Ok(())
}
