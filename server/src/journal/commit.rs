//! Group commit: the thread that writes what is queued, syncs once and answers all.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use metrics::{counter, histogram};
use tokio::sync::mpsc;
use tracing::{error, info, warn};

use super::{
    disk::File,
    error::Error,
    folder::Folder,
    position::Position,
    record::{self, Kind, Salt},
    recovery::Recovered,
    segment::{self, Header},
    writer::{AppendError, Entry, Settings},
};
use crate::telemetry;

/// A group's buffer above this size is given back after the group.
const BUFFER_KEPT_BYTES: usize = 1 << 20;

/// How long a group may wait for more records, where many come: a commit costs as much work for one
/// record as for fifty, and that work is taken from those who make records.
const GATHERING: Duration = Duration::from_millis(1);
/// Waits only where that many would come meanwhile, by the last group's rate. Whoever is alone, or
/// nearly, has its answer as soon as the disk has the record.
const GATHERED_MIN: u32 = 2;

/// Owns the segment that is written.
pub struct Committer {
    settings: Settings,
    folder: Arc<Folder>,
    queued_bytes: Arc<AtomicUsize>,
    /// `None` before the first one could be made, and after a failure.
    active: Option<Active>,
    next_segment: u64,
    next_sequence: u64,
    buffer: Vec<u8>,
    /// Groups refused one after the other, so that a flood of them is few lines of log.
    refused: u64,
}

/// The segment that is written.
struct Active {
    file: Box<dyn File>,
    number: u64,
    salt: Salt,
    /// Up to here it is durable; the next group begins here.
    offset: u64,
    /// Up to here it is zeros.
    length: u64,
}

impl Committer {
    /// Begins a segment after what was recovered. Without room for it, the first group tries again.
    pub fn open(
        settings: Settings,
        folder: Arc<Folder>,
        recovered: &Recovered,
        queued_bytes: Arc<AtomicUsize>,
    ) -> Result<Committer, Error> {
        let mut committer = Committer {
            settings,
            folder,
            queued_bytes,
            active: None,
            next_segment: recovered.next_segment,
            next_sequence: recovered.end.sequence,
            buffer: Vec::new(),
            refused: 0,
        };
        match committer.begin_segment() {
            Ok(active) => {
                committer.folder.publish_end(Position {
                    segment: active.number,
                    offset: active.offset,
                    sequence: committer.next_sequence,
                });
                committer.active = Some(active);
                recovered
                    .empty
                    .into_iter()
                    .for_each(|number| committer.remove(number));
            }
            Err(error) if is_full(&error) => {
                warn!("the journal has no room for a new segment: {error}");
            }
            Err(source) => {
                return Err(Error::Io {
                    path: committer.settings.dir.clone(),
                    source,
                });
            }
        }
        Ok(committer)
    }

