//! What occurrences do to groups besides what they do to the heads.
//!
//! A group is observed as its head: that decides, and that is told. Each member observes its own
//! occurrences too, and a head notes when it failed by itself, so that one which is taken out is what
//! it would be had it never been merged; of that nobody is told.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::{
    apply::{Placed, sighting},
    find::Found,
};
use crate::{
    model::{
        id::ItemId,
        item::{Item, Sighting, Transition},
    },
    store::{
        Result, changes, items,
        merging::{self, OwnSighting},
    },
};

/// Stores what the occurrences of a batch do to members, and to heads by themselves.
pub(super) async fn observe(
    tx: &mut PgConnection,
    found: &Found,
    placed: &[Placed<'_>],
) -> Result<()> {
    let mut by_item: BTreeMap<ItemId, Vec<Sighting>> = BTreeMap::new();
    for one in placed {
        by_item.entry(one.item).or_default().push(sighting(one));
    }
    let mut members: Vec<Transition> = Vec::new();
    let mut heads: Vec<OwnSighting> = Vec::new();
    for (id, mut sightings) in by_item {
        let Some(item) = found.locked.get(&id) else {
            continue;
        };
        sightings.sort_by_key(|sighting| (sighting.received_at, sighting.occurrence));
        if item.merged_into.is_some() {
            members.push(item.clone().observe(&sightings, false));
        } else if !item.members.is_empty() {
            heads.extend(own(item, &sightings));
        }
    }
    if !heads.is_empty() {
        merging::see(&mut *tx, &heads).await?;
    }
    if members.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = members.iter().map(|member| &member.item).collect();
    items::save(&mut *tx, &rows).await?;
    let rows: Vec<_> = members
        .iter()
        .flat_map(|Transition { item, changes, .. }| {
            let of_item = move |change| (item.project_id, item.id, change);
            changes.iter().map(of_item)
        })
        .collect();
    changes::insert(&mut *tx, &rows).await.map(|_ids| ())
}

/// When a head failed by itself, by sightings of it, oldest first.
fn own(head: &Item, sightings: &[Sighting]) -> Option<OwnSighting> {
    let stored = sightings.iter().rfind(|sighting| sighting.is_stored);
    Some(OwnSighting {
        project: head.project_id,
        head: head.id,
        seen_at: sightings.last()?.received_at,
        stored: stored.map(|sighting| (sighting.received_at, sighting.occurrence)),
    })
}
