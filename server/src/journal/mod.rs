//! The append-only files on local disk between the answer to an SDK and Postgres.
//!
//! Bytes in, the same bytes out, in order and each once; what they mean is the caller's.
//! What [`Writer::append`] has answered survives `kill -9` and power cuts.
//!
//! ```text
//! data_dir/lock                        held while a server runs on this folder
//! data_dir/restore.unfinished          the folder is being restored, and holds no instance yet
//! data_dir/journal/0000000001.segment  up to 64 MiB: a header, then groups of records
//! data_dir/journal/quarantine/         segments in which the reader found damage
//! ```
//!
//! - A group is what one `fdatasync` made durable. It begins with a marker that names the offset up
//!   to which its segment was synced before; that tells an unfinished group from a damaged disk. A
//!   segment that is closed ends with such a marker.
//! - Records are numbered without holes over all segments, and each segment's header names its
//!   first number. So the end of a segment that is not the last is the first number of the next,
//!   whatever else lies in the file, and lost records are counted exactly.
//! - A segment is written by the process that made it and never continued by another: what a crash
//!   left behind its end is under another salt than all that follows, and a file whose sync may
//!   have failed is never written again. Sealed segments are cut to what they hold, so a restart
//!   costs 4 KiB.
//!
//! Only `append` and [`Reader::readable`] are async. Everything else that touches the disk blocks
//! and says so; call it through `spawn_blocking`.

mod commit;
pub mod copy;
mod disk;
mod error;
mod folder;
mod lock;
mod position;
mod quarantine;
mod reader;
mod record;
mod recovery;
mod segment;
mod window;
mod writer;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use folder::{Damage, Folder};
pub use lock::{DataDirLock, LockError, UNFINISHED};
pub use position::Position;
pub use reader::{Batch, Reader, Skipped};
pub use writer::{AppendError, RECORD_MAX_BYTES, Settings, Writer};
