//! What lies in Postgres; the model's tables have the names of ours.

use std::time::Duration;

use rollcage_server::{clock::Clock, store::Db};
use sqlx::query_scalar;

/// How often is looked whether all is there; cheap, for items hold counts.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// When nothing has come for so long, nothing more will.
const STALLED_AFTER: Duration = Duration::from_secs(30);

/// Sizes in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Occurrences with their indexes, all partitions.
    pub occurrences: i64,
    /// The whole database.
    pub database: i64,
    /// Write-ahead log ever written.
    pub wal: i64,
}

impl Sizes {
    /// As they are.
    pub async fn now(db: &Db) -> sqlx::Result<Self> {
        let (wal, database, occurrences) = sqlx::query_as(
            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint,
                    pg_database_size(current_database()),
                    (SELECT sum(pg_total_relation_size(relid))::bigint
                     FROM (SELECT 'occurrences'::regclass AS relid
                           UNION SELECT relid FROM pg_partition_tree('occurrences')) AS relations)",
        )
        .fetch_one(db)
        .await?;
        Ok(Self {
            occurrences,
            database,
            wal,
        })
    }
}

/// Occurrences that items count.
pub async fn counted(db: &Db) -> sqlx::Result<i64> {
    query_scalar("SELECT COALESCE(sum(total), 0)::bigint FROM items")
        .fetch_one(db)
        .await
}

/// Occurrences that are stored. It reads all of them, and may make Postgres write: not while
/// something is measured.
pub async fn rows(db: &Db) -> sqlx::Result<i64> {
    query_scalar("SELECT count(*) FROM occurrences")
        .fetch_one(db)
        .await
}

/// Whether what was stored last was compressed with a dictionary.
pub async fn is_trained(db: &Db) -> sqlx::Result<bool> {
    query_scalar(
        "SELECT count(*) > 0 AND bool_and(body >= '\\x01' AND body < '\\x02')
         FROM (SELECT body FROM occurrences ORDER BY id DESC LIMIT 20) AS newest",
    )
    .fetch_one(db)
    .await
}

/// Items.
pub async fn items(db: &Db) -> sqlx::Result<i64> {
    query_scalar("SELECT count(*) FROM items")
        .fetch_one(db)
        .await
}

/// Waits until so many are counted, or no more come.
pub async fn drained(db: &Db, wanted: i64, clock: &Clock) -> sqlx::Result<()> {
    let (mut last, mut moved_at) = (counted(db).await?, clock.instant());
    while last < wanted && moved_at.elapsed() < STALLED_AFTER {
        tokio::time::sleep(LOOK_EVERY).await;
        let counted = counted(db).await?;
        if counted != last {
            (last, moved_at) = (counted, clock.instant());
        }
    }
    Ok(())
}
