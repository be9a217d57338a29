//! Rules in the words of crate `web`: for mails, and for pages that show them.

use std::collections::HashMap;

use rollcage_web::{RuleTerms, RuleTrigger, mail::Reason};

use crate::{
    model::{
        occurrence::Level,
        rule::{Audience, Terms, Trigger},
    },
    store::members::Member,
};

/// What a rule says; of the people it tells, those who are still among `members`.
pub fn terms(terms: &Terms, members: &[Member]) -> RuleTerms {
    let emails: HashMap<_, _> = members
        .iter()
        .map(|member| (member.user, &member.email))
        .collect();
    RuleTerms {
        trigger: trigger(terms.trigger),
        environments: terms
            .filter
            .environments
            .iter()
            .map(ToString::to_string)
            .collect(),
        level: terms.filter.level.map(level),
        words: terms.filter.words.clone(),
        people: match &terms.audience {
            Audience::Everybody => None,
            Audience::Chosen(people) => {
                let known = people.iter().filter_map(|person| emails.get(person));
                Some(known.map(ToString::to_string).collect())
            }
        },
        mails_per_hour: terms.mails_per_hour,
    }
}

/// Why a mail about an item is sent.
pub fn reason(trigger: Trigger, resolved_in: Option<String>) -> Reason {
    match trigger {
        Trigger::New => Reason::New,
        Trigger::Reactivated => Reason::Reactivated { resolved_in },
        Trigger::Reached(count) => Reason::Reached(count),
        Trigger::Rate { count, minutes } => Reason::Rate { count, minutes },
    }
}

/// A level.
pub fn level(level: Level) -> rollcage_web::Level {
    rollcage_web::Level::parse(level.as_str()).unwrap_or(rollcage_web::Level::Error)
}

fn trigger(trigger: Trigger) -> RuleTrigger {
    match trigger {
        Trigger::New => RuleTrigger::New,
        Trigger::Reactivated => RuleTrigger::Reactivated,
        Trigger::Reached(count) => RuleTrigger::Reached(count),
        Trigger::Rate { count, minutes } => RuleTrigger::Rate { count, minutes },
    }
}
