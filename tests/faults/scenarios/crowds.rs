//! Others send much: strangers, and a project beyond its limit.

use std::{
    fs,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use anyhow::ensure;
use rollcage_server::accounts;
use tokio::{
    io::AsyncWriteExt,
    runtime::Builder,
    task::JoinSet,
    time::{interval, sleep, timeout},
};

use crate::{
    Run, body,
    chance::Chance,
    ledger::Ledger,
    load::{ANSWER_TIMEOUT, Load, Plan, connect, read_answer},
    patience::{now, until},
    postgres::{Postgres, execute, look},
    stage::Stage,
};

/// Posts a second of the known project: a busy one, and far from what the server takes.
const PER_SECOND: u32 = 100;
/// Connections of strangers, and what all of them ask a second as far as they are answered.
const STRANGERS: u32 = 32;
const STRANGERS_PER_SECOND: u32 = 20_000;
/// What strangers may cost Postgres, together with all that the server does by itself.
const QUERIES_PER_SECOND: f64 = 20.0;
/// What Postgres writes before each statement once it is told to log them all.
const STATEMENTS: [&str; 2] = ["LOG:  execute ", "LOG:  statement: "];
/// The limit of the noisy project in the short form, whose bucket a debug build takes in a second;
/// and in the long one.
const LIMIT_PER_MINUTE: u32 = 1_200;
const LIMIT_PER_MINUTE_LONG: u32 = 12_000;
/// How much more it sends.
const NOISE: u32 = 10;

/// A flood of unknown tokens.
pub async fn unknown_tokens(run: &mut Run<'_>) -> anyhow::Result<()> {
    let stage = Stage::private(run).await?;
    let lasts = Duration::from_secs(run.scale.seconds.into());
    p99_of(run, &stage, warm_up(run)).await;
    let alone = p99_of(run, &stage, lasts).await;
    stage.server.digested().await?;

    let db = stage.look()?;
    execute(&db, "ALTER SYSTEM SET log_statement = 'all'").await?;
    execute(&db, "SELECT pg_reload_conf()").await?;
    let strangers = Strangers::begin(stage.server.address, &mut run.chance)?;
    // All of Postgres's processes are to have heard of it.
    sleep(Duration::from_secs(1)).await;
    let (queries, asked, begun) = (stage.statements()?, strangers.asked(), now());
    sleep(lasts).await;
    let queries = stage.statements()? - queries;
    let (asked, seconds) = (strangers.asked() - asked, begun.elapsed().as_secs_f64());
    execute(&db, "ALTER SYSTEM RESET log_statement").await?;
    execute(&db, "SELECT pg_reload_conf()").await?;
    db.close().await;

    let beside = p99_of(run, &stage, lasts).await;
    strangers.end()?;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let (queries, asked) = (queries as f64 / seconds, asked as f64 / seconds);
    run.verdict.note(format!(
        "{asked:.0} requests a second with unknown tokens, {queries:.1} queries a second"
    ));
    let is_flood = asked > 0.9 * f64::from(STRANGERS_PER_SECOND);
    run.verdict.promise(!run.is_strict || is_flood, || {
        format!("{asked:.0} requests a second are no flood")
    });
    run.verdict.promise(queries < QUERIES_PER_SECOND, || {
        format!("{queries:.1} queries a second are too many")
    });
    compare(run, alone, beside);
    stage.finish(run).await
}

impl Stage {
    /// Statements that the private Postgres has logged.
    fn statements(&self) -> anyhow::Result<usize> {
        let log = fs::read_to_string(self.data_dir.join("postgres.log"))?;
        let is_one = |line: &&str| STATEMENTS.iter().any(|begin| line.contains(begin));
        Ok(log.lines().filter(is_one).count())
    }
}

/// A project at ten times its limit.
pub async fn noisy_neighbour(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let mut stage = Stage::external(run, &url, &[]).await?;
    let noisy = stage.make_project("Noisy").await?;
    let db = look(&url)?;
    let per_minute = if run.is_long {
        LIMIT_PER_MINUTE_LONG
    } else {
        LIMIT_PER_MINUTE
    };
    sqlx::query("UPDATE tokens SET rate_per_minute = $1 WHERE project_id = $2")
        .bind(i32::try_from(per_minute)?)
        .bind(noisy.id)
        .execute(&db)
        .await?;
    accounts::announce_tokens(&db).await;
    let lasts = Duration::from_secs(run.scale.seconds.into());
    p99_of(run, &stage, warm_up(run)).await;
    let alone = p99_of(run, &stage, lasts).await;

    // Its bucket is a minute's, and is used up first, as fast as goes.
    let ledger = Arc::<Ledger>::default();
    stage.others.push(Arc::clone(&ledger));
    let mut plan = Plan {
        project: noisy.clone(),
        per_second: None,
        ..stage.plan()
    };
    let load = Load::begin(&plan, &ledger, &mut run.chance);
    until("the noisy project is at its limit", async || {
        Ok((ledger.refused(429) > 0).then_some(()))
    })
    .await?;
    load.end().await;
    plan.per_second = Some(per_minute / 60 * NOISE);
    let (accepted, refused, begun) = (ledger.acknowledged(), ledger.refused(429), now());
    let load = Load::begin(&plan, &ledger, &mut run.chance);
    let beside = p99_of(run, &stage, lasts).await;
    load.end().await;
    let seconds = begun.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let (accepted, dropped) = (
        (ledger.acknowledged() - accepted) as f64 / seconds,
        (ledger.refused(429) - refused) as f64 / seconds,
    );
    let limit = f64::from(per_minute / 60);
    run.verdict.note(format!(
        "the noisy project at {:.1} times its limit: {accepted:.0} a second are accepted, \
         {dropped:.0} answered with 429",
        (accepted + dropped) / limit
    ));
    compare(run, alone, beside);
    stage.finish(run).await?;

    // By its end the server has stored all that it counted.
    let counted: i64 = sqlx::query_scalar(
        "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours
         WHERE project_id = $1 AND outcome = 'rate_limited'",
    )
    .bind(noisy.id)
    .fetch_one(&db)
    .await?;
    db.close().await;
    let refused = ledger.refused(429);
    run.verdict.note(format!(
        "drops: {refused} answered, {counted} on the usage page"
    ));
    run.verdict
        .promise(u64::try_from(counted) == Ok(refused), || {
            "drops are not counted".into()
        });
    postgres.stop().await;
    Ok(())
}

/// How long the known project posts before it is measured: in the long form until its dictionary is
/// trained, which takes a processor for half a second.
fn warm_up(run: &Run<'_>) -> Duration {
    Duration::from_secs(if run.is_long { 30 } else { 1 })
}

/// The p99 of the known project over that time.
async fn p99_of(run: &mut Run<'_>, stage: &Stage, lasts: Duration) -> Duration {
    let plan = Plan {
        per_second: Some(PER_SECOND),
        ..stage.plan()
    };
    stage.ledger.take_p99();
    let load = Load::begin(&plan, &stage.ledger, &mut run.chance);
    sleep(lasts).await;
    load.end().await;
    stage.ledger.take_p99()
}

fn compare(run: &mut Run<'_>, alone: Duration, beside: Duration) {
    let ratio = beside.as_secs_f64() / alone.as_secs_f64();
    run.verdict.note(format!(
        "a known project's p99: {alone:.1?} alone, {beside:.1?} beside, {ratio:.2} times"
    ));
    run.verdict.promise(!run.is_strict || ratio <= 2.0, || {
        format!("a known project's p99 is {ratio:.2} times what it was")
    });
}

/// Connections that send one unknown token after another, on a thread of their own: what they do is
/// not to delay the answers that are timed.
struct Strangers {
    asked: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<()>>,
}

impl Strangers {
    fn begin(address: SocketAddr, chance: &mut Chance) -> anyhow::Result<Self> {
        let asked = Arc::<AtomicU64>::default();
        let is_over = Arc::<AtomicBool>::default();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connections: Vec<_> = (0..STRANGERS)
            .map(|_| {
                ask(
                    address,
                    chance.fork(),
                    Arc::clone(&asked),
                    Arc::clone(&is_over),
                )
            })
            .collect();
        let ask_all = async {
            let mut connections: JoinSet<_> = connections.into_iter().collect();
            while let Some(ended) = connections.join_next().await {
                ended??;
            }
            Ok(())
        };
        let thread = thread::spawn(move || runtime.block_on(ask_all));
        Ok(Self {
            asked,
            is_over,
            thread,
        })
    }

    fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Ends them; one that was answered with something else than 401 has ended by itself.
    fn end(self) -> anyhow::Result<()> {
        self.is_over.store(true, Ordering::Relaxed);
        match self.thread.join() {
            Ok(ended) => ended,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }
}

async fn ask(
    address: SocketAddr,
    mut chance: Chance,
    asked: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
) -> anyhow::Result<()> {
    let mut socket = connect(address).await?;
    let mut ticks = interval(Duration::from_secs(1) * STRANGERS / STRANGERS_PER_SECOND);
    let mut answer = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        ticks.tick().await;
        let exchanged = async {
            socket.write_all(&body::of_a_stranger(&mut chance)).await?;
            read_answer(&mut socket, &mut answer).await
        };
        let head = timeout(ANSWER_TIMEOUT, exchanged).await??;
        ensure!(
            head.status == 401,
            "an unknown token was answered with {}",
            head.status
        );
        asked.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}
