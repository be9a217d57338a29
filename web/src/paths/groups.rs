//! The URLs of items that are merged.
//!
//! What was just done stands in the query of the page that follows: numbers of items that stood by
//! themselves before are divided by dots, and those of different groups by `_`.

use std::fmt::Display;

use super::{item, query, segment};

/// Where items of a list are merged; POST only.
pub fn merging(slug: &str) -> String {
    format!("/p/{}/merging", segment(slug))
}

/// Where items are taken out of the one that they are merged into; POST only.
pub fn separation(slug: &str, counter: impl Display) -> String {
    format!("{}/separation", item(slug, counter))
}

/// One item, after others were merged into it: `groups` as they stood by themselves before.
pub fn item_merged(slug: &str, counter: impl Display, groups: &[Vec<i64>]) -> String {
    let groups: Vec<_> = groups.iter().map(|group| together(group)).collect();
    let groups = groups.join("_");
    format!("{}{}", item(slug, counter), query(&[("merged", &groups)]))
}

/// One item, after these were taken out of it.
pub fn item_separated(slug: &str, counter: impl Display, items: &[i64]) -> String {
    let items = together(items);
    format!("{}{}", item(slug, counter), query(&[("apart", &items)]))
}

/// One item, where somebody asked for another that is merged into it.
pub fn item_asked(slug: &str, counter: impl Display, member: impl Display) -> String {
    let member = member.to_string();
    format!("{}{}", item(slug, counter), query(&[("asked", &member)]))
}

/// `45.46`: items that stand by themselves together.
pub fn together(items: &[i64]) -> String {
    let items: Vec<_> = items.iter().map(i64::to_string).collect();
    items.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_needs_no_escapes() {
        assert_eq!(
            item_merged("shop", 12, &[vec![45, 46], vec![50]]),
            "/p/shop/items/12?merged=45.46_50"
        );
        assert_eq!(
            item_separated("shop", 12, &[45, 46]),
            "/p/shop/items/12?apart=45.46"
        );
        assert_eq!(item_asked("shop", 12, 45), "/p/shop/items/12?asked=45");
        assert_eq!(separation("shop", 12), "/p/shop/items/12/separation");
    }
}
