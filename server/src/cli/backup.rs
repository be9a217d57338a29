//! Commands about backups, and the upgrade of the private Postgres, which is made of the same parts.

use std::path::Path;

use anyhow::{Context, bail};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::database::{Database, cluster_settings};
use crate::{
    backup::{self, Manifest, Progress, Source, Wanted},
    clock::Clock,
    config::Config,
    journal::DataDirLock,
};

pub async fn make(config: &Config, dir: &Path, database_only: bool) -> anyhow::Result<()> {
    let cancelled = cancelled_by_signals()?;
    let database = Database::reach(config).await?;
    let source = Source {
        url: &database.url,
        db: &database.db,
        data_dir: (!database_only).then_some(&*config.data_dir),
        bin_dir: config.postgres_bin_dir.as_deref(),
    };
    let clock = Clock::default();
    let made = tokio::select! {
        biased;
        () = cancelled.cancelled() => Err(anyhow::anyhow!("interrupted; there is no backup")),
        made = backup::make(source, dir, &clock, Progress::default()) => made,
    };
    database.close().await;
    let made = made?;
    println!("backed up to {}", dir.display());
    describe(&made.manifest);
    Ok(())
}

pub async fn verify(dir: &Path) -> anyhow::Result<()> {
    let owned = dir.to_owned();
    let manifest =
        tokio::task::spawn_blocking(move || backup::verify(&owned, &Progress::default())).await??;
    println!("{} is whole", dir.display());
    describe(&manifest);
    Ok(())
}

pub async fn restore(config: &Config, dir: &Path, database_only: bool) -> anyhow::Result<()> {
    let cancelled = cancelled_by_signals()?;
    let settings = cluster_settings(config);
    let wanted = Wanted {
        cluster: &settings,
        database_url: config.database_url.as_ref(),
        database_only,
    };
    let restored = backup::restore(wanted, dir, Progress::default(), &cancelled).await?;
    println!("restored {}", dir.display());
    describe(&restored.manifest);
    if restored.missing > 0 {
        println!(
            "missing: {} records that were digested after the backup, in segments of the journal \
             that are deleted",
            restored.missing
        );
    }
    println!("`rollcage serve` goes on from here, and digests what the journal holds");
    Ok(())
}

pub async fn upgrade_cluster(config: &Config, programs: Option<&Path>) -> anyhow::Result<()> {
    if config.database_url.is_some() {
        bail!("there is no private Postgres: DATABASE_URL names the database");
    }
    let cancelled = cancelled_by_signals()?;
    let _lock = DataDirLock::acquire(&config.data_dir).context("stop the server first")?;
    let settings = cluster_settings(config);
    let upgraded = backup::upgrade(&settings, programs, Progress::default(), &cancelled).await?;
    let Some(upgraded) = upgraded else {
        println!("no newer PostgreSQL is installed; nothing was done");
        return Ok(());
    };
    println!(
        "the private Postgres is PostgreSQL {} now, it was {}; items: {}, occurrences: {}",
        upgraded.to, upgraded.from, upgraded.counts.items, upgraded.counts.occurrences
    );
    println!(
        "the old cluster is kept in {}: remove it when all is well; what was changed in its \
         postgresql.conf is not taken over",
        upgraded.kept.display()
    );
    if let Some(dir) = upgraded.bin_dir_to_set {
        println!(
            "set postgres_bin_dir to {} before the server starts",
            dir.display()
        );
    }
    Ok(())
}

fn describe(manifest: &Manifest) {
    let counts = &manifest.counts;
    println!(
        "taken at:    {} by rollcage {} of PostgreSQL {}, in {} s",
        manifest.taken_at.format("%Y-%m-%d %H:%M:%S UTC"),
        manifest.rollcage,
        manifest.postgres,
        (manifest.ended_at - manifest.taken_at).num_seconds()
    );
    println!(
        "database:    {} (projects: {}, items: {}, occurrences: {})",
        backup::bytes(manifest.bytes_in("database.dump")),
        counts.projects,
        counts.items,
        counts.occurrences
    );
    match manifest.journal {
        Some(_) => println!(
            "journal:     {}",
            backup::bytes(manifest.bytes_in("journal/"))
        ),
        None => println!("journal:     not in it"),
    }
    println!("altogether:  {}", backup::bytes(manifest.bytes_in("")));
}

/// Told by Ctrl-C and SIGTERM, so that what was begun is put in order.
fn cancelled_by_signals() -> anyhow::Result<CancellationToken> {
    let cancelled = CancellationToken::new();
    for kind in [SignalKind::interrupt(), SignalKind::terminate()] {
        let mut told = signal(kind)?;
        let cancelled = cancelled.clone();
        tokio::spawn(async move {
            told.recv().await;
            cancelled.cancel();
        });
    }
    Ok(cancelled)
}
