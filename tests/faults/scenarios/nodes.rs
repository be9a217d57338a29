//! Several servers, one Postgres.

use std::time::Duration;

use reqwest::Method;
use rollcage_tests::{
    http,
    place::{self, Folder},
};
use tokio::time::sleep;

use crate::{
    Run,
    load::{Load, Plan},
    nginx::{NODES, Nginx},
    patience::now,
    postgres::Postgres,
    proxy::{Break, Place, Proxy},
    server::Server,
    stage::Stage,
};

/// Errors that all occurrences are of: so few that each batch of all servers has all of them.
const CLASSES: usize = 5;

/// How long nginx passes over a node that failed (`fail_timeout` in its configuration), and a little.
const PASSED_OVER: Duration = Duration::from_millis(5_500);

/// A server beside the stage's, and its folder.
struct Node {
    server: Server,
    _folder: Folder,
}

impl Node {
    async fn start(run: &mut Run<'_>, url: &str) -> anyhow::Result<Self> {
        let folder = place::folder("data");
        let settings = [("DATABASE_URL", url)];
        let mut server = Server::new(run.program, folder.path(), &mut run.chance, &settings);
        server.start()?;
        server.ready().await?;
        Ok(Self {
            server,
            _folder: folder,
        })
    }

    /// It has digested everything, and ends.
    async fn finish(mut self, run: &mut Run<'_>) -> anyhow::Result<()> {
        self.server.digested().await?;
        let (_, ended_well) = self.server.terminate().await?;
        run.verdict
            .promise(ended_well, || "SIGTERM did not end it well".into());
        Ok(())
    }
}

/// The same occurrences are sent to both; one of them is killed, again and again.
pub async fn two_servers(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let mut stage = Stage::external(run, &url, &[]).await?;
    let mut other = Node::start(run, &url).await?;
    let plan = Plan {
        addresses: vec![stage.server.address, other.server.address],
        classes: CLASSES,
        everywhere: true,
        ..stage.plan()
    };
    let load = Load::begin(&plan, &stage.ledger, &mut run.chance);
    for _ in 0..run.scale.rounds {
        sleep(run.chance.between_ms(200, 1500)).await;
        let victim = if run.chance.coin() {
            &mut other.server
        } else {
            &mut stage.server
        };
        victim.kill();
        sleep(run.chance.between_ms(0, 500)).await;
        victim.start()?;
        victim.ready().await?;
    }
    load.end().await;
    let again = stage.ledger.acknowledged();
    run.verdict
        .note(format!("answers with 200 of both together: {again}"));
    other.finish(run).await?;
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}

/// What lies between one of two servers and Postgres falls silent in the middle of a transaction, and
/// neither end is told. The other server waits for locks of that transaction.
pub async fn silent_connection(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let proxy = Proxy::start(&url).await?;
    let stage = Stage::external(run, &url, &[("DATABASE_URL", &proxy.url())]).await?;
    let other = Node::start(run, &url).await?;
    let plan = Plan {
        addresses: vec![stage.server.address, other.server.address],
        classes: CLASSES,
        ..stage.plan()
    };
    let load = Load::begin(&plan, &stage.ledger, &mut run.chance);
    let mut longest = Duration::ZERO;
    for round in 0..run.scale.rounds {
        proxy.passed().await?;
        sleep(run.chance.between_ms(0, 100)).await;
        let place = if round % 2 == 0 {
            Place::BeforeCommit
        } else {
            Place::AfterCommit
        };
        proxy.spring(place, Break::Silence).await?;
        let begun = now();
        proxy.passed().await?;
        longest = longest.max(begun.elapsed());
    }
    load.end().await;
    run.verdict
        .note(format!("the digest went on after at most {longest:.1?}"));
    other.finish(run).await?;
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}

/// Three nodes behind nginx, as `deploy/nodes` has them; one is killed, or told to end, again and
/// again. Whoever sends sees nothing of it.
pub async fn three_nodes(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let mut stage = Stage::external(run, &url, &[]).await?;
    let mut others = [Node::start(run, &url).await?, Node::start(run, &url).await?];
    let [second, third] = &others;
    let nodes: [_; NODES] = [
        stage.server.address,
        second.server.address,
        third.server.address,
    ];
    let nginx = Nginx::start(nodes, &mut run.chance).await?;
    let plan = Plan {
        addresses: vec![nginx.address],
        classes: CLASSES,
        ..stage.plan()
    };
    let load = Load::begin(&plan, &stage.ledger, &mut run.chance);
    for _ in 0..run.scale.rounds {
        sleep(run.chance.between_ms(200, 1500)).await;
        let victim = match run.chance.below(NODES) {
            0 => &mut stage.server,
            at => &mut others[at - 1].server,
        };
        if run.chance.coin() {
            victim.kill();
        } else {
            let (_, ended_well) = victim.terminate().await?;
            run.verdict
                .promise(ended_well, || "SIGTERM did not end it well".into());
        }
        let page = format!("http://{}/login", nginx.address);
        let shown = http::try_send(&http::client(), Method::GET, &page, &[], "").await;
        let status = shown.ok().map(|answer| answer.status);
        run.verdict.promise(status == Some(200), || {
            format!("with a node away, a page was answered with {status:?}")
        });
        victim.start()?;
        victim.ready().await?;
        // With all of them passed over at once nginx has nobody to ask.
        sleep(PASSED_OVER).await;
    }
    load.end().await;
    let cuts = stage.ledger.cuts();
    run.verdict
        .promise(cuts == 0, || format!("{cuts} posts had no answer"));
    for node in others {
        node.finish(run).await?;
    }
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}
