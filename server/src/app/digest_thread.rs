//! The thread that digests.
//!
//! A batch asks Postgres some twenty times, one after the other. Among the tasks of ingest each answer
//! would wait for its turn behind dozens of requests, and under full load the digest would fall behind
//! although there is time for it. On a thread of its own it waits for nobody but the scheduler.

use anyhow::Context;
use tokio::runtime::Builder;

use super::Parts;
use crate::{
    digest::Worker,
    store::{self, Db},
};

/// The transaction has one; what a batch asks beside it has the other.
const CONNECTIONS: u32 = 2;

/// Starts it; it ends with the other tasks. Gives the connections that it has.
///
/// # Errors
/// When the system has no thread left, or `url` is not a Postgres URL.
pub fn spawn(parts: &Parts, url: &str) -> anyhow::Result<Db> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .context("the digest has no runtime")?;
    let db = {
        let _within = runtime.enter();
        store::pool(url, CONNECTIONS).context("DATABASE_URL is not a Postgres URL")?
    };
    let worker = Worker {
        db: db.clone(),
        journal: parts.ingest.journal.folder().clone(),
        health: parts.health.clone(),
        usage: parts.ingest.usage.clone(),
        clock: parts.clock.clone(),
    };
    let (task, cancelled, connections) = (parts.tasks.token(), parts.cancelled.clone(), db.clone());
    std::thread::Builder::new()
        .name("digest".into())
        .spawn(move || {
            runtime.block_on(async {
                worker.run_until(cancelled).await;
                connections.close().await;
            });
            drop(task);
        })
        .context("the digest has no thread")?;
    Ok(db)
}
