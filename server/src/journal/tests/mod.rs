//! The journal's promises, on a real folder.

mod chance;
mod copies;
mod damage;
mod flips;
mod life;
mod model;
mod simulated;

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicUsize, Ordering},
    },
};

use tokio::sync::oneshot;

use super::{commit::Committer, disk::System, writer::Entry, *};

const MIB: u64 = 1 << 20;

/// A folder of its own for each test, deleted after it.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Dir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("rollcage-journal-{}-{number}", process::id()));
        fs::create_dir_all(&path).expect("a temporary folder");
        Dir(path)
    }

    /// Small segments, and no time spent on a disk that will not fail.
    fn settings(&self, segment_bytes: u64) -> Settings {
        Settings {
            segment_bytes,
            ..Settings::new(&self.0, 64 * MIB)
        }
    }

    fn segment(&self, number: u64) -> PathBuf {
        segment::path(&self.0.join("journal"), number)
    }

    fn quarantined(&self) -> Vec<u64> {
        quarantine::list(&System, &self.0.join("journal")).expect("a folder")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).expect("the folder is there");
    }
}

/// A journal whose groups are exactly those that the test commits.
struct Groups {
    committer: Committer,
    folder: Arc<Folder>,
}

type Answers = Vec<Result<Position, AppendError>>;

impl Groups {
    fn open(settings: Settings) -> Groups {
        Groups::try_open(settings).expect("opens")
    }

    fn try_open(settings: Settings) -> Result<Groups, Error> {
        let recovered = recovery::recover(&*settings.disk, &settings.dir)?;
        let folder = Arc::new(Folder::new(&settings, &recovered));
        let bytes = Arc::new(AtomicUsize::new(0));
        let committer = Committer::open(settings, folder.clone(), &recovered, bytes)?;
        Ok(Groups { committer, folder })
    }

    /// As the writer's thread ends.
    fn close(&mut self) {
        self.committer.seal();
    }

    fn commit(&mut self, payloads: &[Vec<u8>]) -> Answers {
        let (entries, answers): (VecDeque<_>, Vec<_>) = payloads
            .iter()
            .map(|payload| {
                let (answer, answered) = oneshot::channel();
                (
                    Entry {
                        payload: payload.clone(),
                        answer,
                    },
                    answered,
                )
            })
            .unzip();
        self.committer.commit(entries);
        answers
            .into_iter()
            .map(|mut answered| answered.try_recv().expect("answered"))
            .collect()
    }
}

fn read_all(folder: &Arc<Folder>, from: Option<Position>) -> Vec<Vec<u8>> {
    let mut reader = Reader::new(folder.clone(), from);
    let mut records = Vec::new();
    loop {
        let batch = reader.next_batch(7, 100_000).expect("reads");
        if batch.start == batch.end {
            return records;
        }
        records.extend(batch.records);
    }
}

/// Payloads that differ and do not compress into anything regular.
fn payload(seed: usize, length: usize) -> Vec<u8> {
    let mut state = seed as u64 + 1;
    let mut bytes: Vec<u8> = (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            state.to_be_bytes()[0]
        })
        .collect();
    bytes.extend_from_slice(&seed.to_le_bytes());
    bytes
}

fn payloads(range: std::ops::Range<usize>, length: usize) -> Vec<Vec<u8>> {
    range.map(|seed| payload(seed, length)).collect()
}
