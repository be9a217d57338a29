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

/// What a person set about themselves.
#[derive(Debug)]
pub struct Account {
    /// Argon2id of their password, in PHC format.
    pub password_hash: String,
    /// Whether they want to hear of new items.
    pub mail_new_items: bool,
    /// Whether they want to hear of items that came back.
    pub mail_reactivated_items: bool,
}

/// A person's account.
pub async fn account(db: impl PgExecutor<'_>, user: UserId) -> Result<Account> {
    sqlx::query_as!(
        Account,
        "SELECT password_hash, mail_new_items, mail_reactivated_items FROM users WHERE id = $1",
        user.0,
    )
    .fetch_one(db)
    .await
}

/// How somebody is written to.
#[derive(Debug)]
pub struct Contact {
    /// Their address.
    pub email: String,
    /// Their time zone, an IANA name.
    pub time_zone: String,
    /// When their password was last changed; `None` for never.
    pub password_changed_at: Option<DateTime<Utc>>,
}

/// How somebody who can sign in is written to.
pub async fn contact(db: impl PgExecutor<'_>, user: UserId) -> Result<Option<Contact>> {
    sqlx::query_as!(
        Contact,
        r#"
        SELECT email, time_zone, password_changed_at FROM users
        WHERE id = $1 AND disabled_at IS NULL
        "#,
        user.0,
    )
    .fetch_optional(db)
    .await
}

/// The time zone of whoever has that address, an IANA name.
pub async fn time_zone(db: impl PgExecutor<'_>, email: &str) -> Result<Option<String>> {
    sqlx::query_scalar!(
        "SELECT time_zone FROM users WHERE lower(email) = lower($1)",
        email,
    )
    .fetch_optional(db)
    .await
}

/// Changes a person's password, if it is the one of that hash; false where it is not any more.
pub async fn replace_password(
    db: impl PgExecutor<'_>,
    user: UserId,
    old_hash: &str,
    password_hash: &str,
    at: DateTime<Utc>,
) -> Result<bool> {
    sqlx::query!(
        r#"
        UPDATE users SET password_hash = $3, password_changed_at = $4
        WHERE id = $1 AND password_hash = $2
        "#,
        user.0,
        old_hash,
        password_hash,
        at,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Changes a person's password. Their sessions are the caller's to end.
pub async fn set_password(
    db: impl PgExecutor<'_>,
    user: UserId,
    password_hash: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE users SET password_hash = $2, password_changed_at = $3 WHERE id = $1",
        user.0,
        password_hash,
        at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// The SDK whose set-up a person chose last; `None` before they did.
pub async fn snippet(db: impl PgExecutor<'_>, user: UserId) -> Result<Option<String>> {
    sqlx::query_scalar!("SELECT snippet FROM users WHERE id = $1", user.0)
        .fetch_one(db)
        .await
}

/// Remembers the SDK whose set-up a person chose.
pub async fn set_snippet(db: impl PgExecutor<'_>, user: UserId, snippet: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE users SET snippet = $2 WHERE id = $1",
        user.0,
        snippet,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Changes a person's time zone: an IANA name.
pub async fn set_time_zone(db: impl PgExecutor<'_>, user: UserId, time_zone: &str) -> Result<()> {
    sqlx::query!(
        "UPDATE users SET time_zone = $2 WHERE id = $1",
        user.0,
        time_zone,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Changes which mails a person wants.
pub async fn set_mails(
    db: impl PgExecutor<'_>,
    user: UserId,
    new_items: bool,
    reactivated_items: bool,
) -> Result<()> {
    sqlx::query!(
        "UPDATE users SET mail_new_items = $2, mail_reactivated_items = $3 WHERE id = $1",
        user.0,
        new_items,
        reactivated_items,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// A person, as admins look at them.
#[derive(Debug)]
pub struct Person {
    /// Who.
    pub id: UserId,
    /// Their address, which is also their name.
    pub email: String,
    /// Whether they see every project and the admin pages.
    pub is_admin: bool,
    /// When they were deactivated; `None` for those who can sign in.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When their account was made.
    pub created_at: DateTime<Utc>,
    /// When they were last seen on a page, to some minutes; `None` without a session.
    pub seen_at: Option<DateTime<Utc>>,
}

/// Everybody, by address.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Person>> {
    sqlx::query_as!(
        Person,
        r#"
        SELECT id AS "id: UserId", email, is_admin, disabled_at, created_at,
               (SELECT max(seen_at) FROM sessions WHERE sessions.user_id = users.id) AS seen_at
        FROM users
        ORDER BY lower(email)
        "#,
    )
    .fetch_all(db)
    .await
}

/// The admins who can sign in, locked until the transaction ends: so that two who give it up at once
/// see each other.
pub async fn lock_admins(db: impl PgExecutor<'_>) -> Result<Vec<UserId>> {
    sqlx::query_scalar!(
        r#"
        SELECT id AS "id: UserId" FROM users
        WHERE is_admin AND disabled_at IS NULL
        ORDER BY id
        FOR UPDATE
        "#,
    )
    .fetch_all(db)
    .await
}

/// Locks a person's row until the transaction ends.
pub async fn lock(db: impl PgExecutor<'_>, user: UserId) -> Result<()> {
    sqlx::query_scalar!("SELECT id FROM users WHERE id = $1 FOR UPDATE", user.0)
        .fetch_optional(db)
        .await
        .map(|_id| ())
}

/// Makes a person an admin, or no longer; false where there is no such person.
pub async fn set_admin(db: impl PgExecutor<'_>, user: UserId, is_admin: bool) -> Result<bool> {
    sqlx::query!(
        "UPDATE users SET is_admin = $2 WHERE id = $1",
        user.0,
        is_admin
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Deactivates a person at that time, or lets them in again; false where there is no such person.
pub async fn set_disabled(
    db: impl PgExecutor<'_>,
    user: UserId,
    at: Option<DateTime<Utc>>,
) -> Result<bool> {
    sqlx::query!(
        "UPDATE users SET disabled_at = $2 WHERE id = $1",
        user.0,
        at
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Whether an address has an account that is deactivated, one that is not, or none.
pub async fn by_email(db: impl PgExecutor<'_>, email: &str) -> Result<Option<(UserId, bool)>> {
    let row = sqlx::query!(
        r#"
        SELECT id AS "id: UserId", disabled_at IS NOT NULL AS "is_disabled!"
        FROM users
        WHERE lower(email) = lower($1)
        "#,
        email,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.id, row.is_disabled)))
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
