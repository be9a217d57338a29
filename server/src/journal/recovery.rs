//! What is there when the journal is opened, and where it ends.
//!
//! Pages of a group that was not synced reach the disk in any order, so after a crash the newest
//! segment ends at the first hole that no marker after it calls synced. A hole before that is damage
//! of the disk; it is left for the reader, which skips and counts it.

use std::{collections::BTreeMap, io::ErrorKind, path::Path};

use tracing::warn;
use uuid::Uuid;

use super::{
    disk::Disk,
    error::Error,
    position::Position,
    quarantine,
    record::{self, Kind},
    segment::{self, Header},
    window::Window,
};

/// The journal as it was found.
#[derive(Debug)]
pub struct Recovered {
    /// The journal's name; a new one if there was no segment.
    pub journal: Uuid,
    /// The segments: first sequence and bytes, by number.
    pub segments: BTreeMap<u64, (u64, u64)>,
    /// Where the newest segment ends; the beginning of the next one if there is none.
    pub end: Position,
    /// The number for the next segment: above all that were ever seen here.
    pub next_segment: u64,
    /// The newest segment, if it holds no record. It may go once the next one is there, which then
    /// carries the journal's name.
    pub empty: Option<u64>,
    /// Segments at the end that were set aside because their header was damaged. Of one in the
    /// middle the reader finds the records missing.
    pub lost_segments: u64,
}

/// Reads the folder of a journal and cuts what the last process left unfinished.
pub fn recover(disk: &dyn Disk, dir: &Path) -> Result<Recovered, Error> {
    prepare(disk, dir)?;
    let numbers = segment::list(disk, dir)?;
    let newest_known = numbers
        .iter()
        .chain(&quarantine::list(disk, dir)?)
        .max()
        .copied()
        .unwrap_or(0);

    let mut headers = Vec::new();
    let mut lost_segments = 0;
    for number in numbers {
        let path = segment::path(dir, number);
        match Header::read(disk, &path)? {
            Some(header) if header.number == number => {
                headers.push(header);
                lost_segments = 0;
            }
            _ => {
                warn!(
                    journal.segment = number,
                    "the header of {} is damaged",
                    path.display()
                );
                if let Err(cause) = quarantine::take(disk, dir, number) {
                    warn!(
                        journal.segment = number,
                        "it stays where it is, and is not read: {cause}"
                    );
                }
                lost_segments += 1;
            }
        }
    }

    let journal = headers
        .last()
        .map_or_else(Uuid::new_v4, |newest| newest.journal);
    if let Some(foreign) = headers.iter().find(|header| header.journal != journal) {
        let path = segment::path(dir, foreign.number);
        return Err(Error::Foreign {
            path,
            found: foreign.journal,
            expected: journal,
        });
    }

    let next_segment = newest_known + 1;
    let mut end = Position {
        segment: next_segment,
        offset: segment::START,
        sequence: 0,
    };
    let mut empty = None;
    if let Some(newest) = headers.last() {
        end = cut_newest(disk, dir, newest)?;
        empty = (end.offset == segment::START).then_some(newest.number);
    }

    let mut segments = BTreeMap::new();
    for header in headers {
        let path = segment::path(dir, header.number);
        let bytes = disk
            .open(&path)
            .and_then(|file| file.bytes())
            .map_err(Error::at(&path))?;
        segments.insert(header.number, (header.first_sequence, bytes));
    }
    Ok(Recovered {
        journal,
        segments,
        end,
        next_segment,
        empty,
        lost_segments,
    })
}

fn prepare(disk: &dyn Disk, dir: &Path) -> Result<(), Error> {
    for made in [dir, &quarantine::dir(dir)] {
        disk.make_dir(made).map_err(Error::at(made))?;
    }
    segment::remove_draft(disk, dir);
    // The data folder may be new too. What it lies in need not be ours to read.
    for synced in dir.ancestors().take(3) {
        match disk.sync_dir(synced) {
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {}
            done => done.map_err(Error::at(synced))?,
        }
    }
    Ok(())
}

/// Cuts the newest segment behind its last good record and makes it durable.
///
/// The sync is not for the cut alone: after a mere `kill -9` the records were read from the page
/// cache, and nobody knows whether they have reached the disk. Where it fails the journal goes on
/// all the same: what was acknowledged was synced before, and the rest nobody was told of.
fn cut_newest(disk: &dyn Disk, dir: &Path, header: &Header) -> Result<Position, Error> {
    let path = segment::path(dir, header.number);
    let file = disk.open(&path).map_err(Error::at(&path))?;
    let limit = file.bytes().map_err(Error::at(&path))?;
    let window = Window::new(file, header.salt);
    let end = end_of(window, limit, header).map_err(Error::at(&path))?;
    let cut = disk
        .edit(&path)
        .and_then(|file| segment::seal(&*file, end.offset));
    if let Err(cause) = cut {
        warn!(
            journal.segment = header.number,
            "{} keeps its length: {cause}",
            path.display()
        );
    }
    Ok(end)
}

/// The first hole at or after the last offset that a marker calls synced.
fn end_of(mut window: Window, limit: u64, header: &Header) -> std::io::Result<Position> {
    let mut synced = segment::START;
    let mut at = Position {
        segment: header.number,
        offset: segment::START,
        sequence: header.first_sequence,
    };
    let mut end: Option<Position> = None;
    loop {
        match window.record(at.offset, limit)? {
            Some(record) if record.sequence >= at.sequence => {
                match record.kind {
                    // A marker can only name what lies before it.
                    Kind::Group => {
                        let named = record::synced_offset(record.payload);
                        synced = named
                            .filter(|named| *named <= at.offset)
                            .unwrap_or(synced)
                            .max(synced);
                        at.sequence = record.sequence;
                    }
                    Kind::Data => at.sequence = record.sequence.saturating_add(1),
                }
                at.offset += record.bytes();
            }
            _ => {
                if end.is_none_or(|end| end.offset < synced) {
                    end = Some(at);
                }
                match window.find(at.offset + 1, limit, at.sequence..=u64::MAX)? {
                    Some((offset, _)) => at.offset = offset,
                    None => break,
                }
            }
        }
    }
    Ok(end.unwrap_or(at))
}
