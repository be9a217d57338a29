//! The transaction of the digest, step by step.
//!
//! Always in this order, so that two nodes wait for each other and never deadlock: projects, items
//! that exist, fingerprints of new ones, counts. Whoever calls begins and commits, and moves the
//! cursor in the same transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{
    companions, counting, facets,
    limit::{self, Limits},
    overflow::{self, Overflow},
    prepare::{self, Companion, Prepared},
    telling,
};
use crate::{
    fingerprint,
    model::{
        id::{ItemCounter, ItemId, OccurrenceId, ProjectId},
        item::{Item, Sighting, Transition},
    },
    store::{
        Result,
        fingerprints::{self, Key},
        items,
        occurrences::{self, NewOccurrence},
        projects,
    },
};

/// An occurrence whose UUID was stored within this time is the same one, sent again.
const DUPLICATE_WITHIN: TimeDelta = TimeDelta::hours(24);

/// How often the items of a batch are looked for while other nodes make and delete them.
const FIND_ATTEMPTS: usize = 10;

/// What became of the records of a batch.
#[derive(Debug, Default)]
pub struct Applied {
    /// How many were stored.
    pub accepted: u64,
    /// How many were counted and not stored, for their project limits that.
    pub unstored: u64,
    /// How many were stored or counted before.
    pub duplicates: u64,
    /// How many belong to items that are discarded for ever.
    pub discarded: u64,
    /// How many belong to projects that no longer exist.
    pub orphans: u64,
    /// Whether mails were put into the outbox.
    pub mails: bool,
    /// The projects that occurrences were stored for.
    pub projects: Vec<i64>,
}

/// Where the fingerprints of a batch lead.
struct Found {
    by_key: HashMap<Key, ItemId>,
    /// Items that exist, locked.
    locked: HashMap<ItemId, Item>,
    /// Ids of items that are to be made.
    claimed: BTreeMap<ItemId, ProjectId>,
}

impl Found {
    /// Whether the item that `key` leads to is discarded for ever.
    fn is_discarded(&self, key: &Key) -> bool {
        let item = self.by_key.get(key).and_then(|id| self.locked.get(id));
        item.is_some_and(Item::is_discarded)
    }

    fn missing(&self, keys: &[Key]) -> Vec<Key> {
        let missing = keys.iter().filter(|key| !self.by_key.contains_key(key));
        missing.cloned().collect()
    }
}

/// An occurrence with its item and its id.
pub(super) struct Placed<'b> {
    pub item: ItemId,
    pub id: OccurrenceId,
    /// Whether it is more than counted.
    pub is_stored: bool,
    /// Whether its item is one that overflows.
    pub is_overflow: bool,
    pub one: &'b Prepared,
}

/// An item of the batch: as it was, and as it is now.
pub struct Touched {
    /// Whether the batch made it.
    pub is_new: bool,
    /// The version it was resolved in before.
    pub resolved_in: Option<String>,
    /// What happened to it.
    pub transition: Transition,
}

/// Applies records in the order of the journal. Wants a transaction.
pub async fn apply(
    tx: &mut PgConnection,
    records: &[&Prepared],
    companions: &[&Companion],
    now: DateTime<Utc>,
) -> Result<Applied> {
    let held = projects::hold(&mut *tx, &projects_of(records, companions)).await?;
    let limits = Limits::of(&held);
    let overflow = Overflow::of(&held);
    let held: HashSet<ProjectId> = held.into_iter().map(|held| held.id).collect();
    let batch: Vec<&Prepared> = records
        .iter()
        .copied()
        .filter(|one| held.contains(&one.key.project))
        .collect();
    let mut found = find_items(tx, &batch, &overflow, now).await?;
    let fresh = without_duplicates(tx, &batch, &limits).await?;
    let (discarded, wanted): (Vec<_>, Vec<_>) =
        fresh.iter().partition(|one| found.is_discarded(&one.key));
    let mut placed = place(tx, &found, &wanted).await?;
    limits.hold(tx, &found.locked, &mut placed).await?;
    let touched = observe(tx, &mut found, &placed).await?;

    save_items(tx, &touched).await?;
    let (stored, beyond): (Vec<_>, Vec<_>) = placed.iter().partition(|placed| placed.is_stored);
    let rows: Vec<_> = stored
        .iter()
        .map(|placed| NewOccurrence {
            id: placed.id,
            item: placed.item,
            head: &placed.one.entry.head,
            body: &placed.one.entry.body,
        })
        .collect();
    occurrences::insert(&mut *tx, &rows).await?;
    let unwanted = discarded
        .iter()
        .copied()
        .chain(beyond.iter().map(|placed| placed.one));
    companions::store(tx, companions, &held, unwanted).await?;
    counting::count(tx, &batch, &placed, &discarded).await?;
    limit::note(tx, &beyond).await?;
    facets::lay_aside(tx, &placed).await?;
    let mails = telling::tell(tx, &touched, now).await?;
    let projects: BTreeSet<i64> = placed.iter().map(|one| one.one.key.project.0).collect();

    Ok(Applied {
        accepted: stored.len() as u64,
        unstored: beyond.len() as u64,
        duplicates: (batch.len() - fresh.len()) as u64,
        discarded: discarded.len() as u64,
        orphans: (records.len() - batch.len()) as u64,
        mails,
        projects: projects.into_iter().collect(),
    })
}

