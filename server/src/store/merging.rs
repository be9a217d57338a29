//! Groups of items that people merged.
//!
//! Who changes a group, or decides about one, lets the project's groups hold still first: then what
//! belongs to a group can be read and locked in key order without being overtaken. The digest does
//! not wait for that; it changes no group, and waits for the items' locks as ever.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::{Result, changes, items};
use crate::model::{
    id::{ItemCounter, ItemId, OccurrenceId, ProjectId},
    item::{
        Item,
        group::{Part, Regrouped, Seen},
    },
    occurrence::Level,
    text::{Environment, Title},
};

/// That a head failed by itself.
pub struct OwnSighting {
    /// Its project.
    pub project: ProjectId,
    /// The head.
    pub head: ItemId,
    /// When, the last time.
    pub seen_at: DateTime<Utc>,
    /// The newest occurrence that was stored, if any was.
    pub stored: Option<(DateTime<Utc>, OccurrenceId)>,
}

/// Locks the groups that these items of a project belong to, in key order, until the transaction
/// ends: all members of each, with their heads. An item in no group comes alone.
pub async fn lock(tx: &mut PgConnection, project: ProjectId, items: &[i64]) -> Result<Vec<Part>> {
    hold_still(&mut *tx, project).await?;
    let ids = of_items(&mut *tx, project, items).await?;
    let projects = vec![project.0; ids.len()];
    let locked = items::lock(&mut *tx, &projects, &ids).await?;
    let own = own_of_heads(&mut *tx, project, &ids).await?;
    let part = |item: Item| {
        let found = own.iter().find(|(head, _)| *head == item.id);
        Part {
            own: found.map_or_else(|| Seen::of(&item), |(_, own)| *own),
            item,
        }
    };
    Ok(locked.into_iter().map(part).collect())
}

/// Locks the group of an item, its head first; empty where there is no such item.
pub async fn lock_group(
    tx: &mut PgConnection,
    project: ProjectId,
    item: ItemId,
) -> Result<Vec<Item>> {
    let parts = lock(tx, project, &[item.0]).await?;
    let mut group: Vec<Item> = parts.into_iter().map(|part| part.item).collect();
    group.sort_by_key(|item| item.merged_into.is_some());
    Ok(group)
}

/// Stores groups of a project as they are now, and what their histories say. Wants their items to be
/// locked.
pub async fn save(
    tx: &mut PgConnection,
    project: ProjectId,
    Regrouped { parts, changes }: &Regrouped,
) -> Result<()> {
    let rows: Vec<_> = changes
        .iter()
        .map(|(item, change)| (project, *item, change))
        .collect();
    changes::insert(&mut *tx, &rows).await?;
    let rows: Vec<_> = parts.iter().map(|part| &part.item).collect();
    items::save(&mut *tx, &rows).await?;
    let is_head = |part: &Part| !part.item.members.is_empty();
    let project_id: Vec<_> = parts.iter().map(|part| part.item.project_id.0).collect();
    let id: Vec<_> = parts.iter().map(|part| part.item.id.0).collect();
    let merged_into: Vec<_> = parts
        .iter()
        .map(|part| part.item.merged_into.map(|head| head.0))
        .collect();
    let seen_at: Vec<_> = parts
        .iter()
        .map(|part| is_head(part).then_some(part.own.last_seen_at))
        .collect();
    let occurrence_id: Vec<_> = parts
        .iter()
        .map(|part| is_head(part).then_some(part.own.occurrence_id.0))
        .collect();
    let occurrence_at: Vec<_> = parts
        .iter()
        .map(|part| is_head(part).then_some(part.own.occurrence_at))
        .collect();
    sqlx::query!(
        r#"
        WITH new AS (
            SELECT project_id, id, merged_into, own_seen_at, own_id, own_at
            FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[],
                        $6::timestamptz[])
                AS new (project_id, id, merged_into, own_seen_at, own_id, own_at))
        UPDATE items
        SET merged_into = new.merged_into,
            members = ARRAY(SELECT member.id FROM new AS member
                            WHERE member.merged_into = new.id ORDER BY member.id),
            own_last_seen_at = new.own_seen_at, own_last_occurrence_id = new.own_id,
            own_last_occurrence_at = new.own_at
        FROM new
        WHERE items.project_id = new.project_id AND items.id = new.id
        "#,
        &project_id,
        &id,
        &merged_into as &[Option<i64>],
        &seen_at as &[Option<DateTime<Utc>>],
        &occurrence_id as &[Option<i64>],
        &occurrence_at as &[Option<DateTime<Utc>>],
    )
    .execute(&mut *tx)
    .await
    .map(|_done| ())
}

