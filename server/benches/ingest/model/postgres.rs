//! The model's rows on their way into Postgres: 500 by COPY, and a count for each group.

use std::collections::BTreeMap;

use rollcage_server::clock::Clock;
use sqlx::{Connection, PgConnection, raw_sql};
use tokio::sync::mpsc::UnboundedReceiver;
use uuid::Uuid;

/// Rows of a transaction: more are no faster.
const BATCH_MAX_ROWS: usize = 500;

/// 2000-01-01, which Postgres counts from, in microseconds since 1970.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

const SCHEMA: &str = "
CREATE TABLE items (id bigint PRIMARY KEY, total bigint NOT NULL) WITH (fillfactor = 50);
CREATE TABLE occurrences (
    id          bigint PRIMARY KEY,
    received_at timestamptz NOT NULL,
    uuid        uuid NOT NULL,
    item_id     bigint NOT NULL,
    body        bytea NOT NULL
);
ALTER TABLE occurrences ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX ON occurrences (item_id, id);
";

/// An occurrence.
pub struct Row {
    /// The SDK's id.
    pub uuid: Uuid,
    /// Its group.
    pub group: i64,
    /// Its JSON, compressed.
    pub body: Vec<u8>,
}

/// What brings rows to Postgres, over one connection.
pub struct Applier {
    db: PgConnection,
    next_id: i64,
    clock: Clock,
}

impl Applier {
    /// Connects, and makes the tables.
    pub async fn start(url: &str) -> sqlx::Result<Self> {
        let mut db = PgConnection::connect(url).await?;
        raw_sql(SCHEMA).execute(&mut db).await?;
        Ok(Self {
            db,
            next_id: 1,
            clock: Clock::default(),
        })
    }

    /// Stores what comes, until nothing can come any more.
    pub async fn run(mut self, mut waiting: UnboundedReceiver<Row>) -> sqlx::Result<()> {
        let (mut batch, mut copied) = (Vec::new(), Vec::new());
        while waiting.recv_many(&mut batch, BATCH_MAX_ROWS).await > 0 {
            let mut counts = BTreeMap::<i64, i64>::new();
            for row in &batch {
                *counts.entry(row.group).or_default() += 1;
            }
            self.encode(&batch, &mut copied);
            batch.clear();
            self.store(&copied, counts).await?;
        }
        Ok(())
    }

    async fn store(&mut self, copied: &[u8], counts: BTreeMap<i64, i64>) -> sqlx::Result<()> {
        let mut tx = self.db.begin().await?;
        let mut copy = tx
            .copy_in_raw("COPY occurrences FROM STDIN (FORMAT binary)")
            .await?;
        copy.send(copied).await?;
        copy.finish().await?;
        let (ids, totals): (Vec<i64>, Vec<i64>) = counts.into_iter().unzip();
        sqlx::query(
            "INSERT INTO items (id, total) SELECT * FROM UNNEST($1::bigint[], $2::bigint[])
             ON CONFLICT (id) DO UPDATE SET total = items.total + excluded.total",
        )
        .bind(ids)
        .bind(totals)
        .execute(&mut *tx)
        .await?;
        tx.commit().await
    }

    /// The rows in the binary format of COPY, as the documentation of that command has it.
    fn encode(&mut self, batch: &[Row], out: &mut Vec<u8>) {
        let at_us = self.clock.now().timestamp_micros() - POSTGRES_EPOCH_US;
        out.clear();
        out.extend_from_slice(b"PGCOPY\n\xff\r\n\0");
        out.extend_from_slice(&[0; 8]); // no flags, no extension
        for row in batch {
            out.extend_from_slice(&5_i16.to_be_bytes());
            field(out, &self.next_id.to_be_bytes());
            field(out, &at_us.to_be_bytes());
            field(out, row.uuid.as_bytes());
            field(out, &row.group.to_be_bytes());
            field(out, &row.body);
            self.next_id += 1;
        }
        out.extend_from_slice(&(-1_i16).to_be_bytes());
    }
}

fn field(out: &mut Vec<u8>, value: &[u8]) {
    let length = u32::try_from(value.len()).expect("a body is far below 4 GiB");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value);
}
