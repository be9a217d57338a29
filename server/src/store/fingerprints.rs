//! Which fingerprints lead to which item.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::id::{ItemId, ProjectId};

/// A fingerprint where it is looked up: in a project and environment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The project.
    pub project: ProjectId,
    /// The environment.
    pub environment: String,
    /// The fingerprint, SHA-256.
    pub sha256: [u8; 32],
}

/// A fingerprint that leads to an item.
#[derive(Clone, Debug)]
pub struct Leading {
    /// The fingerprint, SHA-256.
    pub fingerprint: [u8; 32],
    /// The version of the grouping that made it.
    pub version: i16,
    /// When it began to.
    pub since: DateTime<Utc>,
}

/// The items that `keys` lead to, with the key; those that lead nowhere are missing.
pub async fn find(db: impl PgExecutor<'_>, keys: &[Key]) -> Result<Vec<(Key, ItemId)>> {
    let (projects, environments, hashes) = columns(keys);
    let rows = sqlx::query!(
        r#"
        SELECT fingerprints.project_id AS "project: ProjectId", fingerprints.environment,
               fingerprints.sha256, fingerprints.item_id AS "item: ItemId"
        FROM fingerprints
        JOIN UNNEST($1::bigint[], $2::text[], $3::bytea[]) AS wanted (project_id, environment, sha256)
            USING (project_id, environment, sha256)
        "#,
        &projects,
        &environments,
        &hashes as &[&[u8]],
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((key(row.project, row.environment, &row.sha256)?, row.item)))
        .collect())
}

/// Lets each of `keys`, in order, lead to a new item, unless another node was faster: those won.
pub async fn claim(
    db: impl PgExecutor<'_>,
    keys: &[Key],
    version: i16,
    at: DateTime<Utc>,
) -> Result<Vec<(Key, ItemId)>> {
    let (projects, environments, hashes) = columns(keys);
    let rows = sqlx::query!(
        r#"
        INSERT INTO fingerprints (project_id, environment, sha256, item_id, version, since)
        SELECT project_id, environment, sha256, nextval('item_ids'), $4, $5
        FROM UNNEST($1::bigint[], $2::text[], $3::bytea[]) AS wanted (project_id, environment, sha256)
        ORDER BY project_id, environment, sha256
        ON CONFLICT DO NOTHING
        RETURNING project_id AS "project: ProjectId", environment, sha256, item_id AS "item: ItemId"
        "#,
        &projects,
        &environments,
        &hashes as &[&[u8]],
        version,
        at,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((key(row.project, row.environment, &row.sha256)?, row.item)))
        .collect())
}

/// Lets each of `keys`, in order, lead to the item beside it, unless it leads somewhere already: the
/// keys that now do.
pub async fn lead(
    db: impl PgExecutor<'_>,
    keys: &[(Key, ItemId)],
    version: i16,
    at: DateTime<Utc>,
) -> Result<Vec<(Key, ItemId)>> {
    let items: Vec<_> = keys.iter().map(|(_, item)| item.0).collect();
    let keys: Vec<_> = keys.iter().map(|(key, _)| key.clone()).collect();
    let (projects, environments, hashes) = columns(&keys);
    let rows = sqlx::query!(
        r#"
        INSERT INTO fingerprints (project_id, environment, sha256, item_id, version, since)
        SELECT project_id, environment, sha256, item_id, $5, $6
        FROM UNNEST($1::bigint[], $2::text[], $3::bytea[], $4::bigint[])
            AS wanted (project_id, environment, sha256, item_id)
        ORDER BY project_id, environment, sha256
        ON CONFLICT DO NOTHING
        RETURNING project_id AS "project: ProjectId", environment, sha256, item_id AS "item: ItemId"
        "#,
        &projects,
        &environments,
        &hashes as &[&[u8]],
        &items,
        version,
        at,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some((key(row.project, row.environment, &row.sha256)?, row.item)))
        .collect())
}

/// The fingerprints that lead to items, oldest first.
pub async fn of_items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
    limit: i64,
) -> Result<Vec<Leading>> {
    let rows = sqlx::query!(
        r#"
        SELECT fingerprints.sha256, fingerprints.version,
               COALESCE(fingerprints.since, items.first_seen_at) AS "since!"
        FROM fingerprints
        JOIN items ON items.project_id = fingerprints.project_id AND items.id = fingerprints.item_id
        WHERE fingerprints.project_id = $1 AND fingerprints.item_id = ANY ($2)
        ORDER BY 3, fingerprints.sha256
        LIMIT $3
        "#,
        project.0,
        items,
        limit,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(Leading {
                fingerprint: row.sha256.try_into().ok()?,
                version: row.version,
                since: row.since,
            })
        })
        .collect())
}

/// Those of `asked` that are environments of a project: something has a fingerprint there.
pub async fn environments_among(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    asked: &[String],
) -> Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        SELECT environment AS "environment!" FROM UNNEST($2::text[]) AS asked (environment)
        WHERE EXISTS (SELECT FROM fingerprints
                      WHERE project_id = $1 AND fingerprints.environment = asked.environment)
        "#,
        project.0,
        asked,
    )
    .fetch_all(db)
    .await
}

/// Environments of a project, by name, at most `limit`: one look into the primary key for each.
pub async fn environments(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    limit: i64,
) -> Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"
        WITH RECURSIVE names (environment) AS (
            (SELECT environment FROM fingerprints WHERE project_id = $1
             ORDER BY environment LIMIT 1)
            UNION ALL
            SELECT (SELECT fingerprints.environment FROM fingerprints
                    WHERE project_id = $1 AND fingerprints.environment > names.environment
                    ORDER BY fingerprints.environment LIMIT 1)
            FROM names WHERE names.environment IS NOT NULL)
        SELECT environment AS "environment!" FROM names WHERE environment IS NOT NULL LIMIT $2
        "#,
        project.0,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Takes back fingerprints that were claimed for items which then got no occurrence.
pub async fn unclaim(db: impl PgExecutor<'_>, project_ids: &[i64], item_ids: &[i64]) -> Result<()> {
    sqlx::query!(
        r#"
        DELETE FROM fingerprints
        USING UNNEST($1::bigint[], $2::bigint[]) AS unwanted (project_id, item_id)
        WHERE fingerprints.project_id = unwanted.project_id AND fingerprints.item_id = unwanted.item_id
        "#,
        project_ids,
        item_ids,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

fn columns(keys: &[Key]) -> (Vec<i64>, Vec<String>, Vec<&[u8]>) {
    (
        keys.iter().map(|key| key.project.0).collect(),
        keys.iter().map(|key| key.environment.clone()).collect(),
        keys.iter().map(|key| key.sha256.as_slice()).collect(),
    )
}

fn key(project: ProjectId, environment: String, sha256: &[u8]) -> Option<Key> {
    Some(Key {
        project,
        environment,
        sha256: sha256.try_into().ok()?,
    })
}
