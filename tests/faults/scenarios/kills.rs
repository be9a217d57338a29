//! The server ends, told to or not.

use std::time::Duration;

use tokio::time::sleep;

use crate::{
    Run,
    postgres::{postmaster, processes, signal},
    stage::Stage,
};

/// How soon after a start ingest has to answer.
const UP_AGAIN: Duration = Duration::from_secs(3);
/// How soon after SIGTERM the server has to be gone.
const GONE: Duration = Duration::from_secs(10);

/// `kill -9` at random, some with its Postgres.
pub async fn kill_server(run: &mut Run<'_>) -> anyhow::Result<()> {
    let mut stage = Stage::private(run).await?;
    let load = stage.load(run);
    let mut up_again = Vec::new();
    let mut postgres_kills = 0;
    for round in 0..run.scale.rounds {
        if run.chance.coin() {
            // In the middle of digesting; without, also while it starts.
            stage.server.ready().await?;
        }
        sleep(run.chance.between_ms(20, 800)).await;
        stage.server.kill();
        if round % 3 == 2 {
            let postgres = stage.data_dir.join("postgres");
            let victims = if run.chance.coin() {
                processes(&postgres)
            } else {
                postmaster(&postgres).map(|first| vec![first])
            };
            // It may be away since the last time.
            if let Ok(victims) = victims {
                signal(&victims, "KILL")?;
                postgres_kills += 1;
            }
        }
        let started = stage.server.start()?;
        stage.first_200(run).await?;
        up_again.push(started.elapsed());
    }
    load.end().await;
    up_again.sort();
    let slowest = up_again.last().copied().unwrap_or_default();
    run.verdict.note(format!(
        "Postgres was killed too in {postgres_kills} rounds"
    ));
    run.verdict.note(format!(
        "first 200 after a start: {:.0?} in the middle, {slowest:.0?} at most",
        up_again[up_again.len() / 2]
    ));
    // A busy machine may take longer, and breaks no promise.
    run.verdict
        .promise(!run.is_strict || slowest < UP_AGAIN, || {
            format!("ingest took {slowest:.1?} to be up again")
        });
    stage.finish(run).await
}

/// SIGTERM under load.
pub async fn terminate(run: &mut Run<'_>) -> anyhow::Result<()> {
    let mut stage = Stage::private(run).await?;
    let load = stage.load(run);
    let mut slowest = Duration::ZERO;
    for _ in 0..run.scale.rounds {
        sleep(run.chance.between_ms(20, 800)).await;
        let (took, ended_well) = stage.server.terminate().await?;
        slowest = slowest.max(took);
        run.verdict
            .promise(ended_well, || "SIGTERM did not end it with 0".into());
        stage.server.start()?;
        if run.chance.coin() {
            stage.server.ready().await?;
        } else {
            stage.first_200(run).await?;
        }
    }
    load.end().await;
    run.verdict
        .note(format!("SIGTERM to the end: {slowest:.1?} at most"));
    run.verdict.promise(!run.is_strict || slowest < GONE, || {
        format!("SIGTERM took {slowest:.1?}")
    });
    stage.finish(run).await
}
