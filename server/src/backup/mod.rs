//! Backups of an instance, and what is made of them.
//!
//! ```text
//! DIR/manifest.json    what it is: versions, times, counts, the files
//! DIR/database.dump    what pg_dump wrote, in its custom format
//! DIR/journal/         what was acknowledged and is not in the dump, as segments
//! DIR/tokens.json      the snapshot of the tokens' hashes
//! DIR/dictionaries/    what occurrences in the journal may be compressed with
//! DIR/mail/            mails, where there is no mail server
//! DIR/postgresql.conf  of a private Postgres, to look up what was changed in it
//! DIR/SHA256SUMS       the hashes of all of these; written last, so without it there is no backup
//! ```
//!
//! - **What a backup holds.** A snapshot of the database is taken first, and the journal is copied
//!   then, from where that snapshot's cursor is. So each occurrence that was acknowledged before is
//!   in one of them, and one that is in both lies before the cursor: the restored instance digests
//!   what lies behind it, each once.
//! - **Whose journal it is.** A restored journal gets another name, with a cursor at the same place.
//!   The original may still run, and two journals that go on differently from one record must not
//!   be one to any database. Where only the database is restored the journal stays what it is: its
//!   cursor in the older database names segments that are kept for an hour after they are digested.
//! - **What is not whole never passes for it.** A backup is one when it has its sums. A folder that
//!   is being restored has a mark that keeps everything but another restore out; and in the database
//!   the list of applied migrations is restored last, so that no server of any node can start on it
//!   before.
//! - A dump is SQL that the restoring user runs: restore only what you have made.

mod connection;
mod dump;
mod folder;
mod make;
mod manifest;
mod progress;
mod restore;
mod target;
mod upgrade;

pub use make::{Made, Source, make};
pub use manifest::{Manifest, read as verify};
pub use progress::{Progress, bytes};
pub use restore::{Restored, Wanted, restore};
pub use upgrade::{Upgraded, upgrade};