/// Notes when heads failed by themselves. Wants them to be locked.
pub async fn see(db: impl PgExecutor<'_>, seen: &[OwnSighting]) -> Result<()> {
    let project_id: Vec<_> = seen.iter().map(|one| one.project.0).collect();
    let id: Vec<_> = seen.iter().map(|one| one.head.0).collect();
    let seen_at: Vec<_> = seen.iter().map(|one| one.seen_at).collect();
    let stored_at: Vec<_> = seen
        .iter()
        .map(|one| one.stored.map(|(at, _)| at))
        .collect();
    let stored_id: Vec<_> = seen
        .iter()
        .map(|one| one.stored.map(|(_, id)| id.0))
        .collect();
    sqlx::query!(
        r#"
        UPDATE items
        SET own_last_seen_at = GREATEST(own_last_seen_at, new.seen_at),
            own_last_occurrence_id = CASE
                WHEN (new.stored_at, new.stored_id) > (own_last_occurrence_at, own_last_occurrence_id)
                THEN new.stored_id ELSE own_last_occurrence_id END,
            own_last_occurrence_at = GREATEST(own_last_occurrence_at, new.stored_at)
        FROM UNNEST($1::bigint[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::bigint[])
            AS new (project_id, id, seen_at, stored_at, stored_id)
        WHERE items.project_id = new.project_id AND items.id = new.id AND items.members <> '{}'
        "#,
        &project_id,
        &id,
        &seen_at,
        &stored_at as &[Option<DateTime<Utc>>],
        &stored_id as &[Option<i64>],
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// The ids of items by their counters; of those that are there.
pub async fn ids_of(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    counters: &[i64],
) -> Result<Vec<i64>> {
    sqlx::query_scalar!(
        "SELECT id FROM items WHERE project_id = $1 AND counter = ANY ($2) ORDER BY id",
        project.0,
        counters,
    )
    .fetch_all(db)
    .await
}

/// The members of a head, by their counters.
pub async fn members(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    head: ItemId,
) -> Result<Vec<Item>> {
    sqlx::query_as!(
        Item,
        r#"
        SELECT items.project_id AS "project_id: ProjectId", items.id AS "id: ItemId",
               items.counter AS "counter: ItemCounter", items.environment AS "environment: Environment",
               items.title AS "title: Title", items.culprit, items.level AS "level: Level",
               items.platform, items.framework, items.status AS "status: _", items.resolved_in,
               items.first_seen_at, items.last_seen_at, items.total, items.active_total,
               items.status_changed_at, items.last_occurrence_id AS "last_occurrence_id: OccurrenceId",
               items.last_occurrence_at, items.merged_into AS "merged_into: ItemId",
               items.members AS "members: Vec<ItemId>"
        FROM items
        JOIN items AS head
          ON head.project_id = items.project_id AND items.id = ANY (head.members)
        WHERE head.project_id = $1 AND head.id = $2
        ORDER BY items.counter
        "#,
        project.0,
        head.0,
    )
    .fetch_all(db)
    .await
}

/// Until the transaction ends no group of the project changes, and nobody decides about one.
async fn hold_still(db: impl PgExecutor<'_>, project: ProjectId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtext('rollcage groups of ' || $1::bigint))",
        project.0,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// The ids of all items of the groups that these belong to.
async fn of_items(db: impl PgExecutor<'_>, project: ProjectId, items: &[i64]) -> Result<Vec<i64>> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT UNNEST(head.id || head.members) AS "id!"
        FROM items
        JOIN items AS head
          ON head.project_id = items.project_id AND head.id = COALESCE(items.merged_into, items.id)
        WHERE items.project_id = $1 AND items.id = ANY ($2)
        "#,
        project.0,
        items,
    )
    .fetch_all(db)
    .await
}

async fn own_of_heads(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
) -> Result<Vec<(ItemId, Seen)>> {
    let rows = sqlx::query!(
        r#"
        SELECT id AS "id: ItemId", own_last_seen_at AS "seen_at!",
               own_last_occurrence_id AS "occurrence_id!: OccurrenceId",
               own_last_occurrence_at AS "occurrence_at!"
        FROM items
        WHERE project_id = $1 AND id = ANY ($2) AND members <> '{}'
        "#,
        project.0,
        items,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let seen = Seen {
                last_seen_at: row.seen_at,
                occurrence_id: row.occurrence_id,
                occurrence_at: row.occurrence_at,
            };
            (row.id, seen)
        })
        .collect())
}
