//! Reads the journal in order from a cursor, and deletes what is behind it.

use std::{
    collections::BTreeMap,
    io::ErrorKind,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tracing::{error, warn};

use super::{
    disk::Disk,
    error::Error,
    folder::Folder,
    position::Position,
    quarantine,
    record::Kind,
    segment::{self, Header},
    window::{self, Window},
};

/// Reads what is durable, batch after batch.
///
/// It moves on with each batch; [`seek`](Self::seek) goes back to have one again.
#[derive(Debug)]
pub struct Reader {
    folder: Arc<Folder>,
    position: Position,
    skipped: Option<Skipped>,
    open: Option<(u64, Window)>,
    /// Gaps before this are counted; a batch that is read again counts none twice.
    counted_to: Position,
    /// When each segment was first seen behind the cursor.
    behind_since: BTreeMap<u64, SystemTime>,
}

/// Some records, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Where the reader was.
    pub start: Position,
    /// What was appended.
    pub records: Vec<Vec<u8>>,
    /// The position after each record, for a cursor that moves by parts of a batch.
    pub ends: Vec<Position>,
    /// Where the reader is now. Behind the last record's end where damage follows; so it may move
    /// although there are no records.
    pub end: Position,
}

/// A reader was asked to begin where the journal has nothing, and began elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The cursor it was given.
    pub asked: Position,
    /// Where it began: never before `asked`, unless the journal ends before it.
    pub began: Position,
}

impl Reader {
    /// Reads from the cursor `from`, or from the oldest record if there is none.
    ///
    /// Where the cursor names a segment that is missing, it begins at the oldest one after it, and
    /// [`skipped`](Self::skipped) tells.
    pub fn new(folder: Arc<Folder>, from: Option<Position>) -> Reader {
        let oldest = folder
            .start_of_first_from(0)
            .unwrap_or_else(|| folder.end());
        let mut reader = Reader {
            position: from.unwrap_or(oldest),
            folder,
            skipped: None,
            open: None,
            counted_to: oldest,
            behind_since: BTreeMap::new(),
        };
        if let Some(asked) = from {
            reader.begin_at(asked);
        }
        reader
    }

    fn begin_at(&mut self, asked: Position) {
        let end = self.folder.end();
        let next = self
            .folder
            .start_of_first_from(asked.segment.saturating_add(1));
        // A segment may be missing, or end before the cursor: the journal is an older copy, or lost
        // its end. Waiting there would be waiting until so many records came anew.
        let is_there = self.folder.holds(asked.segment)
            && asked <= end
            && asked.sequence <= end.sequence
            && next.is_none_or(|next| asked.sequence < next.sequence);
        self.position = if is_there { asked } else { next.unwrap_or(end) };
        let began = self.position;
        // A segment that was digested to its end and deleted is the rule after a restart.
        if began.sequence != asked.sequence {
            let lost = asked.records_until(began);
            if lost > 0 {
                self.folder.count_gap(lost);
            }
            self.skipped = Some(Skipped { asked, began });
            warn!("the journal has nothing at {asked}; reading goes on at {began}");
        }
    }

    /// Where the next batch begins.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Whether reading had to begin elsewhere than asked.
    pub fn skipped(&self) -> Option<Skipped> {
        self.skipped
    }

    /// Goes to a position that a batch of this reader gave.
    pub fn seek(&mut self, to: Position) {
        self.position = to;
    }

    /// Waits until there is something to read. Does not block; safe to cancel.
    pub async fn readable(&self) {
        let position = self.position;
        // An error would mean that the folder is gone, which this reader holds.
        let _ = self
            .folder
            .watch_end()
            .wait_for(|end| position.records_until(*end) > 0)
            .await;
    }

    /// How many records are durable and not read yet. Does not block.
    pub fn waiting(&self) -> u64 {
        self.position.records_until(self.folder.end())
    }

    /// Waits until so many records wait. Does not block; safe to cancel.
    pub async fn gathered(&self, records: u64) {
        let position = self.position;
        let mut end = self.folder.watch_end();
        let enough = end.wait_for(|end| position.records_until(*end) >= records);
        // As of `readable`.
        let _ = enough.await;
    }

    /// The next records: at most `max_records`, and at most `max_bytes` of payload unless the first
    /// alone is longer. Empty if there is nothing durable to read. **Blocks** on the disk.
    ///
    /// # Errors
    ///
    /// Files that cannot be opened or read at all. The reader then stays where it was.
    pub fn next_batch(&mut self, max_records: usize, max_bytes: usize) -> Result<Batch, Error> {
        let start = self.position;
        let batch = self.read_batch(max_records, max_bytes);
        if batch.is_err() {
            self.position = start;
        }
        batch
    }

    fn read_batch(&mut self, max_records: usize, max_bytes: usize) -> Result<Batch, Error> {
        let durable = self.folder.end();
        let start = self.position;
        let mut batch = Batch {
            start,
            records: Vec::new(),
            ends: Vec::new(),
            end: start,
        };
        let mut bytes = 0;
        while batch.records.len() < max_records {
            let before = self.position;
            let Some(record) = self.next(durable)? else {
                break;
            };
            bytes += record.len();
            if bytes > max_bytes && !batch.records.is_empty() {
                self.position = before;
                break;
            }
            batch.records.push(record);
            batch.ends.push(self.position);
        }
        batch.end = self.position;
        Ok(batch)
    }

