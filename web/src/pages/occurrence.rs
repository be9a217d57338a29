//! One occurrence in full.

use askama::Template;

use crate::{occurrence::OccurrenceView, page_frame::PageFrame, pages::item::ItemHead};

/// `/p/{slug}/items/{counter}/occurrences/{id}`: one occurrence.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/occurrence.html")]
pub struct OccurrencePage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// The item it belongs to.
    pub item: ItemHead,
    /// The occurrence.
    pub occurrence: OccurrenceView,
    /// The id of the next older occurrence of the item.
    pub older: Option<i64>,
    /// The id of the next newer occurrence of the item.
    pub newer: Option<i64>,
    /// The id of the item's newest occurrence, unless this is it.
    pub newest: Option<i64>,
}

impl OccurrencePage {
    fn slug(&self) -> &str {
        self.frame.slug()
    }
}
