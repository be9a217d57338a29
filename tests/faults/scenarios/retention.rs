//! Retention under load: a large partition is dropped, once killed half-way; and a long time at a
//! steady rate, with partitions dropped all along.

use std::time::Duration;

use anyhow::ensure;
use chrono::TimeDelta;
use rollcage_server::{
    clock::Clock,
    keeper,
    store::{Db, partitions},
};
use sqlx::AssertSqlSafe;
use tokio::time::sleep;

use crate::{
    Run,
    load::{Load, Plan},
    patience::{now, until},
    postgres::{Postgres, look, number},
    stage::Stage,
};

/// Rows of the partition in the short form, and in the long one.
const ROWS: u32 = 20_000;
const ROWS_LONG: u32 = 1_000_000;
/// How old the partition is, and how long what was sent is kept.
const OLD: TimeDelta = TimeDelta::days(20);
const KEPT_DAYS: i32 = 7;

/// How often memory is looked at, and how often a partition is dropped meanwhile.
const LOOK_EVERY: Duration = Duration::from_secs(1);
const DROP_EVERY: Duration = Duration::from_mins(1);
/// What the server may have in memory at any time.
const MEMORY_MAX_BYTES: u64 = 256 << 20;
/// What it may have more in the last quarter than in the second: caches that fill slowly.
const GROWTH_MAX_BYTES: u64 = 16 << 20;

/// A large partition is dropped under full load; in each second round it is killed half-way, and the
/// next run finishes it.
pub async fn drop_partition(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let stage = Stage::external(run, &url, &[]).await?;
    let db = look(&url)?;
    let rows = if run.is_long { ROWS_LONG } else { ROWS };
    let lasts = Duration::from_secs(run.scale.seconds.into());
    for round in 0..run.scale.rounds {
        let name = fill(&db, stage.project.id, rows).await?;
        let load = stage.load(run);
        stage.acknowledged(100).await?;
        stage.ledger.take_p99();
        sleep(lasts).await;
        let alone = stage.ledger.take_p99();
        let begun = now();
        let how = if round % 2 == 0 {
            "in one go"
        } else {
            drop_killed(&db).await?;
            "killed half-way and finished"
        };
        drop_whole(&db, &name).await?;
        let (took, beside) = (begun.elapsed(), stage.ledger.take_p99());
        sleep(lasts).await;
        let after = stage.ledger.take_p99();
        load.end().await;
        let ratio = beside.as_secs_f64() / alone.as_secs_f64();
        run.verdict.note(format!(
            "{rows} rows dropped {how} in {took:.1?}; ingest's p99 under full load: {alone:.1?} \
             before, {beside:.1?} meanwhile, {after:.1?} after, {ratio:.2} times"
        ));
        run.verdict.promise(!run.is_strict || ratio <= 2.0, || {
            format!("ingest's p99 is {ratio:.2} times what it was while a partition was dropped")
        });
    }
    stage.finish(run).await?;
    db.close().await;
    postgres.stop().await;
    Ok(())
}

