//! HTTP in: from a request to the journal.
//!
//! Needs Postgres to have been up once, not to be up: tokens are held in memory and on disk.

pub mod access;
mod backlog;
pub mod body;
mod dictionaries;
mod intake;
pub mod memory;
mod rate;
pub mod rejection;
mod rollbar;
mod routes;
mod sentry;
mod token;

pub use access::Tokens;
pub use backlog::Backlog;
pub use dictionaries::Dictionaries;
pub use intake::{Ingest, Limits};
pub use rejection::Rejection;
pub use routes::router;
