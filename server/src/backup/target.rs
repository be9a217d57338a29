//! A data folder while it is restored.

use std::{
    fs::{self, DirBuilder},
    io::ErrorKind,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::{
    folder::{sync_dir, write_whole},
    make::{DICTIONARIES, MAILS, TOKENS},
};
use crate::journal::{DataDirLock, UNFINISHED};

/// The private Postgres in a data folder.
pub const CLUSTER: &str = "postgres";
/// The journal in a data folder.
pub const JOURNAL: &str = "journal";

/// A data folder that nobody else may use until it is whole.
#[derive(Debug)]
pub struct Target {
    data_dir: PathBuf,
    /// What the restore makes in it.
    names: Vec<&'static str>,
    _lock: DataDirLock,
}

impl Target {
    /// Takes a folder that has none of what is to be restored. What an interrupted restore left of
    /// it has to be [cleared](Self::clear) first. **Blocks**.
    pub fn begin(data_dir: &Path, is_private: bool, database_only: bool) -> anyhow::Result<Self> {
        if !data_dir.is_dir() {
            // As the server makes it: the private Postgres's user has to pass through.
            DirBuilder::new()
                .recursive(true)
                .mode(0o711)
                .create(data_dir)
                .with_context(|| format!("making {}", data_dir.display()))?;
        }
        let lock = DataDirLock::acquire_to_restore(data_dir)?;
        let mut names = Vec::new();
        if is_private {
            names.push(CLUSTER);
        }
        if !database_only {
            names.extend([JOURNAL, TOKENS, MAILS, DICTIONARIES]);
        }
        let target = Self {
            data_dir: data_dir.to_owned(),
            names,
            _lock: lock,
        };
        if !target.is_unfinished() {
            target.refuse_what_is_there()?;
        }
        Ok(target)
    }

    /// Whether a restore into it was interrupted.
    pub fn is_unfinished(&self) -> bool {
        self.mark().exists()
    }

    /// Marks the folder: from here on what it holds is no instance. **Blocks**.
    pub fn mark_unfinished(&self) -> anyhow::Result<()> {
        write_whole(&self.mark(), self.names.join("\n").as_bytes())
            .with_context(|| format!("writing {}", self.mark().display()))
    }

    /// Takes away what the interrupted restore made, and nothing else. No Postgres runs on it.
    /// **Blocks**.
    pub fn clear(&self) -> anyhow::Result<()> {
        let mark = self.mark();
        let made = match fs::read_to_string(&mark) {
            Ok(made) => made,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error).with_context(|| format!("reading {}", mark.display())),
        };
        for name in [CLUSTER, JOURNAL, TOKENS, MAILS, DICTIONARIES] {
            if made.lines().any(|line| line == name) {
                remove(&self.data_dir.join(name))?;
            }
        }
        // Only now it is an ordinary folder, which may hold something else by now.
        fs::remove_file(&mark)
            .and_then(|()| sync_dir(&self.data_dir))
            .with_context(|| format!("removing {}", mark.display()))?;
        self.refuse_what_is_there()
    }

    /// Everything is there and durable: the folder is an instance now. **Blocks**.
    pub fn finish(self) -> anyhow::Result<()> {
        sync_dir(&self.data_dir)
            .and_then(|()| fs::remove_file(self.mark()))
            .and_then(|()| sync_dir(&self.data_dir))
            .with_context(|| format!("removing {}", self.mark().display()))
    }

    fn refuse_what_is_there(&self) -> anyhow::Result<()> {
        for name in &self.names {
            let path = self.data_dir.join(name);
            if path.symlink_metadata().is_ok() {
                bail!(
                    "{} is there already: a restore wants a folder without it; move it away first",
                    path.display()
                );
            }
        }
        Ok(())
    }

    fn mark(&self) -> PathBuf {
        self.data_dir.join(UNFINISHED)
    }
}

fn remove(path: &Path) -> anyhow::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    removed.with_context(|| format!("removing {}", path.display()))
}
