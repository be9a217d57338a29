//! Erasing what people deleted, in small steps.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    clock::Clock,
    model::{id::ProjectId, record::Record},
    store::{
        self, Db, dead_letters,
        erasures::{self, Erasure, What},
        occurrences,
        silence::{LONG_PATIENCE, within},
    },
};

/// Occurrences that one step erases: some tens of milliseconds.
const STEP: i64 = 1_000;
/// How often it is looked for something to erase when nobody says that there is.
const POLL: Duration = Duration::from_secs(15);
/// How long a person's erasure is repeated: longer than a journal is behind after an outage.
const SWEPT_FOR: TimeDelta = TimeDelta::days(1);

/// Erases until cancelled.
pub async fn run_until(db: Db, clock: Clock, wake: Arc<Notify>, cancelled: CancellationToken) {
    while !cancelled.is_cancelled() {
        match within(LONG_PATIENCE, step(&db, &clock)).await {
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
        if let What::Person(person) = &erasure.what {
            forget_dead_letters(&mut tx, erasure.project, person).await?;
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

/// Erases what is a person's from among what could not be stored.
async fn forget_dead_letters(
    tx: &mut sqlx::PgConnection,
    project: ProjectId,
    person: &str,
) -> store::Result<()> {
    let sizes = dead_letters::sizes(&mut *tx, Some(project)).await?;
    for part in dead_letters::parts(&sizes) {
        let mut theirs = Vec::new();
        for (id, record) in dead_letters::lock(&mut *tx, &part).await? {
            if let Ok(record) = Record::decode(&record)
                && may_be_of(tx, project, person, &record).await?
            {
                theirs.push(id);
            }
        }
        dead_letters::delete(&mut *tx, &theirs).await?;
    }
    Ok(())
}

/// Whether a record is a person's. A file may be, unless it belongs to an occurrence that is stored:
/// theirs are erased by now. Feedback goes by what [`feedback::delete_of_person`] goes by.
///
/// [`feedback::delete_of_person`]: crate::store::feedback::delete_of_person
async fn may_be_of(
    tx: &mut sqlx::PgConnection,
    project: ProjectId,
    person: &str,
    record: &Record,
) -> store::Result<bool> {
    match record {
        Record::Occurrence(entry) => Ok(entry.head.person.as_deref() == Some(person)),
        Record::Attachment(file, _) => {
            let (projects, uuids) = ([project.0], [file.occurrence.0]);
            let ever = DateTime::UNIX_EPOCH..DateTime::<Utc>::MAX_UTC;
            let stored = occurrences::known(tx, &projects, &uuids, ever).await?;
            Ok(stored.is_empty())
        }
        Record::Feedback(said) => Ok(match &said.email {
            Some(email) => email.to_lowercase() == person.to_lowercase(),
            None => said.name.as_deref() == Some(person),
        }),
    }
}
