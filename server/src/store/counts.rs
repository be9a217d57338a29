//! Occurrences per hour, of items and of projects.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::{
    id::{ItemId, ProjectId},
    occurrence::Level,
    text::Environment,
};

/// Occurrences of an item in an hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemHour {
    /// The item's project.
    pub project: ProjectId,
    /// The item.
    pub item: ItemId,
    /// The hour's beginning, UTC.
    pub hour: DateTime<Utc>,
}

/// Occurrences of a project in an hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectHour {
    /// The project.
    pub project: ProjectId,
    /// The hour's beginning, UTC.
    pub hour: DateTime<Utc>,
    /// Where.
    pub environment: Environment,
    /// How bad.
    pub level: Level,
}

/// Adds to the hours of items, in key order.
pub async fn add_to_items(db: impl PgExecutor<'_>, hours: &[(ItemHour, i64)]) -> Result<()> {
    let project_id: Vec<_> = hours.iter().map(|(key, _)| key.project.0).collect();
    let item_id: Vec<_> = hours.iter().map(|(key, _)| key.item.0).collect();
    let hour: Vec<_> = hours.iter().map(|(key, _)| key.hour).collect();
    let count: Vec<_> = hours.iter().map(|(_, count)| *count).collect();
    sqlx::query!(
        r#"
        INSERT INTO item_hours (project_id, item_id, hour, occurrences)
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::timestamptz[], $4::bigint[])
        ON CONFLICT (project_id, item_id, hour)
            DO UPDATE SET occurrences = item_hours.occurrences + excluded.occurrences
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

/// Adds to the hours of projects, in key order.
pub async fn add_to_projects(db: impl PgExecutor<'_>, hours: &[(ProjectHour, i64)]) -> Result<()> {
    let project_id: Vec<_> = hours.iter().map(|(key, _)| key.project.0).collect();
    let environment: Vec<_> = hours
        .iter()
        .map(|(key, _)| key.environment.as_str())
        .collect();
    let level: Vec<_> = hours.iter().map(|(key, _)| key.level.as_str()).collect();
    let hour: Vec<_> = hours.iter().map(|(key, _)| key.hour).collect();
    let count: Vec<_> = hours.iter().map(|(_, count)| *count).collect();
    sqlx::query!(
        r#"
        INSERT INTO project_hours (project_id, environment, level, hour, occurrences)
        SELECT * FROM UNNEST($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::bigint[])
        ON CONFLICT (project_id, hour, environment, level)
            DO UPDATE SET occurrences = project_hours.occurrences + excluded.occurrences
        "#,
        &project_id,
        &environment as &[&str],
        &level as &[&str],
        &hour,
        &count,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Hours of these items since `since`: `(item, hour, occurrences)`.
pub async fn of_items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
    since: DateTime<Utc>,
) -> Result<Vec<(ItemId, DateTime<Utc>, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT item_id AS "item: ItemId", hour, occurrences
        FROM item_hours
        WHERE project_id = $1 AND item_id = ANY ($2) AND hour >= $3
        "#,
        project.0,
        items,
        since,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.item, row.hour, row.occurrences))
        .collect())
}

/// Hours of these projects since `since`: `(project, hour, occurrences)`.
pub async fn of_projects(
    db: impl PgExecutor<'_>,
    projects: &[i64],
    since: DateTime<Utc>,
) -> Result<Vec<(ProjectId, DateTime<Utc>, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT project_id AS "project: ProjectId", hour, sum(occurrences)::bigint AS "occurrences!"
        FROM project_hours
        WHERE project_id = ANY ($1) AND hour >= $2
        GROUP BY project_id, hour
        "#,
        projects,
        since,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.project, row.hour, row.occurrences))
        .collect())
}
