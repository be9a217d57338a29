//! Facets: what a batch brings, and how often each value came per item and day.
//!
//! Adding batches and erasing exclude each other by [`lock`], so that nothing is added to what was
//! just erased.

use std::borrow::Cow;

use chrono::NaiveDate;
use sqlx::{PgConnection, PgExecutor};

use super::Result;
use crate::model::{
    facet::{
        self,
        counts::{Change, Counts, ItemDay},
    },
    id::{ItemId, ProjectId},
};

/// Lays a batch's facets aside, `size` bytes once they are unpacked, until they are added.
pub async fn lay_aside(db: impl PgExecutor<'_>, packed: &[u8], size: i64) -> Result<()> {
    sqlx::query!(
        "INSERT INTO facet_batches (size, packed) VALUES ($1, $2)",
        size,
        packed,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Waits until nobody adds or erases, and keeps others from it until the transaction ends.
pub async fn lock(tx: &mut PgConnection) -> Result<()> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('rollcage facets'))")
        .execute(tx)
        .await
        .map(|_done| ())
}

/// Takes the oldest batches, of `max_bytes` together once they are unpacked, but always one: each
/// with its size unpacked. If they are fewer bytes than that, there are no more.
///
/// Wants a transaction that holds the lock.
pub async fn take(tx: &mut PgConnection, max_bytes: i64) -> Result<Vec<(Vec<u8>, i64)>> {
    let rows = sqlx::query!(
        r#"
        DELETE FROM facet_batches WHERE id IN (
            SELECT id FROM (
                SELECT id, (sum(size) OVER (ORDER BY id))::bigint - size AS before FROM facet_batches
            ) AS summed
            WHERE before < $1)
        RETURNING packed, size
        "#,
        max_bytes,
    )
    .fetch_all(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.packed, row.size)).collect())
}

/// Which of these items there are.
pub async fn existing_items(
    db: impl PgExecutor<'_>,
    projects: &[i64],
    items: &[i64],
) -> Result<Vec<ItemId>> {
    sqlx::query_scalar!(
        r#"
        SELECT items.id AS "id: ItemId"
        FROM items
        JOIN (SELECT DISTINCT * FROM UNNEST($1::bigint[], $2::bigint[]) AS asked (project_id, id))
            AS asked USING (project_id, id)
        "#,
        projects,
        items,
    )
    .fetch_all(db)
    .await
}

/// What is counted of these items on these days.
pub async fn of_days(db: impl PgExecutor<'_>, days: &[ItemDay]) -> Result<Counts<'static>> {
    let project_id: Vec<_> = days.iter().map(|one| one.project.0).collect();
    let item_id: Vec<_> = days.iter().map(|one| one.item.0).collect();
    let day: Vec<_> = days.iter().map(|one| one.day).collect();
    let rows = sqlx::query!(
        r#"
        SELECT project_id AS "project: ProjectId", item_id AS "item: ItemId", day, key, value, count
        FROM item_facets
        JOIN UNNEST($1::bigint[], $2::bigint[], $3::date[]) AS asked (project_id, item_id, day)
            USING (project_id, item_id, day)
        "#,
        &project_id,
        &item_id,
        &day,
    )
    .fetch_all(db)
    .await?;
    let mut counts = Counts::default();
    for row in rows {
        let of = ItemDay {
            project: row.project,
            item: row.item,
            day: row.day,
        };
        counts.add(of, Cow::Owned(row.key), Cow::Owned(row.value), row.count);
    }
    Ok(counts)
}

/// Changes what is counted. Wants a transaction that holds the lock.
pub async fn change(tx: &mut PgConnection, changes: &[(ItemDay, Change<'_>)]) -> Result<()> {
    let removed: Vec<_> = changes
        .iter()
        .flat_map(|(of, change)| {
            change
                .removed
                .iter()
                .map(move |(key, value)| (of, key, value))
        })
        .collect();
    if !removed.is_empty() {
        let project_id: Vec<_> = removed.iter().map(|(of, ..)| of.project.0).collect();
        let item_id: Vec<_> = removed.iter().map(|(of, ..)| of.item.0).collect();
        let day: Vec<_> = removed.iter().map(|(of, ..)| of.day).collect();
        let key: Vec<_> = removed.iter().map(|(_, key, _)| **key).collect();
        let value: Vec<_> = removed.iter().map(|(.., value)| **value).collect();
        sqlx::query!(
            r#"
            DELETE FROM item_facets
            USING UNNEST($1::bigint[], $2::bigint[], $3::date[], $4::text[], $5::text[])
                AS gone (project_id, item_id, day, key, value)
            WHERE item_facets.project_id = gone.project_id AND item_facets.item_id = gone.item_id
              AND item_facets.day = gone.day AND item_facets.key = gone.key
              AND item_facets.value = gone.value
            "#,
            &project_id,
            &item_id,
            &day,
            &key as &[&str],
            &value as &[&str],
        )
        .execute(&mut *tx)
        .await?;
    }
    let added: Vec<_> = changes
        .iter()
        .flat_map(|(of, change)| change.added.iter().map(move |added| (of, added)))
        .collect();
    let project_id: Vec<_> = added.iter().map(|(of, _)| of.project.0).collect();
    let item_id: Vec<_> = added.iter().map(|(of, _)| of.item.0).collect();
    let day: Vec<_> = added.iter().map(|(of, _)| of.day).collect();
    let key: Vec<_> = added.iter().map(|(_, (key, ..))| *key).collect();
    let value: Vec<_> = added.iter().map(|(_, (_, value, _))| *value).collect();
    let count: Vec<_> = added.iter().map(|(_, (.., count))| *count).collect();
    sqlx::query!(
        r#"
        INSERT INTO item_facets (project_id, item_id, day, key, value, count)
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::date[], $4::text[], $5::text[], $6::bigint[])
        ON CONFLICT (project_id, item_id, day, key, value)
            DO UPDATE SET count = item_facets.count + excluded.count
        "#,
        &project_id,
        &item_id,
        &day,
        &key as &[&str],
        &value as &[&str],
        &count,
    )
    .execute(tx)
    .await
    .map(|_done| ())
}

/// A value of an item's facet, over some days.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The facet's key.
    pub key: String,
    /// The value.
    pub value: String,
    /// How often it came.
    pub count: i64,
    /// How often all values of the key came.
    pub total: i64,
}

/// The values of the facets of items together since a day, by key, the most frequent first, up to `limit` of a
/// key; what is counted without its value is in the totals.
pub async fn of_items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
    since: NaiveDate,
    limit: i64,
) -> Result<Vec<Counted>> {
    sqlx::query_as!(
        Counted,
        r#"
        SELECT key, value, count AS "count!", total AS "total!"
        FROM (
            SELECT key, value, sum(count)::bigint AS count,
                   (sum(sum(count)) OVER (PARTITION BY key))::bigint AS total,
                   row_number() OVER (PARTITION BY key ORDER BY value = '', sum(count) DESC, value) AS place
            FROM item_facets
            WHERE project_id = $1 AND item_id = ANY ($2) AND day >= $3
            GROUP BY key, value
        ) AS counted
        WHERE place <= $4 AND value <> ''
        ORDER BY key, place
        "#,
        project.0,
        items,
        since,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Forgets up to `limit` counts of an item: how many.
pub async fn delete_of_item(
    tx: &mut PgConnection,
    project: ProjectId,
    item: ItemId,
    limit: i64,
) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM item_facets WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM item_facets WHERE project_id = $1 AND item_id = $2 LIMIT $3))
        "#,
        project.0,
        item.0,
        limit,
    )
    .execute(tx)
    .await
    .map(|done| done.rows_affected())
}

