//! Reading records of one segment at any offset.

use std::io;

use super::{
    disk::File,
    record::{self, Header, Kind, Salt},
};

/// Read at once: small beside the disk's latency, large beside a record.
const READ_AHEAD_BYTES: usize = 256 << 10;

/// What a disk loses at once.
const PAGE_BYTES: u64 = 4096;

/// What file systems answer where the disk cannot give something back or it fails their own checks:
/// `EIO`, `EBADMSG`, `EILSEQ`, `EUCLEAN`, `EREMOTEIO` (Linux's numbers). std has no `ErrorKind`s for
/// them.
const UNREADABLE: [i32; 5] = [5, 74, 84, 117, 121];

/// Whether an error is damage, which stays; any other may pass.
pub fn is_damage(error: &io::Error) -> bool {
    error
        .raw_os_error()
        .is_some_and(|number| UNREADABLE.contains(&number))
}

/// A segment's file and a part of it in memory.
#[derive(Debug)]
pub struct Window {
    file: Box<dyn File>,
    salt: Salt,
    start: u64,
    bytes: Vec<u8>,
}

/// A record that passed its CRC.
#[derive(Debug)]
pub struct Record<'w> {
    /// What it is.
    pub kind: Kind,
    /// Its number; a marker has that of the record after it.
    pub sequence: u64,
    /// What was appended, or the marker's content.
    pub payload: &'w [u8],
}

impl Record<'_> {
    /// What it takes in the segment.
    pub fn bytes(&self) -> u64 {
        record::bytes(self.payload.len())
    }
}

impl Window {
    /// A window on `file`, whose records have this salt.
    pub fn new(file: Box<dyn File>, salt: Salt) -> Window {
        Window {
            file,
            salt,
            start: 0,
            bytes: Vec::new(),
        }
    }

    /// The record at `offset` that ends at or before `limit`; `None` if there is no good one.
    pub fn record(&mut self, offset: u64, limit: u64) -> io::Result<Option<Record<'_>>> {
        let salt = self.salt;
        let head = self.bytes_at(offset, record::HEADER_BYTES, limit)?;
        let Some(header) = Header::read(salt, head) else {
            return Ok(None);
        };
        let whole = self.bytes_at(offset, record::HEADER_BYTES + header.length, limit)?;
        let payload = whole.get(record::HEADER_BYTES..).unwrap_or_default();
        Ok(header.admits(salt, payload).then_some(Record {
            kind: header.kind,
            sequence: header.sequence,
            payload,
        }))
    }

    /// The first good record at or after `offset` with a sequence in `sequences`: its offset and
    /// sequence.
    pub fn find(
        &mut self,
        offset: u64,
        limit: u64,
        sequences: std::ops::RangeInclusive<u64>,
    ) -> io::Result<Option<(u64, u64)>> {
        let mut at = offset;
        while at < limit {
            let bytes = self.bytes_at(at, READ_AHEAD_BYTES, limit)?;
            let length = bytes.len();
            match record::find(self.salt, self.loaded(at, length)) {
                Some(found) => {
                    at += found as u64;
                    if let Some(record) = self.record(at, limit)?
                        && sequences.contains(&record.sequence)
                    {
                        return Ok(Some((at, record.sequence)));
                    }
                    at += 1;
                }
                // A magic may begin in the last three bytes.
                None if length > 3 => at += length as u64 - 3,
                None => break,
            }
        }
        Ok(None)
    }

    /// Up to `length` bytes at `offset`; fewer only at `limit` and at the end of the file.
    fn bytes_at(&mut self, offset: u64, length: usize, limit: u64) -> io::Result<&[u8]> {
        // Nothing beyond the limit is kept: there the writer is still at work.
        let available = usize::try_from(limit.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = length.min(available);
        if self.loaded(offset, length).len() < length {
            self.bytes
                .resize(length.max(READ_AHEAD_BYTES).min(available), 0);
            self.start = offset;
            let read = fill(&mut self.bytes, offset, |bytes, at| {
                self.file.read_at(bytes, at)
            })?;
            self.bytes.truncate(read);
        }
        Ok(self.loaded(offset, length))
    }

    /// What is in memory of these bytes, from their beginning.
    fn loaded(&self, offset: u64, length: usize) -> &[u8] {
        let from = offset
            .checked_sub(self.start)
            .and_then(|from| usize::try_from(from).ok());
        let tail = from
            .and_then(|from| self.bytes.get(from..))
            .unwrap_or_default();
        tail.get(..length).unwrap_or(tail)
    }
}

/// Fills `bytes` from `offset` as far as the file goes and says how far that is.
///
/// Pages that the disk cannot give back come as zeros: damage that is skipped like any other,
/// instead of an error that would come again at each try.
pub fn fill(
    bytes: &mut [u8],
    offset: u64,
    read_at: impl Fn(&mut [u8], u64) -> io::Result<usize>,
) -> io::Result<usize> {
    let mut done = 0;
    let mut by_page = false;
    while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
        let at = offset + done as u64;
        let left_of_page = usize::try_from(PAGE_BYTES - at % PAGE_BYTES).unwrap_or(usize::MAX);
        let length = if by_page {
            rest.len().min(left_of_page)
        } else {
            rest.len()
        };
        let (wanted, _) = rest.split_at_mut(length);
        match read_at(wanted, at) {
            Ok(0) => break,
            Ok(read) => done += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if is_damage(&error) && !by_page => by_page = true,
            Err(error) if is_damage(&error) => {
                wanted.fill(0);
                done += length;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_page_comes_as_zeros_and_the_others_as_they_are() {
        let disk = vec![7; 5 * 4096 + 100];
        let broken = 2 * 4096..3 * 4096;
        let read_at = |bytes: &mut [u8], at: u64| {
            let from = usize::try_from(at).expect("small").min(disk.len());
            let to = (from + bytes.len()).min(disk.len());
            if from < broken.end && to > broken.start {
                return Err(io::Error::from_raw_os_error(UNREADABLE[0]));
            }
            bytes[..to - from].copy_from_slice(&disk[from..to]);
            Ok(to - from)
        };
        let mut bytes = vec![1; 8 * 4096];
        let read = fill(&mut bytes, 10, read_at).expect("no error");

        assert_eq!(read, disk.len() - 10);
        let mut expected = disk.clone();
        expected[broken].fill(0);
        assert_eq!(bytes[..read], expected[10..]);
    }
}
