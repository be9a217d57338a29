//! The few operations of a file system that the journal's promises rest on.
//!
//! [`System`] is the one that runs; the tests have a disk that loses at a crash whatever was not
//! synced. Beside a system call the indirection costs nothing.

use std::{
    ffi::OsString,
    fmt,
    fs::{self, DirBuilder},
    io::{self, ErrorKind},
    os::unix::fs::{DirBuilderExt, FileExt},
    path::Path,
};

use crate::room::Room;

/// Names and folders. What it changes is durable once the folder of the name was synced.
pub trait Disk: fmt::Debug + Send + Sync {
    /// Opens a file to read it.
    fn open(&self, path: &Path) -> io::Result<Box<dyn File>>;
    /// Opens a file to read and change it.
    fn edit(&self, path: &Path) -> io::Result<Box<dyn File>>;
    /// Makes an empty file and opens it to change it; one of this name is emptied.
    fn create(&self, path: &Path) -> io::Result<Box<dyn File>>;
    /// Gives a file another name, in place of what has it.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Gives a file a second name, or makes a copy where the file system has no second names.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a name away.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder that only its owner may look into; fine if it is there.
    fn make_dir(&self, dir: &Path) -> io::Result<()>;
    /// The names in a folder, in any order.
    fn names(&self, dir: &Path) -> io::Result<Vec<OsString>>;
    /// Makes the names in a folder durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// How much room there is for what lies in a folder.
    fn room(&self, dir: &Path) -> io::Result<Room>;
}

/// An open file. What it changes is durable once it was synced.
pub trait File: fmt::Debug + Send + Sync {
    /// Reads what there is at an offset, at most as much as there is room for; 0 at the end.
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `bytes` at an offset.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Cuts or extends it.
    fn set_bytes(&self, bytes: u64) -> io::Result<()>;
    /// How long it is.
    fn bytes(&self) -> io::Result<u64>;
    /// Makes the content durable, and its length as far as reading needs it.
    fn sync_data(&self) -> io::Result<()>;
    /// Makes everything about it durable but its name.
    fn sync_all(&self) -> io::Result<()>;
}

/// The system's file systems.
#[derive(Debug)]
pub struct System;

impl Disk for System {
    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        Ok(Box::new(fs::File::open(path)?))
    }

    fn edit(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let file = fs::File::options().read(true).write(true).open(path)?;
        Ok(Box::new(file))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn File>> {
        Ok(Box::new(fs::File::create(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        match fs::hard_link(from, to) {
            Err(error)
                if !matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) =>
            {
                fs::copy(from, to).map(drop)
            }
            linked => linked,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)
    }

    fn names(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        fs::read_dir(dir)?
            .map(|entry| Ok(entry?.file_name()))
            .collect()
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        // The folder of a bare name is the one we are in.
        let dir = if dir.as_os_str().is_empty() {
            Path::new(".")
        } else {
            dir
        };
        fs::File::open(dir)?.sync_all()
    }

    fn room(&self, dir: &Path) -> io::Result<Room> {
        Room::of(dir)
    }
}

impl File for fs::File {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, bytes, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, offset)
    }

    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    fn bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn sync_data(&self) -> io::Result<()> {
        fs::File::sync_data(self)
    }

    fn sync_all(&self) -> io::Result<()> {
        fs::File::sync_all(self)
    }
}
