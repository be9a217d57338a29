//! What is not sent yet, in files, so that it survives the process.
//!
//! ```text
//! <folder>/<destination>-<process>/lock                   held by the process while it lives
//!                                  <time>-<number>-<uuid>.json.gz
//! ```
//!
//! Each process has a folder of its own within the one that it was given. When it starts it takes
//! over what lies in those of processes that ended, which it knows by their locks, and only what is
//! meant for the same endpoint and token. A file is written under another name first, so there are
//! no halves.
//!
//! Nothing is synced: a file is safe from the end of the process, however it ends, and not from the
//! end of the machine. Syncing would cost the worker milliseconds for each occurrence.

use std::{
    fs::{self, DirBuilder, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use uuid::Uuid;

use crate::{Options, clock};

const LOCK: &str = "lock";
const WHOLE: &str = ".json.gz";
const PART: &str = ".part";

/// The files of this process.
pub(crate) struct Spool {
    /// What all processes share.
    shared: PathBuf,
    own: PathBuf,
    destination: String,
    max_bytes: u64,
    bytes: AtomicU64,
    next_number: AtomicU64,
    /// Held as long as the process lives.
    _lock: File,
}

/// A file with the body of an occurrence.
pub(crate) struct Entry {
    path: PathBuf,
    bytes: u64,
}

impl Spool {
    /// Makes this process's folder.
    pub(crate) fn open(shared: &Path, options: &Options) -> io::Result<Self> {
        builder().recursive(true).create(shared)?;
        let destination = destination(&options.endpoint, &options.token);
        let name = format!("{destination}-{}", Uuid::new_v4().simple());
        // Others look only at folders that have their lock already.
        let unfinished = shared.join(format!(".{name}"));
        builder().create(&unfinished)?;
        let lock = File::create(unfinished.join(LOCK))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::Error(error) => error,
            TryLockError::WouldBlock => io::ErrorKind::ResourceBusy.into(),
        })?;
        let own = shared.join(name);
        fs::rename(&unfinished, &own)?;
        Ok(Self {
            shared: shared.to_owned(),
            own,
            destination,
            max_bytes: options.spool_bytes,
            bytes: AtomicU64::new(0),
            next_number: AtomicU64::new(0),
            _lock: lock,
        })
    }

    /// Writes a body down. None where there is no room.
    pub(crate) fn write(&self, uuid: Uuid, body: &[u8]) -> io::Result<Option<Entry>> {
        let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
        // Only the worker adds.
        if self.bytes.load(Ordering::Relaxed).saturating_add(bytes) > self.max_bytes {
            return Ok(None);
        }
        let number = self.next_number.fetch_add(1, Ordering::Relaxed);
        let name = format!("{:015}-{number:08}-{uuid}", clock::unix_ms());
        let part = self.own.join(format!("{name}{PART}"));
        let path = self.own.join(format!("{name}{WHOLE}"));
        let written = fs::write(&part, body).and_then(|()| fs::rename(&part, &path));
        if let Err(error) = written {
            // What cannot be removed now is when the folder is taken over.
            let _ = fs::remove_file(&part);
            return Err(error);
        }
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        Ok(Some(Entry { path, bytes }))
    }

    /// Reads one.
    pub(crate) fn read(entry: &Entry) -> io::Result<Vec<u8>> {
        fs::read(&entry.path)
    }

    /// Removes one that is not needed any more.
    pub(crate) fn remove(&self, entry: &Entry) {
        // One that cannot be removed is sent again by a later process; the server knows its UUID.
        let _ = fs::remove_file(&entry.path);
        self.bytes.fetch_sub(entry.bytes, Ordering::Relaxed);
    }

    /// Takes over what processes that ended have left, oldest first.
    pub(crate) fn adopt(&self) -> Vec<(Uuid, Entry)> {
        let mut names: Vec<(String, u64)> = folders(&self.shared)
            .filter(|folder| *folder != self.own && self.is_ours(folder))
            .flat_map(|folder| self.take_over(&folder))
            .collect();
        names.sort_unstable();
        let adopted = names.into_iter().filter_map(|(name, bytes)| {
            self.bytes.fetch_add(bytes, Ordering::Relaxed);
            let path = self.own.join(&name);
            Some((uuid_in(&name)?, Entry { path, bytes }))
        });
        adopted.collect()
    }

    /// Whether what lies there has the same destination.
    fn is_ours(&self, folder: &Path) -> bool {
        let name = folder.file_name().and_then(|name| name.to_str());
        name.and_then(|name| name.split_once('-'))
            .is_some_and(|(destination, _)| destination == self.destination)
    }

    /// Moves the files of a process that ended to this one's, and gives their names and sizes.
    fn take_over(&self, folder: &Path) -> Vec<(String, u64)> {
        let Ok(lock) = File::open(folder.join(LOCK)) else {
            return Vec::new();
        };
        // One that lives holds it; and of two that take over, the first.
        if lock.try_lock().is_err() {
            return Vec::new();
        }
        let mut taken = Vec::new();
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else {
                continue;
            };
            if name.ends_with(PART) {
                // Its process ended while it wrote it.
                let _ = fs::remove_file(entry.path());
            } else if uuid_in(&name).is_some()
                && let Ok(metadata) = entry.metadata()
                && fs::rename(entry.path(), self.own.join(&name)).is_ok()
            {
                taken.push((name, metadata.len()));
            }
        }
        // What of this fails is left for the next process to try.
        let _ = fs::remove_file(folder.join(LOCK));
        let _ = fs::remove_dir(folder);
        taken
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // With something in it the folder stays, and so must its lock.
        let is_empty = fs::read_dir(&self.own)
            .is_ok_and(|entries| entries.flatten().all(|entry| entry.file_name() == LOCK));
        if is_empty {
            let _ = fs::remove_file(self.own.join(LOCK));
            let _ = fs::remove_dir(&self.own);
        }
    }
}

