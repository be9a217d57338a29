//! Items.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::Result;
use crate::model::{
    id::{ItemCounter, ItemId, OccurrenceId, ProjectId},
    item::{Item, Status},
    occurrence::Level,
    text::{Environment, Title},
};

/// The item people call `#counter` in this project.
pub async fn by_counter(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    counter: ItemCounter,
) -> Result<Option<Item>> {
    sqlx::query_as!(
        Item,
        r#"
        SELECT project_id AS "project_id: ProjectId", id AS "id: ItemId", counter AS "counter: ItemCounter",
               environment AS "environment: Environment", title AS "title: Title", culprit,
               level AS "level: Level", platform, framework, status AS "status: Status", resolved_in,
               first_seen_at, last_seen_at, total, active_total, status_changed_at,
               last_occurrence_id AS "last_occurrence_id: OccurrenceId", last_occurrence_at,
               merged_into AS "merged_into: ItemId", members AS "members: Vec<ItemId>"
        FROM items
        WHERE project_id = $1 AND counter = $2
        "#,
        project.0,
        counter.0,
    )
    .fetch_optional(db)
    .await
}

/// The item of that id, if it is the project's.
pub async fn by_id(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    item: ItemId,
) -> Result<Option<Item>> {
    sqlx::query_as!(
        Item,
        r#"
        SELECT project_id AS "project_id: ProjectId", id AS "id: ItemId", counter AS "counter: ItemCounter",
               environment AS "environment: Environment", title AS "title: Title", culprit,
               level AS "level: Level", platform, framework, status AS "status: Status", resolved_in,
               first_seen_at, last_seen_at, total, active_total, status_changed_at,
               last_occurrence_id AS "last_occurrence_id: OccurrenceId", last_occurrence_at,
               merged_into AS "merged_into: ItemId", members AS "members: Vec<ItemId>"
        FROM items
        WHERE project_id = $1 AND id = $2
        "#,
        project.0,
        item.0,
    )
    .fetch_optional(db)
    .await
}

/// The item of that id, or the head of the group that it is merged into.
pub async fn head(
    db: impl PgExecutor<'_> + Copy,
    project: ProjectId,
    item: ItemId,
) -> Result<Option<Item>> {
    let found = by_id(db, project, item).await?;
    match found.as_ref().and_then(|item| item.merged_into) {
        Some(head) => by_id(db, project, head).await,
        None => Ok(found),
    }
}

/// Locks these items and the heads of those that are merged, in key order, until the transaction
/// ends.
///
/// An item that is merged while this waits for it comes with its new head's id, and without the head.
pub async fn lock(
    db: impl PgExecutor<'_>,
    project_ids: &[i64],
    item_ids: &[i64],
) -> Result<Vec<Item>> {
    sqlx::query_as!(
        Item,
        r#"
        SELECT project_id AS "project_id: ProjectId", id AS "id: ItemId", counter AS "counter: ItemCounter",
               environment AS "environment: Environment", title AS "title: Title", culprit,
               level AS "level: Level", platform, framework, status AS "status: Status", resolved_in,
               first_seen_at, last_seen_at, total, active_total, status_changed_at,
               last_occurrence_id AS "last_occurrence_id: OccurrenceId", last_occurrence_at,
               merged_into AS "merged_into: ItemId", members AS "members: Vec<ItemId>"
        FROM items
        WHERE (project_id, id) IN (
            SELECT project_id, id FROM UNNEST($1::bigint[], $2::bigint[]) AS wanted (project_id, id)
            UNION
            SELECT project_id, merged_into
            FROM UNNEST($1::bigint[], $2::bigint[]) AS wanted (project_id, id)
            JOIN items USING (project_id, id)
            WHERE merged_into IS NOT NULL)
        ORDER BY project_id, id
        FOR UPDATE
        "#,
        project_ids,
        item_ids,
    )
    .fetch_all(db)
    .await
}

/// Takes items away with their fingerprints, counts and history; their occurrences are erased by the
/// keeper. The next occurrence of their kind makes a new item.
///
/// Wants a transaction that has locked the items: a digest that waits for the lock looks again then.
pub async fn delete(tx: &mut PgConnection, project: ProjectId, items: &[i64]) -> Result<()> {
    sqlx::query!(
        "DELETE FROM fingerprints WHERE project_id = $1 AND item_id = ANY ($2)",
        project.0,
        items,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM item_hours WHERE project_id = $1 AND item_id = ANY ($2)",
        project.0,
        items,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM changes WHERE project_id = $1 AND item_id = ANY ($2)",
        project.0,
        items,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "DELETE FROM items WHERE project_id = $1 AND id = ANY ($2)",
        project.0,
        items,
    )
    .execute(&mut *tx)
    .await
    .map(|_done| ())
}

