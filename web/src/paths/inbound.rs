//! What comes in beside occurrences, what is kept out, and where all of it went.

use std::fmt::Display;

use super::{query, segment, settings};
use crate::pages::{FilterKind, Period};

/// Where everything went that was received for a project.
pub fn usage(slug: &str) -> String {
    format!("/p/{}/usage", segment(slug))
}

/// The same, of another time than the last day.
pub fn usage_of(slug: &str, period: Period) -> String {
    format!("{}{}", usage(slug), query(&[("period", period.name())]))
}

/// What people say about a project's failures, newest first.
pub fn feedback(slug: &str) -> String {
    format!("/p/{}/feedback", segment(slug))
}

/// The page of feedback older than `cursor`.
pub fn feedback_before(slug: &str, cursor: &str) -> String {
    format!("{}{}", feedback(slug), query(&[("before", cursor)]))
}

/// The page of feedback newer than `cursor`.
pub fn feedback_after(slug: &str, cursor: &str) -> String {
    format!("{}{}", feedback(slug), query(&[("after", cursor)]))
}

/// A file that came with an occurrence, to be downloaded; `uuid` is the SDK's name of the occurrence.
pub fn attachment(slug: &str, uuid: &str, id: impl Display) -> String {
    format!(
        "/p/{}/occurrences/{}/attachments/{id}",
        segment(slug),
        segment(uuid)
    )
}

/// A project's inbound filters, and the items that are discarded.
pub fn filters(slug: &str) -> String {
    format!("{}/filters", settings(slug))
}

/// Where the patterns of one filter are set; POST only.
pub fn filter(slug: &str, kind: FilterKind) -> String {
    format!("{}/{}", filters(slug), kind.name())
}

/// Where the filters that are on or off are set; POST only.
pub fn filter_switches(slug: &str) -> String {
    format!("{}/switches", filters(slug))
}

/// What would happen to an occurrence; one that is pasted is posted there too.
pub fn trial(slug: &str) -> String {
    format!("{}/test", filters(slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_things() {
        assert_eq!(usage_of("shop", Period::Week), "/p/shop/usage?period=7d");
        assert_eq!(
            attachment("shop", "5f1c0a4e-8d37-4b1f-9c9f-5d3e4a8e9d2b", 7),
            "/p/shop/occurrences/5f1c0a4e-8d37-4b1f-9c9f-5d3e4a8e9d2b/attachments/7"
        );
        assert_eq!(
            attachment("shop", "../x", 7),
            "/p/shop/occurrences/..%2Fx/attachments/7"
        );
        assert_eq!(
            filter("shop", FilterKind::Addresses),
            "/p/shop/settings/filters/addresses"
        );
        assert_eq!(trial("shop"), "/p/shop/settings/filters/test");
    }
}
