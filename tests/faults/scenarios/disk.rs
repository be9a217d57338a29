//! The disk is full: the journal's, Postgres's, and one that both share.
//!
//! The disk is a file system in memory, mounted in a namespace of this program's own.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, ensure};
use rollcage_tests::place;

use crate::{
    Run,
    load::{Load, Plan},
    namespace,
    patience::until,
    postgres::Postgres,
    stage::Stage,
};

/// Of the journal's own disk: some segments, so that it is not full before it is filled.
const JOURNAL_MIB: u32 = 192;
/// Of Postgres's: a new cluster has some 40 MiB, its log of writes may have 64, and what is posted
/// has to fit too.
const POSTGRES_MIB: u32 = 512;
/// Posts a second while Postgres's disk is full, where the stage sends as many as go.
const PER_SECOND: u32 = 500;
/// Of a post, so that what was preallocated is used up within some hundred of them.
const PADDING_BYTES: usize = 30_000;
/// Refusals, and afterwards answers with 200, that are waited for.
const ENOUGH: u64 = 50;

/// All three, one after another.
pub async fn full_disk(run: &mut Run<'_>) -> anyhow::Result<()> {
    if !namespace::is_our_own() {
        run.verdict.left_out("mounting takes root");
        return Ok(());
    }
    journals(run).await?;
    postgreses(run).await?;
    shared(run).await
}

/// The journal's disk.
async fn journals(run: &mut Run<'_>) -> anyhow::Result<()> {
    let postgres = Postgres::start().await?;
    let url = postgres.url()?;
    let folder = place::folder("data");
    let disk = Disk::mount(folder.path(), JOURNAL_MIB)?;
    let settings = [("DATABASE_URL", url.as_str())];
    let stage = Stage::begin(run, folder, &settings, Some(&url)).await?;
    fill_and_free(run, &stage, &disk, "journal").await?;
    stage.finish(run).await?;
    postgres.stop().await;
    Ok(())
}

/// One that journal and Postgres share, as those of a server without `DATABASE_URL`.
async fn shared(run: &mut Run<'_>) -> anyhow::Result<()> {
    let folder = place::folder("data");
    let disk = Disk::mount(folder.path(), JOURNAL_MIB + POSTGRES_MIB)?;
    let stage = Stage::begin(run, folder, &[], None).await?;
    fill_and_free(run, &stage, &disk, "shared").await?;
    stage.finish(run).await
}

/// Fills a disk that the journal lies on until posts are refused, and makes room again.
async fn fill_and_free(
    run: &mut Run<'_>,
    stage: &Stage,
    disk: &Disk,
    name: &str,
) -> anyhow::Result<()> {
    let load = heavy_load(run, stage);
    stage.acknowledged(ENOUGH).await?;
    for _ in 0..run.scale.rounds {
        disk.fill()?;
        let wanted = stage.ledger.refused(503) + ENOUGH;
        until("posts are refused with 503 and Retry-After", async || {
            Ok((stage.ledger.refused(503) >= wanted).then_some(()))
        })
        .await?;
        stage
            .endure(Duration::from_secs(run.scale.seconds.into()))
            .await;
        disk.free()?;
        stage.acknowledged(ENOUGH).await?;
    }
    load.end().await;
    let refused = stage.ledger.refused(503);
    run.verdict.note(format!(
        "{name} disk full: {refused} posts refused with Retry-After, then accepted again"
    ));
    Ok(())
}

/// Postgres's disk: ingest goes on.
async fn postgreses(run: &mut Run<'_>) -> anyhow::Result<()> {
    let folder = place::folder("data");
    let mut stage = Stage::begin(run, folder, &[], None).await?;
    let (_, _) = stage.server.terminate().await?;
    let disk = Disk::move_to(&stage.data_dir.join("postgres"), POSTGRES_MIB)?;
    stage.server.start()?;
    stage.server.ready().await?;
    // Few and small: what is accepted meanwhile has to fit once there is room.
    let plan = stage.plan();
    let plan = Plan {
        per_second: Some(plan.per_second.unwrap_or(PER_SECOND)),
        ..plan
    };
    let load = Load::begin(&plan, &stage.ledger, &mut run.chance);
    let mut meanwhile = 0;
    for _ in 0..run.scale.rounds {
        stage.acknowledged(ENOUGH).await?;
        disk.fill()?;
        until("the digest does not get on", async || {
            Ok((stage.server.status("/readyz").await != Some(200)).then_some(()))
        })
        .await?;
        let lasts = Duration::from_secs(run.scale.seconds.into());
        let accepted = stage.endure(lasts).await;
        run.verdict
            .promise(accepted > 0, || "ingest stood still".into());
        meanwhile += accepted;
        disk.free()?;
        stage.server.ready().await?;
    }
    load.end().await;
    run.verdict.note(format!(
        "Postgres's disk full: {meanwhile} posts accepted meanwhile, then digested"
    ));
    stage.finish(run).await
}

fn heavy_load(run: &mut Run<'_>, stage: &Stage) -> Load {
    let plan = Plan {
        padding_bytes: PADDING_BYTES,
        ..stage.plan()
    };
    Load::begin(&plan, &stage.ledger, &mut run.chance)
}

/// A small file system. It is unmounted when it is dropped, and at the latest with our namespace.
struct Disk {
    path: PathBuf,
}

impl Disk {
    /// An empty one on an empty folder, which Postgres's user may pass through.
    fn mount(path: &Path, mib: u32) -> anyhow::Result<Self> {
        let options = format!("size={mib}m,mode=0711");
        let status = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "rollcage-faults"])
            .arg(path)
            .status()?;
        ensure!(status.success(), "a file system cannot be mounted");
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// One in the place of a folder, with what is in that.
    fn move_to(path: &Path, mib: u32) -> anyhow::Result<Self> {
        let before = path.with_extension("before");
        fs::rename(path, &before)?;
        fs::create_dir(path)?;
        let disk = Self::mount(path, mib)?;
        let copied = Command::new("cp")
            .arg("-a")
            .arg(before.join("."))
            .arg(path)
            .status()?;
        ensure!(copied.success(), "what was there cannot be copied");
        fs::remove_dir_all(before)?;
        Ok(disk)
    }

    /// Takes all room that there is.
    fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.filler())?;
        for bytes in [1 << 20, 4096] {
            let zeros = vec![0; bytes];
            loop {
                match file.write_all(&zeros) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => return Err(error).context("filling the disk"),
                }
            }
        }
        Ok(())
    }

    /// Makes room again.
    fn free(&self) -> anyhow::Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.path.join("filler")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily, for something may still be open; the namespace takes what is left.
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