/// A steady load for a long time, with partitions filled and dropped all along.
pub async fn soak(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let stage = Stage::external(run, &url, &[]).await?;
    let db = look(&url)?;
    let plan = Plan {
        // So that an hour of it is some gigabytes.
        padding_bytes: 0,
        per_second: Some(run.scale.per_second),
        ..stage.plan()
    };
    let lasts = Duration::from_secs(run.scale.seconds.into());
    let sent = stage.ledger.acknowledged();
    stage.ledger.take_p99();
    let load = Load::begin(&plan, &stage.ledger, &mut run.chance);
    let (begun, mut dropped, mut next_drop) = (now(), 0, Duration::ZERO);
    let mut seen = Vec::new();
    while begun.elapsed() < lasts {
        if begun.elapsed() >= next_drop {
            let name = fill(&db, stage.project.id, ROWS).await?;
            drop_whole(&db, &name).await?;
            dropped += 1;
            next_drop += DROP_EVERY;
        }
        seen.push(stage.server.memory_bytes()?.0);
        sleep(LOOK_EVERY).await;
    }
    let seconds = begun.elapsed().as_secs_f64();
    load.end().await;
    let (_, peak) = stage.server.memory_bytes()?;
    let (second, last) = (quarter(&seen, 1), quarter(&seen, 3));
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let per_second = (stage.ledger.acknowledged() - sent) as f64 / seconds;
    run.verdict.note(format!(
        "{per_second:.0} a second for {seconds:.0} s, p99 {:.1?}, {dropped} partitions dropped",
        stage.ledger.take_p99()
    ));
    let mib = |bytes: u64| bytes >> 20;
    run.verdict.note(format!(
        "memory: {} MiB in the second quarter, {} MiB in the last, at most {} MiB",
        mib(second),
        mib(last),
        mib(peak)
    ));
    run.verdict.promise(peak < MEMORY_MAX_BYTES, || {
        format!("the server had {} MiB in memory", mib(peak))
    });
    // A short run still fills its caches in its last quarter.
    run.verdict
        .promise(!run.is_long || last < second + GROWTH_MAX_BYTES, || {
            format!("memory grew from {} MiB to {} MiB", mib(second), mib(last))
        });
    stage.finish(run).await?;
    db.close().await;
    postgres.stop().await;
    Ok(())
}

/// Makes an old partition of so many rows, as the digest would have, and says its name. Done, it is
/// on the disk: writing it is not what is measured.
async fn fill(db: &Db, project: i64, rows: u32) -> anyhow::Result<String> {
    let at = Clock::default().now() - OLD;
    partitions::ensure(db, at.date_naive()).await?;
    let name = format!("occurrences_{}", at.format("%Y%m%d"));
    let sql = format!(
        "INSERT INTO {name} (project_id, received_at, id, uuid, item_id, level, host, person, body)
         SELECT $1, $2, nextval('occurrence_ids'), gen_random_uuid(), n % 200, 'error',
                'web-' || n % 10, 'person ' || n % 1000, decode(repeat(md5(n::text), 30), 'hex')
         FROM generate_series(1, $3::integer) AS n"
    );
    sqlx::query(AssertSqlSafe(sql))
        .bind(project)
        .bind(at)
        .bind(i32::try_from(rows)?)
        .execute(db)
        .await?;
    sqlx::query("CHECKPOINT").execute(db).await?;
    Ok(name)
}

/// Runs retention until the partition is gone.
async fn drop_whole(db: &Db, name: &str) -> anyhow::Result<()> {
    until("nobody else is at it", async || {
        Ok(keeper::retain(db, &Clock::default(), KEPT_DAYS).await?)
    })
    .await?;
    let left = format!("SELECT count(*) FROM pg_class WHERE relname = '{name}'");
    ensure!(number(db, &left).await? == 0, "{name} is still there");
    Ok(())
}

/// Runs retention while a transaction that began before keeps it waiting, and kills it there.
async fn drop_killed(db: &Db) -> anyhow::Result<()> {
    let mut older = db.begin().await?;
    sqlx::query("SELECT FROM occurrences LIMIT 1")
        .execute(&mut *older)
        .await?;
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                  AND query LIKE 'ALTER TABLE occurrences DETACH PARTITION %'";
    let clock = Clock::default();
    let (failed, killed) = tokio::join!(
        keeper::retain(db, &clock, KEPT_DAYS),
        until("the drop waits, and is killed", async || {
            Ok((number(db, kill).await? > 0).then_some(()))
        })
    );
    killed?;
    ensure!(
        failed.is_err(),
        "the drop was killed and says that it was not"
    );
    older.rollback().await?;
    let pending = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending";
    ensure!(
        number(db, pending).await? == 1,
        "it was not killed half-way"
    );
    Ok(())
}

/// The mean of a quarter of what was seen.
fn quarter(seen: &[u64], quarter: usize) -> u64 {
    let (from, to) = (seen.len() * quarter / 4, seen.len() * (quarter + 1) / 4);
    let part = &seen[from..to];
    part.iter().sum::<u64>() / u64::try_from(part.len().max(1)).unwrap_or(1)
}