/// Stores new items.
pub async fn insert(db: impl PgExecutor<'_>, items: &[&Item]) -> Result<()> {
    let c = Columns::of(items);
    sqlx::query!(
        r#"
        INSERT INTO items (project_id, id, counter, environment, title, culprit, level, platform, framework,
                           status, resolved_in, first_seen_at, last_seen_at, total, active_total,
                           status_changed_at, last_occurrence_id, last_occurrence_at)
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[],
                             $7::text[], $8::text[], $9::text[], $10::text[], $11::text[],
                             $12::timestamptz[], $13::timestamptz[], $14::bigint[], $15::bigint[],
                             $16::timestamptz[], $17::bigint[], $18::timestamptz[])
        "#,
        &c.project_id,
        &c.id,
        &c.counter,
        &c.environment as &[&str],
        &c.title as &[&str],
        &c.culprit as &[Option<&str>],
        &c.level as &[&str],
        &c.platform as &[Option<&str>],
        &c.framework as &[Option<&str>],
        &c.status as &[&str],
        &c.resolved_in as &[Option<&str>],
        &c.first_seen_at,
        &c.last_seen_at,
        &c.total,
        &c.active_total,
        &c.status_changed_at,
        &c.last_occurrence_id,
        &c.last_occurrence_at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Stores what may have changed of items that are locked.
pub async fn save(db: impl PgExecutor<'_>, items: &[&Item]) -> Result<()> {
    let c = Columns::of(items);
    sqlx::query!(
        r#"
        UPDATE items
        SET title = new.title, level = new.level, status = new.status, resolved_in = new.resolved_in,
            last_seen_at = new.last_seen_at, total = new.total, active_total = new.active_total,
            status_changed_at = new.status_changed_at, last_occurrence_id = new.last_occurrence_id,
            last_occurrence_at = new.last_occurrence_at
        FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
                    $7::timestamptz[], $8::bigint[], $9::bigint[], $10::timestamptz[], $11::bigint[],
                    $12::timestamptz[])
            AS new (project_id, id, title, level, status, resolved_in, last_seen_at, total, active_total,
                    status_changed_at, last_occurrence_id, last_occurrence_at)
        WHERE items.project_id = new.project_id AND items.id = new.id
        "#,
        &c.project_id,
        &c.id,
        &c.title as &[&str],
        &c.level as &[&str],
        &c.status as &[&str],
        &c.resolved_in as &[Option<&str>],
        &c.last_seen_at,
        &c.total,
        &c.active_total,
        &c.status_changed_at,
        &c.last_occurrence_id,
        &c.last_occurrence_at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Items as one list a column, for UNNEST.
struct Columns<'a> {
    project_id: Vec<i64>,
    id: Vec<i64>,
    counter: Vec<i64>,
    environment: Vec<&'a str>,
    title: Vec<&'a str>,
    culprit: Vec<Option<&'a str>>,
    level: Vec<&'a str>,
    platform: Vec<Option<&'a str>>,
    framework: Vec<Option<&'a str>>,
    status: Vec<&'a str>,
    resolved_in: Vec<Option<&'a str>>,
    first_seen_at: Vec<DateTime<Utc>>,
    last_seen_at: Vec<DateTime<Utc>>,
    total: Vec<i64>,
    active_total: Vec<i64>,
    status_changed_at: Vec<DateTime<Utc>>,
    last_occurrence_id: Vec<i64>,
    last_occurrence_at: Vec<DateTime<Utc>>,
}

impl<'a> Columns<'a> {
    fn of(items: &[&'a Item]) -> Self {
        Self {
            project_id: items.iter().map(|item| item.project_id.0).collect(),
            id: items.iter().map(|item| item.id.0).collect(),
            counter: items.iter().map(|item| item.counter.0).collect(),
            environment: items.iter().map(|item| item.environment.as_str()).collect(),
            title: items.iter().map(|item| item.title.as_str()).collect(),
            culprit: items.iter().map(|item| item.culprit.as_deref()).collect(),
            level: items.iter().map(|item| item.level.as_str()).collect(),
            platform: items.iter().map(|item| item.platform.as_deref()).collect(),
            framework: items.iter().map(|item| item.framework.as_deref()).collect(),
            status: items.iter().map(|item| item.status.as_str()).collect(),
            resolved_in: items
                .iter()
                .map(|item| item.resolved_in.as_deref())
                .collect(),
            first_seen_at: items.iter().map(|item| item.first_seen_at).collect(),
            last_seen_at: items.iter().map(|item| item.last_seen_at).collect(),
            total: items.iter().map(|item| item.total).collect(),
            active_total: items.iter().map(|item| item.active_total).collect(),
            status_changed_at: items.iter().map(|item| item.status_changed_at).collect(),
            last_occurrence_id: items.iter().map(|item| item.last_occurrence_id.0).collect(),
            last_occurrence_at: items.iter().map(|item| item.last_occurrence_at).collect(),
        }
    }
}
