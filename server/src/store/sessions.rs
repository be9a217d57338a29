//! Sessions of people in browsers.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::Result;
use crate::model::id::{SessionId, UserId};

/// Who a session belongs to.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person.
    pub id: UserId,
    /// Their address, which is also their name.
    pub email: String,
    /// Whether they see every project and the admin pages.
    pub is_admin: bool,
    /// The IANA name of their time zone.
    pub time_zone: String,
    /// The session they came with.
    pub session: SessionId,
    /// When the session was last seen, to some minutes.
    pub seen_at: DateTime<Utc>,
}

/// A person's session, as they look at it.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its row.
    pub id: SessionId,
    /// The browser's own name for itself.
    pub agent: String,
    /// When it began.
    pub created_at: DateTime<Utc>,
    /// When it was last seen, to some minutes.
    pub seen_at: DateTime<Utc>,
}

/// Sessions that a person may have: more than one remembers, and a bound on the account page.
pub const KEPT: i64 = 50;

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

/// Begins a session of somebody whose password has that hash, and who can sign in; false where
/// either changed while it was checked. Of a person's sessions the newest [`KEPT`] stay.
pub async fn begin(
    tx: &mut PgConnection,
    sha256: &[u8; 32],
    user: UserId,
    password_hash: &str,
    agent: &str,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<bool> {
    let begun = sqlx::query!(
        r#"
        INSERT INTO sessions (sha256, user_id, created_at, seen_at, expires_at, agent)
        SELECT $1, id, $4, $4, $5, $6 FROM users
        WHERE id = $2 AND password_hash = $3 AND disabled_at IS NULL
        FOR KEY SHARE
        "#,
        sha256,
        user.0,
        password_hash,
        at,
        expires_at,
        agent,
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        DELETE FROM sessions
        WHERE user_id = $1 AND id <= (
            SELECT id FROM sessions WHERE user_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)
        "#,
        user.0,
        KEPT,
    )
    .execute(&mut *tx)
    .await?;
    Ok(begun.rows_affected() == 1)
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
        SELECT users.id AS "id: UserId", users.email, users.is_admin, users.time_zone,
               sessions.id AS "session: SessionId", sessions.seen_at
        FROM sessions JOIN users ON users.id = sessions.user_id
        WHERE sessions.sha256 = $1 AND sessions.expires_at > $2 AND users.disabled_at IS NULL
        "#,
        sha256,
        now,
    )
    .fetch_optional(db)
    .await
}

/// Notes that a session was seen.
pub async fn touch(
    db: impl PgExecutor<'_>,
    session: SessionId,
    seen_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE sessions SET seen_at = $2 WHERE id = $1",
        session.0,
        seen_at
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// A person's sessions that have not ended, last seen first.
pub async fn of_user(
    db: impl PgExecutor<'_>,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<Session>> {
    sqlx::query_as!(
        Session,
        r#"
        SELECT id AS "id: SessionId", agent, created_at, seen_at
        FROM sessions
        WHERE user_id = $1 AND expires_at > $2
        ORDER BY seen_at DESC, id DESC
        "#,
        user.0,
        now,
    )
    .fetch_all(db)
    .await
}

/// Ends one of a person's sessions; false where they have no such session.
pub async fn end(db: impl PgExecutor<'_>, user: UserId, session: SessionId) -> Result<bool> {
    sqlx::query!(
        "DELETE FROM sessions WHERE user_id = $1 AND id = $2",
        user.0,
        session.0
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Ends a person's sessions, but for `kept`: how many.
pub async fn end_all(
    db: impl PgExecutor<'_>,
    user: UserId,
    kept: Option<SessionId>,
) -> Result<u64> {
    sqlx::query!(
        "DELETE FROM sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2",
        user.0,
        kept.map(|kept| kept.0),
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// Ends the session of that secret.
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
