//! What a backup says of itself, and whether it is what it says.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{ErrorKind, Read},
    path::{Component, Path},
};

use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    folder::{sync_dir, write_whole},
    progress::Progress,
};
use crate::store::snapshots::Counts;

/// The version of the format. Another program reads it only if it knows it.
const FORMAT: u32 = 1;
/// The file with the facts.
const FACTS: &str = "manifest.json";
/// The file with the hashes, as `sha256sum --check` reads it.
const SUMS: &str = "SHA256SUMS";

/// The dump.
pub const DUMP: &str = "database.dump";

/// What a backup says of itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// The format's version.
    pub format: u32,
    /// The version of the program that made it.
    pub rollcage: String,
    /// When the snapshot was taken.
    pub taken_at: DateTime<Utc>,
    /// When it was whole.
    pub ended_at: DateTime<Utc>,
    /// The newest migration of the database's schema.
    pub schema: i64,
    /// The major version of the server.
    pub postgres: u32,
    /// The major version of `pg_dump`.
    pub pg_dump: u32,
    /// What the database took on disk, in bytes.
    pub database_bytes: u64,
    /// How much there was in the database; what the journal holds comes on top.
    pub counts: Counts,
    /// The journal that is in it; none where only the database is.
    pub journal: Option<Uuid>,
    /// The other files.
    pub files: Vec<FileEntry>,
}

/// A file of a backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its path in the backup's folder.
    pub path: String,
    /// Its length.
    pub bytes: u64,
}

impl Manifest {
    /// The format that this program writes and reads.
    pub const fn format() -> u32 {
        FORMAT
    }

    /// Length of the files whose path begins so.
    pub fn bytes_in(&self, prefix: &str) -> u64 {
        let files = self.files.iter();
        files
            .filter(|file| file.path.starts_with(prefix))
            .map(|file| file.bytes)
            .sum()
    }
}

/// Hashes and syncs what is in `dir` and writes manifest and sums, the sums last. **Blocks**.
pub fn write(dir: &Path, mut manifest: Manifest, progress: &Progress) -> anyhow::Result<Manifest> {
    let mut sums = String::new();
    for path in files_below(dir)? {
        progress.say(&format!("hashing {path}"));
        let whole = dir.join(&path);
        let (bytes, sha256) = hash(&whole)?;
        File::open(&whole)
            .and_then(|file| file.sync_all())
            .with_context(|| format!("writing {}", whole.display()))?;
        sum_line(&mut sums, &sha256, &path);
        manifest.files.push(FileEntry { path, bytes });
    }
    let facts = serde_json::to_vec_pretty(&manifest).context("writing the manifest")?;
    write_whole(&dir.join(FACTS), &facts)
        .with_context(|| format!("writing {}", dir.join(FACTS).display()))?;
    sum_line(&mut sums, &hex(&Sha256::digest(&facts)), FACTS);
    write_whole(&dir.join(SUMS), sums.as_bytes())
        .with_context(|| format!("writing {}", dir.join(SUMS).display()))?;
    // The folder's own name.
    if let Some(parent) = dir.canonicalize().ok().as_deref().and_then(Path::parent) {
        match sync_dir(parent) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            done => done.with_context(|| format!("writing {}", parent.display()))?,
        }
    }
    Ok(manifest)
}

/// Reads the backup in `dir`, and holds each of its files against its hash. **Blocks**.
///
/// # Errors
/// Whatever is missing, unfinished or not as it was written.
pub fn read(dir: &Path, progress: &Progress) -> anyhow::Result<Manifest> {
    let sums = match fs::read_to_string(dir.join(SUMS)) {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "{} is no backup, or one that was not finished: it has no {SUMS}",
            dir.display()
        ),
        read => read.with_context(|| format!("reading {}", dir.join(SUMS).display()))?,
    };
    let sums: Vec<(&str, &str)> = sums
        .lines()
        .map(|line| {
            line.split_once("  ")
                .with_context(|| format!("{} is damaged", dir.join(SUMS).display()))
        })
        .collect::<anyhow::Result<_>>()?;
    let sum_of = |path: &str| {
        sums.iter()
            .find(|(_, named)| *named == path)
            .map(|(sum, _)| *sum)
            .with_context(|| format!("{} is damaged: it has no {path}", dir.join(SUMS).display()))
    };
    check(dir, FACTS, sum_of(FACTS)?)?;
    let facts = fs::read(dir.join(FACTS)).context("reading the manifest")?;
    let format: Format = serde_json::from_slice(&facts).context("reading the manifest")?;
    ensure!(
        format.format == FORMAT,
        "{} has format {}, this version of rollcage reads {FORMAT}",
        dir.display(),
        format.format
    );
    let manifest: Manifest = serde_json::from_slice(&facts).context("reading the manifest")?;
    for file in &manifest.files {
        progress.say(&format!("checking {}", file.path));
        let inside = Path::new(&file.path)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        ensure!(inside, "the backup names a file elsewhere: {}", file.path);
        check(dir, &file.path, sum_of(&file.path)?)?;
    }
    Ok(manifest)
}

/// The part of a manifest that every version of it has.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

fn check(dir: &Path, path: &str, wanted: &str) -> anyhow::Result<()> {
    let whole = dir.join(path);
    let (_, found) = hash(&whole)?;
    ensure!(
        found == wanted,
        "{} is damaged: it is not what was backed up",
        whole.display()
    );
    Ok(())
}

/// Paths of all files in `dir` and in its folders, in order.
fn files_below(dir: &Path) -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let whole = dir.join(&folder);
        for entry in fs::read_dir(&whole).with_context(|| format!("reading {}", whole.display()))? {
            let entry = entry.with_context(|| format!("reading {}", whole.display()))?;
            let name = entry.file_name().into_string();
            let name = name.map_err(|name| anyhow::anyhow!("{} is not UTF-8", name.display()))?;
            let path = format!("{folder}{name}");
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(format!("{path}/"));
            } else {
                found.push(path);
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn hash(path: &Path) -> anyhow::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut bytes = 0;
    let mut chunk = vec![0; 256 << 10];
    let mut file = File::open(path).with_context(|| format!("reading {}", path.display()))?;
    loop {
        let read = file
            .read(&mut chunk)
            .with_context(|| format!("reading {}", path.display()))?;
        if read == 0 {
            return Ok((bytes, hex(&hasher.finalize())));
        }
        hasher.update(&chunk[..read]);
        bytes += read as u64;
    }
}

fn sum_line(sums: &mut String, sha256: &str, path: &str) {
    writeln!(sums, "{sha256}  {path}").expect("a string takes what is written");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes what is written");
        text
    })
}
