//! Groups of items that people merged, pure.
//!
//! The oldest item of a group is its head: it shows the figures of all, and its status is theirs.
//! Whatever changes a group takes it apart, into items as each is by itself, and lays together what
//! belongs together now; so merging, its undo and taking out cannot disagree, and nothing is lost.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{Change, ChangeKind, Decision, Item, Status};
use crate::model::id::{ItemCounter, ItemId, OccurrenceId, UserId};

#[cfg(test)]
mod tests;

/// Members of a group. A page of it asks for the occurrences of each, and a decision locks them all.
pub const MEMBERS_MAX: usize = 100;

/// When an item failed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// To 10 s, as [`Item::last_seen_at`].
    pub last_seen_at: DateTime<Utc>,
    /// See [`Item::last_occurrence_id`].
    pub occurrence_id: OccurrenceId,
    /// See [`Item::last_occurrence_at`].
    pub occurrence_at: DateTime<Utc>,
}

/// An item that may be in a group, with when it failed last by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The item; of a head with the figures of its group.
    pub item: Item,
    /// Without its members.
    pub own: Seen,
}

/// Groups after a person changed them.
#[derive(Clone, Debug, PartialEq)]
pub struct Regrouped {
    /// All items that took part, the head of each group before its members.
    pub parts: Vec<Part>,
    /// New entries of their histories.
    pub changes: Vec<(ItemId, Change)>,
}

/// Why items are not merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// They are one item, or one group already.
    #[error("fewer than two items")]
    Alone,
    /// An item is of one environment: that is where it is resolved.
    #[error("items of several environments")]
    Environments,
    /// What is discarded would take the others along.
    #[error("an item that is discarded")]
    Discarded,
    /// There would be more than [`MEMBERS_MAX`] members.
    #[error("more than {MEMBERS_MAX} members")]
    TooMany,
}

impl Seen {
    /// When `item` failed last; of a head when its group did.
    pub fn of(item: &Item) -> Self {
        Self {
            last_seen_at: item.last_seen_at,
            occurrence_id: item.last_occurrence_id,
            occurrence_at: item.last_occurrence_at,
        }
    }

    fn or_later(self, other: Self) -> Self {
        let (id, at) = (self.occurrence_id, self.occurrence_at);
        let (occurrence_at, occurrence_id) =
            (at, id).max((other.occurrence_at, other.occurrence_id));
        Self {
            last_seen_at: self.last_seen_at.max(other.last_seen_at),
            occurrence_id,
            occurrence_at,
        }
    }

    fn show_in(self, item: &mut Item) {
        item.last_seen_at = self.last_seen_at;
        item.last_occurrence_id = self.occurrence_id;
        item.last_occurrence_at = self.occurrence_at;
    }
}

/// Merges whole groups into one. Its head stands where it stood: one that is resolved comes back
/// with the next occurrence of any member.
///
/// # Errors
/// See [`Refused`].
pub fn merge(
    parts: Vec<Part>,
    actor: Option<UserId>,
    at: DateTime<Utc>,
) -> Result<Regrouped, Refused> {
    let heads: Vec<&Item> = parts
        .iter()
        .map(|part| &part.item)
        .filter(|item| item.merged_into.is_none())
        .collect();
    let [first, others @ ..] = heads.as_slice() else {
        return Err(Refused::Alone);
    };
    if others.is_empty() {
        return Err(Refused::Alone);
    }
    let is_elsewhere = |other: &&Item| other.environment != first.environment;
    if others.iter().any(is_elsewhere) {
        return Err(Refused::Environments);
    }
    if heads.iter().any(|head| head.is_discarded()) {
        return Err(Refused::Discarded);
    }
    if parts.len() > 1 + MEMBERS_MAX {
        return Err(Refused::TooMany);
    }
    let before = heads_of(&parts);
    let parts = together(apart(parts));
    Ok(regrouped(&before, parts, actor, at))
}

/// Takes items out of a group: those that `out` names together become a group of their own. What is
/// not a member stays as it is.
pub fn take_out(
    parts: Vec<Part>,
    out: &[Vec<ItemCounter>],
    actor: Option<UserId>,
    at: DateTime<Utc>,
) -> Regrouped {
    let before = heads_of(&parts);
    let leaving: HashMap<ItemCounter, usize> = out
        .iter()
        .enumerate()
        .flat_map(|(group, counters)| counters.iter().map(move |counter| (*counter, group)))
        .collect();
    let members: Vec<ItemId> = parts
        .iter()
        .filter(|part| part.item.merged_into.is_some())
        .map(|part| part.item.id)
        .collect();
    let mut groups: BTreeMap<Option<usize>, Vec<Item>> = BTreeMap::new();
    for item in apart(parts) {
        let leaves = leaving.get(&item.counter).copied();
        let group = leaves.filter(|_| members.contains(&item.id));
        groups.entry(group).or_default().push(item);
    }
    let parts = groups.into_values().flat_map(together).collect();
    regrouped(&before, parts, actor, at)
}

