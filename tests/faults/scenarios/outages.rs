//! Postgres does not answer: stopped, paused, or full of others.

use std::time::Duration;

use anyhow::Context;
use sqlx::{PgConnection, Row};
use tokio::{
    io::AsyncWriteExt,
    time::{sleep, timeout},
};

use crate::{
    Run, body,
    chance::Chance,
    load,
    patience::{now, until},
    postgres::{Postgres, connect, pause, signal},
    stage::Stage,
};

/// Longest time that anybody may wait for a Postgres that hangs: the limit of pages, and a little for
/// a machine that is busy.
const ANSWER: Duration = Duration::from_secs(15);

/// Postgres stops (immediate) and starts again.
pub async fn stop_postgres(run: &mut Run<'_>) -> anyhow::Result<()> {
    let mut postgres = Postgres::start().await?;
    let mut stage = Stage::external(run, &postgres.url()?, &[]).await?;
    let load = stage.load(run);
    let mut meanwhile = Vec::new();
    for _ in 0..run.scale.rounds {
        if run.chance.coin() {
            stage.server.ready().await?;
        }
        sleep(run.chance.between_ms(50, 1000)).await;
        postgres.stop_immediately().await?;
        let lasts = run
            .chance
            .between_ms(100, u64::from(run.scale.seconds) * 1000);
        meanwhile.push(stage.endure(lasts).await);
        postgres.start_again().await?;
    }
    goes_on(run, &meanwhile);
    load.end().await;
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}

/// All processes of Postgres stand still.
pub async fn pause_postgres(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let stage = Stage::external(run, &postgres.url()?, &[]).await?;
    let load = stage.load(run);
    let mut meanwhile = Vec::new();
    let lasts = Duration::from_secs(run.scale.seconds.into());
    for _ in 0..run.scale.rounds {
        sleep(run.chance.between_ms(50, 1000)).await;
        let mut paused = pause(&postgres.dir()).await?;
        let before = stage.ledger.acknowledged();
        let begun = now();
        let answers =
            async { tokio::join!(stage.server.status("/"), ask(&stage, &mut run.chance)) };
        let (page, unknown) = timeout(ANSWER, answers).await.unwrap_or_default();
        run.verdict.note(format!(
            "a page answered {page:?}, an unknown token {unknown:?} after {:.1?}",
            begun.elapsed()
        ));
        run.verdict
            .promise(page == Some(503) && unknown == Some(503), || {
                format!("503 was to come from both within {ANSWER:?}")
            });
        sleep(lasts.saturating_sub(begun.elapsed())).await;
        meanwhile.push(stage.ledger.acknowledged() - before);
        // The first one last: it looks after the others.
        paused.reverse();
        signal(&paused, "CONT")?;
    }
    goes_on(run, &meanwhile);
    load.end().await;
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}

/// Others have all connections.
pub async fn exhaust_connections(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let mut stage = Stage::external(run, &url, &[]).await?;
    let load = stage.load(run);
    let mut meanwhile = Vec::new();
    for _ in 0..run.scale.rounds {
        sleep(run.chance.between_ms(50, 1000)).await;
        let others = take_all(&url).await?;
        let lasts = Duration::from_secs(run.scale.seconds.into());
        meanwhile.push(stage.endure(lasts).await);
        until("a page says 503", async || {
            Ok((stage.server.status("/").await == Some(503)).then_some(()))
        })
        .await?;
        drop(others);
        stage.server.ready().await?;
    }
    goes_on(run, &meanwhile);
    load.end().await;
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}

/// Takes every connection there is, those of the server too.
async fn take_all(url: &str) -> anyhow::Result<Vec<PgConnection>> {
    let mut taken: Vec<PgConnection> = Vec::new();
    until("all connections are taken", async || {
        while let Ok(connection) = connect(url).await {
            taken.push(connection);
        }
        let first = taken.first_mut().context("there was one")?;
        let row = sqlx::query(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE application_name = 'rollcage'",
        )
        .fetch_one(first)
        .await?;
        Ok((row.try_get::<i64, _>(0)? == 0).then_some(()))
    })
    .await?;
    Ok(taken)
}

/// Asks with a token that nobody has: the status.
async fn ask(stage: &Stage, chance: &mut Chance) -> Option<u16> {
    let mut socket = load::connect(stage.server.address).await.ok()?;
    let request = body::of_a_stranger(chance);
    socket.write_all(&request).await.ok()?;
    let head = load::read_answer(&mut socket, &mut Vec::new()).await.ok()?;
    Some(head.status)
}

/// What was acknowledged in each outage.
fn goes_on(run: &mut Run<'_>, meanwhile: &[u64]) {
    let (all, least) = (
        meanwhile.iter().sum::<u64>(),
        meanwhile.iter().min().copied().unwrap_or_default(),
    );
    run.verdict.note(format!(
        "acknowledged while Postgres was away: {all}, {least} at least in an outage"
    ));
    run.verdict
        .promise(least > 0, || "ingest stood still in an outage".into());
}