    /// Commits until the queue is closed and empty.
    #[expect(
        clippy::disallowed_methods,
        reason = "how fast records come in real time, whatever a test's clock says"
    )]
    pub fn run(mut self, mut queue: mpsc::Receiver<Entry>) {
        let mut group = Vec::new();
        let most = queue.max_capacity();
        let mut committed = Instant::now();
        let mut gathers = false;
        while queue.blocking_recv_many(&mut group, most) > 0 {
            if gathers {
                thread::sleep(GATHERING);
                while group.len() < most
                    && let Ok(entry) = queue.try_recv()
                {
                    group.push(entry);
                }
            }
            let since = std::mem::replace(&mut committed, Instant::now()).elapsed();
            let records = u32::try_from(group.len()).unwrap_or(u32::MAX);
            gathers = GATHERING.saturating_mul(records) >= since.saturating_mul(GATHERED_MIN);
            let bytes = group.iter().map(|entry| entry.payload.len()).sum();
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.commit(group.drain(..).collect());
        }
        self.seal();
    }

    /// Commits a group, in parts where it meets the end of a segment.
    pub fn commit(&mut self, mut group: VecDeque<Entry>) {
        while !group.is_empty() {
            match self.commit_part(&mut group) {
                Ok(()) => self.accepted(),
                Err(error) => {
                    let answer = self.refuse(&error);
                    for entry in group.drain(..) {
                        tell(entry, Err(answer));
                    }
                }
            }
        }
    }

    /// Writes and syncs as much of the group as the segment takes, and answers it.
    ///
    /// On an error nothing that is still in `group` is durable.
    #[expect(
        clippy::disallowed_methods,
        reason = "how long the disk takes in real time, whatever a test's clock says"
    )]
    fn commit_part(&mut self, group: &mut VecDeque<Entry>) -> io::Result<()> {
        let first_bytes = group
            .front()
            .map_or(0, |entry| record::bytes(entry.payload.len()));
        let mut active = self.active_with_room(record::GROUP_BYTES + first_bytes)?;

        let room = self.settings.segment_bytes - active.offset;
        let taken = self.fill_buffer(&active, group, room);
        let end = active.offset + self.buffer.len() as u64;
        if let Err(error) = self.preallocate(&mut active, end) {
            // No record was written: the segment is as good as before, at its old length.
            return if is_full(&error) && active.file.set_bytes(active.length).is_ok() {
                self.active = Some(active);
                Err(error)
            } else {
                self.abandon(&active);
                Err(error)
            };
        }

        let started = Instant::now();
        let written = active.file.write_all_at(&self.buffer, active.offset);
        if let Err(error) = written.and_then(|()| active.file.sync_data()) {
            self.abandon(&active);
            return Err(error);
        }
        histogram!(telemetry::JOURNAL_COMMIT_SECONDS).record(started.elapsed());
        histogram!(telemetry::JOURNAL_COMMIT_RECORDS)
            .record(u32::try_from(taken).unwrap_or(u32::MAX));
        counter!(telemetry::JOURNAL_COMMIT_BYTES).increment(self.buffer.len() as u64);
        let mut position = Position {
            segment: active.number,
            offset: active.offset + record::GROUP_BYTES,
            sequence: self.next_sequence,
        };
        self.next_sequence += taken as u64;
        active.offset = end;
        self.folder.publish_end(Position {
            segment: active.number,
            offset: end,
            sequence: self.next_sequence,
        });
        self.active = Some(active);
        for entry in group.drain(..taken) {
            position.offset += record::bytes(entry.payload.len());
            position.sequence += 1;
            tell(entry, Ok(position));
        }
        Ok(())
    }

    /// Writes the group's marker and as many records as fit into the buffer; says how many.
    fn fill_buffer(&mut self, active: &Active, group: &VecDeque<Entry>, room: u64) -> usize {
        self.buffer.clear();
        self.buffer.shrink_to(BUFFER_KEPT_BYTES);
        record::write_group(
            &mut self.buffer,
            active.salt,
            self.next_sequence,
            active.offset,
        );
        let mut taken = 0;
        for (sequence, entry) in (self.next_sequence..).zip(group) {
            if self.buffer.len() as u64 + record::bytes(entry.payload.len()) > room {
                break;
            }
            record::write(
                &mut self.buffer,
                active.salt,
                Kind::Data,
                sequence,
                &entry.payload,
            );
            taken += 1;
        }
        taken
    }

    /// Takes the active segment, or a new one if there is none or it has no room for `bytes`.
    fn active_with_room(&mut self, bytes: u64) -> io::Result<Active> {
        if let Some(active) = self
            .active
            .take_if(|active| active.offset + bytes <= self.settings.segment_bytes)
        {
            return Ok(active);
        }
        self.begin_segment()
    }

    /// Makes the next segment and ends the one before.
    fn begin_segment(&mut self) -> io::Result<Active> {
        let length = self
            .settings
            .preallocated_bytes
            .min(self.settings.segment_bytes);
        self.folder.check_room(length)?;
        let header = Header {
            journal: self.folder.journal(),
            salt: random_salt()?,
            number: self.next_segment,
            first_sequence: self.next_sequence,
        };
        let (disk, dir) = (self.settings.disk.clone(), self.settings.dir.clone());
        let file = segment::draft(&*disk, &dir, &header, length)?;
        // Only now: without a next segment the old one stays, for shorter records. And not later:
        // with the name the next header becomes what says where the old one ends, even if a crash
        // comes before an error does, so nothing may follow in the old one.
        self.seal();
        self.next_segment += 1;
        if let Err(error) = segment::name(&*disk, &dir, header.number) {
            // If it keeps its name it is a segment without records.
            let _ = disk.remove(&segment::path(&dir, header.number));
            return Err(error);
        }
        self.folder
            .add(header.number, header.first_sequence, length);
        Ok(Active {
            file,
            number: header.number,
            salt: header.salt,
            offset: segment::START,
            length,
        })
    }

    /// Writes zeros up to at least `end`. The sync of the group makes them durable.
    fn preallocate(&self, active: &mut Active, end: u64) -> io::Result<()> {
        if end <= active.length {
            return Ok(());
        }
        let length = end
            .next_multiple_of(self.settings.preallocated_bytes)
            .min(self.settings.segment_bytes);
        self.folder.check_room(length - active.length)?;
        segment::zero(&*active.file, active.length, length)?;
        active.length = length;
        self.folder.resize(active.number, length);
        Ok(())
    }

    /// Ends the active segment, if there is one, where it is durable.
    ///
    /// A last marker says that its last group was durable too: it may be the newest at the next
    /// start, and without one damage there would pass for an unfinished group.
    pub fn seal(&mut self) {
        let Some(mut active) = self.active.take() else {
            return;
        };
        let end = active.offset + record::GROUP_BYTES;
        if active.offset > segment::START && end <= active.length {
            self.buffer.clear();
            record::write_group(
                &mut self.buffer,
                active.salt,
                self.next_sequence,
                active.offset,
            );
            if active
                .file
                .write_all_at(&self.buffer, active.offset)
                .is_ok()
            {
                active.offset = end;
            }
        }
        self.cut(&active);
    }

    /// Ends a segment whose last group failed. Its sync is not tried again: the system may have
    /// dropped the pages and would say that all is well.
    fn abandon(&mut self, active: &Active) {
        if active.offset == segment::START {
            self.remove(active.number);
        } else {
            self.cut(active);
        }
    }

    fn cut(&self, active: &Active) {
        // What is lost if this fails is space: the next segment's header says where this one ends.
        match segment::seal(&*active.file, active.offset) {
            Ok(()) => self.folder.resize(active.number, active.offset),
            Err(cause) => warn!(
                "segment {} of the journal keeps its length: {cause}",
                active.number
            ),
        }
    }

    /// Deletes a segment without records.
    fn remove(&self, number: u64) {
        let path = segment::path(&self.settings.dir, number);
        let disk = &self.settings.disk;
        match disk
            .remove(&path)
            .and_then(|()| disk.sync_dir(&self.settings.dir))
        {
            Ok(()) => self.folder.remove(number),
            Err(cause) => warn!("the empty {} stays: {cause}", path.display()),
        }
    }

    fn accepted(&mut self) {
        if self.refused > 0 {
            info!(
                "the journal takes records again, after {} refused groups",
                self.refused
            );
            self.refused = 0;
        }
    }

    /// What the waiters are told; logged the first time and at every power of ten.
    fn refuse(&mut self, cause: &io::Error) -> AppendError {
        self.refused += 1;
        let loud = self.refused == 10u64.pow(self.refused.ilog10());
        if is_full(cause) {
            if loud {
                warn!(
                    refused = self.refused,
                    "the journal is full, ingest answers 503: {cause}"
                );
            }
            AppendError::Full
        } else {
            if loud {
                error!(refused = self.refused, "the journal's disk failed: {cause}");
            }
            AppendError::Failed
        }
    }
}

fn tell(entry: Entry, answer: Result<Position, AppendError>) {
    // Whoever waited may be gone; the record is in the journal all the same.
    let _ = entry.answer.send(answer);
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

fn random_salt() -> io::Result<Salt> {
    let mut magic = [0; 4];
    let mut crc = [0; 4];
    getrandom::fill(&mut magic).map_err(io::Error::other)?;
    getrandom::fill(&mut crc).map_err(io::Error::other)?;
    Ok(Salt {
        magic: u32::from_le_bytes(magic),
        crc: u32::from_le_bytes(crc),
    })
}
