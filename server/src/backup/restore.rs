//! Restoring a backup.

use std::path::Path;

use anyhow::{Context, bail, ensure};
use tokio::task::{block_in_place, spawn_blocking};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    connection::Connection,
    dump::{self, Part},
    folder,
    make::{DICTIONARIES, MAILS, TOKENS},
    manifest::{self, DUMP, Manifest},
    progress::Progress,
    target::{JOURNAL, Target},
};
use crate::{
    cluster::{Clients, Cluster, ClusterSettings},
    config::Secret,
    journal::copy,
    store::{self, Db, cursors, snapshots},
};

/// What is to be restored, and where.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The data folder, and the private Postgres in it.
    pub cluster: &'a ClusterSettings,
    /// The empty database; `None` for a private one.
    pub database_url: Option<&'a Secret>,
    /// Whether the data folder keeps its journal, and only the database is restored.
    pub database_only: bool,
}

/// What was restored.
#[derive(Clone, Debug)]
pub struct Restored {
    /// What the backup says of itself.
    pub manifest: Manifest,
    /// Where the journal was kept: records that neither it nor the database has, because they were
    /// digested after the backup and their segments are deleted.
    pub missing: u64,
}

/// Restores the backup in `dir`, verified first. One that fails, or is `cancelled`, leaves the data
/// folder as it was; one that is killed leaves a mark on it.
pub async fn restore(
    wanted: Wanted<'_>,
    dir: &Path,
    progress: Progress,
    cancelled: &CancellationToken,
) -> anyhow::Result<Restored> {
    let read = dir.to_owned();
    let (manifest, progress) = spawn_blocking(move || {
        manifest::read(&read, &progress).map(|manifest| (manifest, progress))
    })
    .await??;
    let newest = snapshots::newest_schema_version();
    ensure!(
        manifest.schema <= newest,
        "{} was made by rollcage {} with schema {}, this is {} and knows {newest}: install that \
         version or a later one",
        dir.display(),
        manifest.rollcage,
        manifest.schema,
        env!("CARGO_PKG_VERSION")
    );

    let data_dir = wanted.cluster.data_dir.clone();
    let (is_private, database_only) = (wanted.database_url.is_none(), wanted.database_only);
    let target = spawn_blocking(move || Target::begin(&data_dir, is_private, database_only));
    let target = target.await??;
    clear(&target, wanted.cluster).await?;

    let mut cluster = None;
    let restored = tokio::select! {
        biased;
        () = cancelled.cancelled() => Err(anyhow::anyhow!("interrupted; nothing is restored")),
        restored = fill(wanted, dir, &manifest, &target, &mut cluster, &progress) => restored,
    };
    // Stopped in order, so that everything is on disk.
    if let Some(cluster) = cluster {
        cluster.stop().await;
    }
    match restored {
        Ok(missing) => {
            spawn_blocking(move || target.finish()).await??;
            Ok(Restored { manifest, missing })
        }
        Err(error) => {
            spawn_blocking(move || target.clear())
                .await?
                .with_context(|| format!("clearing up after: {error:#}"))?;
            Err(error)
        }
    }
}

/// Takes away what an interrupted restore left.
async fn clear(target: &Target, settings: &ClusterSettings) -> anyhow::Result<()> {
    if !target.is_unfinished() {
        return Ok(());
    }
    // Its Postgres may have outlived it.
    if Cluster::find_running(&settings.data_dir).await?.is_some() {
        Cluster::start(settings).await?.stop().await;
    }
    block_in_place(|| target.clear())
}

