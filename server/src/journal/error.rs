//! What goes wrong with the journal's files and needs a person.

use std::{io, path::Path, path::PathBuf};

use uuid::Uuid;

/// Why the journal's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The system refused to read or write.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A segment was written by a newer version of the program.
    #[error("{} has journal format {found}; this version reads {}", path.display(), super::segment::FORMAT)]
    Format {
        /// The segment.
        path: PathBuf,
        /// Its format.
        found: u32,
    },
    /// Segments of two journals were put into one folder.
    #[error("{} belongs to journal {found}, the newest segment to {expected}", path.display())]
    Foreign {
        /// The segment.
        path: PathBuf,
        /// The journal it says it belongs to.
        found: Uuid,
        /// The journal of the newest segment.
        expected: Uuid,
    },
}

impl Error {
    /// For `map_err`: names the file or folder that `source` is about.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> Error {
        |source| Error::Io {
            path: path.to_owned(),
            source,
        }
    }
}
