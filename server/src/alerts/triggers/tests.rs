use std::collections::HashMap;

use chrono::TimeDelta;

use super::*;
use crate::{
    alerts::limits::{self, Told},
    model::{
        id::{ItemCounter, ProjectId, UserId},
        item::Sighting,
        occurrence::Level,
        rule::{Filter, Terms},
        text::{Environment, Name, Title},
    },
};

const SHOP: ProjectId = ProjectId(1);
const ANN: UserId = UserId(1);
const BOB: UserId = UserId(2);

fn rule(id: i64, trigger: Trigger) -> Rule {
    Rule {
        project: SHOP,
        id: RuleId(id),
        is_enabled: true,
        terms: Terms {
            name: Name::new("A rule"),
            trigger,
            filter: Filter::default(),
            audience: Audience::Everybody,
            mails_per_hour: 20,
        },
    }
}

fn item(status: Status) -> Item {
    let at = DateTime::UNIX_EPOCH;
    Item {
        project_id: SHOP,
        id: ItemId(7),
        counter: ItemCounter(1),
        environment: Environment::new("production"),
        title: Title::new("KeyError: 'Total' of the Cart"),
        culprit: None,
        level: Level::Error,
        platform: None,
        framework: None,
        status,
        resolved_in: None,
        first_seen_at: at,
        last_seen_at: at,
        total: 0,
        active_total: 0,
        status_changed_at: at,
        last_occurrence_id: OccurrenceId(0),
        last_occurrence_at: at,
        merged_into: None,
        members: Vec::new(),
    }
}

/// `times` occurrences of an item, a second apart.
fn fails(item: Item, times: i64, is_new: bool) -> Transition {
    let sightings: Vec<_> = (1..=times)
        .map(|at| Sighting {
            received_at: DateTime::UNIX_EPOCH + TimeDelta::seconds(at),
            occurrence: OccurrenceId(at),
            code_version: None,
            is_stored: true,
        })
        .collect();
    item.observe(&sightings, is_new)
}

fn fired(rules: &[Rule], transition: &Transition) -> Vec<(i64, String)> {
    let change = |kind: &str| Some(ChangeId(if kind == "created" { 1 } else { 2 }));
    let firings = firing(rules, transition, None, change).into_iter();
    firings
        .map(|firing| (firing.rule.id.0, firing.event))
        .collect()
}

fn who(user: UserId) -> Recipient {
    Recipient {
        project: SHOP,
        user,
        email: format!("{user}@example.test"),
        new_items: true,
        reactivated_items: true,
    }
}

#[test]
fn rules_fire_for_what_they_wait_for() {
    let rules = [
        rule(1, Trigger::New),
        rule(2, Trigger::Reactivated),
        rule(3, Trigger::Reached(10)),
        rule(4, Trigger::Reached(100)),
        rule(
            5,
            Trigger::Rate {
                count: 1,
                minutes: 1,
            },
        ),
    ];
    let event = |text: &str| text.to_owned();
    let reached = |count: i64, since: i64| format!("item 7 reached {count} since {since}");
    let cases = [
        (Status::Active, true, 1, vec![(1, event("change 1"))]),
        (Status::Active, false, 9, vec![]),
        (Status::Active, false, 99, vec![(3, reached(10, 0))]),
        (
            Status::Active,
            true,
            100,
            vec![
                (1, event("change 1")),
                (3, reached(10, 0)),
                (4, reached(100, 0)),
            ],
        ),
        (
            Status::Resolved,
            false,
            10,
            vec![(2, event("change 2")), (3, reached(10, 1_000_000))],
        ),
        (Status::Muted, false, 1_000, vec![]),
        (Status::Discarded, false, 1_000, vec![]),
    ];
    for (status, is_new, times, wanted) in cases {
        let transition = fails(item(status), times, is_new);
        assert_eq!(fired(&rules, &transition), wanted, "{status} {times}");
        let asks = questions(&rules, &transition.item).count();
        let is_active = transition.item.status == Status::Active;
        assert_eq!(asks, usize::from(is_active), "{status}");
    }
}

#[test]
fn a_rate_asks_only_about_items_that_failed_so_often() {
    let rules = [9, 10, 11].map(|count| rule(count, Trigger::Rate { count, minutes: 60 }));
    let transition = fails(item(Status::Active), 10, true);
    let asking: Vec<i64> = questions(&rules, &transition.item)
        .map(|(rule, _)| rule.id.0)
        .collect();
    assert_eq!(asking, [9, 10]);
}

#[test]
fn rules_fire_only_for_items_that_their_filter_meets() {
    let filtered = |change: &dyn Fn(&mut Filter)| {
        let mut rule = rule(1, Trigger::New);
        change(&mut rule.terms.filter);
        rule
    };
    let environments = |names: &[&str]| names.iter().map(|name| Environment::new(name)).collect();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mut off = rule(1, Trigger::New);
    off.is_enabled = false;
    let mut elsewhere = rule(1, Trigger::New);
    elsewhere.project = ProjectId(2);
    let cases = [
        (filtered(&|_| ()), true),
        (
            filtered(&|filter| filter.environments = environments(&["staging", "production"])),
            true,
        ),
        (
            filtered(&|filter| filter.environments = environments(&["Production"])),
            false,
        ),
        (filtered(&|filter| filter.level = Some(Level::Error)), true),
        (filtered(&|filter| filter.level = Some(Level::Debug)), true),
        (
            filtered(&|filter| filter.level = Some(Level::Critical)),
            false,
        ),
        (
            filtered(&|filter| filter.words = words(&["cart", "keyerror"])),
            true,
        ),
        (
            filtered(&|filter| filter.words = words(&["cart", "stock"])),
            false,
        ),
        (off, false),
        (elsewhere, false),
    ];
    let transition = fails(item(Status::Active), 1, true);
    for (rule, fires) in cases {
        let shown = format!("{rule:?}");
        assert_eq!(
            fired(&[rule], &transition).len(),
            usize::from(fires),
            "{shown}"
        );
    }
}

