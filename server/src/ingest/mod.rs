//! HTTP in: from a request to the journal.
//!
//! Needs Postgres to have been up once, not to be up: tokens are held in memory and on disk.

pub mod access;
pub mod body;
pub mod memory;
pub mod rejection;
pub mod routes;

pub use access::Tokens;
pub use rejection::Rejection;
pub use routes::{Ingest, Limits, router};
