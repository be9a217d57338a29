//! A newer major version for the private Postgres, by dump and restore.
//!
//! The old cluster is only read. It is replaced when the new one is whole, and kept then.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use tokio::task::{block_in_place, spawn_blocking};
use tokio_util::sync::CancellationToken;

use super::{
    connection::Connection,
    dump::{self, Part},
    folder,
    manifest::DUMP,
    progress::{Progress, bytes},
};
use crate::{
    cluster::{
        Clients, Cluster, ClusterSettings,
        next::{self, Next},
    },
    config::Secret,
    store::{
        self,
        snapshots::{self, Counts},
    },
};

/// The dump, the new cluster and its write-ahead log: none is longer than the database.
const TIMES_THE_DATABASE: u64 = 3;
/// What an empty cluster takes, in bytes, with room to spare.
const EMPTY_CLUSTER_BYTES: u64 = 128 << 20;

/// An upgrade that was made.
#[derive(Clone, Debug)]
pub struct Upgraded {
    /// The major version before.
    pub from: u32,
    /// The major version now.
    pub to: u32,
    /// How much there is.
    pub counts: Counts,
    /// Where the old cluster is kept.
    pub kept: PathBuf,
    /// The folder of the programs, where the server does not find them by its settings.
    pub bin_dir_to_set: Option<PathBuf>,
}

/// Moves the private Postgres to the newest version that is installed, or that is in the folder
/// `programs`; `None` where there is no newer one. The caller holds the lock of the data folder.
///
/// One that fails, or is `cancelled`, leaves the old cluster as it was; so does one that is killed.
pub async fn upgrade(
    settings: &ClusterSettings,
    programs: Option<&Path>,
    progress: Progress,
    cancelled: &CancellationToken,
) -> anyhow::Result<Option<Upgraded>> {
    let found = block_in_place(|| Next::find(settings, programs))?;
    let Some(next) = found else {
        return Ok(None);
    };
    let scratch = next::scratch(&settings.data_dir);
    let mut running = None;
    let moved = tokio::select! {
        biased;
        () = cancelled.cancelled() => Err(anyhow::anyhow!("interrupted; the old cluster is as it was")),
        moved = move_over(settings, &next, &scratch, &mut running, &progress) => moved,
    };
    if let Some(cluster) = running {
        cluster.stop().await;
    }
    // It would go at the next start.
    let _ = fs::remove_dir_all(&scratch);
    let replaced = moved.and_then(|counts| {
        let kept = block_in_place(|| next.replace())?;
        Ok((counts, kept))
    });
    match replaced {
        Ok((counts, kept)) => Ok(Some(Upgraded {
            from: next.old_major(),
            to: next.major(),
            counts,
            kept,
            bin_dir_to_set: (!block_in_place(|| next.is_found()))
                .then(|| next.bin_dir().to_owned()),
        })),
        Err(error) => {
            block_in_place(|| next.discard());
            Err(error)
        }
    }
}

/// Dumps the old cluster and restores the next one, which then runs, as `running`.
async fn move_over(
    settings: &ClusterSettings,
    next: &Next,
    scratch: &Path,
    running: &mut Option<Cluster>,
    progress: &Progress,
) -> anyhow::Result<Counts> {
    // As a backup is restored on a newer version: written by the version that the cluster is of,
    // which knows all that is in it, and read by the one that it gets.
    let (old_dir, old_major) = (settings.bin_dir.clone(), next.old_major());
    let (new_dir, new_major) = (next.bin_dir().to_owned(), next.major());
    let (writer, reader) = spawn_blocking(move || {
        let writer = Clients::find(old_dir.as_deref(), old_major)?;
        Clients::find(Some(&new_dir), new_major).map(|reader| (writer, reader))
    })
    .await??;
    let dump = scratch.join(DUMP);

    progress.say("starting the old cluster");
    let old = running.insert(Cluster::start(settings).await?);
    let (url, db) = open(old)?;
    if let Err(error) = store::connect(&db).await {
        bail!(store::unusable(&db, &error));
    }
    let size = snapshots::size_bytes(&db).await?;
    check_room(&settings.data_dir, size)?;
    folder::make_dir(scratch).with_context(|| format!("making {}", scratch.display()))?;
    let mut tx = snapshots::begin(&db).await?;
    let snapshot = snapshots::export(&mut tx).await?;
    let counts = snapshots::counts(&mut *tx).await?;
    let connection = Connection::new(&url, &db)?;
    dump::dump(&connection, &writer, &snapshot, &dump, progress).await?;
    tx.rollback().await?;
    db.close().await;
    if let Some(old) = running.take() {
        old.stop().await;
    }

    progress.say("making the new cluster");
    let new = running.insert(next.start().await?);
    let (url, db) = open(new)?;
    let connection = Connection::new(&url, &db)?;
    progress.say("restoring the database");
    dump::restore(&connection, &reader, &dump, Part::Instance).await?;
    let restored = snapshots::counts(&db).await?;
    ensure!(
        restored == counts,
        "the new cluster is not what the old one is: {restored:?} instead of {counts:?}"
    );
    snapshots::analyze(&db).await?;
    dump::restore(&connection, &reader, &dump, Part::Migrations).await?;
    db.close().await;
    Ok(counts)
}

fn open(cluster: &Cluster) -> anyhow::Result<(Secret, store::Db)> {
    let url: Secret = cluster.url().into();
    let db = store::pool(url.expose(), 2).context("a cluster's own URL is one")?;
    Ok((url, db))
}

fn check_room(data_dir: &Path, database_bytes: u64) -> anyhow::Result<()> {
    let needed = database_bytes * TIMES_THE_DATABASE + EMPTY_CLUSTER_BYTES;
    let disk = rustix::fs::statvfs(data_dir)
        .with_context(|| format!("measuring the disk of {}", data_dir.display()))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    ensure!(
        free >= needed,
        "the disk of {} has {} free, the upgrade may need {}",
        data_dir.display(),
        bytes(free),
        bytes(needed)
    );
    Ok(())
}
