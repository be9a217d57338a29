//! People who sign in.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::id::UserId;

/// A person who signs in, as far as signing in is concerned.
pub struct Credentials {
    /// Who.
    pub id: UserId,
    /// Argon2id, in PHC format.
    pub password_hash: String,
}

/// Stores a new person; `None` where the address has an account.
pub async fn insert(
    db: impl PgExecutor<'_>,
    email: &str,
    password_hash: &str,
    is_admin: bool,
    at: DateTime<Utc>,
) -> Result<Option<UserId>> {
    sqlx::query_scalar!(
        r#"
        INSERT INTO users (email, password_hash, is_admin, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (lower(email)) DO NOTHING
        RETURNING id AS "id: UserId"
        "#,
        email,
        password_hash,
        is_admin,
        at,
    )
    .fetch_optional(db)
    .await
}

/// What signing in with that address needs; `None` also for a disabled account.
pub async fn credentials(db: impl PgExecutor<'_>, email: &str) -> Result<Option<Credentials>> {
    sqlx::query_as!(
        Credentials,
        r#"
        SELECT id AS "id: UserId", password_hash
        FROM users
        WHERE lower(email) = lower($1) AND disabled_at IS NULL
        "#,
        email,
    )
    .fetch_optional(db)
    .await
}

/// Whether there is any account.
pub async fn exist(db: impl PgExecutor<'_>) -> Result<bool> {
    sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM users) AS "exist!""#)
        .fetch_one(db)
        .await
}

/// Addresses of these people, for names in histories.
pub async fn emails(db: impl PgExecutor<'_>, users: &[i64]) -> Result<Vec<(UserId, String)>> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: UserId", email FROM users WHERE id = ANY ($1)"#,
        users
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.email)).collect())
}
