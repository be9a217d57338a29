//! How well labelled occurrences are grouped: a floor under what `make grouping` shows.

use rollcage_tests::grouping::{
    self,
    score::{self, Figures, Pairs},
};

/// Least precision, recall and F1 across protocols of each set: what is reached, cut to hundredths,
/// so that no change loses any of it unseen.
const FLOORS: &[(&str, f64, f64, f64)] =
    &[("held-out", 0.99, 0.88, 0.93), ("shop", 0.98, 0.99, 0.98)];

#[test]
fn bugs_are_told_apart_and_kept_together() {
    let sets = grouping::own().expect("the sets are in the repository");
    for (name, precision, recall, f1) in FLOORS {
        let set = sets.iter().find(|set| set.name == *name);
        let set = set.unwrap_or_else(|| panic!("there is no set {name}"));
        let all = score::figures(set, Pairs::All);
        let across = score::figures(set, Pairs::Across);
        assert!(
            all.precision >= *precision && all.recall >= *recall && across.f1() >= *f1,
            "{name}: {all:?}, across protocols {across:?}; `make grouping` says what is wrong"
        );
    }
}

#[test]
fn cases_are_grouped_as_they_lie() {
    let sets = grouping::own().expect("the sets are in the repository");
    let cases = sets.iter().find(|set| set.name == "cases");
    let cases = cases.expect("there are cases");
    if let Some(merge) = score::merges(cases).into_iter().next() {
        let [one, other] = merge.example;
        panic!("{} and {} share {}", one.uuid, other.uuid, one.canonical());
    }
    if let Some(split) = score::splits(cases).into_iter().next() {
        let items: Vec<_> = split.items.iter().map(|item| item[0].canonical()).collect();
        panic!("{} has several items: {items:#?}", split.bug);
    }
}

#[test]
fn figures_are_what_a_person_counts() {
    let sets = grouping::own().expect("the sets are in the repository");
    let shop = sets.into_iter().find(|set| set.name == "shop");
    let mut set = shop.expect("there is the shop");
    set.labelled.retain(|one| one.scored);
    set.labelled.truncate(4);
    // Two bugs of two occurrences; one item holds both of the first and one of the second.
    let fingerprints = [0, 1].map(|byte| rollcage_server::fingerprint::Fingerprint([byte; 32]));
    for (at, one) in set.labelled.iter_mut().enumerate() {
        one.bug = if at < 2 { "a" } else { "b" }.to_owned();
        one.fingerprint = fingerprints[usize::from(at == 3)];
    }
    let Figures { precision, recall } = score::figures(&set, Pairs::All);
    assert_eq!((precision, recall), (1.0 / 3.0, 1.0 / 2.0));
    assert_eq!(score::merges(&set)[0].pairs, 2);
    assert_eq!(score::splits(&set)[0].pairs, 1);
}