/// Everything between marking the folder and taking the mark away. Gives the number of records that
/// are missing.
async fn fill(
    wanted: Wanted<'_>,
    dir: &Path,
    manifest: &Manifest,
    target: &Target,
    cluster: &mut Option<Cluster>,
    progress: &Progress,
) -> anyhow::Result<u64> {
    let journal = manifest.journal.filter(|_| !wanted.database_only);
    let copy = Uuid::new_v4();
    let url: Secret = if let Some(url) = wanted.database_url {
        url.clone()
    } else {
        block_in_place(|| target.mark_unfinished())?;
        progress.say("making the private Postgres");
        cluster
            .insert(Cluster::start(wanted.cluster).await?)
            .url()
            .into()
    };
    let db = store::pool(url.expose(), 1).context("DATABASE_URL is not a Postgres URL")?;
    let clients = prepare(&db, wanted, manifest).await?;
    if wanted.database_url.is_some() {
        block_in_place(|| target.mark_unfinished())?;
    }

    if !wanted.database_only {
        progress.say("putting the journal into its place");
        let (from, to) = (dir.to_owned(), wanted.cluster.data_dir.clone());
        let name = journal.map(|_| copy);
        spawn_blocking(move || put_files(&from, &to, name)).await??;
    }
    progress.say("restoring the database");
    let connection = Connection::new(&url, &db)?;
    let file = dir.join(DUMP);
    let restored = async {
        dump::restore(&connection, &clients, &file, Part::Instance).await?;
        if let Some(original) = journal {
            snapshots::copy_cursor(&db, original, copy).await?;
        }
        let counts = snapshots::counts(&db).await?;
        ensure!(
            counts == manifest.counts,
            "what was restored is not what was backed up: {counts:?} instead of {:?}",
            manifest.counts
        );
        progress.say("looking at what was restored");
        snapshots::analyze(&db).await?;
        dump::restore(&connection, &clients, &file, Part::Migrations).await
    };
    let restored = restored.await;
    if wanted.database_url.is_some() {
        restored.context(
            "the database holds a part of the backup, on which no server starts: drop it, create \
             it anew and restore again",
        )?;
    } else {
        restored?;
    }
    let missing = missing(&db, wanted).await?;
    db.close().await;
    Ok(missing)
}

/// Looks whether the database may be filled, and by which programs.
async fn prepare(db: &Db, wanted: Wanted<'_>, manifest: &Manifest) -> anyhow::Result<Clients> {
    if let Err(error) = store::connect(db).await {
        bail!(store::unusable(db, &error));
    }
    let major = snapshots::server_major(db)
        .await
        .context("asking Postgres for its version")?;
    ensure!(
        major >= manifest.postgres,
        "the backup is of PostgreSQL {}, and this is {major}: an older one may not understand it",
        manifest.postgres
    );
    if wanted.database_url.is_some() {
        ensure!(
            snapshots::is_empty(db).await?,
            "the database is not empty: a restore wants a new one"
        );
        ensure!(
            snapshots::other_sessions(db).await? == 0,
            "a server is connected to the database: stop it first"
        );
    }
    let bin_dir = wanted.cluster.bin_dir.clone();
    let oldest = major.max(manifest.pg_dump);
    Ok(spawn_blocking(move || Clients::find(bin_dir.as_deref(), oldest)).await??)
}

/// Copies what a backup has of a data folder. **Blocks**.
fn put_files(dir: &Path, data_dir: &Path, name: Option<Uuid>) -> anyhow::Result<()> {
    folder::copy_file(&dir.join(TOKENS), &data_dir.join(TOKENS))?;
    for folder in [MAILS, DICTIONARIES] {
        folder::copy_files(&dir.join(folder), &data_dir.join(folder))?;
    }
    if let Some(name) = name {
        folder::copy_files(&dir.join(JOURNAL), &data_dir.join(JOURNAL))?;
        copy::rename(data_dir, name)?;
    }
    Ok(())
}

/// How many records lie between the restored cursor of a journal that was kept and its beginning.
async fn missing(db: &Db, wanted: Wanted<'_>) -> anyhow::Result<u64> {
    if !wanted.database_only {
        return Ok(0);
    }
    let data_dir = wanted.cluster.data_dir.clone();
    let kept = spawn_blocking(move || {
        let name = copy::name_of(&data_dir)?;
        copy::first_sequence(&data_dir).map(|first| name.zip(first))
    });
    let Some((journal, first)) = kept.await?? else {
        return Ok(0);
    };
    let cursor = cursors::read(db, journal).await?;
    Ok(cursor.map_or(0, |cursor| {
        first.saturating_sub(cursor.sequence.unsigned_abs())
    }))
}
