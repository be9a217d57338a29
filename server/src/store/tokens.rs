//! Access tokens.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use sqlx::PgExecutor;
use tracing::warn;

use super::Result;
use crate::model::{
    id::{ProjectId, TokenId},
    project::{Access, Scope, Token},
    text::Name,
};

/// A token that is to be stored.
pub struct NewToken<'a> {
    /// Whose.
    pub project: ProjectId,
    /// What people call it.
    pub name: &'a Name,
    /// SHA-256 of the token.
    pub sha256: &'a [u8; 32],
    /// The token, for scopes that may only post.
    pub plain: Option<&'a str>,
    /// What it may do.
    pub scope: Scope,
    /// Occurrences a minute on each node; `None` for no limit of its own.
    pub rate_per_minute: Option<i32>,
}

/// Stores a new token.
pub async fn insert(
    db: impl PgExecutor<'_>,
    token: &NewToken<'_>,
    at: DateTime<Utc>,
) -> Result<TokenId> {
    sqlx::query_scalar!(
        r#"
        INSERT INTO tokens (project_id, name, sha256, plain, scope, rate_per_minute, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        RETURNING id AS "id: TokenId"
        "#,
        token.project.0,
        token.name.as_str(),
        token.sha256,
        token.plain,
        token.scope.as_str(),
        token.rate_per_minute,
        at,
    )
    .fetch_one(db)
    .await
}

/// A project's tokens, oldest first.
pub async fn of_project(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Vec<Token>> {
    sqlx::query_as!(
        Token,
        r#"
        SELECT id AS "id: TokenId", name AS "name: Name", scope AS "scope: Scope", plain,
               rate_per_minute, enabled, created_at, last_used_at, expires_at
        FROM tokens
        WHERE project_id = $1
        ORDER BY id
        "#,
        project.0,
    )
    .fetch_all(db)
    .await
}

/// A project's token, locked until the transaction ends.
pub async fn lock(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    token: TokenId,
) -> Result<Option<Token>> {
    sqlx::query_as!(
        Token,
        r#"
        SELECT id AS "id: TokenId", name AS "name: Name", scope AS "scope: Scope", plain,
               rate_per_minute, enabled, created_at, last_used_at, expires_at
        FROM tokens
        WHERE project_id = $1 AND id = $2
        FOR UPDATE
        "#,
        project.0,
        token.0,
    )
    .fetch_optional(db)
    .await
}

/// Lets a token end at a time.
pub async fn set_expires_at(
    db: impl PgExecutor<'_>,
    token: TokenId,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE tokens SET expires_at = $2 WHERE id = $1",
        token.0,
        at
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Changes how many occurrences a minute a project's token may report on each node, `None` for no
/// limit of its own; false where the project has no such token.
pub async fn set_rate(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    token: TokenId,
    per_minute: Option<i32>,
) -> Result<bool> {
    sqlx::query!(
        "UPDATE tokens SET rate_per_minute = $3 WHERE project_id = $1 AND id = $2",
        project.0,
        token.0,
        per_minute,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Notes when tokens were last honoured; a time before the one that is known changes nothing.
pub async fn touch(db: impl PgExecutor<'_>, used: &[(TokenId, DateTime<Utc>)]) -> Result<()> {
    let (id, at): (Vec<_>, Vec<_>) = used.iter().map(|(token, at)| (token.0, *at)).unzip();
    sqlx::query!(
        r#"
        UPDATE tokens SET last_used_at = used.at
        FROM UNNEST($1::bigint[], $2::timestamptz[]) AS used (id, at)
        WHERE tokens.id = used.id AND (tokens.last_used_at IS NULL OR tokens.last_used_at < used.at)
        "#,
        &id,
        &at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Honours a project's token, or no longer; false where the project has no such token.
pub async fn set_enabled(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    token: TokenId,
    enabled: bool,
) -> Result<bool> {
    sqlx::query!(
        "UPDATE tokens SET enabled = $3 WHERE project_id = $1 AND id = $2",
        project.0,
        token.0,
        enabled,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// All tokens, by their SHA-256: what ingest holds in memory.
pub async fn accesses(db: impl PgExecutor<'_>) -> Result<Vec<(Vec<u8>, Access)>> {
    let rows = sqlx::query!(
        r#"
        SELECT tokens.sha256, tokens.id AS "token: TokenId", tokens.project_id AS "project: ProjectId",
               tokens.scope AS "scope: Scope", tokens.enabled, tokens.expires_at, tokens.rate_per_minute,
               projects.rate_per_minute AS project_per_minute,
               COALESCE(projects.settings -> 'scrub_keys', '[]') AS "scrub_keys!",
               COALESCE(projects.settings -> 'filters', '{}') AS "filters!"
        FROM tokens JOIN projects ON projects.id = tokens.project_id
        WHERE projects.deleted_at IS NULL
        "#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let access = Access {
                project: row.project,
                token: row.token,
                scope: row.scope,
                enabled: row.enabled,
                expires_at: row.expires_at,
                rate_per_minute: row
                    .rate_per_minute
                    .and_then(|rate| u32::try_from(rate).ok()),
                project_per_minute: row
                    .project_per_minute
                    .and_then(|rate| u32::try_from(rate).ok()),
                scrub_keys: readable(row.scrub_keys, row.project),
                filters: readable(row.filters, row.project),
            };
            (row.sha256, access)
        })
        .collect())
}

/// A project's settings; nothing where a newer version wrote what this one cannot read, so that one
/// project's settings do not keep all others' tokens from being read.
fn readable<T: DeserializeOwned + Default>(settings: serde_json::Value, project: ProjectId) -> T {
    serde_json::from_value(settings).unwrap_or_else(|error| {
        warn!(project.id = %project, error = %error, "settings cannot be read and are left out");
        T::default()
    })
}

/// Forgets tokens that ended before `before`: how many.
pub async fn delete_ended(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    sqlx::query!("DELETE FROM tokens WHERE expires_at < $1", before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}

/// What a token gives access to, asked anew: for the API, where a change must count at once.
pub struct Grant {
    /// The token's row.
    pub token: TokenId,
    /// Its project.
    pub project: ProjectId,
    /// What it may do.
    pub scope: Scope,
    /// Whether it is honoured.
    pub enabled: bool,
    /// When it was last honoured, to some minutes.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends, for one that was rotated.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a token gives access to; `None` for one that there is not.
pub async fn grant(db: impl PgExecutor<'_>, sha256: &[u8; 32]) -> Result<Option<Grant>> {
    sqlx::query_as!(
        Grant,
        r#"
        SELECT tokens.id AS "token: TokenId", tokens.project_id AS "project: ProjectId",
               tokens.scope AS "scope: Scope", tokens.enabled, tokens.last_used_at, tokens.expires_at
        FROM tokens JOIN projects ON projects.id = tokens.project_id
        WHERE tokens.sha256 = $1 AND projects.deleted_at IS NULL
        "#,
        sha256,
    )
    .fetch_optional(db)
    .await
}
