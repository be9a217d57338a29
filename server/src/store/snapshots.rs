//! What a backup asks of a database, and a restore.

use sqlx::{
    PgConnection, PgExecutor, Postgres, Transaction,
    migrate::{Migrate, MigrateError},
    types::Uuid,
};

use super::{Db, MIGRATOR, Result};

/// How much there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Projects.
    pub projects: i64,
    /// Items.
    pub items: i64,
    /// Occurrences.
    pub occurrences: i64,
}

/// Begins a transaction that sees the database as it is now, for as long as it lasts, and changes
/// nothing.
pub async fn begin(db: &Db) -> Result<Transaction<'static, Postgres>> {
    let mut tx = db
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    // It rests while the dump is made, which may be longer than somebody's limit for that.
    sqlx::query!("SET LOCAL idle_in_transaction_session_timeout = 0")
        .execute(&mut *tx)
        .await?;
    Ok(tx)
}

/// The name by which another session, such as `pg_dump`'s, sees the database as this transaction
/// does.
pub async fn export(tx: &mut PgConnection) -> Result<String> {
    sqlx::query_scalar!(r#"SELECT pg_export_snapshot() AS "name!""#)
        .fetch_one(tx)
        .await
}

/// How much there is. Reads an index of each occurrence.
pub async fn counts(db: impl PgExecutor<'_>) -> Result<Counts> {
    sqlx::query_as!(
        Counts,
        r#"
        SELECT (SELECT count(*) FROM projects) AS "projects!",
               (SELECT count(*) FROM items) AS "items!",
               (SELECT count(*) FROM occurrences) AS "occurrences!"
        "#,
    )
    .fetch_one(db)
    .await
}

/// The major version of the server.
pub async fn server_major(db: impl PgExecutor<'_>) -> Result<u32> {
    let major = sqlx::query_scalar!(
        r#"SELECT current_setting('server_version_num')::integer / 10000 AS "major!""#
    )
    .fetch_one(db)
    .await?;
    Ok(major.unsigned_abs())
}

/// What the database takes on disk, in bytes.
pub async fn size_bytes(db: impl PgExecutor<'_>) -> Result<u64> {
    let bytes = sqlx::query_scalar!(r#"SELECT pg_database_size(current_database()) AS "bytes!""#)
        .fetch_one(db)
        .await?;
    Ok(bytes.unsigned_abs())
}

/// The version of the newest migration that was applied; 0 if none was.
pub async fn schema_version(db: &mut PgConnection) -> std::result::Result<i64, MigrateError> {
    let applied = db.list_applied_migrations(&MIGRATOR.table_name).await?;
    Ok(applied.iter().map(|one| one.version).max().unwrap_or(0))
}

/// The version of the newest migration that this program has.
pub fn newest_schema_version() -> i64 {
    MIGRATOR.iter().map(|one| one.version).max().unwrap_or(0)
}

/// Whether there is nothing in the database but what extensions brought.
pub async fn is_empty(db: impl PgExecutor<'_>) -> Result<bool> {
    sqlx::query_scalar!(
        r#"
        SELECT NOT EXISTS (
            SELECT FROM pg_class
            JOIN pg_namespace ON pg_namespace.oid = pg_class.relnamespace
            WHERE pg_namespace.nspname <> 'information_schema'
              AND pg_namespace.nspname NOT LIKE 'pg\_%'
              AND NOT EXISTS (
                  SELECT FROM pg_depend
                  WHERE pg_depend.classid = 'pg_class'::regclass
                    AND pg_depend.objid = pg_class.oid AND pg_depend.deptype = 'e')
        ) AS "empty!"
        "#,
    )
    .fetch_one(db)
    .await
}

/// How many other sessions of ours there are: servers, and commands.
pub async fn other_sessions(db: impl PgExecutor<'_>) -> Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "sessions!"
        FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'rollcage'
          AND pid <> pg_backend_pid()
        "#,
    )
    .fetch_one(db)
    .await
}

/// Makes the journal `copy` known, digested as far as `original` is; nothing where that one is not
/// known.
pub async fn copy_cursor(db: impl PgExecutor<'_>, original: Uuid, copy: Uuid) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO cursors (journal, segment, "offset", sequence, updated_at)
        SELECT $2, segment, "offset", sequence, updated_at FROM cursors WHERE journal = $1
        "#,
        original,
        copy,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Has Postgres look at all tables, for its plans: a dump does not hold what it knew of them.
pub async fn analyze(db: impl PgExecutor<'_>) -> Result<()> {
    sqlx::query!("ANALYZE").execute(db).await.map(|_done| ())
}
