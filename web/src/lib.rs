//! Everything a person sees of Rollcage: pages, mails, styles, scripts.
//!
//! View structs take plain values and give text: no HTTP, no SQL, no clock.
//! The server fills a struct of [`pages`] or [`mail`], renders it, and sends what comes out.
//! Times are shown relative to the `now` that the caller hands in.

pub mod pages;

pub mod page_frame;

pub mod datum;
pub mod filter;
pub mod level;
pub mod occurrence;
pub mod status;
mod trace;

pub mod chart;
pub mod format;
pub mod moment;
pub mod paths;
pub mod snippets;

pub mod mail;

pub mod assets;

/// What turns a view struct into text: `page.render()`.
pub use askama::Template;

pub use {
    chart::BarChart,
    datum::Datum,
    filter::{ItemFilter, Sort, StatusFilter},
    level::Level,
    page_frame::{Notice, NoticeKind, PageFrame, ProjectLink, Viewer},
    status::{Status, StatusView},
};
