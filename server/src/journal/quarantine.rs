//! Damaged segments, kept for a person to look at.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use super::{error::Error, segment};

/// Segments kept: enough to see a pattern, at most 256 MiB. Older ones go first.
const SEGMENTS_MAX: usize = 4;

/// The folder of damaged segments, below the journal's.
pub fn dir(journal_dir: &Path) -> PathBuf {
    journal_dir.join("quarantine")
}

/// The numbers of the segments in quarantine, ascending.
pub fn list(journal_dir: &Path) -> Result<Vec<u64>, Error> {
    segment::list(&dir(journal_dir))
}

/// Keeps a copy of a segment that stays in use until it is digested.
///
/// The copy is a second name for the same file, which costs neither space nor the reading of a
/// broken disk; sealed segments do not change any more.
pub fn keep(journal_dir: &Path, number: u64) -> io::Result<()> {
    let from = segment::path(journal_dir, number);
    let to = segment::path(&dir(journal_dir), number);
    match fs::hard_link(&from, &to) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(error),
        // The file system may have no second names.
        Err(_) => {
            fs::copy(&from, &to)?;
        }
    }
    make_room(journal_dir)
}

/// Takes a segment that cannot be read at all out of the journal.
pub fn take(journal_dir: &Path, number: u64) -> io::Result<()> {
    let from = segment::path(journal_dir, number);
    fs::rename(&from, segment::path(&dir(journal_dir), number))?;
    // Where both were names of one file, as `keep` makes them, renaming did nothing.
    if fs::exists(&from)? {
        fs::remove_file(&from)?;
    }
    make_room(journal_dir)?;
    segment::sync_dir(journal_dir)
}

fn make_room(journal_dir: &Path) -> io::Result<()> {
    let numbers = list(journal_dir).map_err(io::Error::other)?;
    let superfluous = numbers.len().saturating_sub(SEGMENTS_MAX);
    for number in numbers.into_iter().take(superfluous) {
        fs::remove_file(segment::path(&dir(journal_dir), number))?;
    }
    segment::sync_dir(&dir(journal_dir))
}