fn projects_of(records: &[&Prepared], companions: &[&Companion]) -> Vec<i64> {
    let projects: BTreeSet<i64> = records
        .iter()
        .map(|one| one.key.project.0)
        .chain(companions.iter().map(|companion| companion.project().0))
        .collect();
    projects.into_iter().collect()
}

/// Locks the items that exist, and claims ids for those that do not.
async fn find_items(
    tx: &mut PgConnection,
    batch: &[&Prepared],
    overflow: &Overflow,
    now: DateTime<Utc>,
) -> Result<Found> {
    let keys: BTreeSet<&Key> = batch.iter().map(|one| &one.key).collect();
    let keys: Vec<Key> = keys.into_iter().cloned().collect();
    let mut found = Found {
        by_key: HashMap::new(),
        locked: HashMap::new(),
        claimed: BTreeMap::new(),
    };

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
    let pairs: BTreeSet<(i64, i64)> = existing
        .iter()
        .map(|(key, item)| (key.project.0, item.0))
        .collect();
    let (project_ids, item_ids): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    let items = items::lock(&mut *tx, &project_ids, &item_ids).await?;
    found
        .locked
        .extend(items.into_iter().map(|item| (item.id, item)));
    // An item that was deleted while we waited for its lock took its fingerprints with it: what is
    // left of its batch begins a new one.
    let still_there = existing
        .into_iter()
        .filter(|(_, item)| found.locked.contains_key(item));
    found.by_key.extend(still_there);
    Ok(())
}

/// The occurrences whose UUID is neither in the batch before them nor stored or counted. Looks after the items
/// are locked, so that two nodes with the same occurrence see each other.
async fn without_duplicates<'b>(
    tx: &mut PgConnection,
    batch: &[&'b Prepared],
    limits: &Limits,
) -> Result<Vec<&'b Prepared>> {
    let Some(first_at) = batch.iter().map(|one| one.entry.head.received_at).min() else {
        return Ok(Vec::new());
    };
    let project_ids: Vec<_> = batch.iter().map(|one| one.key.project.0).collect();
    let uuids: Vec<_> = batch.iter().map(|one| one.entry.head.uuid.0).collect();
    let since = first_at - DUPLICATE_WITHIN;
    let stored = occurrences::known(&mut *tx, &project_ids, &uuids, since).await?;
    let counted = limits.known(&mut *tx, batch, since).await?;
    let mut seen: HashSet<_> = stored.into_iter().chain(counted).collect();
    Ok(batch
        .iter()
        .copied()
        .filter(|one| seen.insert((one.key.project, one.entry.head.uuid)))
        .collect())
}

async fn place<'b>(
    tx: &mut PgConnection,
    found: &Found,
    fresh: &[&'b Prepared],
) -> Result<Vec<Placed<'b>>> {
    let count = i64::try_from(fresh.len()).expect("a batch is short");
    let ids = occurrences::draw_ids(&mut *tx, count).await?;
    let shared = overflow::shared_items(&found.by_key);
    Ok(fresh
        .iter()
        .zip(ids)
        .map(|(one, id)| Placed {
            item: found.by_key[&one.key],
            id: OccurrenceId(id),
            is_stored: true,
            is_overflow: shared.contains(&found.by_key[&one.key]),
            one,
        })
        .collect())
}

