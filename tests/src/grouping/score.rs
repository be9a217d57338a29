//! How well labelled occurrences are grouped.
//!
//! Figures are over pairs of occurrences that count. Precision: of the pairs in one item, those of
//! one bug. Recall: of the pairs of one bug, those in one item. They are those of the benchmark's
//! `evaluate.py`, to the digit.

use std::collections::{BTreeMap, BTreeSet};

use rollcage_server::fingerprint::Fingerprint;

use super::{Labelled, Set};

/// How well occurrences are grouped.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// 1 if no two bugs share an item.
    pub precision: f64,
    /// 1 if no bug has two items.
    pub recall: f64,
}

impl Figures {
    /// The harmonic mean of both.
    pub fn f1(self) -> f64 {
        let sum = self.precision + self.recall;
        if sum > 0.0 {
            2.0 * self.precision * self.recall / sum
        } else {
            0.0
        }
    }
}

/// How many pairs there are of a kind, and how many of them are as they should be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    /// As they should be.
    pub right: usize,
    /// All.
    pub pairs: usize,
}

impl Share {
    /// Right of all; `None` where there are none.
    pub fn ratio(self) -> Option<f64> {
        (self.pairs > 0).then(|| ratio(self.right, self.pairs))
    }

    fn add(&mut self, is_right: bool) {
        self.pairs += 1;
        self.right += usize::from(is_right);
    }
}

/// Bugs of a kind: how well families of such are kept apart, and each bug together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Difference {
    /// Pairs of two bugs of one family, right where they are apart.
    pub apart: Share,
    /// Pairs of one bug, right where they are together.
    pub together: Share,
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pairs<'a> {
    /// All.
    All,
    /// Both of one protocol.
    Within(&'a str),
    /// One of each protocol.
    Across,
    /// Both of one language.
    Language(&'a str),
}

/// The figures of a set.
pub fn figures(set: &Set, pairs: Pairs) -> Figures {
    let (mut bug, mut item, mut both) = (0, 0, 0);
    for (one, other) in all_pairs(set) {
        let is_meant = match pairs {
            Pairs::All => true,
            Pairs::Within(protocol) => one.protocol == protocol && other.protocol == protocol,
            Pairs::Across => one.protocol != other.protocol,
            Pairs::Language(language) => one.language == language && other.language == language,
        };
        if is_meant {
            let (is_bug, is_item) = (one.bug == other.bug, one.fingerprint == other.fingerprint);
            bug += usize::from(is_bug);
            item += usize::from(is_item);
            both += usize::from(is_bug && is_item);
        }
    }
    Figures {
        precision: ratio(both, item),
        recall: ratio(both, bug),
    }
}

/// Of each variation: the pairs of one bug and one protocol of which one has it and the other none.
/// `args` are the pairs without any, `(other protocol)` those of two protocols.
pub fn variations(set: &Set) -> BTreeMap<&str, Share> {
    let mut found: BTreeMap<&str, Share> = BTreeMap::new();
    let is_plain = |one: &Labelled| ["base", "args"].contains(&one.variation.as_str());
    for (one, other) in all_pairs(set).filter(|(one, other)| one.bug == other.bug) {
        let name = match (is_plain(one), is_plain(other)) {
            _ if one.protocol != other.protocol => "(other protocol)",
            (true, true) => "args",
            (true, false) => &other.variation,
            (false, true) => &one.variation,
            (false, false) => continue,
        };
        found
            .entry(name)
            .or_default()
            .add(one.fingerprint == other.fingerprint);
    }
    found
}

/// Of each kind of difference: how well such families are told apart.
pub fn differences(set: &Set) -> BTreeMap<&str, Difference> {
    let mut found: BTreeMap<&str, Difference> = BTreeMap::new();
    for (one, other) in all_pairs(set) {
        let (Some(bug), Some(its)) = (set.bugs.get(&one.bug), set.bugs.get(&other.bug)) else {
            continue;
        };
        if bug.family != its.family {
            continue;
        }
        let is_together = one.fingerprint == other.fingerprint;
        let kind = found.entry(&bug.kind).or_default();
        if one.bug == other.bug {
            kind.together.add(is_together);
        } else {
            kind.apart.add(!is_together);
        }
    }
    found
}

/// Two bugs in one item.
pub struct Merge<'s> {
    /// One occurrence of each in it.
    pub example: [&'s Labelled; 2],
    /// Pairs of both that share an item.
    pub pairs: usize,
}

/// Bugs that share items, the worst first.
pub fn merges(set: &Set) -> Vec<Merge<'_>> {
    let mut found: BTreeMap<(&str, &str), Merge> = BTreeMap::new();
    for (one, other) in all_pairs(set) {
        if one.bug == other.bug || one.fingerprint != other.fingerprint {
            continue;
        }
        let (one, other) = if one.bug < other.bug {
            (one, other)
        } else {
            (other, one)
        };
        found
            .entry((&one.bug, &other.bug))
            .or_insert(Merge {
                example: [one, other],
                pairs: 0,
            })
            .pairs += 1;
    }
    let mut merges: Vec<Merge> = found.into_values().collect();
    merges.sort_by_key(|merge| std::cmp::Reverse(merge.pairs));
    merges
}

/// A bug with more than one item.
pub struct Split<'s> {
    /// The bug.
    pub bug: &'s str,
    /// The occurrences of each of its items, the largest first.
    pub items: Vec<Vec<&'s Labelled>>,
    /// Pairs that are apart.
    pub pairs: usize,
}

/// Bugs with more than one item, the worst first.
pub fn splits(set: &Set) -> Vec<Split<'_>> {
    let mut bugs: BTreeMap<&str, BTreeMap<Fingerprint, Vec<&Labelled>>> = BTreeMap::new();
    for one in scored(set) {
        let items = bugs.entry(&one.bug).or_default();
        items.entry(one.fingerprint).or_default().push(one);
    }
    let count = |occurrences: usize| occurrences * occurrences.saturating_sub(1) / 2;
    let mut splits: Vec<Split> = bugs
        .into_iter()
        .filter(|(_, items)| items.len() > 1)
        .map(|(bug, items)| {
            let mut items: Vec<_> = items.into_values().collect();
            items.sort_by_key(|item| std::cmp::Reverse(item.len()));
            let all: usize = items.iter().map(Vec::len).sum();
            let together: usize = items.iter().map(|item| count(item.len())).sum();
            let pairs = count(all) - together;
            Split { bug, items, pairs }
        })
        .collect();
    splits.sort_by_key(|split| std::cmp::Reverse(split.pairs));
    splits
}

/// The languages of a set.
pub fn languages(set: &Set) -> BTreeSet<&str> {
    scored(set).map(|one| one.language.as_str()).collect()
}

/// The occurrences that count.
pub fn scored(set: &Set) -> impl Iterator<Item = &Labelled> {
    set.labelled.iter().filter(|one| one.scored)
}

fn all_pairs(set: &Set) -> impl Iterator<Item = (&Labelled, &Labelled)> {
    let scored: Vec<&Labelled> = scored(set).collect();
    let pairs = scored.len();
    (0..pairs).flat_map(move |at| {
        let one = scored[at];
        let others = scored[at + 1..].to_vec();
        others.into_iter().map(move |other| (one, other))
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "pairs of some hundred occurrences"
)]
fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        return 1.0;
    }
    part as f64 / whole as f64
}
