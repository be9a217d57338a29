//! Reports errors of Rust programs to Rollcage, or to any server that speaks Rollbar's item format.
//!
//! - An **occurrence** is one report: an error with its causes, a message, a panic.
//! - The **client** is what [`init`] starts; its guard sends what is left when `main` ends.
//! - A **scope** is what is known about everything captured within a stretch of work: for whom, in
//!   which request, and what happened before.

#![forbid(unsafe_code)]

mod breadcrumb;
mod capture;
mod class;
mod client;
mod clock;
mod drops;
mod flush;
#[cfg(feature = "tokio")]
mod join;
mod level;
mod limit;
#[cfg(feature = "log")]
pub mod log;
mod occurrence;
mod options;
mod panic;
mod payload;
mod pipe;
#[cfg(any(feature = "log", feature = "tracing"))]
mod quiet;
mod request;
mod scope;
mod seen;
mod served;
mod spool;
pub mod testing;
mod text;
#[cfg(feature = "tower")]
pub mod tower;
mod trace;
#[cfg(feature = "tracing")]
pub mod tracing;
mod transport;
mod worker;

#[cfg(feature = "anyhow")]
pub use capture::capture_anyhow;
#[cfg(feature = "eyre")]
pub use capture::capture_eyre;
pub use uuid::Uuid;

pub use breadcrumb::Breadcrumb;
pub use capture::{capture, capture_error, capture_message, critical, debug, error, info, warning};
pub use client::init;
#[cfg(feature = "tokio")]
pub use join::capture_join_error;

pub use flush::{Guard, flush, flush_async};
pub use level::Level;
pub use occurrence::Occurrence;
pub use options::Options;
pub use request::{Person, Request};
pub use scope::{
    InScope, Scope, ScopeExt, add_breadcrumb, configure_process_scope, configure_scope, with_scope,
};
