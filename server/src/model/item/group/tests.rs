use proptest::prelude::*;

use super::*;
use crate::model::{
    id::ProjectId,
    occurrence::Level,
    text::{Environment, Title},
};

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).expect("a time in 2026")
}

/// An item of that counter with that many occurrences, the newest that many seconds after the first.
fn item(counter: i64, total: i64, seconds: i64, status: Status) -> Item {
    Item {
        project_id: ProjectId(1),
        id: ItemId(1_000 - counter),
        counter: ItemCounter(counter),
        environment: Environment::default(),
        title: Title::new("KeyError: 'x'"),
        culprit: None,
        level: Level::Error,
        platform: None,
        framework: None,
        status,
        resolved_in: None,
        first_seen_at: at(counter),
        last_seen_at: at(counter + seconds),
        total,
        active_total: total,
        status_changed_at: at(100),
        last_occurrence_id: OccurrenceId(counter + seconds),
        last_occurrence_at: at(counter + seconds),
        merged_into: None,
        members: Vec::new(),
    }
}

fn alone(items: &[Item]) -> Vec<Part> {
    let part = |item: &Item| Part {
        own: Seen::of(item),
        item: item.clone(),
    };
    items.iter().map(part).collect()
}

fn merged(parts: Vec<Part>) -> Vec<Part> {
    merge(parts, None, at(200))
        .expect("they may be merged")
        .parts
}

fn kinds(regrouped: &Regrouped) -> Vec<(i64, &'static str)> {
    let kind = |(item, change): &(ItemId, Change)| (1_000 - item.0, change.kind.as_str());
    regrouped.changes.iter().map(kind).collect()
}

#[test]
fn the_one_that_was_seen_first_is_the_head_and_shows_the_sum() {
    let items = [
        item(2, 20, 900, Status::Resolved),
        item(1, 3, 5, Status::Active),
        item(3, 4, 7, Status::Active),
    ];
    let regrouped = merge(alone(&items), None, at(200)).expect("they may be merged");
    let head = &regrouped.parts[0].item;
    assert_eq!(head.counter, ItemCounter(1));
    assert_eq!(head.members, [ItemId(997), ItemId(998)]);
    assert_eq!((head.total, head.active_total), (27, 7));
    assert_eq!(head.last_occurrence_id, OccurrenceId(902));
    assert_eq!(head.last_seen_at, at(902));
    assert_eq!(regrouped.parts[0].own, Seen::of(&items[1]));
    let members = &regrouped.parts[1..];
    assert!(
        members
            .iter()
            .all(|part| part.item.merged_into == Some(head.id))
    );
    assert_eq!(
        kinds(&regrouped),
        [(2, "merged_into"), (3, "merged_into"), (1, "merged")]
    );
}

#[test]
fn a_head_that_is_merged_brings_its_members_and_leaves_no_chain() {
    let items = [2, 3].map(|counter| item(counter, counter, 0, Status::Active));
    let mut parts = merged(alone(&items));
    parts.extend(alone(&[item(1, 1, 0, Status::Active)]));
    let regrouped = merge(parts, None, at(300)).expect("they may be merged");
    let [head, members @ ..] = regrouped.parts.as_slice() else {
        panic!("three items");
    };
    assert_eq!((head.item.counter, head.item.total), (ItemCounter(1), 6));
    for member in members {
        assert_eq!(member.item.merged_into, Some(head.item.id));
        assert!(member.item.members.is_empty());
    }
    assert_eq!(
        kinds(&regrouped),
        [(2, "merged_into"), (3, "merged_into"), (1, "merged")]
    );

    // Its undo gives the group of two back.
    let out = [vec![ItemCounter(2), ItemCounter(3)]];
    let undone = take_out(regrouped.parts, &out, None, at(400));
    let second = undone.parts.iter().find(|part| part.item.counter.0 == 2);
    assert_eq!(second.map(|part| part.item.total), Some(5));
    assert_eq!(
        kinds(&undone),
        [
            (2, "taken_out_of"),
            (3, "merged_into"),
            (1, "taken_out"),
            (2, "merged")
        ]
    );
}

#[test]
fn what_may_not_be_merged() {
    let one = item(1, 1, 0, Status::Active);
    let mut elsewhere = item(2, 1, 0, Status::Active);
    elsewhere.environment = Environment::new("staging");
    let refused = |items: &[Item]| merge(alone(items), None, at(200)).err();
    assert_eq!(refused(&[]), Some(Refused::Alone));
    assert_eq!(refused(std::slice::from_ref(&one)), Some(Refused::Alone));
    let group = merged(alone(&[one.clone(), item(3, 1, 0, Status::Active)]));
    assert_eq!(merge(group, None, at(300)).err(), Some(Refused::Alone));
    assert_eq!(
        refused(&[one.clone(), elsewhere]),
        Some(Refused::Environments)
    );
    let discarded = item(2, 1, 0, Status::Discarded);
    assert_eq!(refused(&[one, discarded]), Some(Refused::Discarded));
    let count = i64::try_from(MEMBERS_MAX).expect("few") + 2;
    let many: Vec<_> = (0..count)
        .map(|at| item(at, 1, 0, Status::Active))
        .collect();
    assert_eq!(refused(&many), Some(Refused::TooMany));
    assert_eq!(refused(&many[1..]), None);
}

#[test]
fn a_status_is_the_groups_and_a_title_the_heads() {
    let items = [1, 2].map(|counter| item(counter, 1, 0, Status::Active));
    let mut group: Vec<Item> = merged(alone(&items))
        .into_iter()
        .map(|part| part.item)
        .collect();
    let resolve = Decision::Resolve {
        version: Some("2.4".to_owned()),
    };
    let changes = decide(&mut group, &resolve, None, at(500));
    assert_eq!(changes.len(), 2);
    for item in &group {
        assert_eq!(item.status, Status::Resolved);
        assert_eq!(item.resolved_in.as_deref(), Some("2.4"));
    }
    let title = Decision::SetTitle(Title::new("Total is missing"));
    assert_eq!(decide(&mut group, &title, None, at(500)).len(), 1);
    assert_eq!(group[1].title, items[1].title);
}

proptest! {
    /// Whatever is merged in whatever order: taken out again, each item is what it was.
    #[test]
    fn taking_out_loses_nothing(
        figures in proptest::collection::vec((1_i64..1_000, 0_i64..1_000, 0_usize..3), 2..12),
        steps in proptest::collection::vec((0_usize..12, 0_usize..12), 0..12),
    ) {
        let items: Vec<Item> = (1..)
            .zip(&figures)
            .map(|(counter, (total, seconds, status))| {
                item(counter, *total, *seconds, Status::LISTED[*status])
            })
            .collect();
        let mut all = alone(&items);
        for (one, other) in steps {
            let heads = [one, other].map(|at| {
                let item = &all[at % all.len()].item;
                item.merged_into.unwrap_or(item.id)
            });
            let (chosen, rest): (Vec<_>, Vec<_>) = all.into_iter().partition(|part| {
                heads.contains(&part.item.merged_into.unwrap_or(part.item.id))
            });
            all = rest;
            all.extend(match merge(chosen.clone(), None, at(200)) {
                Ok(regrouped) => regrouped.parts,
                Err(_one_group) => chosen,
            });
        }
        let shown: i64 = all
            .iter()
            .filter(|part| part.item.merged_into.is_none())
            .map(|part| part.item.total)
            .sum();
        prop_assert_eq!(shown, items.iter().map(|item| item.total).sum::<i64>());
        let mut again = apart(all);
        again.sort_by_key(|item| item.counter);
        prop_assert_eq!(again, items);
    }
}
