//! One file of the journal: its name, its header, making and sealing it.

use std::{
    io,
    path::{Path, PathBuf},
};

use crc32fast::Hasher;
use uuid::Uuid;

use super::{
    disk::{Disk, File},
    error::Error,
    record::Salt,
    window,
};

/// The version of the format of header and records.
pub const FORMAT: u32 = 1;

/// Where the records begin: the header has a page of its own, so that a record's torn page never
/// takes the header with it.
pub const START: u64 = PAGE_BYTES as u64;
const PAGE_BYTES: usize = 4096;

const MAGIC: [u8; 8] = *b"rollcage";
const ENCODED_BYTES: usize = 60;

/// Where the header is: twice, in different sectors of its page, so that damage to one costs a
/// segment nothing.
const COPIES: [usize; 2] = [0, 2048];

const EXTENSION: &str = "segment";

/// What the first page of a segment says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The journal it belongs to.
    pub journal: Uuid,
    /// Mixed into its records.
    pub salt: Salt,
    /// Its number, which is also its name.
    pub number: u64,
    /// The sequence of its first record.
    pub first_sequence: u64,
}

impl Header {
    /// Reads the header of the segment at `path`; `None` if it is damaged or not one.
    pub fn read(disk: &dyn Disk, path: &Path) -> Result<Option<Header>, Error> {
        let file = match disk.open(path) {
            Err(error) if window::is_damage(&error) => return Ok(None),
            opened => opened.map_err(Error::at(path))?,
        };
        for at in COPIES {
            let mut bytes = [0; ENCODED_BYTES];
            // What the disk cannot give back comes as zeros, and is damage. Any other error is none:
            // it must not cost a good segment.
            window::fill(&mut bytes, at as u64, |bytes, at| file.read_at(bytes, at))
                .map_err(Error::at(path))?;
            match Header::decode(&bytes) {
                Some((FORMAT, header)) => return Ok(Some(header)),
                Some((found, _)) => {
                    return Err(Error::Format {
                        path: path.to_owned(),
                        found,
                    });
                }
                None => {}
            }
        }
        Ok(None)
    }

    /// The page that it fills.
    pub fn page(&self) -> [u8; PAGE_BYTES] {
        let mut page = [0; PAGE_BYTES];
        for at in COPIES {
            page[at..at + ENCODED_BYTES].copy_from_slice(&self.encode());
        }
        page
    }

    fn encode(&self) -> [u8; ENCODED_BYTES] {
        let mut bytes = Vec::with_capacity(ENCODED_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT.to_le_bytes());
        bytes.extend_from_slice(self.journal.as_bytes());
        bytes.extend_from_slice(&self.salt.magic.to_le_bytes());
        bytes.extend_from_slice(&self.salt.crc.to_le_bytes());
        bytes.extend_from_slice(&self.number.to_le_bytes());
        bytes.extend_from_slice(&self.first_sequence.to_le_bytes());
        bytes.extend_from_slice(&[0; 4]); // reserved
        bytes.extend_from_slice(&crc(&bytes).to_le_bytes());
        bytes.try_into().expect("the parts add up to ENCODED_BYTES")
    }

    fn decode(bytes: &[u8; ENCODED_BYTES]) -> Option<(u32, Header)> {
        let (checked, sum) = bytes.split_last_chunk()?;
        if crc(checked) != u32::from_le_bytes(*sum) {
            return None;
        }
        let rest = checked.strip_prefix(&MAGIC)?;
        let (format, rest) = rest.split_first_chunk()?;
        let (journal, rest) = rest.split_first_chunk()?;
        let (magic, rest) = rest.split_first_chunk()?;
        let (crc, rest) = rest.split_first_chunk()?;
        let (number, rest) = rest.split_first_chunk()?;
        let (first_sequence, _) = rest.split_first_chunk()?;
        let header = Header {
            journal: Uuid::from_bytes(*journal),
            salt: Salt {
                magic: u32::from_le_bytes(*magic),
                crc: u32::from_le_bytes(*crc),
            },
            number: u64::from_le_bytes(*number),
            first_sequence: u64::from_le_bytes(*first_sequence),
        };
        Some((u32::from_le_bytes(*format), header))
    }
}

fn crc(bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finalize()
}

/// The file of the segment `number`.
pub fn path(dir: &Path, number: u64) -> PathBuf {
    dir.join(format!("{number:010}.{EXTENSION}"))
}

/// The numbers of the segments in `dir`, ascending; none if there is no such folder.
pub fn list(disk: &dyn Disk, dir: &Path) -> Result<Vec<u64>, Error> {
    let names = match disk.names(dir) {
        Ok(names) => names,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::at(dir)(error)),
    };
    let mut numbers = Vec::new();
    for name in names.into_iter().map(PathBuf::from) {
        let number = name
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        if name
            .extension()
            .is_some_and(|extension| extension == EXTENSION)
        {
            numbers.extend(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Makes a segment of `zeroed_bytes` and syncs it; it counts for nothing until it is
/// [named](name).
pub fn draft(
    disk: &dyn Disk,
    dir: &Path,
    header: &Header,
    zeroed_bytes: u64,
) -> io::Result<Box<dyn File>> {
    let file = disk.create(&draft_path(dir))?;
    let made = file
        .write_all_at(&header.page(), 0)
        .and_then(|()| zero(&*file, START, zeroed_bytes))
        .and_then(|()| file.sync_all());
    if made.is_err() {
        remove_draft(disk, dir);
    }
    made.map(|()| file)
}

/// Gives the draft its name and syncs the folder: only now, when its header is durable, so that a
/// named segment with a bad header is damage.
///
/// After an error it may have its name all the same, now or after a crash.
pub fn name(disk: &dyn Disk, dir: &Path, number: u64) -> io::Result<()> {
    disk.rename(&draft_path(dir), &path(dir, number))?;
    disk.sync_dir(dir)
}

/// Removes a draft that was not named.
pub fn remove_draft(disk: &dyn Disk, dir: &Path) {
    // Missing is the rule, and what cannot be removed is overwritten by the next draft.
    let _ = disk.remove(&draft_path(dir));
}

fn draft_path(dir: &Path) -> PathBuf {
    dir.join("segment.new")
}

/// Writes zeros from one offset up to another.
///
/// Written, not only allocated: `fdatasync` of records that overwrite zeros changes no metadata and
/// takes half the time of one that extends the file or fills a hole (0.31 against 0.6 ms, ext4), and
/// a full disk shows here, before a record is half written.
pub fn zero(file: &dyn File, from: u64, to: u64) -> io::Result<()> {
    static ZEROS: [u8; 64 << 10] = [0; 64 << 10];
    let mut at = from;
    while at < to {
        let length = usize::try_from(to - at).map_or(ZEROS.len(), |left| left.min(ZEROS.len()));
        let (zeros, _) = ZEROS.split_at(length);
        file.write_all_at(zeros, at)?;
        at += length as u64;
    }
    Ok(())
}

/// Cuts a segment to the bytes that count and makes both durable.
pub fn seal(file: &dyn File, end: u64) -> io::Result<()> {
    file.set_bytes(end)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written_and_no_byte_may_change() {
        let header = Header {
            journal: Uuid::new_v4(),
            salt: Salt { magic: 1, crc: 2 },
            number: 3,
            first_sequence: 4,
        };
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes), Some((FORMAT, header)));
        for at in 0..bytes.len() {
            let mut bad = bytes;
            bad[at] ^= 0x80;
            assert_eq!(Header::decode(&bad), None, "byte {at}");
        }
    }
}
