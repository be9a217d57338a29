//! Partitions of `occurrences`, by day, and of `item_hours`, by month. All UTC.
//!
//! Runtime queries: names of tables cannot be parameters. They are made of dates alone.

use chrono::{Datelike, Days, Months, NaiveDate};
use sqlx::{AssertSqlSafe, PgExecutor};

use super::{Db, Result};

/// Makes the day's partition of `occurrences` and its month's of `item_hours`, where missing.
///
/// Made apart and attached then: that blocks neither readers nor writers.
pub async fn ensure(db: &Db, day: NaiveDate) -> Result<()> {
    let day_name = format!("occurrences_{}", day.format("%Y%m%d"));
    attach(db, "occurrences", &day_name, day, day + Days::new(1)).await?;
    let month = day.with_day(1).unwrap_or(day);
    let month_name = format!("item_hours_{}", month.format("%Y%m"));
    attach(db, "item_hours", &month_name, month, month + Months::new(1)).await
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