fn folders(shared: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(shared).into_iter().flatten().flatten();
    entries.map(|entry| entry.path())
}

/// `<time>-<number>-<uuid>.json.gz`
fn uuid_in(name: &str) -> Option<Uuid> {
    let stem = name.strip_suffix(WHOLE)?;
    stem.splitn(3, '-').nth(2)?.parse().ok()
}

/// A name for an endpoint and a token that tells neither: FNV-1a, which is the same everywhere.
fn destination(endpoint: &str, token: &str) -> String {
    let bytes = endpoint.bytes().chain([0]).chain(token.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// Folders that nobody else may read: they are about people.
fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Self {
            Self(std::env::temp_dir().join(format!("rollcage-{}", Uuid::new_v4())))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn open(folder: &Folder, token: &str) -> Spool {
        Spool::open(&folder.0, &Options::new(token).spool_bytes(100)).expect("a folder")
    }

    fn write(spool: &Spool, body: &[u8]) -> Uuid {
        let uuid = Uuid::new_v4();
        let entry = spool.write(uuid, body).expect("a disk");
        assert!(entry.is_some());
        uuid
    }

    #[test]
    fn what_one_process_left_the_next_takes_over() {
        let folder = Folder::new();
        let first = open(&folder, "a");
        let uuids = [write(&first, b"one"), write(&first, b"two")];
        fs::write(first.own.join("half.part"), b"ha").expect("a disk");
        drop(first);

        let second = open(&folder, "a");
        let adopted = second.adopt();
        let found: Vec<Uuid> = adopted.iter().map(|(uuid, _)| *uuid).collect();
        assert_eq!(found, uuids);
        let bodies: Vec<_> = adopted
            .iter()
            .map(|(_, entry)| Spool::read(entry).expect("it is there"))
            .collect();
        assert_eq!(bodies, [b"one", b"two"]);
        assert!(second.adopt().is_empty());
        for (_, entry) in &adopted {
            second.remove(entry);
        }
        drop(second);
        let left: Vec<_> = folders(&folder.0).collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn processes_leave_each_other_alone() {
        let folder = Folder::new();
        let first = open(&folder, "a");
        write(&first, b"one");
        assert!(open(&folder, "a").adopt().is_empty());
        let other = open(&folder, "b");
        write(&other, b"other");
        drop((first, other));
        assert_eq!(open(&folder, "a").adopt().len(), 1);
        assert_eq!(open(&folder, "b").adopt().len(), 1);
    }

    #[test]
    fn there_is_a_limit_and_what_goes_makes_room() {
        let folder = Folder::new();
        let spool = open(&folder, "a");
        let entry = spool.write(Uuid::new_v4(), &[0; 60]).expect("a disk");
        let entry = entry.expect("there is room");
        assert!(
            spool
                .write(Uuid::new_v4(), &[0; 41])
                .expect("a disk")
                .is_none()
        );
        spool.remove(&entry);
        write(&spool, &[0; 100]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look() {
        use std::os::unix::fs::PermissionsExt;

        let folder = Folder::new();
        let spool = open(&folder, "a");
        for path in [&folder.0, &spool.own] {
            let mode = fs::metadata(path)
                .expect("it is there")
                .permissions()
                .mode();
            assert_eq!(mode & 0o077, 0);
        }
    }
}
