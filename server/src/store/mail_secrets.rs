//! Secrets that went out by mail, by their SHA-256: of invitations and of password resets.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::id::{InvitationId, UserId};

/// Stores the secret of a mail that invites; it ends with the invitation. False where that is gone.
pub async fn insert_for_invitation(
    db: impl PgExecutor<'_>,
    sha256: &[u8; 32],
    invitation: InvitationId,
) -> Result<bool> {
    sqlx::query!(
        r#"
        INSERT INTO mail_secrets (sha256, invitation_id, expires_at)
        SELECT $1, id, expires_at FROM invitations WHERE id = $2
        "#,
        sha256,
        invitation.0,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Stores the secret of a mail that resets a password.
pub async fn insert_for_reset(
    db: impl PgExecutor<'_>,
    sha256: &[u8; 32],
    user: UserId,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO mail_secrets (sha256, user_id, expires_at) VALUES ($1, $2, $3)",
        sha256,
        user.0,
        expires_at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// The invitation that a secret opens, also one that ended.
pub async fn invitation(
    db: impl PgExecutor<'_>,
    sha256: &[u8; 32],
) -> Result<Option<InvitationId>> {
    sqlx::query_scalar!(
        r#"
        SELECT invitation_id AS "invitation_id!: InvitationId" FROM mail_secrets
        WHERE sha256 = $1 AND invitation_id IS NOT NULL
        "#,
        sha256,
    )
    .fetch_optional(db)
    .await
}

/// Whose password a secret resets: somebody who can sign in; and until when.
pub async fn reset(
    db: impl PgExecutor<'_>,
    sha256: &[u8; 32],
) -> Result<Option<(UserId, String, DateTime<Utc>)>> {
    let row = sqlx::query!(
        r#"
        SELECT users.id AS "id: UserId", users.email, mail_secrets.expires_at
        FROM mail_secrets JOIN users ON users.id = mail_secrets.user_id
        WHERE mail_secrets.sha256 = $1 AND users.disabled_at IS NULL
        "#,
        sha256,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.id, row.email, row.expires_at)))
}

/// Uses a secret that resets a password; false where somebody was faster.
pub async fn use_reset(db: impl PgExecutor<'_>, sha256: &[u8; 32]) -> Result<bool> {
    sqlx::query!(
        "DELETE FROM mail_secrets WHERE sha256 = $1 AND user_id IS NOT NULL",
        sha256,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Ends all secrets that would reset a person's password.
pub async fn end_resets(db: impl PgExecutor<'_>, user: UserId) -> Result<()> {
    sqlx::query!("DELETE FROM mail_secrets WHERE user_id = $1", user.0)
        .execute(db)
        .await
        .map(|_done| ())
}

/// Forgets secrets that ended before `before`: how many.
pub async fn delete_expired(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    sqlx::query!("DELETE FROM mail_secrets WHERE expires_at <= $1", before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}
