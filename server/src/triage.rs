//! What people decide about items, once for pages and API.
//!
//! Each is a transaction of its own, and is run again where the digest was in its way: that locks the
//! head of an item which was merged while it waited for the item, out of order.

use crate::{
    clock::Clock,
    model::{
        id::{ItemCounter, ItemId, ProjectId, UserId},
        item::{
            Decision, Item,
            group::{self, Part, Refused},
        },
    },
    store::{
        self, Db, changes,
        erasures::{self, What},
        items, merging,
    },
};

/// How often a decision that meets the digest in a deadlock is tried.
const ATTEMPTS: usize = 3;

/// Who decides.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// The person; `None` for a token.
    pub actor: Option<UserId>,
    /// Tells when: once the items are locked, so that histories are in the order of their times.
    pub clock: &'a Clock,
}

/// What merging did.
#[derive(Debug)]
pub struct Merged {
    /// The item that stands for all of them.
    pub head: ItemCounter,
    /// The groups that were merged into it as they stood before, each head first.
    pub joined: Vec<Vec<i64>>,
}

/// Does what `decisions` makes of an item, one after another, to its group: the item afterwards, the
/// head of the group where it is merged; `None` where the project has no such item.
///
/// # Errors
/// Within the answer, what `decisions` refuses: nothing was done then.
pub async fn decide<E>(
    db: &Db,
    project: ProjectId,
    item: ItemId,
    by: By<'_>,
    decisions: impl Fn(&Item) -> Result<Vec<Decision>, E>,
) -> store::Result<Option<Result<Item, E>>> {
    let decisions = &decisions;
    again(|| try_decide(db, project, item, by, decisions)).await
}

async fn try_decide<E>(
    db: &Db,
    project: ProjectId,
    item: ItemId,
    by: By<'_>,
    decisions: &impl Fn(&Item) -> Result<Vec<Decision>, E>,
) -> store::Result<Option<Result<Item, E>>> {
    let mut tx = db.begin().await?;
    let mut group = merging::lock_group(&mut tx, project, item).await?;
    let Some(head) = group.first() else {
        return Ok(None);
    };
    let decisions = match decisions(head) {
        Ok(decisions) => decisions,
        Err(refused) => return Ok(Some(Err(refused))),
    };
    let (mut made, now) = (Vec::new(), by.clock.now());
    for decision in &decisions {
        made.extend(group::decide(&mut group, decision, by.actor, now));
    }
    items::save(&mut *tx, &group.iter().collect::<Vec<_>>()).await?;
    let rows: Vec<_> = made
        .iter()
        .map(|(item, change)| (project, *item, change))
        .collect();
    changes::insert(&mut *tx, &rows).await?;
    tx.commit().await?;
    Ok(Some(Ok(group.swap_remove(0))))
}

/// Merges the groups of these items of a project into one.
///
/// # Errors
/// Within the answer, why they cannot be merged.
pub async fn merge(
    db: &Db,
    project: ProjectId,
    counters: &[i64],
    by: By<'_>,
) -> store::Result<Result<Merged, Refused>> {
    again(|| try_merge(db, project, counters, by)).await
}

async fn try_merge(
    db: &Db,
    project: ProjectId,
    counters: &[i64],
    by: By<'_>,
) -> store::Result<Result<Merged, Refused>> {
    let mut tx = db.begin().await?;
    let ids = merging::ids_of(&mut *tx, project, counters).await?;
    let parts = merging::lock(&mut tx, project, &ids).await?;
    let before = standing(&parts);
    let regrouped = match group::merge(parts, by.actor, by.clock.now()) {
        Ok(regrouped) => regrouped,
        Err(refused) => return Ok(Err(refused)),
    };
    merging::save(&mut tx, project, &regrouped).await?;
    tx.commit().await?;
    let head = regrouped.parts[0].item.counter;
    let joined = before
        .into_iter()
        .filter(|group| !group.contains(&head.0))
        .collect();
    Ok(Ok(Merged { head, joined }))
}

/// Takes members out of the group of a head: each of the groups `out` stands by itself afterwards.
pub async fn take_out(
    db: &Db,
    project: ProjectId,
    head: ItemId,
    out: &[Vec<ItemCounter>],
    by: By<'_>,
) -> store::Result<()> {
    again(|| try_take_out(db, project, head, out, by)).await
}

async fn try_take_out(
    db: &Db,
    project: ProjectId,
    head: ItemId,
    out: &[Vec<ItemCounter>],
    by: By<'_>,
) -> store::Result<()> {
    let mut tx = db.begin().await?;
    let parts = merging::lock(&mut tx, project, &[head.0]).await?;
    let regrouped = group::take_out(parts, out, by.actor, by.clock.now());
    merging::save(&mut tx, project, &regrouped).await?;
    tx.commit().await
}

/// Deletes an item with its members; their occurrences are erased later. False where the project has no
/// such item, and for one that is a member: it would take along what nobody asked about.
pub async fn delete(
    db: &Db,
    project: ProjectId,
    item: ItemId,
    owner: UserId,
    clock: &Clock,
) -> store::Result<bool> {
    again(|| try_delete(db, project, item, owner, clock)).await
}

async fn try_delete(
    db: &Db,
    project: ProjectId,
    item: ItemId,
    owner: UserId,
    clock: &Clock,
) -> store::Result<bool> {
    let mut tx = db.begin().await?;
    let parts = merging::lock(&mut tx, project, &[item.0]).await?;
    let head = parts.iter().find(|part| part.item.id == item);
    if head.is_none_or(|part| part.item.merged_into.is_some()) {
        return Ok(false);
    }
    let ids: Vec<i64> = parts.iter().map(|part| part.item.id.0).collect();
    items::delete(&mut tx, project, &ids).await?;
    let now = clock.now();
    for item in group::apart(parts) {
        let what = What::Item(item.id, item.counter);
        // An upper bound: some may be gone already.
        erasures::insert(&mut *tx, project, &what, item.total, owner, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn again<T, F>(attempt: impl Fn() -> F) -> store::Result<T>
where
    F: Future<Output = store::Result<T>>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(cause) if store::is_rolled_back(&cause) => {}
            came => return came,
        }
    }
    attempt().await
}

/// Items by their counters, in the groups that they stand in, each head first.
fn standing(parts: &[Part]) -> Vec<Vec<i64>> {
    let heads = parts.iter().filter(|part| part.item.merged_into.is_none());
    heads
        .map(|head| {
            let members = parts
                .iter()
                .filter(|part| part.item.merged_into == Some(head.item.id));
            std::iter::once(head)
                .chain(members)
                .map(|part| part.item.counter.0)
                .collect()
        })
        .collect()
}
