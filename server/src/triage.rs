//! What people decide about items, once for pages and API.
//!
//! Each is a transaction of its own, and is run again where the digest was in its way: that locks the
//! head of an item which was merged while it waited for the item, out of order.

use chrono::{DateTime, Utc};

use crate::{
    model::{
        id::{ItemCounter, ItemId, ProjectId, UserId},
        item::{
            Decision, Item,
            group::{self, Part, Refused},
        },
    },
    store::{self, Db, changes, items, merging},
};

/// How often a decision that meets the digest in a deadlock is tried.
const ATTEMPTS: usize = 3;

/// Who decides, and when.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// The person; `None` for a token.
    pub actor: Option<UserId>,
    /// The time that the histories say.
    pub at: DateTime<Utc>,
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
    by: By,
    decisions: impl Fn(&Item) -> Result<Vec<Decision>, E>,
) -> store::Result<Option<Result<Item, E>>> {
    let mut attempts = Attempts::begin();
    loop {
        let came = try_decide(db, project, item, by, &decisions).await;
        if attempts.are_over(&came) {
            return came;
        }
    }
}

async fn try_decide<E>(
    db: &Db,
    project: ProjectId,
    item: ItemId,
    by: By,
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
    let mut made = Vec::new();
    for decision in &decisions {
        made.extend(group::decide(&mut group, decision, by.actor, by.at));
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
    by: By,
) -> store::Result<Result<Merged, Refused>> {
    let mut attempts = Attempts::begin();
    loop {
        let came = try_merge(db, project, counters, by).await;
        if attempts.are_over(&came) {
            return came;
        }
    }
}

async fn try_merge(
    db: &Db,
    project: ProjectId,
    counters: &[i64],
    by: By,
) -> store::Result<Result<Merged, Refused>> {
    let mut tx = db.begin().await?;
    let ids = merging::ids_of(&mut *tx, project, counters).await?;
    let parts = merging::lock(&mut tx, project, &ids).await?;
    let before = standing(&parts);
    let regrouped = match group::merge(parts, by.actor, by.at) {
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
    by: By,
) -> store::Result<()> {
    let mut attempts = Attempts::begin();
    loop {
        let came = try_take_out(db, project, head, out, by).await;
        if attempts.are_over(&came) {
            return came;
        }
    }
}

async fn try_take_out(
    db: &Db,
    project: ProjectId,
    head: ItemId,
    out: &[Vec<ItemCounter>],
    by: By,
) -> store::Result<()> {
    let mut tx = db.begin().await?;
    let parts = merging::lock(&mut tx, project, &[head.0]).await?;
    let regrouped = group::take_out(parts, out, by.actor, by.at);
    merging::save(&mut tx, project, &regrouped).await?;
    tx.commit().await
}

/// Which attempt comes next, if one does.
struct Attempts(usize);

impl Attempts {
    fn begin() -> Self {
        Self(1)
    }

    /// Whether what came of one is final: done, failed for a reason that stays, or tried often enough.
    fn are_over<T>(&mut self, came: &store::Result<T>) -> bool {
        let again = self.0 < ATTEMPTS && came.as_ref().is_err_and(store::is_rolled_back);
        self.0 += 1;
        !again
    }
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
