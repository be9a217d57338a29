//! Mails that a transaction decided on and that are still to be sent.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgExecutor, types::Uuid};

use super::Result;
use crate::model::{
    id::{OutboxId, ProjectId, RuleId},
    text::{Name, Title},
};

/// A mail that is to be stored.
#[derive(Debug)]
pub struct NewMail {
    /// Made of the change and the recipient, so that one change mails one person once.
    pub dedupe_key: String,
    /// The project it is about; `None` for one about a person's account.
    pub project: Option<ProjectId>,
    /// What it tells.
    pub kind: &'static str,
    /// Whom.
    pub recipient: String,
    /// What it is about.
    pub detail: Value,
}

/// A mail that this worker has for the time of its lease.
#[derive(Debug)]
pub struct LeasedMail {
    /// Its row.
    pub id: OutboxId,
    /// One per alert and recipient, constant over all attempts.
    pub dedupe_key: String,
    /// The project it is about; `None` for one about a person's account.
    pub project: Option<ProjectId>,
    /// What it tells.
    pub kind: String,
    /// Whom.
    pub recipient: String,
    /// What it is about.
    pub detail: Value,
    /// When it was decided on.
    pub created_at: DateTime<Utc>,
    /// Attempts, this one included.
    pub attempts: i32,
}

/// Stores mails; those whose key exists are left out.
pub async fn insert(db: impl PgExecutor<'_>, mails: &[NewMail], at: DateTime<Utc>) -> Result<()> {
    let dedupe_key: Vec<_> = mails.iter().map(|mail| mail.dedupe_key.as_str()).collect();
    let project_id: Vec<_> = mails
        .iter()
        .map(|mail| mail.project.map(|project| project.0))
        .collect();
    let kind: Vec<_> = mails.iter().map(|mail| mail.kind).collect();
    let recipient: Vec<_> = mails.iter().map(|mail| mail.recipient.as_str()).collect();
    let detail: Vec<_> = mails.iter().map(|mail| mail.detail.clone()).collect();
    sqlx::query!(
        r#"
        INSERT INTO outbox (dedupe_key, project_id, kind, recipient, detail, created_at, due_at)
        SELECT dedupe_key, project_id, kind, recipient, detail, $6, $6
        FROM UNNEST($1::text[], $2::bigint[], $3::text[], $4::text[], $5::jsonb[])
            AS new (dedupe_key, project_id, kind, recipient, detail)
        ON CONFLICT (dedupe_key) DO NOTHING
        "#,
        &dedupe_key as &[&str],
        &project_id as &[Option<i64>],
        &kind as &[&str],
        &recipient as &[&str],
        &detail,
        at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// How many mails of a kind were decided on for somebody since then.
pub async fn count_since(
    db: impl PgExecutor<'_>,
    kind: &str,
    recipient: &str,
    since: DateTime<Utc>,
) -> Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM outbox
        WHERE kind IN ('password_reset', 'invitation')
          AND kind = $1 AND lower(recipient) = lower($2) AND created_at > $3
        "#,
        kind,
        recipient,
        since,
    )
    .fetch_one(db)
    .await
}

/// How many mails since then invited to a project, or to the instance where that is `None`.
pub async fn count_invitations_since(
    db: impl PgExecutor<'_>,
    project: Option<ProjectId>,
    since: DateTime<Utc>,
) -> Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM outbox
        WHERE kind = 'invitation' AND project_id IS NOT DISTINCT FROM $1 AND created_at > $2
        "#,
        project.map(|project| project.0),
        since,
    )
    .fetch_one(db)
    .await
}

