//! Everything a person sees of Rollcage: pages, mails, styles, scripts.
//!
//! View structs take plain values and give text: no HTTP, no SQL, no clock.
//! The server fills a struct of [`pages`] or [`mail`], renders it, and sends what comes out.
//! Times are shown relative to the `now` that the caller hands in.

pub mod pages;

pub mod page_frame;
pub mod role;
pub mod rule;

mod belongings;
pub mod breakdown;
mod context;
mod crumb;
pub mod datum;
pub mod filter;
pub mod group;
pub mod invitation;
pub mod kept;
pub mod level;
pub mod occurrence;
mod outcome;
pub mod status;
mod thread;
mod trace;
pub mod why;

mod agent;
pub mod chart;
mod escape;
pub mod format;
pub mod moment;
pub mod paths;
pub mod snippets;
pub mod zone;

pub mod mail;

pub mod assets;

/// What turns a view struct into text: `page.render()`.
pub use askama::Template;

/// A time zone by its IANA name: `"Europe/Berlin".parse::<Tz>()`.
pub use chrono_tz::Tz;

pub use {
    chart::BarChart,
    datum::Datum,
    filter::{ItemFilter, Sort, StatusFilter},
    invitation::{MailProgress, Offer, PendingInvitation},
    kept::Kept,
    level::Level,
    page_frame::{Notice, NoticeKind, PageFrame, ProjectLink, Viewer},
    role::Role,
    rule::{RuleTerms, RuleTrigger},
    status::{Status, StatusView},
};
