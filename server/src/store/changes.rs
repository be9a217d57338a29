//! The history of items.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgExecutor;

use super::Result;
use crate::model::{
    id::{ChangeId, ItemId, ProjectId, UserId},
    item::Change,
};

/// An entry of the history as it is stored.
#[derive(Debug)]
pub struct StoredChange {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; `None` where an occurrence or a token did it.
    pub actor: Option<UserId>,
    /// See [`crate::model::item::ChangeKind::as_str`].
    pub kind: String,
    /// See [`crate::model::item::ChangeKind::detail`].
    pub detail: Value,
}

/// Stores entries of items' histories: the id of each, with its item and kind.
pub async fn insert(
    db: impl PgExecutor<'_>,
    changes: &[(ProjectId, ItemId, &Change)],
) -> Result<Vec<(ChangeId, ItemId, String)>> {
    let project_id: Vec<_> = changes.iter().map(|(project, ..)| project.0).collect();
    let item_id: Vec<_> = changes.iter().map(|(_, item, _)| item.0).collect();
    let at: Vec<_> = changes.iter().map(|(.., change)| change.at).collect();
    let actor_id: Vec<_> = changes
        .iter()
        .map(|(.., change)| change.actor.map(|actor| actor.0))
        .collect();
    let kind: Vec<_> = changes
        .iter()
        .map(|(.., change)| change.kind.as_str())
        .collect();
    let detail: Vec<_> = changes
        .iter()
        .map(|(.., change)| change.kind.detail())
        .collect();
    let rows = sqlx::query!(
        r#"
        INSERT INTO changes (project_id, item_id, at, actor_id, kind, detail)
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::text[],
                             $6::jsonb[])
        RETURNING id AS "id: ChangeId", item_id AS "item: ItemId", kind
        "#,
        &project_id,
        &item_id,
        &at,
        &actor_id as &[Option<i64>],
        &kind as &[&str],
        &detail,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.item, row.kind))
        .collect())
}

/// The newest entries of an item's history, newest first.
pub async fn of_item(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    item: ItemId,
    limit: i64,
) -> Result<Vec<StoredChange>> {
    sqlx::query_as!(
        StoredChange,
        r#"
        SELECT at, actor_id AS "actor: UserId", kind, detail
        FROM changes
        WHERE project_id = $1 AND item_id = $2
        ORDER BY id DESC
        LIMIT $3
        "#,
        project.0,
        item.0,
        limit,
    )
    .fetch_all(db)
    .await
}
