//! A project's inbound filters, and the items that are discarded for ever.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, types::Json};

use super::Result;
use crate::model::{
    filters::Filters,
    id::{ItemCounter, ProjectId},
    occurrence::Level,
};

/// What ingest does with a project's occurrences before they are stored.
#[derive(Clone, Debug, Default)]
pub struct Intake {
    /// Further keys whose values are removed.
    pub scrub_keys: Vec<String>,
    /// What the project does not want to hear of.
    pub filters: Filters,
}

/// What ingest does with a project's occurrences; the defaults where there is no such project.
pub async fn intake(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Intake> {
    let row = sqlx::query!(
        r#"
        SELECT COALESCE(settings -> 'scrub_keys', '[]') AS "scrub_keys!: Json<Vec<String>>",
               COALESCE(settings -> 'filters', '{}') AS "filters!: Json<Filters>"
        FROM projects
        WHERE id = $1
        "#,
        project.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map_or_else(Intake::default, |row| Intake {
        scrub_keys: row.scrub_keys.0,
        filters: row.filters.0,
    }))
}

/// A project's filters, which nobody else changes until the transaction ends; `None` for one that is
/// gone. Does not keep the digest waiting.
pub async fn lock(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Option<Filters>> {
    let filters = sqlx::query_scalar!(
        r#"
        SELECT COALESCE(settings -> 'filters', '{}') AS "filters!: Json<Filters>"
        FROM projects
        WHERE id = $1 AND deleted_at IS NULL
        FOR NO KEY UPDATE
        "#,
        project.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(filters.map(|filters| filters.0))
}

/// Sets a project's filters.
pub async fn set(db: impl PgExecutor<'_>, project: ProjectId, filters: &Filters) -> Result<()> {
    sqlx::query!(
        "UPDATE projects SET settings = settings || jsonb_build_object('filters', $2::jsonb) WHERE id = $1",
        project.0,
        Json(filters) as _,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// An item that is discarded for ever.
#[derive(Debug)]
pub struct DiscardedItem {
    /// Its number within the project.
    pub counter: ItemCounter,
    /// Its title.
    pub title: String,
    /// The environment its occurrences come from.
    pub environment: String,
    /// Its level.
    pub level: Level,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The address of who discarded it; `None` where that is not known any more.
    pub actor: Option<String>,
}

/// A project's items that are discarded for ever, those first that were so last.
pub async fn discarded(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<DiscardedItem>> {
    sqlx::query_as!(
        DiscardedItem,
        r#"
        SELECT items.counter AS "counter: ItemCounter", items.title, items.environment,
               items.level AS "level: Level", items.status_changed_at AS since,
               users.email AS "actor?"
        FROM items
        LEFT JOIN LATERAL (
            SELECT actor_id FROM changes
            WHERE changes.project_id = items.project_id AND changes.item_id = items.id
              AND changes.kind = 'discarded'
            ORDER BY changes.id DESC LIMIT 1
        ) AS newest ON true
        LEFT JOIN users ON users.id = newest.actor_id
        WHERE items.project_id = $1 AND items.status = 'discarded' AND items.merged_into IS NULL
        ORDER BY items.status_changed_at DESC, items.id DESC
        LIMIT $2
        "#,
        project.0,
        limit,
    )
    .fetch_all(db)
    .await
}