/// Asks the state machine what the occurrences do to their items.
async fn observe(
    tx: &mut PgConnection,
    found: &mut Found,
    placed: &[Placed<'_>],
) -> Result<Vec<Touched>> {
    let mut by_item: BTreeMap<(ProjectId, ItemId), Vec<&Placed<'_>>> = BTreeMap::new();
    for one in placed {
        by_item
            .entry((one.one.key.project, one.item))
            .or_default()
            .push(one);
    }
    let mut counters = draw_counters(tx, found, &by_item).await?;
    unclaim(tx, found, &by_item).await?;

    // Items of a batch are numbered in the order in which they first failed.
    let mut by_item: Vec<_> = by_item.into_iter().collect();
    for (_, members) in &mut by_item {
        members.sort_by_key(|placed| (placed.one.entry.head.received_at, placed.id));
    }
    by_item.sort_by_key(|(_, members)| members[0].id);

    let mut touched = Vec::with_capacity(by_item.len());
    for ((project, id), members) in by_item {
        let before = found.locked.remove(&id);
        let is_new = before.is_none();
        let item = before.unwrap_or_else(|| {
            let counter = counters.get_mut(&project).and_then(Iterator::next);
            new_item(
                id,
                ItemCounter(counter.expect("one was drawn for each")),
                members[0],
            )
        });
        let sightings: Vec<Sighting> = members.iter().map(|placed| sighting(placed)).collect();
        let resolved_in = item.resolved_in.clone();
        let transition = item.observe(&sightings, is_new);
        touched.push(Touched {
            is_new,
            resolved_in,
            transition,
        });
    }
    Ok(touched)
}

async fn draw_counters(
    tx: &mut PgConnection,
    found: &Found,
    by_item: &BTreeMap<(ProjectId, ItemId), Vec<&Placed<'_>>>,
) -> Result<BTreeMap<ProjectId, std::ops::RangeInclusive<i64>>> {
    let mut wanted: BTreeMap<ProjectId, i64> = BTreeMap::new();
    for (project, item) in by_item.keys() {
        if !found.locked.contains_key(item) {
            *wanted.entry(*project).or_default() += 1;
        }
    }
    let mut counters = BTreeMap::new();
    for (project, count) in wanted {
        let last = projects::draw_counters(&mut *tx, project, count).await?;
        counters.insert(project, last - count + 1..=last);
    }
    Ok(counters)
}

/// Takes back fingerprints that were claimed for occurrences which turned out to be duplicates.
async fn unclaim(
    tx: &mut PgConnection,
    found: &Found,
    by_item: &BTreeMap<(ProjectId, ItemId), Vec<&Placed<'_>>>,
) -> Result<()> {
    let unused = found
        .claimed
        .iter()
        .filter(|(item, project)| !by_item.contains_key(&(**project, **item)));
    let (project_ids, item_ids): (Vec<_>, Vec<_>) =
        unused.map(|(item, project)| (project.0, item.0)).unzip();
    if item_ids.is_empty() {
        return Ok(());
    }
    fingerprints::unclaim(&mut *tx, &project_ids, &item_ids).await
}

fn new_item(id: ItemId, counter: ItemCounter, first: &Placed<'_>) -> Item {
    let (title, culprit) = if first.is_overflow {
        (overflow::title(), None)
    } else {
        let grouped = &first.one.grouped;
        (grouped.title.clone(), grouped.culprit.clone())
    };
    Item::begun_by(&first.one.entry.head, first.id, id, counter, title, culprit)
}

fn sighting(placed: &Placed<'_>) -> Sighting {
    let head = &placed.one.entry.head;
    Sighting {
        received_at: head.received_at,
        occurrence: placed.id,
        code_version: head.code_version.clone(),
        is_stored: placed.is_stored,
    }
}

async fn save_items(tx: &mut PgConnection, touched: &[Touched]) -> Result<()> {
    let (new, known): (Vec<_>, Vec<_>) = touched.iter().partition(|touched| touched.is_new);
    let items = |touched: Vec<&'_ Touched>| {
        touched
            .into_iter()
            .map(|one| one.transition.item.clone())
            .collect::<Vec<_>>()
    };
    let (new, known) = (items(new), items(known));
    if !known.is_empty() {
        items::save(&mut *tx, &known.iter().collect::<Vec<_>>()).await?;
    }
    if !new.is_empty() {
        items::insert(&mut *tx, &new.iter().collect::<Vec<_>>()).await?;
    }
    Ok(())
}
