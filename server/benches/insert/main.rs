//! What storing a row of `occurrences` costs: by one `INSERT … SELECT FROM UNNEST`, as the digest does
//! it, and by COPY; in transactions of several sizes, in turns, on one connection.
//!
//! `cargo bench -p rollcage-server --bench insert`

use std::time::Duration;

use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use rollcage_server::{
    clock::Clock,
    cluster::{Cluster, ClusterSettings},
    keeper,
    model::{
        entry::Head,
        id::{ItemId, OccurrenceId, OccurrenceUuid, ProjectId},
        json::Fields,
        occurrence::{Body, Message, Occurrence},
    },
    store::{
        self,
        occurrences::{self, NewOccurrence},
    },
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

/// Rows of a transaction. The digest's has up to 500.
const SIZES: [usize; 5] = [50, 100, 250, 500, 1_000];
/// Transactions of each size and way; the median is shown.
const ROUNDS: usize = 60;
/// Bytes of a body, as they are with a dictionary.
const BODY_BYTES: usize = 700;
/// Items that the rows are of.
const ITEMS: i64 = 200;
/// 2000-01-01, which Postgres counts from, in microseconds since 1970.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

/// How rows are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Unnest,
    Copy,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("rollcage-insert-{}", Uuid::new_v4()));
    std::fs::create_dir(&folder)?;
    let measured = measure(&folder).await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(folder: &std::path::Path) -> anyhow::Result<()> {
    let cluster = Cluster::start(&ClusterSettings {
        data_dir: folder.to_owned(),
        bin_dir: None,
        user: "rollcage".to_owned(),
    })
    .await?;
    let printed = print(&cluster.url()).await;
    cluster.stop().await;
    printed
}

async fn print(url: &str) -> anyhow::Result<()> {
    let clock = Clock::default();
    let pool = store::pool(url, 1)?;
    store::migrate(&pool).await?;
    keeper::make_partitions(&pool, &clock).await?;
    let mut db = PgConnection::connect(url).await?;
    println!("rows of a transaction  UNNEST us a row  COPY us a row  COPY / UNNEST");
    let mut next_id = 1;
    for rows in SIZES {
        let (mut unnest, mut copy) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            for (way, taken) in [(Way::Unnest, &mut unnest), (Way::Copy, &mut copy)] {
                let heads: Vec<_> = (0..rows).map(|_| head(clock.now())).collect();
                let begun = clock.instant();
                store_by(way, &mut db, &heads, &mut next_id).await?;
                taken.push(begun.elapsed());
            }
        }
        let (unnest, copy) = (median(unnest, rows), median(copy, rows));
        println!(
            "{rows:>21} {unnest:>16.1} {copy:>14.1} {:>14.2}",
            copy / unnest
        );
    }
    pool.close().await;
    Ok(())
}

/// What an occurrence of a web application has.
fn head(received_at: DateTime<Utc>) -> Head {
    let message = Message {
        text: "payment failed".into(),
        template: None,
        frames: Vec::new(),
        extra: Fields::new(),
    };
    let mut occurrence = Occurrence::new(OccurrenceUuid(Uuid::new_v4()), Body::Message(message));
    occurrence.code_version = Some("2.4.1".into());
    let mut head = Head::new(ProjectId(1), received_at, &occurrence);
    head.host = Some("web-1".to_owned());
    head.person = Some("4711".to_owned());
    head.url = Some("https://shop.example/orders/8812".to_owned());
    head
}

/// Stores rows in a transaction of their own.
async fn store_by(
    way: Way,
    db: &mut PgConnection,
    heads: &[Head],
    next_id: &mut i64,
) -> anyhow::Result<()> {
    // Compressed bodies are as good as random.
    let body: Vec<u8> = (0..BODY_BYTES.div_ceil(16))
        .flat_map(|_| *Uuid::new_v4().as_bytes())
        .collect();
    let rows: Vec<_> = heads
        .iter()
        .map(|head| {
            *next_id += 1;
            NewOccurrence {
                id: OccurrenceId(*next_id),
                item: ItemId(*next_id % ITEMS),
                head,
                body: &body,
            }
        })
        .collect();
    let mut tx = db.begin().await?;
    match way {
        Way::Unnest => occurrences::insert(&mut *tx, &rows).await?,
        Way::Copy => {
            let mut copy = tx
                .copy_in_raw(
                    "COPY occurrences (project_id, received_at, id, uuid, item_id, happened_at, level,
                                       code_version, host, person, url, body)
                     FROM STDIN (FORMAT binary)",
                )
                .await?;
            copy.send(binary(&rows)?).await?;
            let stored = copy.finish().await?;
            ensure!(stored == rows.len() as u64, "{stored} rows were stored");
        }
    }
    tx.commit().await.context("committing")
}

/// Rows in the binary format of COPY, as the documentation of that command has it.
fn binary(rows: &[NewOccurrence<'_>]) -> anyhow::Result<Vec<u8>> {
    let mut out = b"PGCOPY\n\xff\r\n\0".to_vec();
    out.extend_from_slice(&[0; 8]); // no flags, no extension
    let time = |at: DateTime<Utc>| (at.timestamp_micros() - POSTGRES_EPOCH_US).to_be_bytes();
    for row in rows {
        let head = row.head;
        out.extend_from_slice(&12_i16.to_be_bytes());
        field(&mut out, Some(&head.project.0.to_be_bytes()))?;
        field(&mut out, Some(&time(head.received_at)))?;
        field(&mut out, Some(&row.id.0.to_be_bytes()))?;
        field(&mut out, Some(head.uuid.0.as_bytes()))?;
        field(&mut out, Some(&row.item.0.to_be_bytes()))?;
        field(
            &mut out,
            head.happened_at.map(time).as_ref().map(<[u8; 8]>::as_slice),
        )?;
        field(&mut out, Some(head.level.as_str().as_bytes()))?;
        for text in [&head.code_version, &head.host, &head.person, &head.url] {
            field(&mut out, text.as_deref().map(str::as_bytes))?;
        }
        field(&mut out, Some(row.body))?;
    }
    out.extend_from_slice(&(-1_i16).to_be_bytes());
    Ok(out)
}

fn field(out: &mut Vec<u8>, value: Option<&[u8]>) -> anyhow::Result<()> {
    let length = value.map_or(Ok(-1), |value| i32::try_from(value.len()))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value.unwrap_or_default());
    Ok(())
}

/// Microseconds of a row.
fn median(mut taken: Vec<Duration>, rows: usize) -> f64 {
    taken.sort_unstable();
    #[expect(clippy::cast_precision_loss, reason = "at most a thousand")]
    let rows = rows as f64;
    taken[taken.len() / 2].as_secs_f64() * 1e6 / rows
}
