//! HTTP in: from a request to the journal.
//!
//! Needs Postgres to have been up once, not to be up: tokens are held in memory and on disk.

pub mod access;
pub mod body;
mod dictionaries;
mod intake;
pub mod memory;
pub mod rejection;
mod rollbar;
mod routes;
mod sentry;

pub use access::Tokens;
pub use dictionaries::Dictionaries;
pub use intake::{Ingest, Limits};
pub use rejection::Rejection;
pub use routes::router;
