//! How much room a disk has, and the part of it that one of those who write to it may count on.

use std::{io, path::Path};

/// Of a large disk: as much as Postgres keeps of its log unless it is told otherwise.
const SHARE_MAX_BYTES: u64 = 1 << 30;
/// Of a small one: the eighth part. Recovering takes some tens of MiB beside what is there.
const SHARE_DIVISOR: u64 = 8;

/// The room on a disk, bytes.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// All that it has.
    pub size_bytes: u64,
    /// What nobody uses, as far as we may have it.
    pub free_bytes: u64,
}

impl Room {
    /// Of the disk that a file or folder lies on.
    ///
    /// # Errors
    /// When there is no such path, and when the system does not know: some file systems have no size.
    pub fn of(path: &Path) -> io::Result<Self> {
        let disk = rustix::fs::statvfs(path)?;
        if disk.f_blocks == 0 {
            return Err(io::ErrorKind::Unsupported.into());
        }
        Ok(Self {
            size_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        })
    }

    /// What one of those who write to it may count on: an eighth of it, and at most 1 GiB.
    pub fn share_bytes(&self) -> u64 {
        (self.size_bytes / SHARE_DIVISOR).min(SHARE_MAX_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_part_of_a_small_disk() {
        let share = |size_bytes| {
            let free_bytes = 0;
            let room = Room {
                size_bytes,
                free_bytes,
            };
            room.share_bytes()
        };
        assert_eq!(share(800 << 20), 100 << 20);
        assert_eq!(share(8 << 30), 1 << 30);
        assert_eq!(share(1 << 40), 1 << 30);
    }

    #[test]
    fn the_system_tells() {
        let room = Room::of(&std::env::temp_dir()).expect("there is one");
        assert!(room.free_bytes <= room.size_bytes && room.size_bytes > 0);
        assert!(Room::of(Path::new("/nowhere")).is_err());
    }
}
