//! One server per data folder.

use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

/// The name of the locked file, directly in the data folder: the lock is for all of it, the journal,
/// the snapshot of the tokens and the cluster.
const FILE_NAME: &str = "lock";

/// Lies in a data folder while it is restored. A restore that was interrupted leaves it, and what
/// is there by then must not pass for an instance.
pub const UNFINISHED: &str = "restore.unfinished";

/// Keeps other servers out of a data folder for as long as it lives.
///
/// The system lets go of it when the process ends, however it ends; the file stays and means
/// nothing by itself.
#[derive(Debug)]
pub struct DataDirLock {
    _file: File,
}

/// Why a data folder could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("{} is in use by another rollcage ({holder})", data_dir.display())]
    Taken {
        /// The data folder.
        data_dir: PathBuf,
        /// What the other process wrote about itself: `process 4711`.
        holder: String,
    },
    /// A restore into the folder was interrupted.
    #[error(
        "a restore into {} was interrupted, what it holds is not whole: run `rollcage restore` \
         again, or empty the folder",
        data_dir.display()
    )]
    Unfinished {
        /// The data folder.
        data_dir: PathBuf,
    },
    /// The lock's file cannot be made or locked.
    #[error("cannot lock {}: {source}", path.display())]
    Io {
        /// The lock's file, or the data folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl DataDirLock {
    /// Takes the lock of `data_dir`, making the folder if it is missing. Does not wait.
    ///
    /// # Errors
    /// Also where a restore was interrupted: nothing but another one may use the folder then.
    pub fn acquire(data_dir: &Path) -> Result<DataDirLock, LockError> {
        let lock = DataDirLock::acquire_to_restore(data_dir)?;
        if data_dir.join(UNFINISHED).exists() {
            return Err(LockError::Unfinished {
                data_dir: data_dir.to_owned(),
            });
        }
        Ok(lock)
    }

    /// Takes the lock of a folder that is to be restored, or that a restore has left unfinished.
    pub fn acquire_to_restore(data_dir: &Path) -> Result<DataDirLock, LockError> {
        let path = data_dir.join(FILE_NAME);
        let failed = |source| LockError::Io {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(data_dir).map_err(failed)?;
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;

        match file.try_lock() {
            Ok(()) => {
                // For the message of whoever comes second.
                file.set_len(0).map_err(failed)?;
                write!(file, "process {}", std::process::id()).map_err(failed)?;
                Ok(DataDirLock { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                if file.take(64).read_to_string(&mut holder).is_err() || holder.is_empty() {
                    "it does not say which".clone_into(&mut holder);
                }
                Err(LockError::Taken {
                    data_dir: data_dir.to_owned(),
                    holder,
                })
            }
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
