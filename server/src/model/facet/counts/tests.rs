use proptest::{prelude::*, test_runner::RngSeed};

use super::*;

fn keys(facets: &[(&str, &str, i64)]) -> Keys<'static> {
    let mut keys = Keys::new();
    for (key, value, count) in facets {
        let values: &mut Values<'_> = keys.entry(Cow::Owned((*key).to_owned())).or_default();
        *values.entry(Cow::Owned((*value).to_owned())).or_default() += count;
    }
    keys
}

/// Does to `known` what the store does with a change.
fn apply(known: &mut Keys<'static>, came: &Keys<'_>) {
    let before = known.clone();
    let change = merge(&before, came);
    for (key, value) in change.removed {
        let values = known.get_mut(key).expect("what is removed was there");
        values.remove(value).expect("what is removed was there");
    }
    let mut seen = std::collections::BTreeSet::new();
    for (key, value, count) in change.added {
        assert!(seen.insert((key, value)), "{key} {value} twice in a change");
        assert!(count > 0);
        let values = known.entry(Cow::Owned(key.to_owned())).or_default();
        *values.entry(Cow::Owned(value.to_owned())).or_default() += count;
    }
}

fn day() -> ItemDay {
    ItemDay {
        project: ProjectId(7),
        item: ItemId(8),
        day: NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day"),
    }
}

#[test]
fn few_values_are_counted_exactly() {
    let mut known = Keys::new();
    for _ in 0..3 {
        apply(
            &mut known,
            &keys(&[("os", "Linux", 2), ("os", "macOS", 1), ("host", "a", 3)]),
        );
    }
    assert_eq!(
        known,
        keys(&[("os", "Linux", 6), ("os", "macOS", 3), ("host", "a", 9)])
    );
}

#[test]
fn values_that_never_come_again_are_counted_together() {
    let mut known = Keys::new();
    for round in 0..40 {
        let mut came = Keys::new();
        for number in 0..10 {
            let value = format!("request {round} {number}");
            came.entry("custom.request".into())
                .or_default()
                .insert(value.into(), 1);
        }
        apply(&mut known, &came);
    }
    let values = &known["custom.request"];
    assert_eq!(values.len(), VALUES_MAX + 1);
    assert_eq!(values.values().sum::<i64>(), 400);
}

#[test]
fn one_that_comes_late_and_often_takes_a_place() {
    let mut known = Keys::new();
    for number in 0..200 {
        apply(&mut known, &keys(&[("person", &format!("p{number}"), 1)]));
    }
    // One at a time, each second one by somebody else.
    for number in 0..100 {
        apply(&mut known, &keys(&[("person", "late", 1)]));
        apply(&mut known, &keys(&[("person", &format!("q{number}"), 1)]));
    }
    let late = known["person"]["late"];
    assert!(late >= 90, "{late} of 100 were seen");
    assert_eq!(known["person"].values().sum::<i64>(), 400);
    // Many at once take the place of the lightest, whose counts are not lost.
    apply(&mut known, &keys(&[("person", "burst", 50)]));
    assert_eq!(known["person"]["burst"], 50);
    assert_eq!(known["person"].values().sum::<i64>(), 450);
    assert_eq!(known["person"].len(), VALUES_MAX + 1);
}

#[test]
fn names_of_an_application_are_bounded_and_ours_are_not() {
    let mut known = Keys::new();
    for number in 0..3 * OWN_KEYS_MAX {
        apply(&mut known, &keys(&[(&format!("tags.{number}"), "a", 1)]));
    }
    assert_eq!(known.len(), OWN_KEYS_MAX);
    apply(&mut known, &keys(&[("os", "Linux", 1), ("tags.0", "a", 1)]));
    assert_eq!(known.len(), OWN_KEYS_MAX + 1);
    assert_eq!(known["tags.0"]["a"], 2);
}

#[test]
fn of_names_that_come_at_once_those_that_come_often_are_kept() {
    let names: Vec<String> = (0..2 * OWN_KEYS_MAX)
        .map(|number| format!("tags.{number}"))
        .collect();
    let mut came: Vec<_> = names.iter().map(|name| (name.as_str(), "a", 1)).collect();
    came.push(("tags.zone", "b", 2));
    let mut known = Keys::new();
    apply(&mut known, &keys(&came));
    assert_eq!(known.len(), OWN_KEYS_MAX);
    assert_eq!(known["tags.zone"]["b"], 2);
}

#[test]
fn what_is_packed_is_added_to_what_is_there() {
    let mut counts = Counts::default();
    counts.add(day(), "os".into(), "Linux".into(), 2);
    counts.add(day(), "os".into(), "Żółw \" \u{7f}".into(), 1);
    let (packed, size) = counts.pack();
    assert!(size > 0);
    let mut sum = Counts::default();
    sum.add_packed(&packed, size).expect("it was just packed");
    assert_eq!(sum, counts);
    sum.add_packed(&packed, size).expect("it was just packed");
    assert_eq!(sum.0[&day()]["os"]["Linux"], 4);
    for broken in [&packed[..packed.len() - 1], b"", b"{}"] {
        assert!(sum.add_packed(broken, size).is_err());
    }
    assert!(sum.add_packed(&packed, size - 1).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(5), cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_grows_without_end(
        batches in proptest::collection::vec(
            proptest::collection::vec((0..3_usize, 0..120_usize, 1..6_i64), 0..80), 0..30)
    ) {
        let mut known = Keys::new();
        let mut came_in_all = [0; 3];
        let mut exact = std::collections::BTreeMap::new();
        for batch in &batches {
            let mut came = Keys::new();
            for (key, value, count) in batch {
                came_in_all[*key] += count;
                *exact.entry((*key, *value)).or_insert(0) += count;
                let values: &mut Values<'_> = came.entry(format!("key {key}").into()).or_default();
                *values.entry(format!("value {value}").into()).or_default() += count;
            }
            apply(&mut known, &came);
        }
        for (key, sum) in came_in_all.iter().enumerate() {
            let nothing = Values::new();
            let values = known.get(format!("key {key}").as_str()).unwrap_or(&nothing);
            prop_assert_eq!(values.values().sum::<i64>(), *sum);
            prop_assert!(values.len() <= VALUES_MAX + 1);
            for (value, count) in values.iter().filter(|(value, _)| *value != OTHERS) {
                let number = value.trim_start_matches("value ").parse().expect("a number");
                prop_assert!(*count <= exact[&(key, number)], "{} is too high", value);
            }
        }
    }
}
