//! Partitions of occurrences and of what belongs to them, by day, and of `item_hours`, by month.
//! All UTC.
//!
//! Runtime queries: names of tables cannot be parameters. They are made of dates alone.

use chrono::{Datelike, Days, Months, NaiveDate};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgExecutor};

use super::{Db, Result};

/// Tables with one partition a day.
const DAILY: [&str; 3] = ["occurrences", "attachments", "feedback"];

/// Makes the day's partitions and its month's of `item_hours`, where missing.
///
/// Made apart and attached then: that blocks neither readers nor writers.
pub async fn ensure(db: &Db, day: NaiveDate) -> Result<()> {
    for parent in DAILY {
        let name = format!("{parent}_{}", day.format("%Y%m%d"));
        attach(db, parent, &name, day, day + Days::new(1)).await?;
    }
    let month = day.with_day(1).unwrap_or(day);
    let month_name = format!("item_hours_{}", month.format("%Y%m"));
    attach(db, "item_hours", &month_name, month, month + Months::new(1)).await
}

/// Makes the indexes on partitions that were added to the parent alone, one at a time and
/// concurrently, so that nobody waits for it, and attaches them: how many. One node does it.
///
/// Interrupted, it leaves an index that is not valid, which the next run drops and makes again.
pub async fn complete_indexes(db: &Db) -> Result<u64> {
    // One connection of its own: the lock ends with it, also where this is cut off in the middle.
    let mut connection = PgConnection::connect_with(&db.connect_options()).await?;
    let is_ours: bool =
        sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtext('rollcage indexes'))")
            .fetch_one(&mut connection)
            .await?;
    let made = if is_ours {
        complete_index(&mut connection).await
    } else {
        Ok(0)
    };
    connection.close().await?;
    made
}

async fn complete_index(connection: &mut PgConnection) -> Result<u64> {
    const INDEX: &str = "occurrences_by_person";
    let partitions: Vec<String> = sqlx::query_scalar(
        "SELECT inhrelid::regclass::text FROM pg_inherits AS partition
         WHERE inhparent = 'occurrences'::regclass AND NOT EXISTS (
             SELECT FROM pg_inherits AS attached JOIN pg_index ON pg_index.indexrelid = attached.inhrelid
             WHERE attached.inhparent = to_regclass($1) AND pg_index.indrelid = partition.inhrelid)
         ORDER BY 1",
    )
    .bind(INDEX)
    .fetch_all(&mut *connection)
    .await?;
    for partition in &partitions {
        let name = format!("{partition}_by_person");
        for statement in [
            format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"),
            format!(
                "CREATE INDEX CONCURRENTLY {name} ON {partition} (project_id, person, received_at DESC) \
                 WHERE person IS NOT NULL"
            ),
            format!("ALTER INDEX {INDEX} ATTACH PARTITION {name}"),
        ] {
            sqlx::query(AssertSqlSafe(statement))
                .execute(&mut *connection)
                .await?;
        }
    }
    Ok(partitions.len() as u64)
}

async fn attach(db: &Db, parent: &str, name: &str, from: NaiveDate, to: NaiveDate) -> Result<()> {
    if is_attached(db, name).await? {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    // Nodes take turns; the lock ends with the transaction.
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('rollcage partitions'))")
        .execute(&mut *tx)
        .await?;
    if !is_attached(&mut *tx, name).await? {
        let fill = if parent == "item_hours" {
            " WITH (fillfactor = 70)"
        } else {
            ""
        };
        for statement in [
            format!("CREATE TABLE IF NOT EXISTS {name} (LIKE {parent} INCLUDING ALL){fill}"),
            format!(
                "ALTER TABLE {parent} ATTACH PARTITION {name} \
                 FOR VALUES FROM ('{from} 00:00:00+00') TO ('{to} 00:00:00+00')"
            ),
        ] {
            sqlx::query(AssertSqlSafe(statement))
                .execute(&mut *tx)
                .await?;
        }
    }
    tx.commit().await
}

async fn is_attached(db: impl PgExecutor<'_>, name: &str) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1))")
        .bind(name)
        .fetch_one(db)
        .await
}
