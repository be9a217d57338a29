//! Client reports: what an SDK dropped on its side.

use super::Part;
use crate::{
    model::{json::Node, tally::Dropped},
    protocol::{Malformed, field, json},
};

/// Reads an item of type `client_report`; entries that say nothing are left out.
pub(super) fn dropped(bytes: &[u8]) -> Result<Part<'_>, Malformed> {
    let report = json::parse(bytes)?;
    let mut dropped: Vec<(Dropped, u32)> = Vec::new();
    let entries = match report.get("discarded_events") {
        Some(Node::List(entries)) => entries.as_slice(),
        _ => &[],
    };
    for entry in entries {
        let word = |key| entry.get(key).and_then(Node::as_str).unwrap_or_default();
        let what = Dropped::named(word("reason"), word("category"));
        let mut quantity = None;
        if let Some(sent) = entry.get("quantity") {
            field::count(&mut quantity, sent.clone());
        }
        let Some(quantity) = quantity.filter(|quantity| *quantity > 0) else {
            continue;
        };
        match dropped.iter_mut().find(|(known, _)| *known == what) {
            Some((_, sum)) => *sum = sum.saturating_add(quantity),
            None => dropped.push((what, quantity)),
        }
    }
    Ok(Part::Dropped(dropped))
}