#[test]
fn a_persons_no_holds_against_rules_for_everybody() {
    let new = rule(1, Trigger::New);
    let back = rule(2, Trigger::Reactivated);
    let often = rule(3, Trigger::Reached(10));
    let mut chosen = rule(4, Trigger::New);
    chosen.terms.audience = Audience::Chosen(vec![ANN]);
    let ann = Recipient {
        new_items: false,
        ..who(ANN)
    };
    assert!(!is_told(&new, &ann) && is_told(&back, &ann) && is_told(&often, &ann));
    assert!(is_told(&chosen, &ann), "they were chosen by name");
    assert!(!is_told(&chosen, &who(BOB)));
    let elsewhere = Recipient {
        project: ProjectId(2),
        ..who(ANN)
    };
    assert!(!is_told(&often, &elsewhere));
}

/// What is told of `firings` by rules that had fired so often before, as `(mails, held)` of rule and person.
fn shared(firings: &[Firing<'_>], before: &[(i64, i64)]) -> (Vec<String>, Vec<(i64, Vec<i64>)>) {
    let before: HashMap<_, _> = before.iter().copied().collect();
    let counted = limits::counts(firings).into_iter();
    let fired =
        counted.map(|(_, rule, count)| (rule, before.get(&rule.0).copied().unwrap_or(0) + count));
    let fired: Vec<_> = fired.collect();
    let Told { mails, held } = limits::share(firings, &fired, &[who(ANN), who(BOB)]);
    let mails = mails.into_iter().map(|mail| {
        let detail: Detail = serde_json::from_value(mail.detail).expect("it is ours");
        let rule = detail.rule.expect("it has one");
        assert!(
            mail.dedupe_key
                .ends_with(&format!(" to {}", mail.recipient))
        );
        format!("{rule} to {}", mail.recipient)
    });
    let held = held.into_iter().map(|held| {
        let people = held.recipients.iter().map(|person| person.0);
        (held.rule.0, people.collect())
    });
    (mails.collect(), held.collect())
}

fn happens<'a>(rules: &'a [Rule], transition: &'a Transition, change: i64) -> Vec<Firing<'a>> {
    firing(rules, transition, None, |_| Some(ChangeId(change)))
}

#[test]
fn what_happens_once_mails_a_person_once() {
    let mut for_bob = rule(1, Trigger::New);
    for_bob.terms.audience = Audience::Chosen(vec![BOB]);
    let rules = [for_bob, rule(2, Trigger::New), rule(3, Trigger::New)];
    let transition = fails(item(Status::Active), 1, true);
    let firings = happens(&rules, &transition, 1);
    assert_eq!(firings.len(), 3);
    let (mails, held) = shared(&firings, &[]);
    assert_eq!(mails, ["1 to 2@example.test", "2 to 1@example.test"]);
    assert!(held.is_empty());
}

#[test]
fn what_is_beyond_the_limit_is_held_back_once_unless_another_rule_tells_it() {
    let mut strict = rule(1, Trigger::New);
    strict.terms.mails_per_hour = 2;
    let mut for_bob = rule(2, Trigger::New);
    for_bob.terms.audience = Audience::Chosen(vec![BOB]);
    let mut stricter = rule(3, Trigger::New);
    stricter.terms.mails_per_hour = 1;
    let rules = [strict, for_bob, stricter];
    let transition = fails(item(Status::Active), 1, true);
    let firings: Vec<_> = (1..=4)
        .flat_map(|change| happens(&rules, &transition, change))
        .collect();
    // The first had told once: one more is told, then Bob hears it by his rule, and Ann later.
    let (mails, held) = shared(&firings, &[(1, 1), (3, 5)]);
    let wanted = [
        "1 to 1@example.test",
        "1 to 2@example.test",
        "2 to 2@example.test",
        "2 to 2@example.test",
        "2 to 2@example.test",
    ];
    assert_eq!(mails, wanted);
    assert_eq!(held, [(1, vec![1]), (1, vec![1]), (1, vec![1])]);
}

#[test]
fn mails_from_before_there_were_rules_are_read() {
    let old = serde_json::json!({ "item": 7, "occurrence": 9 });
    let detail: Detail = serde_json::from_value(old).expect("it is ours");
    assert_eq!(trigger_of("new_item", &detail), Some(Trigger::New));
    assert_eq!(
        trigger_of("reactivated_item", &detail),
        Some(Trigger::Reactivated)
    );
    assert_eq!(trigger_of("rate_item", &detail), None);
    assert_eq!(trigger_of("rule_summary", &detail), None);
}
