//! A project's items, filtered and sorted.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    chart::BarChart,
    filter::{ItemFilter, StatusFilter},
    level::Level,
    page_frame::PageFrame,
    status::Status,
};

/// `/p/{slug}/items`: one page of the project's items.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/items.html")]
pub struct ItemsPage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// What the list was asked for.
    pub filter: ItemFilter,
    /// The environments that occur in the project, by name.
    pub environments: Vec<String>,
    /// How many items stand where, whatever else is asked for; `None` when not counted.
    pub status_counts: Option<StatusCounts>,
    /// The items of this page.
    pub rows: Vec<ItemRow>,
    /// The URL of the following page; `None` on the last.
    pub older: Option<String>,
    /// The URL of the preceding page; `None` on the first.
    pub newer: Option<String>,
    /// Whether a cursor was given: then no rows mean a page past the end.
    pub is_paged: bool,
    /// Whether the project ever had an item.
    pub has_items: bool,
    /// Where the page hears of what happens meanwhile: [`crate::paths::items_live`]; `None` on
    /// pages after the first, and for lists that nothing new can enter.
    pub live: Option<String>,
}

/// How many of a project's items stand where.
#[derive(Clone, Copy, Debug)]
pub struct StatusCounts {
    /// Active items.
    pub active: i64,
    /// Resolved items.
    pub resolved: i64,
    /// Muted items.
    pub muted: i64,
    /// Items that are discarded for ever.
    pub discarded: i64,
}

/// An item as a row shows it.
#[derive(Clone, Debug)]
pub struct ItemRow {
    /// Its number within the project.
    pub counter: i64,
    /// Its title.
    pub title: String,
    /// The frame that failed, as `shop/cart.py in add`.
    pub culprit: Option<String>,
    /// The environment it was seen in.
    pub environment: String,
    /// How bad it is.
    pub level: Level,
    /// Where it stands.
    pub status: Status,
    /// Occurrences of the last 24 hours, 24 counts, oldest first.
    pub hours: BarChart,
    /// Occurrences since it was first seen.
    pub total: i64,
    /// When its first occurrence arrived.
    pub first_seen_at: DateTime<Utc>,
    /// When its newest occurrence arrived.
    pub last_seen_at: DateTime<Utc>,
    /// How many items are merged into it.
    pub merged: usize,
}

impl ItemsPage {
    /// How many items a tab would show, where that was counted.
    fn tab_count(&self, choice: StatusFilter) -> Option<i64> {
        let counts = self.status_counts?;
        Some(match choice {
            StatusFilter::Active => counts.active,
            StatusFilter::Resolved => counts.resolved,
            StatusFilter::Muted => counts.muted,
            StatusFilter::Discarded => counts.discarded,
            StatusFilter::All => counts.active + counts.resolved + counts.muted,
        })
    }

    /// What the filter is without text, level and environment.
    fn unfiltered(&self) -> ItemFilter {
        ItemFilter {
            status: self.filter.status,
            sort: self.filter.sort,
            ..ItemFilter::default()
        }
    }
}
