//! Files that applications sent along with occurrences.

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use sqlx::{PgExecutor, types::Uuid};

use super::Result;
use crate::model::{
    attachment::{ATTACHMENTS_MAX, Attachment},
    id::{AttachmentId, OccurrenceUuid, ProjectId},
};

/// How long before its occurrence an attachment may have come, and after it: they come in one
/// envelope, or with one retry of it. A bound on the partitions that are looked through.
const BEFORE: TimeDelta = TimeDelta::days(1);
const AFTER: TimeDelta = TimeDelta::days(1);

/// How far back it is looked for attachments without an occurrence: a keeper that was away.
const ORPHANS_LOOKED_FOR: TimeDelta = TimeDelta::days(7);

/// A stored attachment, without its bytes.
#[derive(Clone, Debug)]
pub struct AttachmentRow {
    /// Its id.
    pub id: AttachmentId,
    /// As the SDK calls it.
    pub name: String,
    /// What the SDK says it is.
    pub media_type: Option<String>,
    /// Sentry's `attachment_type`.
    pub purpose: Option<String>,
    /// Bytes.
    pub size: i64,
}

/// Stores an attachment, unless its occurrence has that very file already, or as many as it may.
pub async fn insert(db: impl PgExecutor<'_>, attachment: &Attachment, bytes: &[u8]) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO attachments (project_id, received_at, id, occurrence_uuid, name, media_type,
                                 purpose, size, sha256, bytes)
        SELECT $1, $2, nextval('attachment_ids'), $3, $4, $5, $6, $7, $8, $9
        WHERE NOT EXISTS (
            SELECT FROM attachments
            WHERE project_id = $1 AND occurrence_uuid = $3 AND name = $4 AND sha256 = $8
              AND received_at > $10)
          AND $11 > (
            SELECT count(*) FROM attachments
            WHERE project_id = $1 AND occurrence_uuid = $3 AND received_at > $10)
        "#,
        attachment.project.0,
        attachment.received_at,
        attachment.occurrence.0,
        attachment.name,
        attachment.media_type,
        attachment.purpose,
        i64::try_from(bytes.len()).expect("attachments are bounded"),
        &Sha256::digest(bytes)[..],
        bytes,
        attachment.received_at - BEFORE,
        i64::try_from(ATTACHMENTS_MAX).expect("few"),
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// The attachments of an occurrence that was received at `received_at`, oldest first.
pub async fn of_occurrence(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    occurrence: OccurrenceUuid,
    received_at: DateTime<Utc>,
) -> Result<Vec<AttachmentRow>> {
    sqlx::query_as!(
        AttachmentRow,
        r#"
        SELECT id AS "id: AttachmentId", name, media_type, purpose, size
        FROM attachments
        WHERE project_id = $1 AND occurrence_uuid = $2 AND received_at BETWEEN $3 AND $4
        ORDER BY received_at, id
        LIMIT $5
        "#,
        project.0,
        occurrence.0,
        received_at - BEFORE,
        received_at + AFTER,
        i64::try_from(ATTACHMENTS_MAX).expect("few"),
    )
    .fetch_all(db)
    .await
}

/// An attachment of an occurrence with its bytes: `(name, bytes)`.
pub async fn bytes(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    occurrence: OccurrenceUuid,
    attachment: AttachmentId,
) -> Result<Option<(String, Vec<u8>)>> {
    let row = sqlx::query!(
        r#"
        SELECT name, bytes FROM attachments
        WHERE project_id = $1 AND occurrence_uuid = $2 AND id = $3
          AND EXISTS (
              SELECT FROM occurrences JOIN items
                ON items.project_id = occurrences.project_id AND items.id = occurrences.item_id
              WHERE occurrences.project_id = $1 AND occurrences.uuid = $2)
        "#,
        project.0,
        occurrence.0,
        attachment.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.name, row.bytes)))
}

/// Erases what belongs to occurrences of a project.
pub async fn delete_of(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    occurrences: &[Uuid],
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM attachments WHERE project_id = $1 AND occurrence_uuid = ANY ($2)",
        project.0,
        occurrences,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Erases up to `limit` attachments, received within the last days and more than a day ago, whose
/// occurrence was never stored: filtered, discarded, refused or erased. How many.
pub async fn delete_orphans(
    db: impl PgExecutor<'_>,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM attachments WHERE (project_id, received_at, id) IN (
            SELECT project_id, received_at, id FROM attachments
            WHERE received_at BETWEEN $1 AND $2 AND NOT EXISTS (
                SELECT FROM occurrences
                WHERE occurrences.project_id = attachments.project_id
                  AND occurrences.uuid = attachments.occurrence_uuid)
            LIMIT $3)
        "#,
        now - ORPHANS_LOOKED_FOR,
        now - AFTER,
        limit,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}
