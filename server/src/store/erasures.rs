//! What is to be erased, and its erasing in small steps.
//!
//! Each step is short, so that no lock is held for long, and counts what it did in the same
//! transaction, so that a crash in the middle loses nothing.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, types::Uuid};

use super::{Result, attachments, facets, feedback};
use crate::model::id::{ErasureId, ItemCounter, ItemId, ProjectId, UserId};

/// Whose occurrences are erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An item's, which people called by that counter.
    Item(ItemId, ItemCounter),
    /// A person's, as the SDK named them: by id, else by mail address, else by name.
    Person(String),
    /// All of the project, and what is left of the project itself.
    Project,
}

/// A task of erasing.
#[derive(Clone, Debug)]
pub struct Erasure {
    /// Its row.
    pub id: ErasureId,
    /// In which project.
    pub project: ProjectId,
    /// Whose occurrences.
    pub what: What,
    /// The address of who asked for it; `None` where that account is gone.
    pub asked_by: Option<String>,
    /// When.
    pub asked_at: DateTime<Utc>,
    /// Occurrences that were there to erase.
    pub total: i64,
    /// Those that are erased.
    pub erased: i64,
    /// When it was done; `None` while it is not.
    pub done_at: Option<DateTime<Utc>>,
}

/// Counts of facets that one step erases: some tens of milliseconds.
const FACETS: i64 = 10_000;

/// How many occurrences are counted before something is erased; more are said to be more.
pub const COUNTED: i64 = 100_000;

/// How many occurrences of a person are stored; [`COUNTED`] and one for more.
pub async fn count_of_person(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    person: &str,
) -> Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM (
            SELECT FROM occurrences WHERE project_id = $1 AND person = $2 LIMIT $3) AS counted
        "#,
        project.0,
        person,
        COUNTED + 1,
    )
    .fetch_one(db)
    .await
}

/// How many occurrences of a project were counted in all: an upper bound of what is stored.
pub async fn count_of_project(db: impl PgExecutor<'_>, project: ProjectId) -> Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT COALESCE(sum(total), 0)::bigint AS "count!" FROM items
        WHERE project_id = $1 AND merged_into IS NULL
        "#,
        project.0,
    )
    .fetch_one(db)
    .await
}

/// Asks for erasing; what is asked for and not done yet is not asked for twice.
pub async fn insert(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    what: &What,
    total: i64,
    asked_by: UserId,
    at: DateTime<Utc>,
) -> Result<()> {
    let (item, counter, person) = match what {
        What::Item(item, counter) => (Some(item.0), Some(counter.0), None),
        What::Person(person) => (None, None, Some(person.as_str())),
        What::Project => (None, None, None),
    };
    sqlx::query!(
        r#"
        INSERT INTO erasures (project_id, item_id, item_counter, person, asked_by, asked_at, total)
        SELECT $1, $2, $3, $4, $5, $6, $7
        WHERE NOT EXISTS (
            SELECT FROM erasures
            WHERE project_id = $1 AND item_id IS NOT DISTINCT FROM $2
              AND person IS NOT DISTINCT FROM $4 AND done_at IS NULL)
        "#,
        project.0,
        item,
        counter,
        person,
        asked_by.0,
        at,
        total,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// A project's newest erasures, newest first, that were asked for after `since` or are not done.
pub async fn of_project(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Erasure>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT erasures.id AS "id: ErasureId", erasures.project_id AS "project: ProjectId",
               erasures.item_id AS "item: ItemId",
               erasures.item_counter AS "counter: ItemCounter", erasures.person, users.email AS "asked_by?",
               erasures.asked_at, erasures.total, erasures.erased, erasures.done_at
        FROM erasures LEFT JOIN users ON users.id = erasures.asked_by
        WHERE erasures.project_id = $1 AND (erasures.done_at IS NULL OR erasures.asked_at > $2)
        ORDER BY erasures.id DESC
        LIMIT $3
        "#,
        project.0,
        since,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_erasure).collect())
}

/// The oldest erasure that is not done and that no other node works on; locked until the
/// transaction ends.
pub async fn next(tx: &mut PgConnection) -> Result<Option<Erasure>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT id AS "id: ErasureId", project_id AS "project: ProjectId", item_id AS "item: ItemId",
               item_counter AS "counter: ItemCounter",
               person, NULL::text AS asked_by, asked_at, total, erased, done_at
        FROM erasures
        WHERE done_at IS NULL
        ORDER BY id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
        "#,
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(Row::into_erasure))
}

/// Erases up to `limit` occurrences of an erasure with what belongs to them, and counts them; and
/// some of what was counted of them. How much it was: nothing is left where it is 0.
pub async fn step(tx: &mut PgConnection, erasure: &Erasure, limit: i64) -> Result<u64> {
    let project = erasure.project;
    let (uuids, facets) = match &erasure.what {
        What::Item(item, _) => {
            let uuids = delete_of_item(&mut *tx, project, *item, limit).await?;
            facets::lock(&mut *tx).await?;
            let facets = facets::delete_of_item(&mut *tx, project, *item, FACETS).await?;
            (uuids, facets)
        }
        What::Person(person) => delete_of_person(&mut *tx, erasure, person, limit).await?,
        What::Project => {
            let uuids = delete_of_project(&mut *tx, project, limit).await?;
            facets::lock(&mut *tx).await?;
            let facets = facets::delete_of_project(&mut *tx, project, FACETS).await?;
            (uuids, facets)
        }
    };
    attachments::delete_of(&mut *tx, project, &uuids).await?;
    feedback::delete_of(&mut *tx, project, &uuids).await?;
    let erased = uuids.len() as u64;
    sqlx::query!(
        "UPDATE erasures SET erased = erased + $2 WHERE id = $1",
        erasure.id.0,
        erased.cast_signed(),
    )
    .execute(&mut *tx)
    .await?;
    Ok(erased + facets)
}

