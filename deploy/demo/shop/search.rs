//! Finding articles.

use std::num::ParseIntError;

use anyhow::{Context, bail};
use rollcage::{Breadcrumb, Level, Occurrence};

/// Why a search was not made.
#[derive(Debug, thiserror::Error)]
#[error("{text:?} is no page of results")]
pub struct BadPage {
    text: String,
    #[source]
    cause: ParseIntError,
}

/// Searches for `words` and shows a page of what was found.
pub fn show(words: &str, page: &str) {
    rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, "searching").with("words", words));
    if let Err(error) = parse_page(page) {
        rollcage::capture(Occurrence::error(&error).level(Level::Info));
    }
}

fn parse_page(text: &str) -> Result<u16, BadPage> {
    text.parse().map_err(|cause| BadPage {
        text: text.to_owned(),
        cause,
    })
}

/// Brings the index up to date.
pub fn reindex(shard: u64, behind_minutes: u64) {
    if let Err(error) = merge(shard, behind_minutes) {
        rollcage::capture_anyhow(&error);
    }
}

fn merge(shard: u64, behind_minutes: u64) -> anyhow::Result<()> {
    check(behind_minutes)
        .with_context(|| format!("merging segments of shard {shard}"))
        .context("the search index is out of date")
}

fn check(behind_minutes: u64) -> anyhow::Result<()> {
    if behind_minutes > 30 {
        bail!("the newest segment is {behind_minutes} minutes old");
    }
    Ok(())
}

/// A search that took too long.
pub fn slow(words: &str, ms: u64) {
    rollcage::capture(
        Occurrence::message(Level::Warning, format!("a search took {ms} ms"))
            .title("Search is slow")
            .fingerprint("search-slow")
            .custom("words", words)
            .custom("ms", ms),
    );
}

/// The line that is shown beneath a result: the description's first bytes, which was one letter too
/// simple.
pub fn snippet(description: &str) -> &str {
    cut(description, 40)
}

fn cut(text: &str, bytes: usize) -> &str {
    if text.len() <= bytes {
        text
    } else {
        &text[..bytes]
    }
}