    /// The record at the reader's position, or the next good one; `None` at the durable end.
    fn next(&mut self, durable: Position) -> Result<Option<Vec<u8>>, Error> {
        loop {
            self.enter_segment();
            if self.position.records_until(durable) == 0 {
                return Ok(None);
            }
            let number = self.position.segment;
            let limit = self.limit(durable);
            let position = self.position;
            let path = segment::path(&self.folder.dir, number);
            let Some(window) = open_segment(&mut self.open, &*self.folder.disk, number, &path)?
            else {
                error!(
                    journal.segment = number,
                    "{} is gone or has no header",
                    path.display()
                );
                self.keep_damaged(number);
                self.folder.remove(number);
                self.position = limit;
                self.count_gap(position);
                continue;
            };

            let record = window
                .record(position.offset, limit.offset)
                .map_err(Error::at(&path))?
                .filter(|record| record.sequence == position.sequence);
            if let Some(record) = record {
                self.position.offset += record.bytes();
                if record.kind == Kind::Data {
                    self.position.sequence += 1;
                    return Ok(Some(record.payload.to_vec()));
                }
            } else {
                let good = window
                    .find(
                        position.offset + 1,
                        limit.offset,
                        position.sequence..=limit.sequence,
                    )
                    .map_err(Error::at(&path))?;
                self.position = good.map_or(limit, |(offset, sequence)| Position {
                    offset,
                    sequence,
                    ..position
                });
                // A file that ends before its records do was not damaged but cut.
                if self.count_gap(position) && position.offset < limit.offset {
                    self.keep_damaged(number);
                }
            }
        }
    }

    /// Goes to the next segment where this one is read to its end or missing; past several where a
    /// crash left some without records.
    fn enter_segment(&mut self) {
        while let Some(next) = self
            .folder
            .start_of_first_from(self.position.segment.saturating_add(1))
        {
            let left = self.position;
            if self.folder.holds(left.segment) && left.sequence < next.sequence {
                return;
            }
            self.position = next;
            if left.records_until(next) > 0 {
                self.count_gap(left);
            }
        }
    }

    /// Where the segment at the reader's position ends: at the first record of the next, or, if
    /// that one is still being written, where it is durable.
    fn limit(&self, durable: Position) -> Position {
        if self.position.segment == durable.segment {
            return durable;
        }
        let number = self.position.segment;
        let next = self.folder.start_of_first_from(number.saturating_add(1));
        Position {
            segment: number,
            offset: self.folder.bytes_of(number),
            sequence: next.map_or(durable.sequence, |next| next.sequence),
        }
    }

    /// Counts the damage from `from` to where the reader is now; false if that was done before.
    fn count_gap(&mut self, from: Position) -> bool {
        if from < self.counted_to {
            return false;
        }
        self.counted_to = self.position;
        let lost = from.records_until(self.position);
        self.folder.count_gap(lost);
        error!(
            journal.segment = from.segment,
            gap.records = lost,
            "the journal is damaged at {from}: {lost} records are lost; reading goes on at {}",
            self.position,
        );
        true
    }

    fn keep_damaged(&self, number: u64) {
        if let Err(cause) = quarantine::keep(&*self.folder.disk, &self.folder.dir, number) {
            warn!(
                journal.segment = number,
                "no copy of the damaged segment: {cause}"
            );
        }
    }

    /// Deletes the segments that lie wholly behind the committed cursor `up_to` and have done so
    /// for `keep`; gives their number. **Blocks** on the disk.
    ///
    /// They are kept so that a Postgres that was restored a little older finds them, but not at the
    /// price of refusing new ones: while the journal fills more than half of its limit, or the disk
    /// is full, they go at once. The time begins anew with each reader. The last segment always stays.
    pub fn release(
        &mut self,
        up_to: Position,
        keep: Duration,
        now: SystemTime,
    ) -> Result<usize, Error> {
        let mut deleted = 0;
        let mut failed = None;
        for number in self.folder.behind(up_to) {
            let since = *self.behind_since.entry(number).or_insert(now);
            let kept = now.duration_since(since).is_ok_and(|age| age >= keep);
            if !kept && !self.folder.is_short_of_room() {
                continue;
            }
            let path = segment::path(&self.folder.dir, number);
            match self.folder.disk.remove(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    failed = Some(Error::at(&path)(error));
                    break;
                }
                _ => deleted += 1,
            }
            self.folder.remove(number);
            self.behind_since.remove(&number);
        }
        if deleted > 0 {
            let dir = &self.folder.dir;
            self.folder.disk.sync_dir(dir).map_err(Error::at(dir))?;
        }
        failed.map_or(Ok(deleted), Err)
    }
}

/// The window on a segment, opened if it is not the one that is open; `None` if its file is gone.
fn open_segment<'o>(
    open: &'o mut Option<(u64, Window)>,
    disk: &dyn Disk,
    number: u64,
    path: &Path,
) -> Result<Option<&'o mut Window>, Error> {
    if open.as_ref().is_none_or(|(open, _)| *open != number) {
        *open = None;
        let file = match disk.open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound || window::is_damage(&error) => {
                return Ok(None);
            }
            Err(error) => return Err(Error::at(path)(error)),
        };
        let Some(header) = Header::read(disk, path)? else {
            return Ok(None);
        };
        *open = Some((number, Window::new(file, header.salt)));
    }
    Ok(open.as_mut().map(|(_, window)| window))
}
