//! The limit of stored occurrences: which of a batch are only counted.
//!
//! A project may say how many occurrences of an item it wants to have of a UTC hour. The first ones
//! are stored; those beyond are counted wherever any are, and leave nothing but their UUID, so that
//! one that is sent again counts once. One that brings a resolved item back is stored all the same:
//! it is what the mail about it shows.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::apply::Placed;
use crate::{
    model::{
        hour::hour_of,
        id::{ItemId, OccurrenceUuid, ProjectId},
        item::Item,
    },
    store::{
        Result,
        counts::ItemHour,
        projects::Held,
        unstored::{self, Unstored},
    },
};

/// The limits of a batch's projects; of most there is none.
pub(super) struct Limits {
    per_hour: HashMap<ProjectId, i64>,
    /// Projects of which something may have been counted and not stored.
    limited: HashSet<ProjectId>,
}

impl Limits {
    /// Those of `projects`.
    pub fn of(projects: &[Held]) -> Self {
        Self {
            per_hour: projects
                .iter()
                .filter_map(|held| Some((held.id, held.stored_per_hour?.into())))
                .collect(),
            limited: projects
                .iter()
                .filter(|held| held.was_limited)
                .map(|held| held.id)
                .collect(),
        }
    }

    /// Those of some occurrences that were counted since `since` and not stored.
    pub async fn known(
        &self,
        tx: &mut PgConnection,
        asked: impl Iterator<Item = (ProjectId, OccurrenceUuid)>,
        since: DateTime<Utc>,
    ) -> Result<Vec<(ProjectId, OccurrenceUuid)>> {
        let (projects, uuids): (Vec<_>, Vec<_>) = asked
            .filter(|(project, _)| self.limited.contains(project))
            .map(|(project, uuid)| (project.0, uuid.0))
            .unzip();
        if uuids.is_empty() {
            return Ok(Vec::new());
        }
        unstored::known(tx, &projects, &uuids, since).await
    }

    /// Decides which occurrences are stored, the first ones of each hour. Wants `items` to be locked.
    pub async fn hold(
        &self,
        tx: &mut PgConnection,
        items: &HashMap<ItemId, Item>,
        placed: &mut [Placed<'_>],
    ) -> Result<()> {
        let mut limited: Vec<_> = placed
            .iter_mut()
            .filter_map(|one| Some((*self.per_hour.get(&one.one.key.project)?, one)))
            .collect();
        if limited.is_empty() {
            return Ok(());
        }
        limited.sort_by_key(|(_, one)| (one.one.entry.head.received_at, one.id));
        let hours: BTreeSet<_> = limited.iter().map(|(_, one)| hour(one)).collect();
        let hours: Vec<_> = hours.into_iter().collect();
        let mut stored: HashMap<_, _> =
            unstored::stored_in(tx, &hours).await?.into_iter().collect();
        let mut back = HashSet::new();
        for (limit, one) in limited {
            let stored = stored.entry(hour(one)).or_default();
            one.is_stored = *stored < limit || brings_back(one, items, &mut back);
            *stored += i64::from(one.is_stored);
        }
        Ok(())
    }
}

/// Notes what is counted and not stored. Wants the hours to be counted.
pub(super) async fn note(tx: &mut PgConnection, beyond: &[&Placed<'_>]) -> Result<()> {
    if beyond.is_empty() {
        return Ok(());
    }
    let mut hours: BTreeMap<ItemHour, i64> = BTreeMap::new();
    for one in beyond {
        *hours.entry(hour(one)).or_default() += 1;
    }
    let rows: Vec<_> = beyond.iter().map(|one| row(one)).collect();
    unstored::insert(&mut *tx, &rows).await?;
    unstored::add_to_hours(&mut *tx, &hours.into_iter().collect::<Vec<_>>()).await
}

/// Whether it is the first one to bring its item back, or the head of that item's group.
fn brings_back(
    one: &Placed<'_>,
    items: &HashMap<ItemId, Item>,
    back: &mut HashSet<ItemId>,
) -> bool {
    let head = &one.one.entry.head;
    let item = items
        .get(&one.item)
        .and_then(|item| items.get(&item.merged_into.unwrap_or(item.id)));
    item.is_some_and(|item| {
        item.is_reactivated_by(head.received_at, head.code_version.as_deref())
            && back.insert(item.id)
    })
}

fn hour(one: &Placed<'_>) -> ItemHour {
    ItemHour {
        project: one.one.key.project,
        item: one.item,
        hour: hour_of(one.one.entry.head.received_at),
    }
}

fn row(one: &Placed<'_>) -> Unstored {
    let head = &one.one.entry.head;
    Unstored {
        project: head.project,
        received_at: head.received_at,
        uuid: head.uuid,
        item: one.item,
    }
}
