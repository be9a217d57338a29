//! Partitions whose time is over: detached while everything goes on, then dropped.
//!
//! How far a partition has come stands in Postgres's catalog alone, and a step is one statement that
//! takes it further. So it does not matter where the last run was interrupted: the next one looks,
//! and goes on from there.

use chrono::NaiveDate;
use sqlx::{AssertSqlSafe, PgConnection};

use super::{Parent, alone, list};
use crate::store::{Db, Result};

/// How long a step waits for transactions that are older. Nobody waits for it meanwhile.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '5s'";

/// What a table says of itself that was detached to be dropped: one that a person has detached, to
/// keep it, does not.
const MARK: &str = "rollcage drops this";

/// What was done to a partition, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is no partition any more; its rows are gone for everybody.
    Detached(String),
    /// It was half detached by a run that was interrupted, and now is.
    Finished(String),
    /// It is gone.
    Dropped(String),
}

/// The connection that [`retire_next`] wants; `None` while another node has one.
pub async fn retire_alone(db: &Db) -> Result<Option<PgConnection>> {
    let Some(mut connection) = alone(db, "rollcage retention").await? else {
        return Ok(None);
    };
    sqlx::query(LOCK_TIMEOUT).execute(&mut connection).await?;
    Ok(Some(connection))
}

/// Takes the next step to be rid of the partitions of `parent` that end before `kept_since`, UTC, or
/// at it; `None` where they are gone.
///
/// Gives up waiting for older transactions after some seconds, see [`crate::store::is_lock_timeout`].
/// Wants a connection of [`retire_alone`].
pub async fn retire_next(
    connection: &mut PgConnection,
    parent: Parent,
    kept_since: NaiveDate,
) -> Result<Option<Step>> {
    let table = parent.name();
    // Of each table Postgres allows one.
    if let Some(name) = half_detached(connection, parent).await? {
        let sql = format!("ALTER TABLE {table} DETACH PARTITION {name} FINALIZE");
        execute(connection, sql).await?;
        return Ok(Some(Step::Finished(name)));
    }
    if let Some(name) = detached(connection, parent, kept_since).await? {
        execute(connection, format!("DROP TABLE {name}")).await?;
        return Ok(Some(Step::Dropped(name)));
    }
    let partitions = list(&mut *connection, parent).await?;
    let Some(over) = partitions.into_iter().find(|one| one.end <= kept_since) else {
        return Ok(None);
    };
    let name = over.name;
    execute(connection, format!("COMMENT ON TABLE {name} IS '{MARK}'")).await?;
    let sql = format!("ALTER TABLE {table} DETACH PARTITION {name} CONCURRENTLY");
    execute(connection, sql).await?;
    Ok(Some(Step::Detached(name)))
}

/// The partition that an interrupted run has left between being one and not.
async fn half_detached(connection: &mut PgConnection, parent: Parent) -> Result<Option<String>> {
    let name: Option<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_inherits JOIN pg_class ON oid = inhrelid
         WHERE inhparent = to_regclass($1) AND inhdetachpending",
    )
    .bind(parent.name())
    .fetch_optional(connection)
    .await?;
    Ok(name.filter(|name| parent.span(name).is_some()))
}

/// The oldest partition that is detached to be dropped.
async fn detached(
    connection: &mut PgConnection,
    parent: Parent,
    kept_since: NaiveDate,
) -> Result<Option<String>> {
    let marked: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class
         WHERE relkind = 'r' AND NOT relispartition
           AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass($1))
           AND obj_description(oid, 'pg_class') = $2
         ORDER BY relname",
    )
    .bind(parent.name())
    .bind(MARK)
    .fetch_all(connection)
    .await?;
    let is_over = |name: &String| parent.span(name).is_some_and(|(_, end)| end <= kept_since);
    Ok(marked.into_iter().find(is_over))
}

async fn execute(connection: &mut PgConnection, sql: String) -> Result<()> {
    sqlx::query(AssertSqlSafe(sql))
        .persistent(false)
        .execute(connection)
        .await
        .map(|_done| ())
}
