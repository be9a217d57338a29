//! Client reports: what an SDK dropped on its side.

use serde_json::Value;

use super::Part;
use crate::{
    model::tally::Dropped,
    protocol::{Malformed, field, json},
};

/// Reads an item of type `client_report`; entries that say nothing are left out.
pub(super) fn dropped(bytes: &[u8]) -> Result<Part, Malformed> {
    let report = json::parse(bytes)?;
    let mut dropped: Vec<(Dropped, u32)> = Vec::new();
    let entries = report.get("discarded_events").and_then(Value::as_array);
    for entry in entries.into_iter().flatten() {
        let word = |key| entry.get(key).and_then(Value::as_str).unwrap_or_default();
        let what = Dropped::named(word("reason"), word("category"));
        let mut quantity = None;
        field::count(&mut quantity, entry["quantity"].clone());
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
