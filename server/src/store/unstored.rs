//! Occurrences that were counted and not stored.

use std::ops::Range;

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, types::Uuid};

use super::{Result, counts::ItemHour};
use crate::model::id::{ItemCounter, ItemId, OccurrenceUuid, ProjectId};

/// An occurrence that is counted and not stored.
#[derive(Clone, Copy, Debug)]
pub struct Unstored {
    /// Its project.
    pub project: ProjectId,
    /// When it was received.
    pub received_at: DateTime<Utc>,
    /// The SDK's UUID, or ours.
    pub uuid: OccurrenceUuid,
    /// The item it is counted in.
    pub item: ItemId,
}

/// Notes them, so that one that is sent again counts once.
pub async fn insert(db: impl PgExecutor<'_>, new: &[Unstored]) -> Result<()> {
    let project_id: Vec<_> = new.iter().map(|new| new.project.0).collect();
    let received_at: Vec<_> = new.iter().map(|new| new.received_at).collect();
    let uuid: Vec<_> = new.iter().map(|new| new.uuid.0).collect();
    let item_id: Vec<_> = new.iter().map(|new| new.item.0).collect();
    sqlx::query!(
        r#"
        INSERT INTO unstored (project_id, received_at, uuid, item_id)
        SELECT * FROM UNNEST($1::bigint[], $2::timestamptz[], $3::uuid[], $4::bigint[])
        "#,
        &project_id,
        &received_at,
        &uuid,
        &item_id,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Those of `(project, uuid)` that were counted and not stored with a time after `since`.
pub async fn known(
    db: impl PgExecutor<'_>,
    projects: &[i64],
    uuids: &[Uuid],
    since: DateTime<Utc>,
) -> Result<Vec<(ProjectId, OccurrenceUuid)>> {
    let rows = sqlx::query!(
        r#"
        SELECT wanted.project_id AS "project!: ProjectId", wanted.uuid AS "uuid!: OccurrenceUuid"
        FROM UNNEST($1::bigint[], $2::uuid[]) AS wanted (project_id, uuid)
        CROSS JOIN LATERAL (
            SELECT FROM unstored
            WHERE unstored.project_id = wanted.project_id AND unstored.uuid = wanted.uuid
              AND unstored.received_at > $3
            LIMIT 1
        ) AS found
        "#,
        projects,
        uuids,
        since,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.project, row.uuid))
        .collect())
}

/// The item that an occurrence with that UUID is counted in, the newest first: `(project slug, item)`.
pub async fn place_of(
    db: impl PgExecutor<'_>,
    uuid: OccurrenceUuid,
    projects: &[i64],
) -> Result<Option<(String, ItemCounter)>> {
    let row = sqlx::query!(
        r#"
        SELECT projects.slug, items.counter AS "counter: ItemCounter"
        FROM unstored
        JOIN projects ON projects.id = unstored.project_id
        JOIN items ON items.project_id = unstored.project_id AND items.id = unstored.item_id
        WHERE unstored.project_id = ANY ($2) AND unstored.uuid = $1
        ORDER BY unstored.received_at DESC
        LIMIT 1
        "#,
        uuid.0,
        projects,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.slug, row.counter)))
}

/// How many occurrences of items were stored in hours that there are counts of. Exact while the items
/// are locked.
pub async fn stored_in(
    db: impl PgExecutor<'_>,
    hours: &[ItemHour],
) -> Result<Vec<(ItemHour, i64)>> {
    let project_id: Vec<_> = hours.iter().map(|hour| hour.project.0).collect();
    let item_id: Vec<_> = hours.iter().map(|hour| hour.item.0).collect();
    let hour: Vec<_> = hours.iter().map(|hour| hour.hour).collect();
    let rows = sqlx::query!(
        r#"
        SELECT project_id AS "project: ProjectId", item_id AS "item: ItemId", hour,
               occurrences - unstored AS "stored!"
        FROM item_hours
        JOIN UNNEST($1::bigint[], $2::bigint[], $3::timestamptz[])
            AS wanted (project_id, item_id, hour) USING (project_id, item_id, hour)
        "#,
        &project_id,
        &item_id,
        &hour,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let hour = ItemHour {
                project: row.project,
                item: row.item,
                hour: row.hour,
            };
            (hour, row.stored)
        })
        .collect())
}

/// Adds to hours that are counted already how many of their occurrences were not stored.
pub async fn add_to_hours(db: impl PgExecutor<'_>, hours: &[(ItemHour, i64)]) -> Result<()> {
    let project_id: Vec<_> = hours.iter().map(|(key, _)| key.project.0).collect();
    let item_id: Vec<_> = hours.iter().map(|(key, _)| key.item.0).collect();
    let hour: Vec<_> = hours.iter().map(|(key, _)| key.hour).collect();
    let count: Vec<_> = hours.iter().map(|(_, count)| *count).collect();
    sqlx::query!(
        r#"
        UPDATE item_hours SET unstored = unstored + added.count
        FROM UNNEST($1::bigint[], $2::bigint[], $3::timestamptz[], $4::bigint[])
            AS added (project_id, item_id, hour, count)
        WHERE item_hours.project_id = added.project_id AND item_hours.item_id = added.item_id
          AND item_hours.hour = added.hour
        "#,
        &project_id,
        &item_id,
        &hour,
        &count,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// How many occurrences of items were counted and not stored, in hours that begin in `time`.
pub async fn of_items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
    time: Range<DateTime<Utc>>,
) -> Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT COALESCE(sum(unstored), 0)::bigint AS "count!" FROM item_hours
        WHERE project_id = $1 AND item_id = ANY ($2) AND hour >= $3 AND hour < $4
        "#,
        project.0,
        items,
        time.start,
        time.end,
    )
    .fetch_one(db)
    .await
}
