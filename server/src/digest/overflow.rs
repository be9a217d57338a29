//! The limit of new items: above a rate, what would begin further ones shares an item.
//!
//! Who can report can make up fingerprints, and each would be an item, a mail and a line for
//! somebody to read. So a project begins so many items in a minute of the clock; what would begin
//! more goes into one item of its environment that overflows: stored and counted as any other, with
//! one mail in all. Its fingerprints are not noted, so that each begins its own item when it comes
//! again and there is room.
//!
//! The minute is that of receipt, and what began in it stands in `items`: a backlog that is digested
//! at once meets no limit that it would not have met in its time, and nodes share it, but for what
//! they begin in the same moment.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::prepare::Prepared;
use crate::{
    model::{
        hour::minute_of,
        id::{ItemId, ProjectId},
        project::NEW_ITEMS_PER_MINUTE,
        text::Title,
    },
    store::{Result, fingerprints::Key, item_sums, projects::Held},
};

/// The fingerprint of an item that overflows: no hash of anything.
const SHA256: [u8; 32] = *b"rollcage: further new items here";

/// The limits of a batch's projects.
pub(super) struct Overflow {
    per_minute: HashMap<ProjectId, i32>,
}

/// Fingerprints that lead nowhere yet: what may begin items, and what overflows.
pub(super) struct Divided {
    beginning: Vec<Key>,
    /// Each with the fingerprint of the item that it goes to.
    beyond: Vec<(Key, Key)>,
}

impl Overflow {
    /// Those of `projects`.
    pub fn of(projects: &[Held]) -> Self {
        let per_minute = projects.iter().filter_map(|held| {
            let limit = held.new_items_per_minute?;
            Some((held.id, limit))
        });
        Self {
            per_minute: per_minute.collect(),
        }
    }

    /// Decides which of the `missing` fingerprints begin items: those that came first.
    pub async fn divide(
        &self,
        tx: &mut PgConnection,
        batch: &[&Prepared],
        missing: Vec<Key>,
    ) -> Result<Divided> {
        let minutes = by_minute(batch, &missing);
        let asked: Vec<_> = minutes
            .keys()
            .map(|(project, minute)| (*project, *minute, self.limit(*project)))
            .collect();
        let begun = item_sums::begun_in(&mut *tx, &asked).await?;
        let begun: HashMap<_, _> = begun.into_iter().collect();
        let mut beyond = HashSet::new();
        for ((project, minute), keys) in minutes {
            let begun = begun.get(&(project, minute)).copied().unwrap_or(0);
            let room = i64::from(self.limit(project)).saturating_sub(begun);
            let room = usize::try_from(room).unwrap_or(0);
            beyond.extend(keys.into_iter().skip(room));
        }
        let (beyond, beginning) = missing.into_iter().partition(|key| beyond.contains(key));
        let beyond: Vec<Key> = beyond;
        Ok(Divided {
            beginning,
            beyond: beyond
                .into_iter()
                .map(|key| (key.clone(), shared(&key)))
                .collect(),
        })
    }

    fn limit(&self, project: ProjectId) -> i32 {
        self.per_minute
            .get(&project)
            .copied()
            .unwrap_or(NEW_ITEMS_PER_MINUTE)
    }
}

impl Divided {
    /// Fingerprints of the items that overflow, where they are not known yet.
    pub fn shared(&self, known: &HashMap<Key, ItemId>) -> Vec<Key> {
        let shared: BTreeSet<&Key> = self.beyond.iter().map(|(_, shared)| shared).collect();
        let shared = shared.into_iter().filter(|key| !known.contains_key(key));
        shared.cloned().collect()
    }

    /// The fingerprints that begin items, in order.
    pub fn claimed(&self, known: &HashMap<Key, ItemId>) -> Vec<Key> {
        let mut claimed = self.beginning.clone();
        claimed.extend(self.shared(known));
        claimed.sort();
        claimed
    }

    /// Leads what overflows to the items that are there for it.
    pub fn lead(self, by_key: &mut HashMap<Key, ItemId>) {
        for (key, shared) in self.beyond {
            if let Some(item) = by_key.get(&shared) {
                by_key.insert(key, *item);
            }
        }
    }
}

/// Whether `key` is that of an item which overflows.
fn is_shared(key: &Key) -> bool {
    key.sha256 == SHA256
}

/// What people read of an item that overflows.
pub(super) fn title() -> Title {
    Title::new("Further new items: more began in a minute than this project may have")
}

/// The items that overflow among those that fingerprints lead to.
pub(super) fn shared_items(by_key: &HashMap<Key, ItemId>) -> HashSet<ItemId> {
    let shared = by_key.iter().filter(|(key, _)| is_shared(key));
    shared.map(|(_, item)| *item).collect()
}

/// The fingerprint of the item that `key` overflows into.
fn shared(key: &Key) -> Key {
    Key {
        sha256: SHA256,
        ..key.clone()
    }
}

/// Fingerprints by the minute in which they first came, in the order in which they did.
fn by_minute(
    batch: &[&Prepared],
    missing: &[Key],
) -> BTreeMap<(ProjectId, DateTime<Utc>), Vec<Key>> {
    let missing: HashSet<&Key> = missing.iter().collect();
    let mut first: HashMap<&Key, (DateTime<Utc>, usize)> = HashMap::new();
    for (at, one) in batch.iter().enumerate() {
        if missing.contains(&one.key) {
            let came = (one.entry.head.received_at, at);
            let first = first.entry(&one.key).or_insert(came);
            *first = came.min(*first);
        }
    }
    let mut first: Vec<_> = first.into_iter().collect();
    first.sort_by_key(|(_, came)| *came);
    let mut minutes: BTreeMap<_, Vec<Key>> = BTreeMap::new();
    for (key, (received_at, _)) in first {
        let minute = minute_of(received_at);
        minutes
            .entry((key.project, minute))
            .or_default()
            .push(key.clone());
    }
    minutes
}
