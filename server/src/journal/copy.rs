//! Copies of a journal's segments, for a backup, also while they are written.
//!
//! A group is written and synced before the next one is written, so what the newest segment holds is
//! always a prefix of what it will hold. A copy that read it from the front would lose that: it could
//! miss a group and still hold a later one, whose marker calls the missing bytes synced, and that is
//! damage. So it is **read from the end**: whatever was there when a later part was read is there
//! when an earlier one is. What a copy lacks is then only its end, as after a crash, and
//! [`recovery`](super::recovery) cuts it in the same way.
//!
//! The files are opened first and copied then: the digest may delete one in between.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, ErrorKind},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use uuid::Uuid;

use super::{
    disk::System,
    error::Error,
    segment::{self, Header},
};

/// Bytes that are read at a time; so many zeros at the end of a segment are not copied.
const CHUNK_BYTES: usize = 256 << 10;

/// The journal's folder in a data folder, as [`Settings`](super::Settings) have it.
const FOLDER: &str = "journal";

/// The segments of a journal, held open: they stay readable when they are deleted.
#[derive(Debug)]
pub struct Held {
    dir: PathBuf,
    journal: Uuid,
    files: BTreeMap<u64, File>,
}

impl Held {
    /// Opens all segments of the journal in `data_dir`; `None` if there is no journal. **Blocks**.
    pub fn open(data_dir: &Path) -> Result<Option<Held>, Error> {
        let dir = folder(data_dir);
        let Some(journal) = name(&dir)? else {
            return Ok(None);
        };
        let mut held = Held {
            dir,
            journal,
            files: BTreeMap::new(),
        };
        held.look_again()?;
        Ok(Some(held))
    }

    /// Opens the segments that were begun since. **Blocks**.
    pub fn look_again(&mut self) -> Result<(), Error> {
        for number in segment::list(&System, &self.dir)? {
            if self.files.contains_key(&number) {
                continue;
            }
            let path = segment::path(&self.dir, number);
            match File::open(&path) {
                Ok(file) => drop(self.files.insert(number, file)),
                // Digested and deleted since it was listed.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(Error::at(&path)(error)),
            }
        }
        Ok(())
    }

    /// The journal's name.
    pub fn journal(&self) -> Uuid {
        self.journal
    }

    /// Copies the segments from that number on into a journal's folder that is made for them, below
    /// `target_dir`, and syncs them; gives their number. **Blocks**.
    ///
    /// Everything that was acknowledged before the call is in the copy.
    pub fn copy_from(&self, first: u64, target_dir: &Path) -> Result<usize, Error> {
        let to = folder(target_dir);
        fs::create_dir(&to).map_err(Error::at(&to))?;
        // The newest first: when it was listed, those before it had been sealed.
        let files = self.files.range(first..).rev();
        let mut copied = 0;
        for (number, file) in files {
            let path = segment::path(&to, *number);
            copy(file, &path).map_err(Error::at(&path))?;
            copied += 1;
        }
        File::open(&to)
            .and_then(|dir| dir.sync_all())
            .map_err(Error::at(&to))?;
        Ok(copied)
    }
}

/// Where the journal of a data folder begins: the number of its first record that is still there;
/// `None` if there is no journal. **Blocks**.
pub fn first_sequence(data_dir: &Path) -> Result<Option<u64>, Error> {
    let dir = folder(data_dir);
    for number in segment::list(&System, &dir)? {
        if let Some(header) = Header::read(&System, &segment::path(&dir, number))? {
            return Ok(Some(header.first_sequence));
        }
    }
    Ok(None)
}

/// The name of the journal in `data_dir`; `None` if there is none. **Blocks**.
pub fn name_of(data_dir: &Path) -> Result<Option<Uuid>, Error> {
    name(&folder(data_dir))
}

/// Gives the journal in `data_dir`, which nobody has opened, another name. **Blocks**.
///
/// A copy is another journal than what it was copied of: both go on from the same record, and one
/// database that knew both by one name would take what one has for what the other had.
pub fn rename(data_dir: &Path, journal: Uuid) -> Result<(), Error> {
    let dir = folder(data_dir);
    for number in segment::list(&System, &dir)? {
        let path = segment::path(&dir, number);
        // Without a header it is set aside when the journal is opened.
        let Some(header) = Header::read(&System, &path)? else {
            continue;
        };
        let page = Header { journal, ..header }.page();
        File::options()
            .write(true)
            .open(&path)
            .and_then(|file| {
                file.write_all_at(&page, 0)?;
                file.sync_all()
            })
            .map_err(Error::at(&path))?;
    }
    Ok(())
}

fn folder(data_dir: &Path) -> PathBuf {
    data_dir.join(FOLDER)
}

/// The name of the newest segment that says one.
fn name(dir: &Path) -> Result<Option<Uuid>, Error> {
    for number in segment::list(&System, dir)?.into_iter().rev() {
        if let Some(header) = Header::read(&System, &segment::path(dir, number))? {
            return Ok(Some(header.journal));
        }
    }
    Ok(None)
}

fn copy(from: &File, path: &Path) -> io::Result<()> {
    let to = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    let bytes = from.metadata()?.len();
    copy_from_its_end(bytes, |chunk, at| read_at(from, chunk, at), &to)?;
    to.sync_all()
}

/// Copies the bytes that `read` gives for an offset, the last ones first.
pub(super) fn copy_from_its_end(
    bytes: u64,
    mut read: impl FnMut(&mut [u8], u64) -> io::Result<usize>,
    to: &File,
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let chunk_bytes = CHUNK_BYTES as u64;
    let mut is_behind_the_end = true;
    for number in (0..bytes.div_ceil(chunk_bytes)).rev() {
        let at = number * chunk_bytes;
        // It may have been cut meanwhile: what is not there any more is zeros.
        let filled = read(&mut chunk, at)?;
        let filled = &chunk[..filled];
        is_behind_the_end = is_behind_the_end && filled.iter().all(|byte| *byte == 0);
        if !is_behind_the_end {
            to.write_all_at(filled, at)?;
        }
    }
    Ok(())
}

/// Reads until the chunk is full or the file ends.
fn read_at(file: &File, chunk: &mut [u8], at: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < chunk.len() {
        match file.read_at(&mut chunk[filled..], at + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
