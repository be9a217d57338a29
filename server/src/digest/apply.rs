//! The transaction of the digest, step by step.
//!
//! Always in this order, so that two nodes wait for each other and never deadlock: projects, items
//! that exist with the heads of their groups, fingerprints of new ones, counts. Whoever calls begins
//! and commits, and moves the cursor in the same transaction.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{
    companions, counting, facets,
    find::{self, Found},
    groups,
    limit::{self, Limits},
    overflow::{self, Overflow},
    prepare::{Companion, Prepared},
    rates::Rates,
    telling,
};
use crate::{
    model::{
        id::{ItemCounter, ItemId, OccurrenceId, ProjectId},
        item::{Item, Sighting, Transition},
    },
    store::{
        Result, items,
        occurrences::{self, NewOccurrence},
        projects,
    },
};

/// An occurrence whose UUID was stored within this time is the same one, sent again.
pub(super) const DUPLICATE_WITHIN: TimeDelta = TimeDelta::hours(24);

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

/// An occurrence with its item and its id.
pub(super) struct Placed<'b> {
    /// The item that its fingerprint leads to: a member where that is merged.
    pub item: ItemId,
    pub id: OccurrenceId,
    /// Whether it is more than counted.
    pub is_stored: bool,
    /// Whether its item is one that overflows.
    pub is_overflow: bool,
    pub one: &'b Prepared,
}

/// An item of the batch, or the head of its group: as it was, and as it is now.
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
    rates: &mut Rates,
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
    let mut found = find::items(tx, &batch, &overflow, now).await?;
    let fresh = without_duplicates(tx, &batch, &limits).await?;
    let (discarded, wanted): (Vec<_>, Vec<_>) =
        fresh.iter().partition(|one| found.is_discarded(&one.key));
    let mut placed = place(tx, &found, &wanted).await?;
    limits.hold(tx, &found.locked, &mut placed).await?;
    groups::observe(tx, &found, &placed).await?;
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
    companions::store(tx, companions, &held, &limits, unwanted).await?;
    counting::count(tx, &batch, &placed, &discarded).await?;
    limit::note(tx, &beyond).await?;
    facets::lay_aside(tx, &placed).await?;
    let mails = telling::tell(tx, &touched, rates, now).await?;
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

/// The occurrences whose UUID is neither in the batch before them nor stored or counted. Looks after the items
/// are locked, so that two nodes with the same occurrence see each other.
async fn without_duplicates<'b>(
    tx: &mut PgConnection,
    batch: &[&'b Prepared],
    limits: &Limits,
) -> Result<Vec<&'b Prepared>> {
    let times = batch.iter().map(|one| one.entry.head.received_at);
    let (Some(first_at), Some(last_at)) = (times.clone().min(), times.max()) else {
        return Ok(Vec::new());
    };
    let project_ids: Vec<_> = batch.iter().map(|one| one.key.project.0).collect();
    let uuids: Vec<_> = batch.iter().map(|one| one.entry.head.uuid.0).collect();
    let since = first_at - DUPLICATE_WITHIN;
    let within = since..last_at + DUPLICATE_WITHIN;
    let stored = occurrences::known(&mut *tx, &project_ids, &uuids, within).await?;
    let asked = batch
        .iter()
        .map(|one| (one.key.project, one.entry.head.uuid));
    let counted = limits.known(&mut *tx, asked, since).await?;
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

/// Asks the state machine what the occurrences do to their items; those of a group, to its head.
async fn observe(
    tx: &mut PgConnection,
    found: &mut Found,
    placed: &[Placed<'_>],
) -> Result<Vec<Touched>> {
    let mut by_item: BTreeMap<(ProjectId, ItemId), Vec<&Placed<'_>>> = BTreeMap::new();
    for one in placed {
        by_item
            .entry((one.one.key.project, found.head(one.item)))
            .or_default()
            .push(one);
    }
    let mut counters = draw_counters(tx, found, &by_item).await?;
    let is_used = |project, item| by_item.contains_key(&(project, item));
    found.unclaim(tx, is_used).await?;

    // Items of a batch are numbered in the order in which they first failed.
    let mut by_item: Vec<_> = by_item.into_iter().collect();
    for (_, reported) in &mut by_item {
        reported.sort_by_key(|placed| (placed.one.entry.head.received_at, placed.id));
    }
    by_item.sort_by_key(|(_, reported)| reported[0].id);

    let mut touched = Vec::with_capacity(by_item.len());
    for ((project, id), reported) in by_item {
        let before = found.locked.remove(&id);
        let is_new = before.is_none();
        let item = before.unwrap_or_else(|| {
            let counter = counters.get_mut(&project).and_then(Iterator::next);
            new_item(
                id,
                ItemCounter(counter.expect("one was drawn for each")),
                reported[0],
            )
        });
        let sightings: Vec<Sighting> = reported.iter().map(|placed| sighting(placed)).collect();
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

fn new_item(id: ItemId, counter: ItemCounter, first: &Placed<'_>) -> Item {
    let (title, culprit) = if first.is_overflow {
        (overflow::title(), None)
    } else {
        let grouped = &first.one.grouped;
        (grouped.title.clone(), grouped.culprit.clone())
    };
    Item::begun_by(&first.one.entry.head, first.id, id, counter, title, culprit)
}

pub(super) fn sighting(placed: &Placed<'_>) -> Sighting {
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
