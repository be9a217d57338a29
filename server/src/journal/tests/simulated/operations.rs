//! What the simulated disk does when it is asked, and how it refuses.

use std::{
    ffi::OsString,
    io::{self, ErrorKind},
    path::Path,
};

use super::{
    super::super::disk::{Disk, File},
    Simulated,
    content::Change,
    is_root,
};
use crate::room::Room;

impl Simulated {
    fn file(&self, node: usize) -> Box<dyn File> {
        Box::new(SimulatedFile {
            disk: self.clone(),
            node,
        })
    }
}

impl Disk for Simulated {
    fn open(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let node = self.begin()?.find(path)?;
        Ok(self.file(node))
    }

    fn edit(&self, path: &Path) -> io::Result<Box<dyn File>> {
        self.open(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn File>> {
        let mut state = self.begin_naming()?;
        let node = match state.find(path) {
            Ok(node) => {
                state.nodes[node].change(Change::Length(0));
                node
            }
            Err(_) => state.make(path),
        };
        Ok(self.file(node))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.begin_naming()?;
        let node = state.find(from)?;
        if state.names.get(to) != Some(&node) {
            state.rename(node, Some(from), Some(to));
        }
        Ok(())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.begin_naming()?;
        let node = state.find(from)?;
        if state.names.contains_key(to) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        state.rename(node, None, Some(to));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.begin_naming()?;
        let node = state.find(path)?;
        state.rename(node, Some(path), None);
        Ok(())
    }

    fn make_dir(&self, dir: &Path) -> io::Result<()> {
        let mut state = self.begin_naming()?;
        let mut missing: Vec<&Path> = dir
            .ancestors()
            .filter(|dir| !is_root(dir) && !state.names.contains_key(*dir))
            .collect();
        while let Some(dir) = missing.pop() {
            state.make(dir);
        }
        Ok(())
    }

    fn names(&self, dir: &Path) -> io::Result<Vec<OsString>> {
        let state = self.begin()?;
        state.find(dir)?;
        let inside = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside
            .filter_map(|path| path.file_name())
            .map(Into::into)
            .collect())
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let state = &mut *self.begin_naming()?;
        for renaming in state
            .renamings
            .extract_if(.., |renaming| renaming.is_in(dir))
        {
            renaming.apply(&mut state.durable_names);
        }
        Ok(())
    }

    fn room(&self, _dir: &Path) -> io::Result<Room> {
        let state = self.begin()?;
        if !state.tells_room {
            return Err(ErrorKind::Unsupported.into());
        }
        Ok(Room {
            size_bytes: state.capacity_bytes,
            free_bytes: state.room(),
        })
    }
}

#[derive(Debug)]
struct SimulatedFile {
    disk: Simulated,
    node: usize,
}

impl File for SimulatedFile {
    fn read_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.begin()?;
        let shown = &state.nodes[self.node].shown;
        let from = usize::try_from(offset).map_or(shown.len(), |from| from.min(shown.len()));
        let read = bytes.len().min(shown.len() - from);
        bytes[..read].copy_from_slice(&shown[from..from + read]);
        Ok(read)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        if self.disk.is_stopped() {
            return self.disk.begin().map(drop);
        }
        let begun = self.disk.begin().map(drop);
        let state = &mut *self.disk.state();
        let longer =
            (offset + bytes.len() as u64).saturating_sub(state.nodes[self.node].shown.len() as u64);
        let written = begun.and_then(|()| {
            state.may_fail(state.failures.writes)?;
            if longer > 0 && longer > state.room() {
                return Err(ErrorKind::StorageFull.into());
            }
            Ok(())
        });
        // Where the machine stops or the disk is full, a part was written.
        let length = if written.is_ok() {
            bytes.len()
        } else {
            state.chance.up_to(bytes.len())
        };
        if length > 0 {
            state.nodes[self.node].change(Change::Write(offset, bytes[..length].to_vec()));
        }
        written
    }

    fn set_bytes(&self, bytes: u64) -> io::Result<()> {
        let mut state = self.disk.begin_naming()?;
        state.nodes[self.node].change(Change::Length(bytes));
        Ok(())
    }

    fn bytes(&self) -> io::Result<u64> {
        Ok(self.disk.begin()?.nodes[self.node].shown.len() as u64)
    }

    fn sync_data(&self) -> io::Result<()> {
        let state = &mut *self.disk.begin()?;
        let node = &mut state.nodes[self.node];
        if state.chance.below(1000) < state.failures.syncs {
            state.failed_syncs += 1;
            node.fail_sync();
            return Err(io::Error::from_raw_os_error(5)); // EIO
        }
        node.sync();
        Ok(())
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync_data()
    }
}
