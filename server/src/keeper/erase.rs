//! Erasing what people deleted, in small steps.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    clock::Clock,
    model::{entry::Entry, id::ProjectId},
    store::{
        self, Db, dead_letters,
        erasures::{self, Erasure, What},
    },
};

/// Occurrences that one step erases: some tens of milliseconds.
const STEP: i64 = 1_000;
/// How often it is looked for something to erase when nobody says that there is.
const POLL: Duration = Duration::from_secs(15);
/// How long a person's erasure is repeated: longer than a journal is behind after an outage.
const SWEPT_FOR: TimeDelta = TimeDelta::days(1);
/// Dead letters that are read at once.
const DEAD_LETTERS: i64 = 100;

/// Erases until cancelled.
pub async fn run_until(db: Db, clock: Clock, wake: Arc<Notify>, cancelled: CancellationToken) {
    while !cancelled.is_cancelled() {
        match step(&db, &clock).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => warn!(error = %error, "erasing was interrupted; it goes on later"),
        }
        tokio::select! {
            () = cancelled.cancelled() => {}
            () = wake.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Erases once more what persons' erasures of the last day were to erase: a journal that was behind
/// may have brought it since. Then it is forgotten who they were.
pub async fn sweep(db: &Db, now: DateTime<Utc>) -> store::Result<()> {
    for erasure in erasures::of_persons(db).await? {
        let mut tx = db.begin().await?;
        while erasures::step(&mut tx, &erasure, STEP).await? > 0 {
            tx.commit().await?;
            tx = db.begin().await?;
        }
        tx.commit().await?;
    }
    erasures::forget_persons(db, now - SWEPT_FOR).await
}

/// One step of the oldest erasure; false where none is open.
async fn step(db: &Db, clock: &Clock) -> store::Result<bool> {
    let mut tx = db.begin().await?;
    let Some(erasure) = erasures::next(&mut tx).await? else {
        return Ok(false);
    };
    if erasures::step(&mut tx, &erasure, STEP).await? == 0 {
        finish(&mut tx, &erasure).await?;
        erasures::complete(&mut *tx, erasure.id, clock.now()).await?;
        info!(
            project.id = %erasure.project,
            occurrences = erasure.erased,
            "what was deleted is erased"
        );
    }
    tx.commit().await?;
    Ok(true)
}

async fn finish(tx: &mut sqlx::PgConnection, erasure: &Erasure) -> store::Result<()> {
    match &erasure.what {
        What::Item(..) => Ok(()),
        What::Person(person) => forget_dead_letters(tx, erasure.project, person).await,
        What::Project => erasures::finish_project(tx, erasure.project).await,
    }
}

/// Erases a person's occurrences from among those that could not be stored.
async fn forget_dead_letters(
    tx: &mut sqlx::PgConnection,
    project: ProjectId,
    person: &str,
) -> store::Result<()> {
    let mut after = 0;
    loop {
        let letters = dead_letters::of_project(&mut *tx, project, after, DEAD_LETTERS).await?;
        let Some((last, _)) = letters.last() else {
            return Ok(());
        };
        after = *last;
        let theirs: Vec<i64> = letters
            .iter()
            .filter(|(_, record)| {
                Entry::decode(record)
                    .is_ok_and(|entry| entry.head.person.as_deref() == Some(person))
            })
            .map(|(id, _)| *id)
            .collect();
        dead_letters::delete(&mut *tx, &theirs).await?;
    }
}
