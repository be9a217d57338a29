//! What the journal's folder holds: shared by the writer, the readers and whoever wants figures.

use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::watch;
use uuid::Uuid;

use super::{disk::Disk, position::Position, recovery::Recovered, segment, writer::Settings};

/// The journal's folder as this process knows it. Nothing here blocks.
#[derive(Debug)]
pub struct Folder {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
    journal: Uuid,
    max_bytes: u64,
    leaves_room: bool,
    preallocated_bytes: u64,
    segments: Mutex<BTreeMap<u64, Segment>>,
    end: watch::Sender<Position>,
    gaps: AtomicU64,
    lost_records: AtomicU64,
}

#[derive(Clone, Copy, Debug)]
struct Segment {
    first_sequence: u64,
    bytes: u64,
}

/// What was found damaged since this process started. The damaged files are in `quarantine/`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// Places where the reader had to go on at the next good record, and segments at the end
    /// without a readable header.
    pub gaps: u64,
    /// Records lost in them, as far as their numbers tell.
    pub records: u64,
}

impl Folder {
    pub(super) fn new(settings: &Settings, recovered: &Recovered) -> Folder {
        let segments = recovered
            .segments
            .iter()
            .map(|(&number, &(first_sequence, bytes))| {
                (
                    number,
                    Segment {
                        first_sequence,
                        bytes,
                    },
                )
            });
        Folder {
            disk: settings.disk.clone(),
            dir: settings.dir.clone(),
            journal: recovered.journal,
            max_bytes: settings.max_bytes,
            leaves_room: settings.leaves_room,
            preallocated_bytes: settings.preallocated_bytes,
            segments: Mutex::new(segments.collect()),
            end: watch::Sender::new(recovered.end),
            gaps: AtomicU64::new(recovered.lost_segments),
            lost_records: AtomicU64::new(0),
        }
    }

    /// The journal's name. A folder that was emptied is another journal.
    pub fn journal(&self) -> Uuid {
        self.journal
    }

    /// What the segments take, preallocation included and quarantine not.
    pub fn bytes_on_disk(&self) -> u64 {
        self.segments().values().map(|segment| segment.bytes).sum()
    }

    /// The limit on [`bytes_on_disk`](Self::bytes_on_disk).
    pub fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    /// Whether the journal may take so much more: of its limit, and of the disk.
    ///
    /// # Errors
    /// What is used up, as a disk's error.
    pub(super) fn check_room(&self, more_bytes: u64) -> io::Result<()> {
        if self.bytes_on_disk() + more_bytes > self.max_bytes {
            return Err(io::Error::new(
                io::ErrorKind::QuotaExceeded,
                "journal_max_bytes is reached",
            ));
        }
        self.check_disk(more_bytes)
    }

    /// Whether digested segments have to go at once, so that new ones are not refused.
    pub(super) fn is_short_of_room(&self) -> bool {
        self.bytes_on_disk() > self.max_bytes / 2
            || self.check_disk(self.preallocated_bytes).is_err()
    }

    /// Where Postgres lies on the disk too, it is left room: it could not even recover where the
    /// journal has taken all.
    fn check_disk(&self, more_bytes: u64) -> io::Result<()> {
        // A disk that cannot be asked says by itself when it is full.
        let Ok(room) = self.disk.room(&self.dir) else {
            return Ok(());
        };
        let left = if self.leaves_room {
            room.share_bytes()
        } else {
            0
        };
        if room.free_bytes < more_bytes.saturating_add(left) {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                format!(
                    "of the disk {} MiB are free, of which {} MiB are left to Postgres",
                    room.free_bytes >> 20,
                    left >> 20
                ),
            ));
        }
        Ok(())
    }

    /// What is still to be digested, in bytes: from `cursor` to the end.
    pub fn bytes_behind(&self, cursor: Position) -> u64 {
        let end = self.end();
        if cursor.records_until(end) == 0 {
            return 0;
        }
        let before_end: u64 = self
            .segments()
            .range(cursor.segment..end.segment.max(cursor.segment))
            .map(|(_, segment)| segment.bytes.saturating_sub(segment::START))
            .sum();
        let of_end = end.offset.saturating_sub(segment::START);
        let digested = cursor.offset.saturating_sub(segment::START);
        (before_end + of_end).saturating_sub(digested)
    }

    /// Up to where the journal is durable; what lies before it can be read.
    pub fn end(&self) -> Position {
        *self.end.borrow()
    }

    /// Follows the [`end`](Self::end), to be woken when there is more to read.
    pub fn watch_end(&self) -> watch::Receiver<Position> {
        self.end.subscribe()
    }

    /// What was found damaged since this process started.
    pub fn damage(&self) -> Damage {
        Damage {
            gaps: self.gaps.load(Ordering::Relaxed),
            records: self.lost_records.load(Ordering::Relaxed),
        }
    }

    pub(super) fn count_gap(&self, lost_records: u64) {
        self.gaps.fetch_add(1, Ordering::Relaxed);
        self.lost_records.fetch_add(lost_records, Ordering::Relaxed);
    }

    pub(super) fn publish_end(&self, end: Position) {
        self.end.send_replace(end);
    }

    pub(super) fn add(&self, number: u64, first_sequence: u64, bytes: u64) {
        self.segments().insert(
            number,
            Segment {
                first_sequence,
                bytes,
            },
        );
    }

    pub(super) fn resize(&self, number: u64, bytes: u64) {
        if let Some(segment) = self.segments().get_mut(&number) {
            segment.bytes = bytes;
        }
    }

    pub(super) fn remove(&self, number: u64) {
        self.segments().remove(&number);
    }

    /// The length of a segment's file; 0 if there is none.
    pub(super) fn bytes_of(&self, number: u64) -> u64 {
        self.segments()
            .get(&number)
            .map_or(0, |segment| segment.bytes)
    }

    pub(super) fn holds(&self, number: u64) -> bool {
        self.segments().contains_key(&number)
    }

    /// The beginning of the first segment with this or a higher number.
    pub(super) fn start_of_first_from(&self, number: u64) -> Option<Position> {
        let segments = self.segments();
        let (&segment, found) = segments.range(number..).next()?;
        Some(Position {
            segment,
            offset: segment::START,
            sequence: found.first_sequence,
        })
    }

    /// Segments all of whose records lie before `cursor`, oldest first; never the last one.
    pub(super) fn behind(&self, cursor: Position) -> Vec<u64> {
        let segments = self.segments();
        let following = segments.values().skip(1);
        segments
            .keys()
            .zip(following)
            .take_while(|(number, following)| {
                **number <= cursor.segment && following.first_sequence <= cursor.sequence
            })
            .map(|(number, _)| *number)
            .collect()
    }

    fn segments(&self) -> MutexGuard<'_, BTreeMap<u64, Segment>> {
        // Each change of the map is one call, so a panic elsewhere leaves it whole.
        self.segments.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