/// What a decision does to a group: a status is that of all of them, so that a member which is taken
/// out stands where its group stood; a title or a level is the head's alone.
pub fn decide(
    group: &mut [Item],
    decision: &Decision,
    actor: Option<UserId>,
    at: DateTime<Utc>,
) -> Vec<(ItemId, Change)> {
    let is_for_all = !matches!(decision, Decision::SetLevel(_) | Decision::SetTitle(_));
    let mut changes = Vec::new();
    for item in group {
        if is_for_all || item.merged_into.is_none() {
            let transition = item.clone().decide(decision.clone(), actor, at);
            let id = item.id;
            changes.extend(transition.changes.into_iter().map(|change| (id, change)));
            *item = transition.item;
        }
    }
    changes
}

/// The items of groups as each is by itself.
pub fn apart(parts: Vec<Part>) -> Vec<Item> {
    let mut of_members: HashMap<ItemId, (i64, i64)> = HashMap::new();
    for part in &parts {
        if let Some(head) = part.item.merged_into {
            let sum = of_members.entry(head).or_default();
            sum.0 += part.item.total;
            sum.1 += active_total(&part.item);
        }
    }
    let by_itself = |Part { mut item, own }: Part| {
        let (total, active_total) = of_members.get(&item.id).copied().unwrap_or_default();
        item.total -= total;
        // A head that became active after its member counts from then on.
        item.active_total = (item.active_total - active_total).max(0);
        item.merged_into = None;
        item.members.clear();
        own.show_in(&mut item);
        item
    };
    parts.into_iter().map(by_itself).collect()
}

/// Items that are by themselves as one group, its head first.
///
/// The head is the one that was seen first, not simply the one with the lowest counter, though it
/// nearly always has that: so its own first time is the group's, and need not be kept twice. (Two
/// nodes that digest at once may number two items in another order than they failed.)
fn together(mut items: Vec<Item>) -> Vec<Part> {
    items.sort_by_key(|item| (item.first_seen_at, item.counter));
    let mut parts: Vec<Part> = items
        .into_iter()
        .map(|item| Part {
            own: Seen::of(&item),
            item,
        })
        .collect();
    if let Some((Part { item: head, own }, members)) = parts.split_first_mut() {
        let mut seen = *own;
        for member in members {
            member.item.merged_into = Some(head.id);
            head.members.push(member.item.id);
            head.total += member.item.total;
            head.active_total += active_total(&member.item);
            seen = seen.or_later(member.own);
        }
        head.members.sort();
        seen.show_in(head);
    }
    parts
}

/// What a member adds to its head's occurrences since that became active.
fn active_total(member: &Item) -> i64 {
    match member.status {
        Status::Active => member.active_total,
        Status::Resolved | Status::Muted | Status::Discarded => 0,
    }
}

/// The head of each item, by id and counter; of one that is in no group, itself.
fn heads_of(parts: &[Part]) -> HashMap<ItemId, (ItemId, ItemCounter)> {
    let counters: HashMap<ItemId, ItemCounter> = parts
        .iter()
        .map(|part| (part.item.id, part.item.counter))
        .collect();
    let head = |item: &Item| {
        let head = item.merged_into.unwrap_or(item.id);
        (head, counters.get(&head).copied().unwrap_or(item.counter))
    };
    parts
        .iter()
        .map(|part| (part.item.id, head(&part.item)))
        .collect()
}

/// What the histories say: each item that has another head now, and each head that gained or lost.
fn regrouped(
    before: &HashMap<ItemId, (ItemId, ItemCounter)>,
    parts: Vec<Part>,
    actor: Option<UserId>,
    at: DateTime<Utc>,
) -> Regrouped {
    let after = heads_of(&parts);
    let mut gained: BTreeMap<ItemId, Vec<ItemCounter>> = BTreeMap::new();
    let mut lost: BTreeMap<ItemId, Vec<ItemCounter>> = BTreeMap::new();
    let mut kinds: Vec<(ItemId, ChangeKind)> = Vec::new();
    for Part { item, .. } in &parts {
        let (was, was_counter) = before[&item.id];
        let (is, is_counter) = after[&item.id];
        if was == is {
            continue;
        }
        if was != item.id {
            lost.entry(was).or_default().push(item.counter);
        }
        if is == item.id {
            kinds.push((item.id, ChangeKind::TakenOutOf(was_counter)));
        } else {
            gained.entry(is).or_default().push(item.counter);
            kinds.push((item.id, ChangeKind::MergedInto(is_counter)));
        }
    }
    // One that was a head and is a member now says so, and not what became of its members.
    lost.retain(|head, _| after.get(head).is_some_and(|(is, _)| is == head));
    let lost = lost
        .into_iter()
        .map(|(head, items)| (head, ChangeKind::TakenOut(items)));
    let gained = gained
        .into_iter()
        .map(|(head, items)| (head, ChangeKind::Merged(items)));
    kinds.extend(lost);
    kinds.extend(gained);
    let changes = kinds
        .into_iter()
        .map(|(item, kind)| (item, Change { at, actor, kind }))
        .collect();
    Regrouped { parts, changes }
}