/// Forgets up to `limit` counts of a project: how many.
pub async fn delete_of_project(
    tx: &mut PgConnection,
    project: ProjectId,
    limit: i64,
) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM item_facets WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM item_facets WHERE project_id = $1 LIMIT $2))
        "#,
        project.0,
        limit,
    )
    .execute(tx)
    .await
    .map(|done| done.rows_affected())
}

/// Forgets up to `limit` counts of days before `day`: how many.
pub async fn delete_before(db: impl PgExecutor<'_>, day: NaiveDate, limit: i64) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM item_facets WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM item_facets WHERE day < $1 LIMIT $2))
        "#,
        day,
        limit,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Forgets a person until a day: as the value of any facet at the items and days where they were
/// counted, up to `limit` of them, and at those where they were met besides. That they were counted
/// stays, without who it was: how many values went.
///
/// Wants a transaction that holds the lock.
pub async fn forget_person(
    tx: &mut PgConnection,
    project: ProjectId,
    person: &str,
    until: NaiveDate,
    met_at: &[(ItemId, NaiveDate)],
    limit: i64,
) -> Result<u64> {
    let Some(value) = facet::value(person) else {
        return Ok(0);
    };
    let item_id: Vec<_> = met_at.iter().map(|(item, _)| item.0).collect();
    let day: Vec<_> = met_at.iter().map(|(_, day)| *day).collect();
    sqlx::query_scalar!(
        r#"
        WITH met AS (
            (SELECT item_id, day FROM item_facets
             WHERE project_id = $1 AND key = 'person' AND value = $2 AND day <= $3
             LIMIT $6)
            UNION
            SELECT * FROM UNNEST($4::bigint[], $5::date[])
        ), gone AS (
            DELETE FROM item_facets USING met
            WHERE item_facets.project_id = $1 AND item_facets.item_id = met.item_id
              AND item_facets.day = met.day AND item_facets.value = $2
            RETURNING item_facets.item_id, item_facets.day, key, count
        ), others AS (
            INSERT INTO item_facets (project_id, item_id, day, key, value, count)
            SELECT $1, item_id, day, key, '', count FROM gone
            ON CONFLICT (project_id, item_id, day, key, value)
                DO UPDATE SET count = item_facets.count + excluded.count
        )
        SELECT count(*) AS "count!" FROM gone
        "#,
        project.0,
        &*value,
        until,
        &item_id,
        &day,
        limit,
    )
    .fetch_one(tx)
    .await
    .map(i64::cast_unsigned)
}
