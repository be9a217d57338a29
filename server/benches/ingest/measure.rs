//! One run: start, warm up, post, wait until all is queryable, and look what it took.

use std::{path::Path, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use rollcage_server::clock::Clock;
use serde::Serialize;

use super::{
    arguments::Arguments,
    bodies::{Bodies, Body, Protocol},
    load::{Answers, Load, Target, per_mille},
    process::{self, Memory},
    subject::{Kind, Subject},
    tables::{self, Sizes},
    visible::Watch,
};

/// How long the server may take to train a dictionary: it looks every 20 s.
const TRAINED_WITHIN: Duration = Duration::from_secs(90);

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct Figures {
    /// Answers with 200 a second, while it was posted.
    pub accepted_per_second: f64,
    /// Rows a second, from the first post until all are there.
    pub queryable_per_second: f64,
    /// Half of the answers took no longer.
    pub p50_ms: f64,
    /// 99 of 100 answers took no longer.
    pub p99_ms: f64,
    /// The longest.
    pub max_ms: f64,
    /// Processor time of an occurrence, microseconds: of what is measured.
    pub server_cpu_us: f64,
    /// Of all processes of its Postgres.
    pub postgres_cpu_us: f64,
    /// Of this process.
    pub generator_cpu_us: f64,
    /// Most memory that what is measured had.
    pub peak_rss_bytes: f64,
    /// What it had while it was posted, on average, a quarter of the time each: it is not to grow.
    pub rss_bytes_by_quarter: [f64; 4],
    /// Half of what was acknowledged could be found so soon after; `None` of the model, which has no
    /// index for it.
    pub visible_p50_ms: Option<f64>,
    /// 99 of 100.
    pub visible_p99_ms: Option<f64>,
    /// Bytes of an occurrence's body as sent.
    pub sent_bytes: f64,
    /// Growth of the table of occurrences with its indexes, of an occurrence.
    pub occurrences_bytes: f64,
    /// Growth of the whole database.
    pub database_bytes: f64,
    /// Write-ahead log.
    pub wal_bytes: f64,
    /// Answers with 200.
    pub acknowledged: i64,
    /// Occurrences that were stored.
    pub rows: i64,
    /// Items that there are.
    pub items: i64,
    /// Other answers, as `status: count`.
    pub refused: Vec<String>,
}

impl Figures {
    /// Whether everything that was acknowledged is there once.
    pub fn are_exact(&self) -> bool {
        self.rows == self.acknowledged
    }
}

/// Bodies that are shared by the connections.
pub struct Prepared {
    known: Arc<[Body]>,
    measured: Arc<[Body]>,
}

impl From<Bodies> for Prepared {
    fn from(bodies: Bodies) -> Self {
        let known: Arc<[Body]> = bodies.known.into();
        let measured = match bodies.unknown {
            Some(unknown) => unknown.into(),
            None => Arc::clone(&known),
        };
        Self { known, measured }
    }
}

/// Processor time at a moment.
struct Cpu {
    server: Duration,
    postgres: Duration,
    generator: Duration,
}

impl Cpu {
    fn now(subject: &Subject) -> anyhow::Result<Self> {
        Ok(Self {
            server: process::cpu(subject.pid()?)?,
            postgres: process::cpu_with_children(subject.postgres_pid()?)?,
            generator: process::cpu(std::process::id())?,
        })
    }
}

/// One run in `folder`, which is removed unless it fails.
pub async fn run(
    kind: Kind,
    protocol: Protocol,
    arguments: &Arguments,
    bodies: &Prepared,
    folder: &Path,
) -> anyhow::Result<Figures> {
    let subject = Subject::start(kind, protocol, arguments, folder).await?;
    let figures = measured(kind, protocol, arguments, bodies, &subject)
        .await
        .with_context(|| format!("measuring the {}; see {}", kind.name(), folder.display()))?;
    subject.stop().await?;
    std::fs::remove_dir_all(folder).context("removing the run's folder")?;
    Ok(figures)
}

async fn measured(
    kind: Kind,
    protocol: Protocol,
    arguments: &Arguments,
    bodies: &Prepared,
    subject: &Subject,
) -> anyhow::Result<Figures> {
    let (clock, db) = (Clock::default(), &subject.db);
    let (target, first) = subject.target(kind, protocol, &arguments.run).await?;
    let warm_up = Load {
        connections: arguments.run.connections,
        lasts: Duration::from_secs(arguments.run.warm_up),
        rate: None,
    };
    let mut warmed = signed(
        warm_up
            .run(&target, &bodies.known, &clock)
            .await?
            .acknowledged,
    )?;
    tables::drained(db, warmed, &clock).await?;
    if kind == Kind::Rollcage && !arguments.run.untrained {
        let more = Load {
            lasts: Duration::from_secs(1),
            ..warm_up
        };
        let begun = clock.instant();
        while !tables::is_trained(db).await? {
            if begun.elapsed() > TRAINED_WITHIN {
                bail!("no dictionary was trained; --untrained goes without");
            }
            warmed += signed(more.run(&target, &bodies.known, &clock).await?.acknowledged)?;
            tables::drained(db, warmed, &clock).await?;
        }
    }

    let (rows, counted) = (tables::rows(db).await?, tables::counted(db).await?);
    let (sizes, cpu) = (Sizes::now(db).await?, Cpu::now(subject)?);
    let load = Load {
        lasts: arguments.run.lasts(),
        rate: arguments.run.rate,
        ..warm_up
    };
    let started = clock.instant();
    let memory = Memory::watch(subject.pid()?, arguments.run.lasts());
    let (answers, visible) = match first {
        None => (load.run(&target, &bodies.measured, &clock).await?, None),
        Some(project) => {
            let (watch, samples) = Watch::start(db, project, &clock);
            let watched = Target {
                samples: Some(samples),
                ..target
            };
            let answers = load.run(&watched, &bodies.measured, &clock).await?;
            drop(watched);
            (answers, Some(watch))
        }
    };
    let rss_bytes_by_quarter = memory.by_quarter();
    tables::drained(db, counted + signed(answers.acknowledged)?, &clock).await?;
    let took = started.elapsed();

    let (cpu_after, sizes_after) = (Cpu::now(subject)?, Sizes::now(db).await?);
    let visible = match visible {
        Some(watch) => watch.times().await?,
        None => Vec::new(),
    };
    let visible = |share| per_mille(&visible, share).map(|time| time.as_secs_f64() * 1e3);
    let rows = tables::rows(db).await? - rows;
    let of_each = Share(answers.acknowledged);
    Ok(Figures {
        accepted_per_second: per_second(answers.acknowledged, answers.elapsed),
        queryable_per_second: per_second(u64::try_from(rows)?, took),
        p50_ms: millis(&answers, 500),
        p99_ms: millis(&answers, 990),
        max_ms: millis(&answers, 1000),
        server_cpu_us: of_each.micros(cpu_after.server.saturating_sub(cpu.server)),
        postgres_cpu_us: of_each.micros(cpu_after.postgres.saturating_sub(cpu.postgres)),
        generator_cpu_us: of_each.micros(cpu_after.generator.saturating_sub(cpu.generator)),
        peak_rss_bytes: float(process::peak_rss_bytes(subject.pid()?)?),
        rss_bytes_by_quarter,
        visible_p50_ms: visible(500),
        visible_p99_ms: visible(990),
        sent_bytes: of_each.bytes(signed(answers.sent_bytes)?),
        occurrences_bytes: of_each.bytes(sizes_after.occurrences - sizes.occurrences),
        database_bytes: of_each.bytes(sizes_after.database - sizes.database),
        wal_bytes: of_each.bytes(sizes_after.wal - sizes.wal),
        acknowledged: signed(answers.acknowledged)?,
        rows,
        items: tables::items(db).await?,
        refused: answers
            .refused
            .iter()
            .map(|(status, count)| format!("{status}: {count}"))
            .collect(),
    })
}

/// What of a sum falls to each of so many.
struct Share(u64);

impl Share {
    fn micros(&self, sum: Duration) -> f64 {
        sum.as_secs_f64() * 1e6 / float(self.0.max(1))
    }

    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    fn bytes(&self, sum: i64) -> f64 {
        sum as f64 / float(self.0.max(1))
    }
}

fn millis(answers: &Answers, per_mille: usize) -> f64 {
    answers.per_mille(per_mille).as_secs_f64() * 1e3
}

fn per_second(count: u64, time: Duration) -> f64 {
    float(count) / time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "counts and bytes below 2^53")]
fn float(number: u64) -> f64 {
    number as f64
}

fn signed(count: u64) -> anyhow::Result<i64> {
    Ok(i64::try_from(count)?)
}
