//! How much room a disk has, and what of it is left to others.

use std::{io, path::Path};

/// A share of a large disk.
const SHARE_MAX_BYTES: u64 = 1 << 30;
/// Shares of a small one.
const SHARES: u64 = 8;

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
    /// When the system does not tell: there is no such path, for one.
    pub fn of(path: &Path) -> io::Result<Self> {
        let disk = rustix::fs::statvfs(path)?;
        Ok(Self {
            size_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        })
    }

    /// What one of those who write to it may count on: an eighth of it, and at most 1 GiB.
    pub fn share_bytes(&self) -> u64 {
        (self.size_bytes / SHARES).min(SHARE_MAX_BYTES)
    }

    /// Whether so much more leaves a share free.
    pub fn takes(&self, bytes: u64) -> bool {
        self.free_bytes >= bytes.saturating_add(self.share_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_stays_free() {
        let small = |free_bytes| Room {
            size_bytes: 800,
            free_bytes,
        };
        assert!(small(110).takes(10));
        assert!(!small(109).takes(10));
        assert!(!small(50).takes(0), "full");
        assert!(!small(800).takes(u64::MAX), "too much");
        let large = |free_bytes| Room {
            size_bytes: 1 << 40,
            free_bytes,
        };
        assert!(large(1 << 30).takes(0));
        assert!(!large(1 << 30).takes(1));
    }

    #[test]
    fn the_system_tells() {
        let room = Room::of(&std::env::temp_dir()).expect("there is one");
        assert!(room.free_bytes <= room.size_bytes && room.size_bytes > 0);
        assert!(Room::of(Path::new("/nowhere")).is_err());
    }
}
