//! Damaged segments, kept for a person to look at.

use std::{
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{disk::Disk, error::Error, segment};

/// Segments kept: enough to see a pattern, at most 256 MiB. Older ones go first.
const SEGMENTS_MAX: usize = 4;

/// The folder of damaged segments, below the journal's.
pub fn dir(journal_dir: &Path) -> PathBuf {
    journal_dir.join("quarantine")
}

/// The numbers of the segments in quarantine, ascending.
pub fn list(disk: &dyn Disk, journal_dir: &Path) -> Result<Vec<u64>, Error> {
    segment::list(disk, &dir(journal_dir))
}

/// Keeps a copy of a segment that stays in use until it is digested.
///
/// The copy is a second name for the same file, which costs neither space nor the reading of a
/// broken disk; sealed segments do not change any more.
pub fn keep(disk: &dyn Disk, journal_dir: &Path, number: u64) -> io::Result<()> {
    let from = segment::path(journal_dir, number);
    let to = segment::path(&dir(journal_dir), number);
    match disk.link(&from, &to) {
        Ok(()) => make_room(disk, journal_dir),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

/// Takes a segment that cannot be read at all out of the journal.
pub fn take(disk: &dyn Disk, journal_dir: &Path, number: u64) -> io::Result<()> {
    let from = segment::path(journal_dir, number);
    disk.rename(&from, &segment::path(&dir(journal_dir), number))?;
    // Where both were names of one file, as `keep` makes them, renaming did nothing.
    match disk.remove(&from) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    make_room(disk, journal_dir)?;
    disk.sync_dir(journal_dir)
}

fn make_room(disk: &dyn Disk, journal_dir: &Path) -> io::Result<()> {
    let numbers = list(disk, journal_dir).map_err(io::Error::other)?;
    let superfluous = numbers.len().saturating_sub(SEGMENTS_MAX);
    for number in numbers.into_iter().take(superfluous) {
        disk.remove(&segment::path(&dir(journal_dir), number))?;
    }
    disk.sync_dir(&dir(journal_dir))
}
