//! Records of the journal that could not be applied.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, types::Uuid};

use super::Result;
use crate::model::{id::ProjectId, text::Name};

/// How many are kept: enough to see what is wrong, and a bound on the disk.
const KEPT: i64 = 10_000;

/// A record that could not be applied, without its bytes.
#[derive(Debug)]
pub struct DeadLetter {
    /// When it was given up.
    pub at: DateTime<Utc>,
    /// Whose it was; `None` where that cannot be told, or the project is gone.
    pub project: Option<Name>,
    /// Why.
    pub reason: String,
}

/// Stores a record that could not be applied.
pub async fn insert(
    db: impl PgExecutor<'_>,
    journal: Uuid,
    project: Option<i64>,
    reason: &str,
    record: &[u8],
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO dead_letters (journal, at, project_id, reason, record) VALUES ($1, $2, $3, $4, $5)",
        journal,
        at,
        project,
        reason,
        record,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// A project's dead letters with their bytes, by id, after the one with the id `after`.
pub async fn of_project(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Vec<u8>)>> {
    let rows = sqlx::query!(
        "SELECT id, record FROM dead_letters WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        project.0,
        after,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.record)).collect())
}

/// Forgets these dead letters.
pub async fn delete(db: impl PgExecutor<'_>, ids: &[i64]) -> Result<()> {
    sqlx::query!("DELETE FROM dead_letters WHERE id = ANY ($1)", ids)
        .execute(db)
        .await
        .map(|_done| ())
}

/// Forgets all but the newest: how many.
pub async fn trim(db: impl PgExecutor<'_>) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM dead_letters
        WHERE id <= (SELECT id FROM dead_letters ORDER BY id DESC OFFSET $1 LIMIT 1)
        "#,
        KEPT,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// The newest ones, newest first.
pub async fn newest(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<DeadLetter>> {
    sqlx::query_as!(
        DeadLetter,
        r#"
        SELECT dead_letters.at, projects.name AS "project?: Name", dead_letters.reason
        FROM dead_letters LEFT JOIN projects ON projects.id = dead_letters.project_id
        ORDER BY dead_letters.id DESC
        LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// How many there are.
pub async fn count(db: impl PgExecutor<'_>) -> Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM dead_letters"#)
        .fetch_one(db)
        .await
}
