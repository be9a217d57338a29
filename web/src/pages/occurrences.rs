//! An item's occurrences.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{kept::Kept, level::Level, page_frame::PageFrame, pages::item::ItemHead};

/// `/p/{slug}/items/{counter}/occurrences`: one page of an item's occurrences, newest first.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/occurrences.html")]
pub struct OccurrencesPage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// The item.
    pub item: ItemHead,
    /// How its occurrences are kept.
    pub kept: Kept,
    /// The occurrences of this page.
    pub rows: Vec<OccurrenceRow>,
    /// The URL of the following page; `None` on the last.
    pub older: Option<String>,
    /// The URL of the preceding page; `None` on the first.
    pub newer: Option<String>,
    /// Whether a cursor was given: then no rows mean a page past the end.
    pub is_paged: bool,
}

/// An occurrence as a row shows it.
#[derive(Clone, Debug)]
pub struct OccurrenceRow {
    /// Our number for it.
    pub id: i64,
    /// When we received it.
    pub received_at: DateTime<Utc>,
    /// How bad it says it is.
    pub level: Level,
    /// Who it happened to: an id, name or mail address.
    pub person: Option<String>,
    /// The machine it happened on.
    pub host: Option<String>,
    /// The version of the application.
    pub code_version: Option<String>,
    /// The URL that was asked for.
    pub url: Option<String>,
}
