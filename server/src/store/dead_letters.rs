//! Records of the journal that could not be applied.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, types::Uuid};

use super::Result;
use crate::model::{id::ProjectId, text::Name};

/// How many are kept: enough to see what is wrong, and a bound on the disk.
const KEPT: i64 = 10_000;

/// Bytes of records that are in memory at once: the largest record there is, an attachment, or a
/// thousand usual ones.
const READ_BYTES: i64 = 6 << 20;
/// And how many of them: fewer than may wait for the journal's disk at once, beside what SDKs send.
const READ_RECORDS: usize = 200;

/// A record that could not be applied, without its bytes.
#[derive(Debug)]
pub struct DeadLetter {
    /// Its id.
    pub id: i64,
    /// When it was given up.
    pub at: DateTime<Utc>,
    /// Whose it was; `None` where that cannot be told, or the project is gone.
    pub project: Option<Name>,
    /// Why.
    pub reason: String,
    /// Bytes of the record.
    pub size: i64,
}

/// A record that could not be applied, with its bytes.
#[derive(Debug)]
pub struct Letter {
    /// When it was given up.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
    /// As it was in the journal.
    pub record: Vec<u8>,
}

/// Stores a record that could not be applied.
pub async fn insert(
    db: impl PgExecutor<'_>,
    journal: Uuid,
    project: Option<i64>,
    reason: &str,
    record: &[u8],
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO dead_letters (journal, at, project_id, reason, record) VALUES ($1, $2, $3, $4, $5)",
        journal,
        at,
        project,
        reason,
        record,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// The ids of all dead letters, or of a project's, with the bytes of their records; oldest first.
pub async fn sizes(db: impl PgExecutor<'_>, project: Option<ProjectId>) -> Result<Vec<(i64, i64)>> {
    let rows = sqlx::query!(
        r#"
        SELECT id, octet_length(record)::bigint AS "size!"
        FROM dead_letters
        WHERE $1::bigint IS NULL OR project_id = $1
        ORDER BY id
        "#,
        project.map(|project| project.0),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.size)).collect())
}

/// Those of these dead letters that nobody else works on, with their records, locked until the
/// transaction ends; oldest first.
pub async fn lock(db: impl PgExecutor<'_>, ids: &[i64]) -> Result<Vec<(i64, Vec<u8>)>> {
    let rows = sqlx::query!(
        r#"
        SELECT id, record FROM dead_letters WHERE id = ANY ($1) ORDER BY id FOR UPDATE SKIP LOCKED
        "#,
        ids,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.record)).collect())
}

/// A dead letter with its record.
pub async fn by_id(db: impl PgExecutor<'_>, id: i64) -> Result<Option<Letter>> {
    sqlx::query_as!(
        Letter,
        "SELECT at, reason, record FROM dead_letters WHERE id = $1",
        id,
    )
    .fetch_optional(db)
    .await
}

/// Forgets these dead letters: how many of them there were.
pub async fn delete(db: impl PgExecutor<'_>, ids: &[i64]) -> Result<u64> {
    sqlx::query!("DELETE FROM dead_letters WHERE id = ANY ($1)", ids)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}

/// Forgets all but the newest: how many.
pub async fn trim(db: impl PgExecutor<'_>) -> Result<u64> {
    sqlx::query!(
        r#"
        DELETE FROM dead_letters
        WHERE id <= (SELECT id FROM dead_letters ORDER BY id DESC OFFSET $1 LIMIT 1)
        "#,
        KEPT,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected())
}

/// The newest ones, newest first.
pub async fn newest(db: impl PgExecutor<'_>, limit: i64) -> Result<Vec<DeadLetter>> {
    sqlx::query_as!(
        DeadLetter,
        r#"
        SELECT dead_letters.id, dead_letters.at, projects.name AS "project?: Name", dead_letters.reason,
               octet_length(dead_letters.record)::bigint AS "size!"
        FROM dead_letters LEFT JOIN projects ON projects.id = dead_letters.project_id
        ORDER BY dead_letters.id DESC
        LIMIT $1
        "#,
        limit,
    )
    .fetch_all(db)
    .await
}

/// How many there are.
pub async fn count(db: impl PgExecutor<'_>) -> Result<i64> {
    sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM dead_letters"#)
        .fetch_one(db)
        .await
}

/// Ids with the bytes of their records, in parts that fit into memory: each has one at least, and
/// another only within 6 MiB and 200 of them.
pub fn parts(sizes: &[(i64, i64)]) -> Vec<Vec<i64>> {
    let mut parts: Vec<Vec<i64>> = Vec::new();
    let mut bytes = 0_i64;
    for (id, size) in sizes {
        bytes = bytes.saturating_add(*size);
        match parts.last_mut() {
            Some(part) if bytes <= READ_BYTES && part.len() < READ_RECORDS => part.push(*id),
            _ => {
                parts.push(vec![*id]);
                bytes = *size;
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_one_at_least_and_more_only_where_they_fit() {
        let (large, half) = (READ_BYTES + 1, READ_BYTES / 2);
        assert!(parts(&[]).is_empty());
        assert_eq!(
            parts(&[(1, large), (2, half), (3, half), (4, 1), (5, large)]),
            [vec![1], vec![2, 3], vec![4], vec![5]]
        );
        let many: Vec<(i64, i64)> = (0..201).map(|id| (id, 1)).collect();
        assert_eq!(
            parts(&many).iter().map(Vec::len).collect::<Vec<_>>(),
            [200, 1]
        );
    }
}
