//! Which items the fingerprints of a batch lead to: those that exist are locked, with the heads of
//! their groups, and ids are claimed for those that do not.
//!
//! Fingerprints are looked up before their items are locked. Meanwhile an item may be deleted: its
//! fingerprints went with it, and what is left of its batch begins a new one. It may be merged or
//! taken out: that moves no fingerprint, only its head, and the lock gives the row as it is then.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{
    overflow::Overflow,
    prepare::{self, Prepared},
};
use crate::{
    fingerprint,
    model::{
        id::{ItemId, ProjectId},
        item::Item,
    },
    store::{
        Result,
        fingerprints::{self, Key},
        items,
    },
};

/// How often the items of a batch are looked for while other nodes make and delete them.
const FIND_ATTEMPTS: usize = 10;

/// Where the fingerprints of a batch lead.
#[derive(Default)]
pub(super) struct Found {
    /// Each with its own item, which may be a member of a group.
    pub by_key: HashMap<Key, ItemId>,
    /// Items that exist and the heads of their groups, locked.
    pub locked: HashMap<ItemId, Item>,
    /// Ids of items that are to be made.
    claimed: BTreeMap<ItemId, ProjectId>,
}

impl Found {
    /// Whether what arrives of the item that `key` leads to is discarded for ever.
    pub fn is_discarded(&self, key: &Key) -> bool {
        let item = self.by_key.get(key);
        let head = item.and_then(|item| self.locked.get(&self.head(*item)));
        head.is_some_and(Item::is_discarded)
    }

    /// The item whose state an occurrence of `item` is about: the head of its group, or itself.
    pub fn head(&self, item: ItemId) -> ItemId {
        let merged_into = self.locked.get(&item).and_then(|item| item.merged_into);
        merged_into.unwrap_or(item)
    }

    /// Takes back fingerprints that were claimed for occurrences which turned out to be duplicates:
    /// those of items that are not `used`.
    pub async fn unclaim(
        &self,
        tx: &mut PgConnection,
        used: impl Fn(ProjectId, ItemId) -> bool,
    ) -> Result<()> {
        let unused = self
            .claimed
            .iter()
            .filter(|(item, project)| !used(**project, **item));
        let (project_ids, item_ids): (Vec<_>, Vec<_>) =
            unused.map(|(item, project)| (project.0, item.0)).unzip();
        if item_ids.is_empty() {
            return Ok(());
        }
        fingerprints::unclaim(&mut *tx, &project_ids, &item_ids).await
    }

    fn missing(&self, keys: &[Key]) -> Vec<Key> {
        let missing = keys.iter().filter(|key| !self.by_key.contains_key(key));
        missing.cloned().collect()
    }
}

/// Locks the items that exist, and claims ids for those that do not.
pub(super) async fn items(
    tx: &mut PgConnection,
    batch: &[&Prepared],
    overflow: &Overflow,
    now: DateTime<Utc>,
) -> Result<Found> {
    let keys: BTreeSet<&Key> = batch.iter().map(|one| &one.key).collect();
    let keys: Vec<Key> = keys.into_iter().cloned().collect();
    let mut found = Found::default();

    let version = fingerprint::VERSION.cast_signed();
    for _ in 0..FIND_ATTEMPTS {
        let existing = fingerprints::find(&mut *tx, &found.missing(&keys)).await?;
        lock(tx, &mut found, existing).await?;
        adopt(tx, &mut found, batch, &keys, now).await?;
        let missing = found.missing(&keys);
        if missing.is_empty() {
            return Ok(found);
        }
        let divided = overflow.divide(tx, batch, missing).await?;
        let shared = divided.shared(&found.by_key);
        if !shared.is_empty() {
            let existing = fingerprints::find(&mut *tx, &shared).await?;
            lock(tx, &mut found, existing).await?;
        }
        let claimed = divided.claimed(&found.by_key);
        for (key, item) in fingerprints::claim(&mut *tx, &claimed, version, now).await? {
            found.claimed.insert(item, key.project);
            found.by_key.insert(key, item);
        }
        divided.lead(&mut found.by_key);
        if found.missing(&keys).is_empty() {
            return Ok(found);
        }
        // The rest another node has just claimed, and committed: it is found the next time, unless
        // somebody deletes it in between.
    }
    Err(sqlx::Error::RowNotFound)
}

/// Leads fingerprints that are not known yet to the items that older versions of the grouping made
/// of such occurrences: a change of the rules splits no item.
async fn adopt(
    tx: &mut PgConnection,
    found: &mut Found,
    batch: &[&Prepared],
    keys: &[Key],
    now: DateTime<Utc>,
) -> Result<()> {
    let missing: BTreeSet<Key> = found.missing(keys).into_iter().collect();
    // Newest version first: that one decides.
    let mut older: Vec<(Key, &Key)> = Vec::new();
    for one in batch.iter().filter(|one| missing.contains(&one.key)) {
        // It was readable when it was grouped.
        let Ok(evidence) = one.entry.evidence() else {
            continue;
        };
        for (_version, fingerprint) in fingerprint::older(&evidence) {
            older.push((prepare::key(&one.entry.head, fingerprint), &one.key));
        }
    }
    if older.is_empty() {
        return Ok(());
    }
    let asked: BTreeSet<&Key> = older.iter().map(|(key, _)| key).collect();
    let asked: Vec<Key> = asked.into_iter().cloned().collect();
    let known = fingerprints::find(&mut *tx, &asked).await?;
    if known.is_empty() {
        return Ok(());
    }
    lock(tx, found, known).await?;
    let mut led: BTreeMap<Key, ItemId> = BTreeMap::new();
    for (older, key) in older {
        if let Some(item) = found.by_key.get(&older) {
            led.entry(key.clone()).or_insert(*item);
        }
    }
    let led: Vec<(Key, ItemId)> = led.into_iter().collect();
    let version = fingerprint::VERSION.cast_signed();
    found
        .by_key
        .extend(fingerprints::lead(&mut *tx, &led, version, now).await?);
    Ok(())
}

async fn lock(
    tx: &mut PgConnection,
    found: &mut Found,
    existing: Vec<(Key, ItemId)>,
) -> Result<()> {
    let pairs = existing.iter().map(|(key, item)| (key.project.0, item.0));
    lock_items(tx, found, pairs.collect()).await?;
    // Those that were merged while we waited. As long as we hold the member, its head stays. This
    // one lock is out of order: a deadlock would run the batch again.
    let late = found.locked.values().filter_map(|item| {
        let head = item.merged_into?;
        (!found.locked.contains_key(&head)).then_some((item.project_id.0, head.0))
    });
    let late: BTreeSet<(i64, i64)> = late.collect();
    if !late.is_empty() {
        lock_items(tx, found, late).await?;
    }
    // An item that was deleted while we waited for its lock took its fingerprints with it: what is
    // left of its batch begins a new one.
    let still_there = existing
        .into_iter()
        .filter(|(_, item)| found.locked.contains_key(item));
    found.by_key.extend(still_there);
    Ok(())
}

async fn lock_items(
    tx: &mut PgConnection,
    found: &mut Found,
    pairs: BTreeSet<(i64, i64)>,
) -> Result<()> {
    let (project_ids, item_ids): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let items = items::lock(&mut *tx, &project_ids, &item_ids).await?;
    found
        .locked
        .extend(items.into_iter().map(|item| (item.id, item)));
    Ok(())
}
