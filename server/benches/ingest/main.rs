//! How fast ingest accepts and the digest digests, beside a bare axum handler, in one run.
//!
//! `make bench`, or with other figures: `cargo bench -p rollcage-server -- SECONDS CONNECTIONS`. Everything
//! shares the machine: the load, the server, and its private Postgres with durable settings.

mod bodies;
mod load;
mod stages;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use axum::{Json, Router, body::Bytes, routing::post};
use rollcage_server::{
    accounts, app::App, clock::Clock, config::Config, model::project::Scope, store,
};
use serde_json::json;
use tokio::net::TcpListener;

use self::{bodies::Template, load::Load};

fn main() -> anyhow::Result<()> {
    // Cargo itself adds `--bench`.
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    let seconds = arguments
        .next()
        .map_or(Ok(10), |text| text.parse())
        .context("SECONDS")?;
    let connections = arguments
        .next()
        .map_or(Ok(64), |text| text.parse())
        .context("CONNECTIONS")?;
    let load = Load {
        connections,
        lasts: Duration::from_secs(seconds),
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(run(load))
}

async fn run(load: Load) -> anyhow::Result<()> {
    let cores = std::thread::available_parallelism()?;
    println!(
        "{cores} cores, {} connections, {} s each\n",
        load.connections,
        load.lasts.as_secs()
    );
    println!(
        "body             size    bare/s  accepted/s  ratio  p50 ms  p99 ms  digested/s  ratio"
    );
    for kind in bodies::KINDS {
        let bodies = bodies::distinct(kind)?;
        let bare = load.run(bare_server().await?, "", &bodies).await?;
        let folder = std::env::temp_dir().join(format!("rollcage-bench-{}", std::process::id()));
        let measured = rollcage(&load, &folder, &bodies).await;
        std::fs::remove_dir_all(&folder).context("removing the bench's data folder")?;
        let (accepted, digested_per_second) = measured?;
        println!(
            "{:<15} {:>5}  {:>8.0}  {:>10.0}  {:>5.2}  {:>6.2}  {:>6.2}  {:>10.0}  {:>5.2}",
            kind.name,
            bodies[0].len(),
            bare.per_second,
            accepted.per_second,
            accepted.per_second / bare.per_second,
            accepted.median.as_secs_f64() * 1e3,
            accepted.p99.as_secs_f64() * 1e3,
            digested_per_second,
            digested_per_second / bare.per_second,
        );
    }
    println!("\nWhere the time goes, microseconds of one core per occurrence:\n");
    stages::print(&bodies::KINDS)
}

/// Loads a server of its own; what was accepted, and how many were digested per second until all
/// of them were.
async fn rollcage(
    load: &Load,
    folder: &Path,
    bodies: &Arc<[Template]>,
) -> anyhow::Result<(load::Measured, f64)> {
    let mut config = Config::defaults(false);
    config.data_dir = folder.to_owned();
    config.listen = SocketAddr::from(([127, 0, 0, 1], 0));
    config.admin_listen = config.listen;
    config.journal_max_bytes = 8 << 30;
    let clock = Clock::default();
    let app = App::start(config, clock.clone(), None).await?;
    app.ready().await?;
    let token = make_token(folder).await?;

    let started = clock.instant();
    let accepted = load.run(app.address(), &token, bodies).await?;
    app.digested().await;
    let digested_in = started.elapsed();
    ensure!(
        accepted.refused == 0,
        "{} requests were refused",
        accepted.refused
    );
    app.stop().await;
    #[expect(clippy::cast_precision_loss, reason = "counts of some seconds")]
    let per_second = accepted.answered as f64 / digested_in.as_secs_f64();
    Ok((accepted, per_second))
}

/// A project's token, made as the command line makes it while the server runs.
async fn make_token(data_dir: &Path) -> anyhow::Result<String> {
    let url = rollcage_server::cluster::Cluster::find_running(data_dir).await?;
    let db = store::pool(&url.context("the server has its Postgres")?, 1)?;
    let mut tx = db.begin().await?;
    let created =
        accounts::create_project(&mut tx, "bench", &Scope::POSTING, Clock::default().now()).await?;
    tx.commit().await?;
    accounts::announce_tokens(&db).await;
    let (_, token) = created
        .tokens
        .into_iter()
        .find(|(scope, _)| *scope == Scope::PostServerItem)
        .context("a project has a token of each scope")?;
    Ok(token)
}

/// The least a server can do: read the body, answer in Rollbar's shape.
async fn bare_server() -> anyhow::Result<SocketAddr> {
    async fn answer(body: Bytes) -> Json<serde_json::Value> {
        Json(json!({ "err": 0, "result": { "id": null, "uuid": body.len() } }))
    }
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let router = Router::new().route("/api/1/item/", post(answer));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(address)
}
