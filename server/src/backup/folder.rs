//! A backup's folder while it is written.

use std::{
    fs::{self, DirBuilder, File, Permissions},
    io::{self, ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};

/// A folder that is to become a backup. Dropped before that, it takes away what it holds.
#[derive(Debug)]
pub struct Draft {
    dir: PathBuf,
    is_new: bool,
    is_whole: bool,
}

impl Draft {
    /// Makes the folder, where only we may look, or takes one that is empty.
    pub fn begin(dir: &Path) -> anyhow::Result<Self> {
        let is_new = match fs::read_dir(dir) {
            Ok(mut entries) => {
                ensure!(
                    entries.next().is_none(),
                    "{} is not empty: each backup has a folder of its own",
                    dir.display()
                );
                fs::set_permissions(dir, Permissions::from_mode(0o700))
                    .with_context(|| format!("closing {} to others", dir.display()))?;
                false
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                make_dir(dir).with_context(|| format!("making {}", dir.display()))?;
                true
            }
            Err(error) => {
                return Err(error).with_context(|| format!("looking into {}", dir.display()));
            }
        };
        Ok(Self {
            dir: dir.to_owned(),
            is_new,
            is_whole: false,
        })
    }

    /// Where it is.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// It is a backup now, and stays.
    pub fn keep(mut self) {
        self.is_whole = true;
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.is_whole {
            return;
        }
        // Best effort: without its sums it is no backup. A folder that was there stays.
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let _ = match entry.file_type() {
                Ok(kind) if kind.is_dir() => fs::remove_dir_all(path),
                _ => fs::remove_file(path),
            };
        }
        if self.is_new {
            let _ = fs::remove_dir(&self.dir);
        }
    }
}

/// Makes a folder, and those above it, where only we may look.
pub fn make_dir(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Makes a file that only we may read.
pub fn create(path: &Path) -> io::Result<File> {
    File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Writes a file that is there whole or not at all, also after a crash.
pub fn write_whole(path: &Path, content: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = create(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    sync_dir(path.parent().unwrap_or(Path::new(".")))
}

/// Copies a file, readable for us alone; false if there is none.
pub fn copy_file(from: &Path, to: &Path) -> anyhow::Result<bool> {
    let mut source = match File::open(from) {
        Ok(source) => source,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error).with_context(|| format!("reading {}", from.display())),
    };
    create(to)
        .and_then(|mut target| {
            io::copy(&mut source, &mut target)?;
            target.sync_all()
        })
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))?;
    Ok(true)
}

/// Copies the files of a folder, not those of folders in it; nothing if there is no such folder.
pub fn copy_files(from: &Path, to: &Path) -> anyhow::Result<()> {
    let entries = match fs::read_dir(from) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("reading {}", from.display())),
    };
    make_dir(to).with_context(|| format!("making {}", to.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("reading {}", from.display()))?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_file {
            copy_file(&entry.path(), &to.join(entry.file_name()))?;
        }
    }
    sync_dir(to).with_context(|| format!("writing {}", to.display()))
}

/// Makes the names in a folder durable.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
