//! Outcomes per project and hour.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::id::ProjectId;

/// Adds to hours: `(project, hour, outcome, count)`, in key order; project 0 where none is known.
pub async fn add(
    db: impl PgExecutor<'_>,
    counts: &[(i64, DateTime<Utc>, &str, i64)],
) -> Result<()> {
    let project_id: Vec<_> = counts.iter().map(|(project, ..)| *project).collect();
    let hour: Vec<_> = counts.iter().map(|(_, hour, ..)| *hour).collect();
    let outcome: Vec<_> = counts.iter().map(|(_, _, outcome, _)| *outcome).collect();
    let count: Vec<_> = counts.iter().map(|(.., count)| *count).collect();
    sqlx::query!(
        r#"
        INSERT INTO usage_hours (project_id, hour, outcome, count)
        SELECT * FROM UNNEST($1::bigint[], $2::timestamptz[], $3::text[], $4::bigint[])
        ON CONFLICT (project_id, hour, outcome) DO UPDATE SET count = usage_hours.count + excluded.count
        "#,
        &project_id,
        &hour,
        &outcome as &[&str],
        &count,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Outcomes of the whole instance since `since`: `(outcome, count)`.
pub async fn totals(db: impl PgExecutor<'_>, since: DateTime<Utc>) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT outcome, sum(count)::bigint AS "count!"
        FROM usage_hours
        WHERE hour >= $1
        GROUP BY outcome
        "#,
        since,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.outcome, row.count))
        .collect())
}

/// A project's hours since `since`: `(hour, outcome, count)`, oldest first.
pub async fn of_project(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    since: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, String, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT hour, outcome, count FROM usage_hours
        WHERE project_id = $1 AND hour >= $2
        ORDER BY hour, outcome
        "#,
        project.0,
        since,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.hour, row.outcome, row.count))
        .collect())
}
