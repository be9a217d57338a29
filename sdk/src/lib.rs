//! Reports errors of Rust programs to Rollcage, or to any server that speaks Rollbar's item format.
//!
//! [`init`], and everything else follows. This page begins with the few concepts there are, then has
//! a recipe for each situation, all settings, and what it costs.
#![doc = include_str!("../GUIDE.md")]
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
mod report;
mod request;
mod scope;
mod scrub;
#[cfg_attr(
    not(feature = "tower"),
    expect(dead_code, reason = "who meets a panic by its text is the layer")
)]
mod seen;
mod sender;
mod served;
mod spool;
mod tell;
pub mod testing;
mod text;
#[cfg(feature = "tower")]
pub mod tower;
mod trace;
#[cfg(feature = "tracing")]
pub mod tracing;
mod transport;
mod truncate;
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

pub use flush::{Guard, dropped, flush, flush_async};
pub use level::Level;
pub use occurrence::Occurrence;
pub use options::Options;
pub use report::{Boxed, Plain, ReportExt, Reportable};
pub use request::{Person, Request};
pub use scope::{
    InScope, Scope, ScopeExt, add_breadcrumb, configure_process_scope, configure_scope, with_scope,
};

/// Its code is compiled as that of the documentation is.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../README.md")]
struct Readme;
