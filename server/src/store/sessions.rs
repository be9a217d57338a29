//! Sessions of people in browsers.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::id::UserId;

/// Who a session belongs to.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person.
    pub id: UserId,
    /// Their address, which is also their name.
    pub email: String,
    /// Whether they see every project and the admin pages.
    pub is_admin: bool,
}

/// Stores a new session.
pub async fn insert(
    db: impl PgExecutor<'_>,
    sha256: &[u8; 32],
    user: UserId,
    agent: &str,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO sessions (sha256, user_id, created_at, seen_at, expires_at, agent)
        VALUES ($1, $2, $3, $3, $4, $5)
        "#,
        sha256,
        user.0,
        at,
        expires_at,
        agent,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Whom a session belongs to, if it and the account are good at `now`.
pub async fn viewer(
    db: impl PgExecutor<'_>,
    sha256: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Viewer>> {
    sqlx::query_as!(
        Viewer,
        r#"
        SELECT users.id AS "id: UserId", users.email, users.is_admin
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.sha256 = $1 AND sessions.expires_at > $2 AND users.disabled_at IS NULL
        "#,
        sha256,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Ends a session.
pub async fn delete(db: impl PgExecutor<'_>, sha256: &[u8; 32]) -> Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE sha256 = $1", sha256)
        .execute(db)
        .await
        .map(|_done| ())
}

/// Forgets sessions that ended before `now`: how many.
pub async fn delete_expired(db: impl PgExecutor<'_>, now: DateTime<Utc>) -> Result<u64> {
    sqlx::query!("DELETE FROM sessions WHERE expires_at <= $1", now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}
