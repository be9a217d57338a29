//! How often each value of a facet came, within bounds.
//!
//! Of a key of an item and day [`VALUES_MAX`] values are kept; what comes of others is counted
//! together. A value that comes late and often takes the place of one that came seldom, so a count
//! may begin late: it is never too high, and all counts of a key are always as many as its
//! occurrences.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{OWN_KEYS_MAX, is_own};
use crate::model::id::{ItemId, ProjectId};

/// Values that are kept of a key of an item and day: more than twice what is shown, so that one
/// that grows has room to.
pub const VALUES_MAX: usize = 50;

/// The value under which all are counted that are not kept. No facet has it.
pub const OTHERS: &str = "";

/// Bytes of a batch once it is unpacked: many times what a batch of the digest can have, so only a
/// damaged row meets it.
const UNPACKED_MAX_BYTES: usize = 64 << 20;

/// The level of compression: batches live for seconds.
const ZSTD_LEVEL: i32 = 1;

/// How often each value came.
pub type Values<'f> = BTreeMap<Cow<'f, str>, i64>;

/// The values of each key.
pub type Keys<'f> = BTreeMap<Cow<'f, str>, Values<'f>>;

/// Of which item, and on which day of our clock, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemDay {
    /// The item's project.
    pub project: ProjectId,
    /// The item.
    pub item: ItemId,
    /// The day.
    pub day: NaiveDate,
}

/// Facets of many occurrences.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts<'f>(pub BTreeMap<ItemDay, Keys<'f>>);

impl<'f> Counts<'f> {
    /// Counts a facet `count` times more.
    pub fn add(&mut self, of: ItemDay, key: Cow<'f, str>, value: Cow<'f, str>, count: i64) {
        let keys = self.0.entry(of).or_default();
        *keys.entry(key).or_default().entry(value).or_default() += count;
    }

    /// As bytes, compressed, and how many they are unpacked.
    pub fn pack(&self) -> (Vec<u8>, usize) {
        let list: Vec<_> = self.0.iter().collect();
        let json = serde_json::to_vec(&list).expect("its maps have texts as keys");
        let packed = zstd::bulk::compress(&json, ZSTD_LEVEL).expect("the level is one of zstd's");
        (packed, json.len())
    }

    /// Adds what `pack` made: the bytes, and how many they are unpacked.
    ///
    /// # Errors
    /// When it is something else.
    pub fn add_packed(&mut self, packed: &[u8], size: usize) -> Result<(), std::io::Error> {
        let json = zstd::bulk::decompress(packed, size.min(UNPACKED_MAX_BYTES))?;
        let list: Vec<(ItemDay, Keys<'static>)> = serde_json::from_slice(&json)?;
        for (of, keys) in list {
            for (key, values) in keys {
                for (value, count) in values {
                    self.add(of, key.clone(), value, count);
                }
            }
        }
        Ok(())
    }
}

/// What is to be changed of what is kept of an item and day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change<'c> {
    /// What is added: key, value, count.
    pub added: Vec<(&'c str, &'c str, i64)>,
    /// Values whose place another takes: key, value.
    pub removed: Vec<(&'c str, &'c str)>,
}

/// Adds what came to what is known of an item and day.
pub fn merge<'c>(known: &'c Keys<'_>, came: &'c Keys<'_>) -> Change<'c> {
    let mut change = Change::default();
    let unwanted = unwanted(known, came);
    let nothing = const { &Values::new() };
    for (key, came) in came {
        if !unwanted.contains(&**key) {
            let kept = known.get(key).unwrap_or(nothing);
            merge_values(key, kept, came, &mut change);
        }
    }
    change
}

/// The application's keys for which there is no room: of those that are new the ones that came least.
fn unwanted<'c>(known: &Keys<'_>, came: &'c Keys<'_>) -> BTreeSet<&'c str> {
    let mut new: Vec<(i64, &str)> = came
        .iter()
        .filter(|(key, _)| is_own(key) && !known.contains_key(*key))
        .map(|(key, values)| (-values.values().sum::<i64>(), &**key))
        .collect();
    new.sort_unstable();
    let room = OWN_KEYS_MAX.saturating_sub(known.keys().filter(|key| is_own(key)).count());
    new.into_iter().skip(room).map(|(_, key)| key).collect()
}

fn merge_values<'c>(
    key: &'c str,
    known: &'c Values<'_>,
    came: &'c Values<'_>,
    change: &mut Change<'c>,
) {
    let kept = known.iter().filter(|(value, _)| *value != OTHERS);
    let mut kept: Vec<Counted<'_>> = kept
        .map(|(value, count)| Counted {
            value,
            known: *count,
            came: came.get(value).copied().unwrap_or_default(),
        })
        .collect();
    let mut new: Vec<(&str, i64)> = came
        .iter()
        .filter(|(value, _)| *value != OTHERS && !known.contains_key(*value))
        .map(|(value, count)| (&**value, *count))
        .collect();
    new.sort_by_key(|(_, count)| -count);
    let room = VALUES_MAX.saturating_sub(kept.len()).min(new.len());
    let late = new.split_off(room);
    let mut others = came.get(OTHERS).copied().unwrap_or_default();

    if let Some((heaviest, _)) = late.first() {
        // The lightest first; among equals anyone, but not always the same one: a value that comes
        // again and again stays longer than those that never do.
        kept.sort_by_cached_key(|one| (one.sum(), mixed(one.value, heaviest)));
    }
    let mut lightest = 0;
    for (at, (value, count)) in late.into_iter().enumerate() {
        // Of equals only one changes places, or values that never come again would change them
        // for ever.
        let takes_place = kept
            .get(lightest)
            .is_some_and(|one| count > one.sum() || (at == 0 && count == one.sum()));
        if takes_place {
            others += kept[lightest].sum();
            change.removed.push((key, kept[lightest].value));
            new.push((value, count));
            lightest += 1;
        } else {
            others += count;
        }
    }

    let still = kept.iter().skip(lightest);
    let still = still.map(|one| (one.value, one.came));
    let counts = still.chain(new).chain([(OTHERS, others)]);
    let counts = counts.filter(|(_, count)| *count > 0);
    change
        .added
        .extend(counts.map(|(value, count)| (key, value, count)));
}

/// A value that is kept.
struct Counted<'c> {
    value: &'c str,
    known: i64,
    came: i64,
}

impl Counted<'_> {
    fn sum(&self) -> i64 {
        self.known + self.came
    }
}

fn mixed(value: &str, with: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (value, with).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests;
