//! How far each journal is digested.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, types::Uuid};

use super::Result;

/// A place in a journal, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The segment's number.
    pub segment: i64,
    /// Bytes from its beginning.
    pub offset: i64,
    /// Records before it, counted from the journal's first.
    pub sequence: i64,
}

/// How far `journal` is digested; `None` for a new one.
pub async fn read(db: impl PgExecutor<'_>, journal: Uuid) -> Result<Option<Cursor>> {
    sqlx::query_as!(
        Cursor,
        r#"SELECT segment, "offset", sequence FROM cursors WHERE journal = $1"#,
        journal,
    )
    .fetch_optional(db)
    .await
}

/// All journals that were ever digested into this database: the name, how many records, and when last.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<(Uuid, i64, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        "SELECT journal, sequence, updated_at FROM cursors ORDER BY updated_at DESC, journal LIMIT 20"
    )
    .fetch_all(db)
    .await?;
    let rows = rows
        .into_iter()
        .map(|row| (row.journal, row.sequence, row.updated_at));
    Ok(rows.collect())
}

/// Makes a new journal known, digested as far as `start`.
pub async fn insert(
    db: impl PgExecutor<'_>,
    journal: Uuid,
    start: Cursor,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO cursors (journal, segment, "offset", sequence, updated_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        "#,
        journal,
        start.segment,
        start.offset,
        start.sequence,
        at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Moves the cursor from `old` to `new`; false where it is not at `old` any more.
///
/// In the transaction that applies what lies between: this makes an occurrence applied once.
pub async fn advance(
    db: impl PgExecutor<'_>,
    journal: Uuid,
    old: Cursor,
    new: Cursor,
    at: DateTime<Utc>,
) -> Result<bool> {
    sqlx::query!(
        r#"
        UPDATE cursors
        SET segment = $5, "offset" = $6, sequence = $7, updated_at = $8
        WHERE journal = $1 AND segment = $2 AND "offset" = $3 AND sequence = $4
        "#,
        journal,
        old.segment,
        old.offset,
        old.sequence,
        new.segment,
        new.offset,
        new.sequence,
        at,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}
