use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).expect("a time in 2026")
}

fn item(status: Status) -> Item {
    Item {
        project_id: ProjectId(1),
        id: ItemId(1),
        counter: ItemCounter(1),
        environment: Environment::default(),
        title: Title::new("KeyError: 'x'"),
        culprit: None,
        level: Level::Error,
        platform: None,
        framework: None,
        status,
        resolved_in: None,
        first_seen_at: at(0),
        last_seen_at: at(0),
        total: 1,
        active_total: 1,
        status_changed_at: at(100),
        last_occurrence_id: OccurrenceId(1),
        last_occurrence_at: at(0),
        merged_into: None,
        members: Vec::new(),
    }
}

fn sighting(seconds: i64, version: Option<&str>) -> Sighting {
    Sighting {
        received_at: at(seconds),
        occurrence: OccurrenceId(2),
        code_version: version.map(str::to_owned),
        is_stored: true,
    }
}

#[test]
fn what_an_occurrence_does_to_each_status() {
    for (before, seconds, after, events) in [
        (Status::Active, 200, Status::Active, vec![]),
        (
            Status::Resolved,
            200,
            Status::Active,
            vec![Event::Reactivated],
        ),
        (Status::Resolved, 100, Status::Resolved, vec![]),
        (Status::Resolved, 50, Status::Resolved, vec![]),
        (Status::Muted, 200, Status::Muted, vec![]),
        (Status::Discarded, 200, Status::Discarded, vec![]),
    ] {
        let transition = item(before).observe(&[sighting(seconds, None)], false);
        assert_eq!(transition.item.status, after, "{before} at {seconds}");
        assert_eq!(transition.events, events, "{before} at {seconds}");
        let counted = i64::from(before != Status::Discarded);
        assert_eq!(transition.item.total, 1 + counted, "{before}");
    }
}

#[test]
fn an_older_version_leaves_resolved_what_is_resolved_in_a_newer() {
    for (resolved_in, seen, stays) in [
        ("2.4.1", "2.4.0", true),
        ("2.4.1", "v2.4", true),
        ("2.4.1", "2.4.1-rc.2", true),
        ("2.4.1", "2.4.1", false),
        ("2.4.1", "2.5.0", false),
        ("1042", "1041", true),
        ("1042", "1043", false),
        ("2.4.1", "9f8e7d6", false),
        ("9f8e7d6", "aaaaaaa", false),
    ] {
        let resolved = item(Status::Active)
            .decide(
                Decision::Resolve {
                    version: Some(resolved_in.into()),
                },
                None,
                at(100),
            )
            .item;
        let after = resolved.observe(&[sighting(200, Some(seen))], false).item;
        assert_eq!(
            after.status == Status::Resolved,
            stays,
            "{seen} after {resolved_in}"
        );
    }
    let resolved = item(Status::Active)
        .decide(
            Decision::Resolve {
                version: Some("2.0".into()),
            },
            None,
            at(100),
        )
        .item;
    assert_eq!(
        resolved.observe(&[sighting(200, None)], false).item.status,
        Status::Active,
        "version unknown"
    );
}

#[test]
fn what_a_person_may_decide() {
    let resolve = Decision::Resolve { version: None };
    for (before, decision, after, kind) in [
        (
            Status::Active,
            resolve.clone(),
            Status::Resolved,
            Some(ChangeKind::Resolved(None)),
        ),
        (
            Status::Active,
            Decision::Mute,
            Status::Muted,
            Some(ChangeKind::Muted),
        ),
        (Status::Active, Decision::Reopen, Status::Active, None),
        (
            Status::Resolved,
            Decision::Reopen,
            Status::Active,
            Some(ChangeKind::Reopened),
        ),
        (
            Status::Resolved,
            Decision::Mute,
            Status::Muted,
            Some(ChangeKind::Muted),
        ),
        (Status::Resolved, resolve.clone(), Status::Resolved, None),
        (
            Status::Muted,
            Decision::Reopen,
            Status::Active,
            Some(ChangeKind::Reopened),
        ),
        (
            Status::Muted,
            resolve,
            Status::Resolved,
            Some(ChangeKind::Resolved(None)),
        ),
        (
            Status::Resolved,
            Decision::Discard,
            Status::Discarded,
            Some(ChangeKind::Discarded),
        ),
        (
            Status::Discarded,
            Decision::Discard,
            Status::Discarded,
            None,
        ),
        (
            Status::Discarded,
            Decision::Reopen,
            Status::Active,
            Some(ChangeKind::Reopened),
        ),
    ] {
        let transition = item(before).decide(decision, Some(UserId(7)), at(300));
        assert_eq!(transition.item.status, after);
        assert_eq!(
            transition
                .changes
                .into_iter()
                .map(|change| change.kind)
                .next(),
            kind
        );
    }
}

#[test]
fn a_thousand_at_once_tell_of_each_power_of_ten() {
    let sightings: Vec<_> = (0..999).map(|n| sighting(200 + n, None)).collect();
    let transition = item(Status::Active).observe(&sightings, false);
    assert_eq!(
        transition.events,
        [
            Event::Reached(10),
            Event::Reached(100),
            Event::Reached(1000)
        ]
    );
}

proptest! {
    #[test]
    fn no_count_is_lost_however_batches_are_cut(
        seconds in proptest::collection::vec(0_i64..400, 1..60), cut in 0_usize..60, status in 0_usize..Status::ALL.len(),
    ) {
        let mut seconds = seconds;
        seconds.sort_unstable();
        let sightings: Vec<_> = seconds.iter().map(|at| sighting(*at, None)).collect();
        let cut = cut.min(sightings.len());
        let whole = item(Status::ALL[status]).observe(&sightings, false);
        let first = item(Status::ALL[status]).observe(&sightings[..cut], false);
        let second = first.item.clone().observe(&sightings[cut..], false);
        prop_assert_eq!(&whole.item, &second.item);
        let counted = if whole.item.is_discarded() { 0 } else { sightings.len() };
        prop_assert_eq!(whole.item.total, 1 + i64::try_from(counted).unwrap());
        prop_assert_eq!(whole.events.len(), first.events.len() + second.events.len());
    }

    #[test]
    fn a_status_changes_only_with_an_entry_in_the_history(
        steps in proptest::collection::vec((0_u8..6, 0_i64..1000), 1..40),
    ) {
        let mut current = item(Status::Active);
        let mut now = 100;
        for (step, wait) in steps {
            now += wait;
            let before = current.status;
            let unobserved = current.clone();
            let transition = match step {
                0 => current.decide(Decision::Resolve { version: None }, None, at(now)),
                1 => current.decide(Decision::Mute, None, at(now)),
                2 => current.decide(Decision::Reopen, None, at(now)),
                3 => current.decide(Decision::Discard, None, at(now)),
                _ => current.observe(&[sighting(now, None)], false),
            };
            prop_assert_eq!(before != transition.item.status, !transition.changes.is_empty());
            if before == Status::Discarded && step > 3 {
                prop_assert_eq!(&transition.item, &unobserved);
            }
            current = transition.item;
        }
    }
}
