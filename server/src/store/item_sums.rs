//! What the items of projects come to: how many there are, of which kinds, and since when.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::{
    id::{ItemCounter, ProjectId},
    item::Status,
};

/// How many items of a project stand where; statuses without any are missing.
pub async fn status_counts(
    db: impl PgExecutor<'_>,
    project: ProjectId,
) -> Result<Vec<(Status, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT status AS "status: Status", count(*) AS "count!"
        FROM items
        WHERE project_id = $1 AND merged_into IS NULL
        GROUP BY status
        "#,
        project.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.status, row.count))
        .collect())
}

/// Open items of each project: `(project, count)`.
pub async fn open_counts(
    db: impl PgExecutor<'_>,
    projects: &[i64],
) -> Result<Vec<(ProjectId, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT project_id AS "project: ProjectId", count(*) AS "count!"
        FROM items
        WHERE project_id = ANY ($1) AND status = 'active' AND merged_into IS NULL
        GROUP BY project_id
        "#,
        projects,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.project, row.count))
        .collect())
}

/// When each project's newest occurrence was received: `(project, time)`; not those without any.
pub async fn last_seen(
    db: impl PgExecutor<'_>,
    projects: &[i64],
) -> Result<Vec<(ProjectId, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        r#"
        SELECT wanted.project_id AS "project!: ProjectId", newest.last_seen_at AS "at!"
        FROM UNNEST($1::bigint[]) AS wanted (project_id)
        CROSS JOIN LATERAL (
            SELECT max(last_seen_at) AS last_seen_at FROM items WHERE items.project_id = wanted.project_id
        ) AS newest
        WHERE newest.last_seen_at IS NOT NULL
        "#,
        projects,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.project, row.at)).collect())
}

/// The environments that items of a project come from, at most 100, by name.
pub async fn environments(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Vec<String>> {
    // One index probe per environment instead of a scan of all items.
    sqlx::query_scalar!(
        r#"
        WITH RECURSIVE seen (environment) AS (
            (SELECT environment FROM fingerprints WHERE project_id = $1 ORDER BY environment LIMIT 1)
            UNION ALL
            SELECT (SELECT fingerprints.environment FROM fingerprints
                    WHERE fingerprints.project_id = $1 AND fingerprints.environment > seen.environment
                    ORDER BY fingerprints.environment LIMIT 1)
            FROM seen WHERE seen.environment IS NOT NULL
        )
        SELECT environment AS "environment!" FROM seen WHERE environment IS NOT NULL LIMIT 100
        "#,
        project.0,
    )
    .fetch_all(db)
    .await
}

/// The counter of a project's first item, if it has any: what the start page waits for.
pub async fn first_counter(
    db: impl PgExecutor<'_>,
    project: ProjectId,
) -> Result<Option<ItemCounter>> {
    sqlx::query_scalar!(
        r#"
        SELECT counter AS "counter: ItemCounter"
        FROM items
        WHERE project_id = $1
        ORDER BY counter
        LIMIT 1
        "#,
        project.0,
    )
    .fetch_optional(db)
    .await
}

/// How often these items of a project failed, and when last, by their counters.
pub async fn totals(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    counters: &[i64],
) -> Result<Vec<(ItemCounter, i64, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        r#"
        SELECT counter AS "counter: ItemCounter", total, last_occurrence_at
        FROM items
        WHERE project_id = $1 AND counter = ANY ($2)
        ORDER BY counter
        "#,
        project.0,
        counters,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.counter, row.total, row.last_occurrence_at))
        .collect())
}

/// How many items of a project began in a minute, of its newest so many: `(project, minute, limit)`
/// each, and answered by project and minute.
pub async fn begun_in(
    db: impl PgExecutor<'_>,
    asked: &[(ProjectId, DateTime<Utc>, i32)],
) -> Result<Vec<((ProjectId, DateTime<Utc>), i64)>> {
    let project_ids: Vec<_> = asked.iter().map(|(project, ..)| project.0).collect();
    let minutes: Vec<_> = asked.iter().map(|(_, minute, _)| *minute).collect();
    let limits: Vec<_> = asked.iter().map(|(.., limit)| *limit).collect();
    let rows = sqlx::query!(
        r#"
        SELECT asked.project_id AS "project!: ProjectId", asked.minute AS "minute!", count(*) AS "count!"
        FROM UNNEST($1::bigint[], $2::timestamptz[], $3::integer[]) AS asked (project_id, minute, newest),
             LATERAL (SELECT first_seen_at FROM items WHERE items.project_id = asked.project_id
                      ORDER BY counter DESC LIMIT asked.newest) AS begun
        WHERE begun.first_seen_at >= asked.minute
          AND begun.first_seen_at < asked.minute + interval '1 minute'
        GROUP BY asked.project_id, asked.minute
        "#,
        &project_ids,
        &minutes,
        &limits,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| ((row.project, row.minute), row.count))
        .collect())
}
