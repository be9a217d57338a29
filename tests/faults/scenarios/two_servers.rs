//! Two servers, one Postgres.

use rollcage_tests::place;
use tokio::time::sleep;

use crate::{
    Run,
    load::{Load, Plan},
    postgres::Postgres,
    server::Server,
    stage::Stage,
};

/// Errors that all occurrences are of: so few that each batch of both servers has all of them.
const CLASSES: usize = 5;

/// The same occurrences are sent to both; one of them is killed, again and again.
pub async fn two_servers(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let mut stage = Stage::external(run, &url, &[]).await?;
    let folder = place::folder("data");
    let settings = [("DATABASE_URL", url.as_str())];
    let mut other = Server::new(run.program, folder.path(), &mut run.chance, &settings);
    other.start()?;
    other.ready().await?;
    let plan = Plan {
        addresses: vec![stage.server.address, other.address],
        classes: CLASSES,
        everywhere: true,
        ..stage.plan()
    };
    let load = Load::begin(&plan, &stage.ledger, &mut run.chance);
    for _ in 0..run.scale.rounds {
        sleep(run.chance.between_ms(200, 1500)).await;
        let victim = if run.chance.coin() {
            &mut other
        } else {
            &mut stage.server
        };
        victim.kill();
        sleep(run.chance.between_ms(0, 500)).await;
        victim.start()?;
        victim.ready().await?;
    }
    load.end().await;
    other.digested().await?;
    let again = stage.ledger.acknowledged();
    run.verdict
        .note(format!("answers with 200 of both together: {again}"));
    stage.server.digested().await?;
    let (_, ended_well) = other.terminate().await?;
    run.verdict
        .promise(ended_well, || "SIGTERM did not end it well".into());
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}