/// Leases up to `limit` mails that are due, until `until`. Workers never get the same one.
pub async fn lease(
    db: impl PgExecutor<'_>,
    lease: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<LeasedMail>> {
    sqlx::query_as!(
        LeasedMail,
        r#"
        UPDATE outbox
        SET lease = $1, leased_until = $3, attempts = attempts + 1
        WHERE id IN (
            SELECT id FROM outbox
            WHERE sent_at IS NULL AND failed_at IS NULL AND due_at <= $2
              AND (leased_until IS NULL OR leased_until <= $2)
            ORDER BY due_at
            LIMIT $4
            FOR UPDATE SKIP LOCKED
        )
        RETURNING id AS "id: OutboxId", dedupe_key, project_id AS "project: ProjectId", kind, recipient,
                  detail, created_at, attempts
        "#,
        lease,
        now,
        until,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Marks a mail as sent; false where the lease is another worker's by now.
pub async fn complete(
    db: impl PgExecutor<'_>,
    mail: OutboxId,
    lease: Uuid,
    at: DateTime<Utc>,
) -> Result<bool> {
    sqlx::query!(
        r#"
        UPDATE outbox
        SET sent_at = $3, lease = NULL, leased_until = NULL, error = NULL
        WHERE id = $1 AND lease = $2
        "#,
        mail.0,
        lease,
        at,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Gives a mail back until `due_at`, or for good where that is `None`, with what went wrong; false
/// where the lease is another worker's by now.
pub async fn give_back(
    db: impl PgExecutor<'_>,
    mail: OutboxId,
    lease: Uuid,
    error: &str,
    at: DateTime<Utc>,
    due_at: Option<DateTime<Utc>>,
) -> Result<bool> {
    sqlx::query!(
        r#"
        UPDATE outbox
        SET lease = NULL, leased_until = NULL, error = $3, due_at = COALESCE($5, due_at),
            failed_at = CASE WHEN $5::timestamptz IS NULL THEN $4::timestamptz END
        WHERE id = $1 AND lease = $2
        "#,
        mail.0,
        lease,
        error,
        at,
        due_at,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// A mail that did not go out: given up, or waiting for another attempt.
#[derive(Debug)]
pub struct TroubledMail {
    /// The project it is about; `None` for one about a person's account.
    pub project: Option<Name>,
    /// The title of the item it is about; `None` where that is gone.
    pub title: Option<Title>,
    /// Whom it is for.
    pub recipient: String,
    /// When it was decided on.
    pub created_at: DateTime<Utc>,
    /// Attempts so far.
    pub attempts: i32,
    /// When it was given up; `None` while it is tried again.
    pub failed_at: Option<DateTime<Utc>>,
    /// What went wrong the last time.
    pub error: String,
}

/// The newest mails in trouble, newest first; of one project but for its invitations, which are for
/// its owners to see, or all.
pub async fn troubled(
    db: impl PgExecutor<'_>,
    project: Option<ProjectId>,
    limit: i64,
) -> Result<Vec<TroubledMail>> {
    sqlx::query_as!(
        TroubledMail,
        r#"
        SELECT projects.name AS "project?: Name", items.title AS "title?: Title", outbox.recipient,
               outbox.created_at, outbox.attempts, outbox.failed_at, outbox.error AS "error!"
        FROM outbox
        LEFT JOIN projects ON projects.id = outbox.project_id
        LEFT JOIN items
            ON items.project_id = outbox.project_id AND items.id = (outbox.detail ->> 'item')::bigint
        WHERE outbox.sent_at IS NULL AND outbox.error IS NOT NULL
          AND ($1::bigint IS NULL OR outbox.project_id = $1 AND outbox.kind <> 'invitation')
        ORDER BY outbox.id DESC
        LIMIT $2
        "#,
        project.map(|project| project.0),
        limit,
    )
    .fetch_all(db)
    .await
}

/// How many mails of each alert rule of a project were given up.
pub async fn failed_of_rules(
    db: impl PgExecutor<'_>,
    project: ProjectId,
) -> Result<Vec<(RuleId, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT (detail ->> 'rule')::bigint AS "rule!: RuleId", count(*) AS "count!"
        FROM outbox
        WHERE project_id = $1 AND failed_at IS NOT NULL AND detail ? 'rule'
        GROUP BY (detail ->> 'rule')::bigint
        "#,
        project.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.rule, row.count)).collect())
}

/// How many mails wait, and how many were given up.
pub async fn depth(db: impl PgExecutor<'_>) -> Result<(i64, i64)> {
    let row = sqlx::query!(
        r#"
        SELECT count(*) FILTER (WHERE failed_at IS NULL) AS "waiting!",
               count(*) FILTER (WHERE failed_at IS NOT NULL) AS "failed!"
        FROM outbox
        WHERE sent_at IS NULL
        "#,
    )
    .fetch_one(db)
    .await?;
    Ok((row.waiting, row.failed))
}

/// Forgets mails that were sent, or given up, before `before`: how many.
pub async fn delete_done(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    sqlx::query!(
        "DELETE FROM outbox WHERE sent_at < $1 OR failed_at < $1",
        before
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}
