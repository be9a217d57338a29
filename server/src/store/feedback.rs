//! What people who met a failure say.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgExecutor, types::Uuid};

use super::Result;
use crate::model::{
    feedback::Feedback,
    id::{ItemCounter, OccurrenceId, OccurrenceUuid, ProjectId},
};

/// How long before its occurrence feedback may have come, and after it: a person may answer a mail
/// about it days later. A bound on the partitions that are looked through.
const BEFORE: TimeDelta = TimeDelta::days(1);
const AFTER: TimeDelta = TimeDelta::days(30);
/// Entries that are shown of one occurrence.
const SHOWN_MAX: i64 = 50;

/// Feedback with where it belongs.
#[derive(Clone, Debug)]
pub struct FeedbackRow {
    /// What was said, and by whom.
    pub feedback: Feedback,
    /// The item and the occurrence it is about, where that is stored, with the item's title.
    pub about: Option<(ItemCounter, OccurrenceId, String)>,
}

/// Stores feedback, unless it is stored already.
pub async fn insert(db: impl PgExecutor<'_>, feedback: &Feedback) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO feedback (project_id, received_at, uuid, occurrence_uuid, name, email, message, url)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8
        WHERE NOT EXISTS (
            SELECT FROM feedback WHERE project_id = $1 AND uuid = $3 AND received_at > $9)
        "#,
        feedback.project.0,
        feedback.received_at,
        feedback.uuid,
        feedback.occurrence.map(|occurrence| occurrence.0),
        feedback.name,
        feedback.email,
        feedback.message,
        feedback.url,
        feedback.received_at - BEFORE,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// What was said about an occurrence that was received at `received_at`, oldest first.
pub async fn of_occurrence(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    occurrence: OccurrenceUuid,
    received_at: DateTime<Utc>,
) -> Result<Vec<Feedback>> {
    sqlx::query_as!(
        Feedback,
        r#"
        SELECT uuid, project_id AS "project: ProjectId", received_at,
               occurrence_uuid AS "occurrence: OccurrenceUuid", name, email, message, url
        FROM feedback
        WHERE project_id = $1 AND occurrence_uuid = $2 AND received_at BETWEEN $3 AND $4
        ORDER BY received_at, uuid
        LIMIT $5
        "#,
        project.0,
        occurrence.0,
        received_at - BEFORE,
        received_at + AFTER,
        SHOWN_MAX,
    )
    .fetch_all(db)
    .await
}

/// Up to `limit` entries of a project before `before`, newest first.
pub async fn of_project(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    before: (DateTime<Utc>, Uuid),
    limit: i64,
) -> Result<Vec<FeedbackRow>> {
    let rows = sqlx::query!(
        r#"
        SELECT feedback.uuid, feedback.received_at,
               feedback.occurrence_uuid AS "occurrence: OccurrenceUuid", feedback.name, feedback.email,
               feedback.message, feedback.url, about.counter AS "counter?: ItemCounter",
               about.id AS "id?: OccurrenceId", about.title AS "title?"
        FROM feedback
        LEFT JOIN LATERAL (
            SELECT head.counter, occurrences.id, head.title
            FROM occurrences
            JOIN items
              ON items.project_id = occurrences.project_id AND items.id = occurrences.item_id
            JOIN items AS head
              ON head.project_id = items.project_id AND head.id = COALESCE(items.merged_into, items.id)
            WHERE occurrences.project_id = feedback.project_id
              AND occurrences.uuid = feedback.occurrence_uuid
            LIMIT 1) AS about ON true
        WHERE feedback.project_id = $1 AND (feedback.received_at, feedback.uuid) < ($2, $4)
        ORDER BY feedback.received_at DESC, feedback.uuid DESC
        LIMIT $3
        "#,
        project.0,
        before.0,
        limit,
        before.1,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| FeedbackRow {
            feedback: Feedback {
                uuid: row.uuid,
                project,
                received_at: row.received_at,
                occurrence: row.occurrence,
                name: row.name,
                email: row.email,
                message: row.message,
                url: row.url,
            },
            about: row
                .counter
                .zip(row.id)
                .zip(row.title)
                .map(|((counter, id), title)| (counter, id, title)),
        })
        .collect())
}

/// Erases what belongs to occurrences of a project.
pub async fn delete_of(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    occurrences: &[Uuid],
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM feedback WHERE project_id = $1 AND occurrence_uuid = ANY ($2)",
        project.0,
        occurrences,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Erases what a person said up to `until` under the mail address that is `person`, or under such a
/// name where no address says that it is another of that name.
pub async fn delete_of_person(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    person: &str,
    until: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        r#"
        DELETE FROM feedback
        WHERE project_id = $1 AND received_at <= $3
          AND (lower(email) = lower($2) OR (email IS NULL AND name = $2))
        "#,
        project.0,
        person,
        until,
    )
    .execute(db)
    .await
    .map(|_done| ())
}
