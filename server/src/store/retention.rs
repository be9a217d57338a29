//! How long what is kept, and how many occurrences of an item: what owners set, and what is deleted
//! row by row because no partition can be dropped for it.
//!
//! Each deletion is one short statement of at most so many rows, and says how many they were.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{PgConnection, PgExecutor, types::Uuid};

use super::{Result, attachments, feedback};
use crate::model::{id::ProjectId, retention::Retention};

/// What a project's owners have set.
pub async fn of_project(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Option<Retention>> {
    sqlx::query_as!(
        Retention,
        "SELECT retention_days AS days, stored_per_hour FROM projects WHERE id = $1",
        project.0,
    )
    .fetch_optional(db)
    .await
}

/// Sets it. Does not keep the digest waiting.
pub async fn set(db: impl PgExecutor<'_>, project: ProjectId, retention: Retention) -> Result<()> {
    sqlx::query!(
        r#"
        UPDATE projects SET retention_days = $2, stored_per_hour = $3,
                            was_limited = was_limited OR $3::integer IS NOT NULL
        WHERE id = $1
        "#,
        project.0,
        retention.days,
        retention.stored_per_hour,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Projects whose occurrences are kept for fewer days than `days`, and for how many.
pub async fn shorter_than(db: impl PgExecutor<'_>, days: i32) -> Result<Vec<(ProjectId, i32)>> {
    let rows = sqlx::query!(
        r#"
        SELECT id AS "id: ProjectId", retention_days AS "days!" FROM projects
        WHERE retention_days < $1
        ORDER BY id
        "#,
        days,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.days)).collect())
}

/// Deletes occurrences of a project, with what belongs to them. Wants a transaction.
pub async fn delete_occurrences(
    tx: &mut PgConnection,
    project: ProjectId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    let uuids: Vec<Uuid> = sqlx::query_scalar!(
        r#"
        DELETE FROM occurrences WHERE project_id = $1 AND (received_at, id) IN (
            SELECT received_at, id FROM occurrences
            WHERE project_id = $1 AND received_at < $2 ORDER BY received_at LIMIT $3)
        RETURNING uuid
        "#,
        project.0,
        before,
        limit,
    )
    .fetch_all(&mut *tx)
    .await?;
    attachments::delete_of(&mut *tx, project, &uuids).await?;
    feedback::delete_of(&mut *tx, project, &uuids).await?;
    Ok(uuids.len() as u64)
}

/// Deletes files of a project whose occurrences are gone or never came.
pub async fn delete_attachments(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM attachments WHERE project_id = $1 AND (received_at, id) IN (
            SELECT received_at, id FROM attachments
            WHERE project_id = $1 AND received_at < $2 ORDER BY received_at LIMIT $3)
        "#,
        project.0,
        before,
        limit,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Deletes feedback of a project.
pub async fn delete_feedback(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM feedback WHERE project_id = $1 AND (received_at, uuid) IN (
            SELECT received_at, uuid FROM feedback
            WHERE project_id = $1 AND received_at < $2 ORDER BY received_at LIMIT $3)
        "#,
        project.0,
        before,
        limit,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Deletes what was counted of a project's facets.
pub async fn delete_facets(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    before: NaiveDate,
    limit: i64,
) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM item_facets WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM item_facets WHERE project_id = $1 AND day < $2 LIMIT $3))
        "#,
        project.0,
        before,
        limit,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Deletes records that could not be digested; of one project, or of all.
pub async fn delete_dead_letters(
    db: impl PgExecutor<'_>,
    project: Option<ProjectId>,
    before: DateTime<Utc>,
) -> Result<u64> {
    sqlx::query!(
        "DELETE FROM dead_letters WHERE at < $2 AND ($1::bigint IS NULL OR project_id = $1)",
        project.map(|project| project.0),
        before,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Deletes hours of projects.
pub async fn delete_project_hours(
    db: impl PgExecutor<'_>,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM project_hours WHERE ctid = ANY (ARRAY(
            SELECT hours.ctid FROM projects
            JOIN project_hours AS hours ON hours.project_id = projects.id AND hours.hour < $1
            LIMIT $2))
        "#,
        before,
        limit,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Deletes hours of outcomes, also of those that belong to no project.
pub async fn delete_usage_hours(
    db: impl PgExecutor<'_>,
    before: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM usage_hours WHERE ctid = ANY (ARRAY(
            SELECT hours.ctid FROM (SELECT id FROM projects UNION ALL SELECT 0) AS projects
            JOIN usage_hours AS hours ON hours.project_id = projects.id AND hours.hour < $1
            LIMIT $2))
        "#,
        before,
        limit,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}
