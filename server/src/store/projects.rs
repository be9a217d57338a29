//! Projects. One that was deleted is not there any more, though its occurrences may still be erased.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::Result;
use crate::model::{
    id::{ProjectId, UserId},
    project::{Limits, Project},
    text::Name,
};

/// Stores a new project; `None` where the slug is taken.
pub async fn insert(
    db: impl PgExecutor<'_>,
    name: &Name,
    slug: &str,
    at: DateTime<Utc>,
) -> Result<Option<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        INSERT INTO projects (name, slug, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (slug) DO NOTHING
        RETURNING id AS "id: ProjectId", name AS "name: Name", slug, created_at
        "#,
        name.as_str(),
        slug,
        at,
    )
    .fetch_optional(db)
    .await
}

/// The project of that slug.
pub async fn by_slug(db: impl PgExecutor<'_>, slug: &str) -> Result<Option<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT id AS "id: ProjectId", name AS "name: Name", slug, created_at
        FROM projects
        WHERE slug = $1 AND deleted_at IS NULL
        "#,
        slug,
    )
    .fetch_optional(db)
    .await
}

/// The project of that id.
pub async fn by_id(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Option<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT id AS "id: ProjectId", name AS "name: Name", slug, created_at
        FROM projects
        WHERE id = $1 AND deleted_at IS NULL
        "#,
        project.0,
    )
    .fetch_optional(db)
    .await
}

/// The projects that a person may see, by name: all for an admin.
pub async fn visible_to(
    db: impl PgExecutor<'_>,
    user: UserId,
    is_admin: bool,
) -> Result<Vec<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT id AS "id: ProjectId", name AS "name: Name", slug, created_at
        FROM projects
        WHERE deleted_at IS NULL
          AND ($2 OR id IN (SELECT project_id FROM memberships WHERE user_id = $1))
        ORDER BY lower(name), id
        "#,
        user.0,
        is_admin,
    )
    .fetch_all(db)
    .await
}

/// All projects, by name.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT id AS "id: ProjectId", name AS "name: Name", slug, created_at
        FROM projects
        WHERE deleted_at IS NULL
        ORDER BY lower(name), id
        "#,
    )
    .fetch_all(db)
    .await
}

/// A project that cannot be deleted until the transaction ends.
#[derive(Clone, Copy, Debug)]
pub struct Held {
    /// Which.
    pub id: ProjectId,
    /// Occurrences of an item that are stored in an hour; `None` for all.
    pub stored_per_hour: Option<i32>,
    /// Whether there is such a limit, or was one.
    pub was_limited: bool,
    /// Items that may begin in a minute; `None` for the usual number.
    pub new_items_per_minute: Option<i32>,
}

/// Those of `projects` that exist; they cannot be deleted until the transaction ends.
pub async fn hold(db: impl PgExecutor<'_>, projects: &[i64]) -> Result<Vec<Held>> {
    sqlx::query_as!(
        Held,
        r#"
        SELECT id AS "id: ProjectId", stored_per_hour, was_limited, new_items_per_minute
        FROM projects
        WHERE id = ANY ($1) AND deleted_at IS NULL
        ORDER BY id FOR KEY SHARE
        "#,
        projects,
    )
    .fetch_all(db)
    .await
}

/// What a project may send, as its owners have set it.
pub async fn limits(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Option<Limits>> {
    sqlx::query_as!(
        Limits,
        "SELECT rate_per_minute AS per_minute, new_items_per_minute FROM projects WHERE id = $1",
        project.0,
    )
    .fetch_optional(db)
    .await
}

/// Sets what a project may send. Does not keep the digest waiting.
pub async fn set_limits(db: impl PgExecutor<'_>, project: ProjectId, limits: Limits) -> Result<()> {
    sqlx::query!(
        "UPDATE projects SET rate_per_minute = $2, new_items_per_minute = $3 WHERE id = $1",
        project.0,
        limits.per_minute,
        limits.new_items_per_minute,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Hands out `count` item numbers of a project: the last of them.
pub async fn draw_counters(db: impl PgExecutor<'_>, project: ProjectId, count: i64) -> Result<i64> {
    sqlx::query_scalar!(
        "UPDATE projects SET item_counter = item_counter + $2 WHERE id = $1 RETURNING item_counter",
        project.0,
        count,
    )
    .fetch_one(db)
    .await
}

/// The number of the project's newest item; 0 where it has none.
pub async fn newest_counter(db: impl PgExecutor<'_>, project: ProjectId) -> Result<i64> {
    sqlx::query_scalar!("SELECT item_counter FROM projects WHERE id = $1", project.0)
        .fetch_one(db)
        .await
}

/// Takes a project away from people and SDKs, with its tokens, members and invitations, and frees
/// its slug; its items and occurrences are erased by the keeper. False where it is gone already.
///
/// Wants a transaction. Waits for a digest that holds the project.
pub async fn delete(tx: &mut PgConnection, project: ProjectId, at: DateTime<Utc>) -> Result<bool> {
    let deleted = sqlx::query!(
        r#"
        UPDATE projects SET deleted_at = $2, slug = 'deleted/' || id
        WHERE id = $1 AND deleted_at IS NULL
        "#,
        project.0,
        at,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!("DELETE FROM tokens WHERE project_id = $1", project.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM memberships WHERE project_id = $1", project.0)
        .execute(&mut *tx)
        .await?;
    sqlx::query!("DELETE FROM invitations WHERE project_id = $1", project.0)
        .execute(&mut *tx)
        .await?;
    Ok(deleted.rows_affected() == 1)
}
