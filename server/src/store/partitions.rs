//! Partitions of occurrences and of what belongs to them, by day, and of `item_hours`, by month.
//! All UTC.
//!
//! Runtime queries: names of tables cannot be parameters. They are made of dates alone.

mod retire;

use chrono::{Datelike, Days, Months, NaiveDate};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgExecutor};

pub use self::retire::{Step, retire_alone, retire_next};
use super::{Db, Result};

/// A table that is partitioned by time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// What was reported.
    Occurrences,
    /// Files that came with it.
    Attachments,
    /// What people said about it.
    Feedback,
    /// What was counted and not stored.
    Unstored,
    /// Counts per item and hour.
    ItemHours,
}

impl Parent {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Occurrences,
        Self::Attachments,
        Self::Feedback,
        Self::Unstored,
        Self::ItemHours,
    ];

    /// The table's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Occurrences => "occurrences",
            Self::Attachments => "attachments",
            Self::Feedback => "feedback",
            Self::Unstored => "unstored",
            Self::ItemHours => "item_hours",
        }
    }

    /// The partition for `day`: its first day, and the one behind its last.
    fn span_of(self, day: NaiveDate) -> (NaiveDate, NaiveDate) {
        match self {
            Self::ItemHours => {
                let first = day.with_day(1).unwrap_or(day);
                (first, first + Months::new(1))
            }
            _ => (day, day + Days::new(1)),
        }
    }

    /// The name of the partition that begins with `first`.
    fn partition(self, first: NaiveDate) -> String {
        match self {
            Self::ItemHours => format!("item_hours_{}", first.format("%Y%m")),
            _ => format!("{}_{}", self.name(), first.format("%Y%m%d")),
        }
    }

    /// Reads what [`Self::partition`] wrote: the first day, and the one behind the last. `None` for
    /// the name of anything else.
    fn span(self, partition: &str) -> Option<(NaiveDate, NaiveDate)> {
        let date = partition.strip_prefix(self.name())?.strip_prefix('_')?;
        let day = match self {
            Self::ItemHours => format!("{date}01"),
            _ => date.to_owned(),
        };
        let (first, end) = self.span_of(NaiveDate::parse_from_str(&day, "%Y%m%d").ok()?);
        (self.partition(first) == partition).then_some((first, end))
    }
}

/// A partition as it is.
#[derive(Clone, Debug)]
pub struct Partition {
    /// Of which table.
    pub parent: Parent,
    /// Its own name.
    pub name: String,
    /// Its first day, UTC.
    pub first: NaiveDate,
    /// The day behind its last.
    pub end: NaiveDate,
    /// With its indexes and what lies out of line.
    pub size_bytes: i64,
    /// As Postgres estimates them.
    pub rows: i64,
}

/// Makes the day's partitions and its month's of `item_hours`, where missing.
///
/// Made apart and attached then: that blocks neither readers nor writers.
pub async fn ensure(db: &Db, day: NaiveDate) -> Result<()> {
    for parent in Parent::ALL {
        let (first, end) = parent.span_of(day);
        attach(db, parent.name(), &parent.partition(first), first, end).await?;
    }
    Ok(())
}

/// The partitions of a table, oldest first.
pub async fn list(db: impl PgExecutor<'_>, parent: Parent) -> Result<Vec<Partition>> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT relname::text, COALESCE(pg_total_relation_size(oid), 0),
                GREATEST(reltuples::bigint, pg_stat_get_live_tuples(oid), 0)
         FROM pg_inherits JOIN pg_class ON oid = inhrelid
         WHERE inhparent = to_regclass($1) AND NOT inhdetachpending
         ORDER BY relname",
    )
    .bind(parent.name())
    .fetch_all(db)
    .await?;
    let known = |(name, size_bytes, rows): (String, i64, i64)| {
        let (first, end) = parent.span(&name)?;
        Some(Partition {
            parent,
            name,
            first,
            end,
            size_bytes,
            rows,
        })
    };
    Ok(rows.into_iter().filter_map(known).collect())
}

/// A connection of its own that has the work of that name to itself; `None` where another has it.
/// The lock ends with the connection, also where that is cut off in the middle.
async fn alone(db: &Db, work: &str) -> Result<Option<PgConnection>> {
    let mut connection = PgConnection::connect_with(&db.connect_options()).await?;
    let is_ours: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtext($1))")
        .bind(work)
        .fetch_one(&mut connection)
        .await?;
    if is_ours {
        return Ok(Some(connection));
    }
    connection.close().await?;
    Ok(None)
}

/// Makes the indexes on partitions that were added to the parent alone, one at a time and
/// concurrently, so that nobody waits for it, and attaches them: how many. One node does it.
///
/// Interrupted, it leaves an index that is not valid, which the next run drops and makes again.
pub async fn complete_indexes(db: &Db) -> Result<u64> {
    let Some(mut connection) = alone(db, "rollcage indexes").await? else {
        return Ok(0);
    };
    let made = complete_index(&mut connection).await;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_and_no_others() {
        let day = NaiveDate::from_ymd_opt(2026, 2, 28).expect("a day");
        for parent in Parent::ALL {
            let (first, end) = parent.span_of(day);
            let name = parent.partition(first);
            assert_eq!(parent.span(&name), Some((first, end)), "{name}");
            assert!(end > day, "{name}");
        }
        for other in [
            "occurrences",
            "occurrences_",
            "occurrences_20260230",
            "occurrences_202602",
            "occurrences_2026022",
            "occurrences_20260228; DROP TABLE items",
            "occurrences_20260228_by_person",
            "feedback_20260228",
        ] {
            assert_eq!(Parent::Occurrences.span(other), None, "{other}");
        }
        assert_eq!(Parent::ItemHours.span("item_hours_20260228"), None);
    }
}