async fn delete_of_item(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    item: ItemId,
    limit: i64,
) -> Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        DELETE FROM occurrences WHERE project_id = $1 AND (received_at, id) IN (
            SELECT received_at, id FROM occurrences
            WHERE project_id = $1 AND item_id = $2 ORDER BY received_at DESC LIMIT $3)
        RETURNING uuid
        "#,
        project.0,
        item.0,
        limit,
    )
    .fetch_all(db)
    .await
}

/// What of a person is erased: the occurrences, and how many facets.
async fn delete_of_person(
    tx: &mut PgConnection,
    erasure: &Erasure,
    person: &str,
    limit: i64,
) -> Result<(Vec<Uuid>, u64)> {
    let (project, asked_at) = (erasure.project, erasure.asked_at);
    let rows = sqlx::query!(
        r#"
        DELETE FROM occurrences WHERE project_id = $1 AND (received_at, id) IN (
            SELECT received_at, id FROM occurrences
            WHERE project_id = $1 AND person = $2 AND received_at <= $4
            ORDER BY received_at DESC LIMIT $3)
        RETURNING uuid, item_id AS "item: ItemId", received_at
        "#,
        project.0,
        person,
        limit,
        asked_at,
    )
    .fetch_all(&mut *tx)
    .await?;
    feedback::delete_of_person(&mut *tx, project, person, asked_at).await?;
    let met_at: BTreeSet<_> = rows
        .iter()
        .map(|row| (row.item, row.received_at.date_naive()))
        .collect();
    let met_at: Vec<_> = met_at.into_iter().collect();
    let until = asked_at.date_naive();
    facets::lock(&mut *tx).await?;
    let facets = facets::forget_person(&mut *tx, project, person, until, &met_at, FACETS).await?;
    Ok((rows.into_iter().map(|row| row.uuid).collect(), facets))
}

async fn delete_of_project(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<Uuid>> {
    sqlx::query_scalar!(
        r#"
        DELETE FROM occurrences WHERE project_id = $1 AND (received_at, id) IN (
            SELECT received_at, id FROM occurrences
            WHERE project_id = $1 ORDER BY received_at DESC LIMIT $2)
        RETURNING uuid
        "#,
        project.0,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Erases what is left of a project that was deleted, once its occurrences are gone.
pub async fn finish_project(tx: &mut PgConnection, project: ProjectId) -> Result<()> {
    sqlx::query!("DELETE FROM item_hours WHERE project_id = $1", project.0)
        .execute(&mut *tx)
        .await?;
    // What was added since the last step; nothing more is, for the lock is held until the end.
    facets::lock(&mut *tx).await?;
    facets::delete_of_project(&mut *tx, project, i64::MAX).await?;
    // What belongs to occurrences that were never stored.
    sqlx::query!("DELETE FROM attachments WHERE project_id = $1", project.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM feedback WHERE project_id = $1", project.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM usage_hours WHERE project_id = $1", project.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM dead_letters WHERE project_id = $1", project.0)
        .execute(&mut *tx)
        .await?;
    // Items, fingerprints, hours, history and mails go with it.
    sqlx::query!(
        "DELETE FROM projects WHERE id = $1 AND deleted_at IS NOT NULL",
        project.0
    )
    .execute(&mut *tx)
    .await
    .map(|_done| ())
}

/// Notes that an erasure is done.
pub async fn complete(
    db: impl PgExecutor<'_>,
    erasure: ErasureId,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE erasures SET done_at = $2 WHERE id = $1",
        erasure.0,
        at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Persons' erasures that are done, while it is known who they were.
pub async fn of_persons(db: impl PgExecutor<'_>) -> Result<Vec<Erasure>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id AS "id: ErasureId", project_id AS "project: ProjectId", item_id AS "item: ItemId",
               item_counter AS "counter: ItemCounter", person, NULL::text AS asked_by, asked_at, total,
               erased, done_at
        FROM erasures
        WHERE person <> '' AND done_at IS NOT NULL
        ORDER BY id
        "#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_erasure).collect())
}

/// Forgets who they were whose erasures were asked for before `before` and are done.
pub async fn forget_persons(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        r#"
        UPDATE erasures SET person = ''
        WHERE person <> '' AND done_at IS NOT NULL AND asked_at < $1
        "#,
        before,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Forgets erasures that were done before `before`: how many.
pub async fn delete_done(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    sqlx::query!("DELETE FROM erasures WHERE done_at < $1", before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}

struct Row {
    id: ErasureId,
    project: ProjectId,
    item: Option<ItemId>,
    counter: Option<ItemCounter>,
    person: Option<String>,
    asked_by: Option<String>,
    asked_at: DateTime<Utc>,
    total: i64,
    erased: i64,
    done_at: Option<DateTime<Utc>>,
}

impl Row {
    fn into_erasure(self) -> Erasure {
        Erasure {
            id: self.id,
            project: self.project,
            what: match (self.item, self.person) {
                (Some(item), _) => What::Item(item, self.counter.unwrap_or(ItemCounter(0))),
                (None, Some(person)) => What::Person(person),
                (None, None) => What::Project,
            },
            asked_by: self.asked_by,
            asked_at: self.asked_at,
            total: self.total,
            erased: self.erased,
            done_at: self.done_at,
        }
    }
}
