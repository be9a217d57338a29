//! Making a backup, of an instance that runs or not.

use std::path::Path;

use anyhow::{Context, ensure};
use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::{
    connection::Connection,
    dump,
    folder::{self, Draft},
    manifest::{self, DUMP, Manifest},
    progress::Progress,
};
use crate::{
    clock::Clock,
    cluster::Clients,
    config::Secret,
    journal::copy::Held,
    store::{Db, cursors, snapshots},
};

/// What is in a data folder beside the journal and is not made anew: the tokens' snapshot, by which
/// ingest works before Postgres does.
pub(super) const TOKENS: &str = "tokens.json";
/// Mails that nobody sent, because there is no mail server: the only place where they are.
pub(super) const MAILS: &str = "mail";
/// The dictionaries in use: what was journalled since the snapshot may want one that is not in it.
pub(super) const DICTIONARIES: &str = "dictionaries";

/// What is backed up.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The database.
    pub url: &'a Secret,
    /// Connections to it.
    pub db: &'a Db,
    /// The data folder; `None` where only the database is wanted.
    pub data_dir: Option<&'a Path>,
    /// Where Postgres' programs are, if that is set.
    pub bin_dir: Option<&'a Path>,
}

/// A backup that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// What it says of itself.
    pub manifest: Manifest,
    /// Segments of the journal in it.
    pub segments: usize,
}

/// Makes a backup in `dir`, which must not exist or be empty. One that fails leaves nothing.
pub async fn make(
    source: Source<'_>,
    dir: &Path,
    clock: &Clock,
    progress: Progress,
) -> anyhow::Result<Made> {
    let connection = Connection::new(source.url, source.db)?;
    let major = snapshots::server_major(source.db)
        .await
        .context("asking Postgres for its version")?;
    let bin_dir = source.bin_dir.map(Path::to_owned);
    let clients = spawn_blocking(move || Clients::find(bin_dir.as_deref(), major)).await??;
    let draft = Draft::begin(dir)?;

    // Opened before the snapshot is taken: what the snapshot does not have cannot be deleted now.
    let held = match source.data_dir {
        None => None,
        Some(data_dir) => Some(hold(data_dir).await?),
    };
    progress.say("taking the snapshot");
    let taken_at = clock.now();
    let mut tx = snapshots::begin(source.db)
        .await
        .context("beginning the snapshot")?;
    let snapshot = snapshots::export(&mut tx)
        .await
        .context("exporting the snapshot")?;
    let mut segments = 0;
    let mut journal = None;
    if let Some((held, data_dir)) = held.zip(source.data_dir) {
        journal = Some(held.journal());
        let cursor = cursors::read(&mut *tx, held.journal())
            .await
            .context("reading the cursor")?;
        let first = cursor.map_or(0, |cursor| cursor.segment.unsigned_abs());
        progress.say("copying the journal");
        segments = copy(held, first, data_dir, draft.dir()).await?;
    }
    let manifest = Manifest {
        format: Manifest::format(),
        rollcage: env!("CARGO_PKG_VERSION").to_owned(),
        taken_at,
        ended_at: taken_at,
        schema: snapshots::schema_version(&mut tx)
            .await
            .context("reading the schema's version")?,
        postgres: major,
        pg_dump: clients.major,
        database_bytes: snapshots::size_bytes(&mut *tx)
            .await
            .context("measuring the database")?,
        counts: {
            progress.say("counting");
            let counts = snapshots::counts(&mut *tx).await;
            counts.context("counting what there is; is this a database of rollcage?")?
        },
        journal,
        files: Vec::new(),
    };
    let file = draft.dir().join(DUMP);
    progress.say("dumping the database");
    dump::dump(&connection, &clients, &snapshot, &file, &progress).await?;
    tx.rollback().await.context("ending the snapshot")?;

    let manifest = Manifest {
        ended_at: clock.now(),
        ..manifest
    };
    let (draft, manifest) = spawn_blocking(move || {
        let written = manifest::write(draft.dir(), manifest, &progress);
        written.map(|manifest| (draft, manifest))
    })
    .await??;
    draft.keep();
    Ok(Made { manifest, segments })
}

async fn hold(data_dir: &Path) -> anyhow::Result<Held> {
    let owned = data_dir.to_owned();
    let held = spawn_blocking(move || Held::open(&owned)).await??;
    held.with_context(|| {
        format!(
            "there is no journal in {}: name the data folder of the server (--data-dir), or ask \
             for --database-only",
            data_dir.display()
        )
    })
}

/// Copies the journal from the segment `first` on, and what else is of the data folder.
async fn copy(mut held: Held, first: u64, data_dir: &Path, to: &Path) -> anyhow::Result<usize> {
    let (data_dir, to) = (data_dir.to_owned(), to.to_owned());
    spawn_blocking(move || {
        let name: Uuid = held.journal();
        held.look_again()?;
        let segments = held.copy_from(first, &to)?;
        ensure!(
            crate::journal::copy::name_of(&data_dir)? == Some(name),
            "the journal in {} was replaced meanwhile",
            data_dir.display()
        );
        folder::copy_file(&data_dir.join(TOKENS), &to.join(TOKENS))?;
        for folder in [MAILS, DICTIONARIES] {
            folder::copy_files(&data_dir.join(folder), &to.join(folder))?;
        }
        for file in ["postgresql.conf", "postgresql.auto.conf"] {
            folder::copy_file(&data_dir.join("postgres").join(file), &to.join(file))?;
        }
        Ok(segments)
    })
    .await?
}
