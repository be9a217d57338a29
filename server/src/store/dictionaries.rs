//! Dictionaries that bodies of occurrences are compressed with.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::{body::DictionaryName, id::ProjectId, text::Name};

/// A dictionary, without its bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Whose it is.
    pub project: ProjectId,
    /// What it is called.
    pub name: DictionaryName,
    /// The SDK whose occurrences it is for.
    pub sdk: String,
    /// Bytes of JSON for one stored, when it was trained.
    pub ratio: f32,
    /// The same without a dictionary.
    pub plain_ratio: f32,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
}

/// The newest dictionary of each SDK of each project: of `limit`, those that were used last.
pub async fn in_use(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<Row>> {
    let rows = sqlx::query!(
        r#"
        SELECT project_id AS "project_id!: ProjectId", name AS "name!", sdk AS "sdk!", ratio AS "ratio!",
               plain_ratio AS "plain_ratio!", trained_at AS "trained_at!"
        FROM (
            SELECT DISTINCT ON (project_id, sdk) *
            FROM dictionaries
            ORDER BY project_id, sdk, trained_at DESC
        ) AS newest
        ORDER BY last_used_at DESC
        LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().filter_map(|row| {
        Some(Row {
            project: row.project_id,
            name: DictionaryName::read(&row.name)?,
            sdk: row.sdk,
            ratio: row.ratio,
            plain_ratio: row.plain_ratio,
            trained_at: row.trained_at,
        })
    });
    Ok(rows.collect())
}

/// The newest of each SDK of a project, with their bytes.
pub async fn of_project(
    db: impl PgExecutor<'_>,
    project: ProjectId,
) -> Result<Vec<(Row, Vec<u8>)>> {
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT ON (sdk) name, sdk, bytes, ratio, plain_ratio, trained_at
        FROM dictionaries
        WHERE project_id = $1
        ORDER BY sdk, trained_at DESC
        "#,
        project.0,
    )
    .fetch_all(db)
    .await?;
    let rows = rows.into_iter().filter_map(|row| {
        let name = DictionaryName::read(&row.name)?;
        let dictionary = Row {
            project,
            name,
            sdk: row.sdk,
            ratio: row.ratio,
            plain_ratio: row.plain_ratio,
            trained_at: row.trained_at,
        };
        Some((dictionary, row.bytes))
    });
    Ok(rows.collect())
}

/// A dictionary, as the system page shows it.
#[derive(Debug)]
pub struct Shown {
    /// The project's name.
    pub project: Name,
    /// The SDK whose occurrences it is for.
    pub sdk: String,
    /// Bytes of JSON for one stored, when it was trained.
    pub ratio: f32,
    /// The same without a dictionary.
    pub plain_ratio: f32,
    /// When it was trained.
    pub trained_at: DateTime<Utc>,
}

/// The newest dictionary of each SDK of each project, by the project's name.
pub async fn shown(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<Shown>> {
    sqlx::query_as!(
        Shown,
        r#"
        SELECT DISTINCT ON (projects.name, projects.id, sdk)
               projects.name AS "project: Name", sdk, ratio, plain_ratio, trained_at
        FROM dictionaries JOIN projects ON projects.id = dictionaries.project_id
        ORDER BY projects.name, projects.id, sdk, trained_at DESC
        LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// All that there are.
pub async fn names(db: impl PgExecutor<'_>) -> Result<Vec<(ProjectId, DictionaryName)>> {
    let rows = sqlx::query!(r#"SELECT project_id AS "project: ProjectId", name FROM dictionaries"#)
        .fetch_all(db)
        .await?;
    let rows = rows
        .into_iter()
        .filter_map(|row| Some((row.project, DictionaryName::read(&row.name)?)));
    Ok(rows.collect())
}

/// The bytes of a dictionary.
pub async fn bytes(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    name: DictionaryName,
) -> Result<Option<Vec<u8>>> {
    sqlx::query_scalar!(
        "SELECT bytes FROM dictionaries WHERE project_id = $1 AND name = $2",
        project.0,
        &name.0[..],
    )
    .fetch_optional(db)
    .await
}

/// Stores a dictionary, unless it is there or its project is gone.
pub async fn insert(
    db: impl PgExecutor<'_>,
    row: &Row,
    bytes: &[u8],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO dictionaries (project_id, name, sdk, bytes, ratio, plain_ratio, trained_at, last_used_at)
        SELECT id, $2, $3, $4, $5, $6, $7, $8 FROM projects WHERE id = $1
        ON CONFLICT DO NOTHING
        "#,
        row.project.0,
        &row.name.0[..],
        row.sdk,
        bytes,
        row.ratio,
        row.plain_ratio,
        row.trained_at,
        now,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Notes that dictionaries are used.
pub async fn touch(
    db: impl PgExecutor<'_>,
    projects: &[i64],
    names: &[Vec<u8>],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        r#"
        UPDATE dictionaries SET last_used_at = GREATEST(last_used_at, $3)
        FROM UNNEST($1::bigint[], $2::bytea[]) AS used (project_id, name)
        WHERE dictionaries.project_id = used.project_id AND dictionaries.name = used.name
        "#,
        projects,
        names,
        now,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Forgets dictionaries that were used last before `before`: how many. No occurrence may be left
/// that was stored until then.
pub async fn delete_unused(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    sqlx::query!("DELETE FROM dictionaries WHERE last_used_at < $1", before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}

/// Projects with at least `occurrences` since `since`, those with most first.
pub async fn busy_projects(
    db: impl PgExecutor<'_>,
    since: DateTime<Utc>,
    occurrences: i64,
) -> Result<Vec<ProjectId>> {
    sqlx::query_scalar!(
        r#"
        SELECT project_id AS "project: ProjectId"
        FROM project_hours
        WHERE hour > $1
        GROUP BY project_id
        HAVING sum(occurrences) >= $2::bigint
        ORDER BY sum(occurrences) DESC
        "#,
        since,
        occurrences,
    )
    .fetch_all(db)
    .await
}

/// Bodies of a project's newest occurrences after `since`, of as many items as there are: first the
/// newest of each, then the second newest.
pub async fn sample(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    since: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Vec<u8>>> {
    sqlx::query_scalar!(
        r#"
        WITH newest AS (
            SELECT received_at, id, item_id
            FROM occurrences
            WHERE project_id = $1 AND received_at > $2
            ORDER BY received_at DESC
            LIMIT $3::bigint * 10
        ), ranked AS (
            SELECT received_at, id,
                   row_number() OVER (PARTITION BY item_id ORDER BY received_at DESC) AS rank
            FROM newest
        )
        SELECT body
        FROM ranked
        JOIN occurrences USING (received_at, id)
        WHERE project_id = $1
        ORDER BY rank, received_at DESC
        LIMIT $3::bigint
        "#,
        project.0,
        since,
        limit,
    )
    .fetch_all(db)
    .await
}
