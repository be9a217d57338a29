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
mod level;
mod limit;
mod occurrence;
mod options;
mod panic;
mod payload;
mod pipe;
mod request;
mod scope;
mod spool;
pub mod testing;
mod text;
mod trace;
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
pub use flush::{Guard, flush, flush_async};
pub use level::Level;
pub use occurrence::Occurrence;
pub use options::Options;
pub use request::{Person, Request};
pub use scope::{
    InScope, Scope, ScopeExt, add_breadcrumb, configure_process_scope, configure_scope, with_scope,
};
