//! The way into the journal: a bounded queue in front of the thread that commits.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot,
};

use super::{
    commit::Committer,
    disk::{Disk, System},
    error::Error,
    folder::Folder,
    position::Position,
    record, recovery,
};

/// The longest record, in bytes: above any item and any attachment that ingest lets through, and
/// small beside a segment.
pub const RECORD_MAX_BYTES: usize = record::PAYLOAD_MAX_BYTES;

/// Records that may wait for the disk. Beyond this a sender is told to come again instead of
/// waiting for more than one or two commits.
const QUEUE_RECORDS: usize = 1024;

/// Payload that may wait for the disk, in bytes: half of the memory that ingest gives to bodies.
const QUEUE_BYTES: usize = 32 << 20;

/// The size of a segment. The design's: large beside a batch, small beside the journal's limit.
const SEGMENT_BYTES: u64 = 64 << 20;

/// Zeros written ahead of the records at a time.
///
/// Not the whole segment: that is 0.1 s in which nobody is answered and, over many restarts, a lot
/// of writing for nothing. This is 10 to 20 ms, each few thousand records.
const PREALLOCATED_BYTES: u64 = 4 << 20;

/// Where the journal lies and how large it may get.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) dir: PathBuf,
    pub(super) max_bytes: u64,
    pub(super) segment_bytes: u64,
    pub(super) preallocated_bytes: u64,
    pub(super) leaves_room: bool,
    pub(super) disk: Arc<dyn Disk>,
}

impl Settings {
    /// The journal of a data folder, with at most `max_bytes` on disk.
    ///
    /// A limit below 256 MiB makes the segments a quarter of it: the one that is written is never
    /// deleted, and must not be most of what is allowed.
    pub fn new(data_dir: &Path, max_bytes: u64) -> Settings {
        Settings {
            dir: data_dir.join("journal"),
            max_bytes,
            segment_bytes: SEGMENT_BYTES.min(max_bytes / 4),
            preallocated_bytes: PREALLOCATED_BYTES,
            leaves_room: false,
            disk: Arc::new(System),
        }
    }

    /// Leaves room on the disk, an eighth of it and at most 1 GiB, to the Postgres that lies there.
    #[must_use]
    pub fn beside_postgres(self) -> Settings {
        Settings {
            leaves_room: true,
            ..self
        }
    }

    /// The longest record that fits: two fit into a segment.
    pub(super) fn record_max_bytes(&self) -> usize {
        usize::try_from(self.segment_bytes / 2)
            .unwrap_or(usize::MAX)
            .min(RECORD_MAX_BYTES)
    }
}

/// Why a record is not in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The journal has reached its limit or the disk is full, or more records wait for the disk
    /// than the queue holds. Later there may be room.
    #[error("the journal cannot take more just now")]
    Full,
    /// The record is longer than any may be.
    #[error("a record has at most {max_bytes} bytes")]
    TooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// The disk failed while the record was written. A later one goes into a new file.
    #[error("the journal's disk failed")]
    Failed,
    /// The writer was closed.
    #[error("the journal is closed")]
    Closed,
}

/// A record that waits for the disk, and whom to tell.
#[derive(Debug)]
pub(super) struct Entry {
    pub payload: Vec<u8>,
    pub answer: oneshot::Sender<Result<Position, AppendError>>,
}

/// Appends to the journal, for any number of tasks at once.
#[derive(Debug)]
pub struct Writer {
    folder: Arc<Folder>,
    record_max_bytes: usize,
    queue: Mutex<Option<mpsc::Sender<Entry>>>,
    queued_bytes: Arc<AtomicUsize>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Opens the journal, or makes one, after cutting what a crash left unfinished, and starts the
    /// thread that writes. **Blocks** on the disk. The caller holds the
    /// [`DataDirLock`](super::DataDirLock).
    ///
    /// A full disk or journal is no error here: what is there can still be read.
    pub fn open(settings: Settings) -> Result<Writer, Error> {
        let recovered = recovery::recover(&*settings.disk, &settings.dir)?;
        let folder = Folder::new(&settings, &recovered);
        let folder = Arc::new(folder);
        let queued_bytes = Arc::new(AtomicUsize::new(0));
        let record_max_bytes = settings.record_max_bytes();

        let (queue, entries) = mpsc::channel(QUEUE_RECORDS);
        let dir = settings.dir.clone();
        let committer =
            Committer::open(settings, folder.clone(), &recovered, queued_bytes.clone())?;
        let thread = thread::Builder::new()
            .name("journal".into())
            .spawn(move || committer.run(entries))
            .map_err(Error::at(&dir))?;
        Ok(Writer {
            folder,
            record_max_bytes,
            queue: Mutex::new(Some(queue)),
            queued_bytes,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// The journal's folder: what is in it, how far it is durable.
    pub fn folder(&self) -> &Arc<Folder> {
        &self.folder
    }

    /// Appends a record; ready when it is durable, with the position after it.
    ///
    /// Records are in the journal in the order in which their futures were first polled. Dropping
    /// the future does not take the record back once it was polled.
    pub async fn append(&self, payload: Vec<u8>) -> Result<Position, AppendError> {
        if payload.len() > self.record_max_bytes {
            return Err(AppendError::TooLarge {
                max_bytes: self.record_max_bytes,
            });
        }
        let (answer, answered) = oneshot::channel();
        self.enqueue(Entry { payload, answer })?;
        // No answer: the thread is gone, by a panic.
        answered.await.unwrap_or(Err(AppendError::Failed))
    }

    fn enqueue(&self, entry: Entry) -> Result<(), AppendError> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = queue.as_ref().ok_or(AppendError::Closed)?;
        let bytes = entry.payload.len();
        let reserve = |queued: usize| queued.checked_add(bytes).filter(|sum| *sum <= QUEUE_BYTES);
        self.queued_bytes
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, reserve)
            .map_err(|_| AppendError::Full)?;
        queue.try_send(entry).map_err(|error| {
            self.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
            match error {
                TrySendError::Full(_) => AppendError::Full,
                TrySendError::Closed(_) => AppendError::Failed,
            }
        })
    }

    /// How many records wait for the disk just now, and how many may.
    pub fn queued_records(&self) -> (usize, usize) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let queued = queue
            .as_ref()
            .map_or(0, |queue| queue.max_capacity() - queue.capacity());
        (queued, QUEUE_RECORDS)
    }

    /// Takes no more records, commits those that wait, and ends the thread. **Blocks** on the disk.
    ///
    /// What is in the journal can be read and released afterwards.
    pub fn close(&self) {
        drop(
            self.queue
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread had panicked; its waiters were told so");
        }
    }
}
