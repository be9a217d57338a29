//! Access tokens.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

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
}

/// Stores a new token.
pub async fn insert(
    db: impl PgExecutor<'_>,
    token: &NewToken<'_>,
    at: DateTime<Utc>,
) -> Result<TokenId> {
    sqlx::query_scalar!(
        r#"
        INSERT INTO tokens (project_id, name, sha256, plain, scope, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        RETURNING id AS "id: TokenId"
        "#,
        token.project.0,
        token.name.as_str(),
        token.sha256,
        token.plain,
        token.scope.as_str(),
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
               rate_per_minute, enabled, created_at
        FROM tokens
        WHERE project_id = $1
        ORDER BY id
        "#,
        project.0,
    )
    .fetch_all(db)
    .await
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
               tokens.scope AS "scope: Scope", tokens.enabled, tokens.rate_per_minute,
               COALESCE(projects.settings -> 'scrub_keys', '[]') AS "scrub_keys!: sqlx::types::Json<Vec<String>>"
        FROM tokens JOIN projects ON projects.id = tokens.project_id
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
                rate_per_minute: row
                    .rate_per_minute
                    .and_then(|rate| u32::try_from(rate).ok()),
                scrub_keys: row.scrub_keys.0,
            };
            (row.sha256, access)
        })
        .collect())
}

/// What a token gives access to, asked anew: for the API, where a change must count at once.
pub async fn access(
    db: impl PgExecutor<'_>,
    sha256: &[u8; 32],
) -> Result<Option<(ProjectId, Scope, bool)>> {
    let row = sqlx::query!(
        r#"
        SELECT project_id AS "project: ProjectId", scope AS "scope: Scope", enabled
        FROM tokens
        WHERE sha256 = $1
        "#,
        sha256,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.project, row.scope, row.enabled)))
}
