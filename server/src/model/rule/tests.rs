use proptest::prelude::*;

use super::*;

type Change<'c> = &'c dyn Fn(&mut Typed);

fn typed() -> Typed {
    Typed {
        name: " Checkout  fails ".to_owned(),
        trigger: "rate".to_owned(),
        count: " 50 ".to_owned(),
        minutes: "5".to_owned(),
        environments: "production, staging,,production\n".to_owned(),
        level: "Warning".to_owned(),
        words: "Cart  cart Ünder".to_owned(),
        mails_per_hour: "20".to_owned(),
        ..Typed::default()
    }
}

#[test]
fn what_is_typed_is_read() {
    let terms = typed().read(&[]).expect("it is right");
    assert_eq!(terms.name.as_str(), "Checkout fails");
    assert_eq!(
        terms.trigger,
        Trigger::Rate {
            count: 50,
            minutes: 5
        }
    );
    let names: Vec<_> = terms
        .filter
        .environments
        .iter()
        .map(Environment::as_str)
        .collect();
    assert_eq!(names, ["production", "staging"]);
    assert_eq!(terms.filter.level, Some(Level::Warning));
    assert_eq!(terms.filter.words, ["cart", "ünder"]);
    assert_eq!(terms.audience, Audience::Everybody);
}

#[test]
fn mistakes_are_told() {
    let many = |text: &str| {
        (0..=FILTER_MAX)
            .map(|at| format!("{text}{at}"))
            .collect::<Vec<_>>()
    };
    let wrong = |change: Change<'_>| {
        let mut typed = typed();
        change(&mut typed);
        typed
            .read(&[UserId(1), UserId(2)])
            .map(|terms| terms.trigger)
    };
    let cases: [(Change<'_>, Mistake); 16] = [
        (&|typed| typed.name = " \u{0} ".to_owned(), Mistake::Name),
        (
            &|typed| typed.trigger = "deployed".to_owned(),
            Mistake::Trigger,
        ),
        (
            &|typed| typed.trigger = "reached".to_owned(),
            Mistake::Reached,
        ),
        (
            &|typed| {
                typed.trigger = "reached".to_owned();
                typed.reached = "50".to_owned();
            },
            Mistake::Reached,
        ),
        (&|typed| typed.count = "1001".to_owned(), Mistake::Rate),
        (&|typed| typed.count = "0".to_owned(), Mistake::Rate),
        (&|typed| typed.minutes = "61".to_owned(), Mistake::Rate),
        (&|typed| typed.minutes = "-5".to_owned(), Mistake::Rate),
        (
            &|typed| typed.environments = many("e").join(","),
            Mistake::Environments,
        ),
        (
            &|typed| typed.environments = "e".repeat(101),
            Mistake::Environment,
        ),
        (&|typed| typed.level = "severe".to_owned(), Mistake::Level),
        (&|typed| typed.words = many("w").join(" "), Mistake::Words),
        (&|typed| typed.is_for_chosen = true, Mistake::People),
        (
            &|typed| {
                typed.is_for_chosen = true;
                typed.people = vec![UserId(1), UserId(3)];
            },
            Mistake::People,
        ),
        (
            &|typed| typed.mails_per_hour = "0".to_owned(),
            Mistake::MailsPerHour,
        ),
        (
            &|typed| typed.mails_per_hour = "1001".to_owned(),
            Mistake::MailsPerHour,
        ),
    ];
    for (change, mistake) in cases {
        assert_eq!(wrong(change), Err(mistake));
    }
    let chosen = wrong(&|typed| {
        typed.is_for_chosen = true;
        typed.people = vec![UserId(2), UserId(1), UserId(2)];
    });
    assert!(chosen.is_ok());
}

#[test]
fn a_trigger_is_stored_and_found_again() {
    for trigger in [
        Trigger::New,
        Trigger::Reactivated,
        Trigger::Reached(1_000),
        Trigger::Rate {
            count: 3,
            minutes: 4,
        },
    ] {
        let stored = Trigger::stored(trigger.as_str(), trigger.count(), trigger.minutes());
        assert_eq!(stored, Some(trigger));
    }
    assert_eq!(Trigger::stored("deployed", None, None), None);
    assert_eq!(Trigger::stored("rate", Some(3), None), None);
}

proptest! {
    #[test]
    fn whatever_is_typed_is_read_or_refused_and_what_is_read_has_its_limits(
        texts in prop::array::uniform6("\\PC{0,40}|[a-z, \\x00-\\x1f]{0,400}"),
        numbers in prop::array::uniform4("[0-9 -]{0,8}"),
        trigger in "new|reactivated|reached|rate|other",
    ) {
        let [name, environments, level, words, _, _] = texts;
        let [reached, count, minutes, mails_per_hour] = numbers;
        let level = if level.len() % 2 == 0 { String::new() } else { level };
        let typed = Typed {
            name, trigger, reached, count, minutes, environments, level, words, mails_per_hour,
            ..Typed::default()
        };
        if let Ok(terms) = typed.read(&[]) {
            prop_assert!(!terms.name.as_str().is_empty());
            prop_assert!(terms.filter.environments.len() <= FILTER_MAX);
            prop_assert!(terms.filter.words.len() <= FILTER_MAX);
            prop_assert!((1..=MAILS_PER_HOUR_MAX).contains(&terms.mails_per_hour));
            let stored = serde_json::to_string(&terms.filter).expect("it is plain");
            prop_assert!(!stored.contains("\\u0000"));
            prop_assert_eq!(serde_json::from_str::<Filter>(&stored).expect("it is ours"), terms.filter);
        }
    }
}
