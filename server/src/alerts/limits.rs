//! Who is told now and who in the summary of the hour: at once while the rule has room in its hour,
//! held back beyond. Pure.
//!
//! What happened mails one person once: the oldest rule that has room tells them, and only where none
//! has, the oldest one holds it back for them.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::triggers::{self, Firing};
use crate::{
    model::id::{ProjectId, RuleId},
    store::{members::Recipient, outbox::NewMail, rule_hours::Held},
};

/// What is to be told of a batch.
#[derive(Debug, Default)]
pub struct Told {
    /// Mails that go now.
    pub mails: Vec<NewMail>,
    /// What waits for the end of the hour.
    pub held: Vec<Held>,
}

/// How often each rule fires, by project and rule.
pub fn counts(firings: &[Firing<'_>]) -> Vec<(ProjectId, RuleId, i64)> {
    let mut counts: BTreeMap<(ProjectId, RuleId), i64> = BTreeMap::new();
    for firing in firings {
        *counts
            .entry((firing.rule.project, firing.rule.id))
            .or_default() += 1;
    }
    let counts = counts.into_iter();
    counts
        .map(|((project, rule), count)| (project, rule, count))
        .collect()
}

/// Shares out what `firings` tell to `recipients`. `fired` is how often each rule has fired in the
/// hour, these included.
pub fn share(firings: &[Firing<'_>], fired: &[(RuleId, i64)], recipients: &[Recipient]) -> Told {
    let mut so_far: HashMap<RuleId, i64> = fired.iter().copied().collect();
    for (_, rule, count) in counts(firings) {
        *so_far.entry(rule).or_insert(count) -= count;
    }
    let mut events: BTreeMap<&str, Vec<(bool, &Firing<'_>)>> = BTreeMap::new();
    // In the order in which things happened, and not in that of their keys.
    let mut order = Vec::new();
    for firing in firings {
        let so_far = so_far.entry(firing.rule.id).or_default();
        *so_far += 1;
        let is_beyond = *so_far > i64::from(firing.rule.terms.mails_per_hour);
        let event = events.entry(&firing.event).or_insert_with(|| {
            order.push(firing.event.as_str());
            Vec::new()
        });
        event.push((is_beyond, firing));
    }
    let mut told = Told::default();
    for event in order {
        let mut firings = events.remove(event).unwrap_or_default();
        firings.sort_by_key(|(is_beyond, firing)| (*is_beyond, firing.rule.id));
        let mut known = HashSet::new();
        for (is_beyond, firing) in firings {
            let people: Vec<&Recipient> = recipients
                .iter()
                .filter(|who| triggers::is_told(firing.rule, who) && known.insert(who.user))
                .collect();
            if !is_beyond {
                let mails = people.iter().map(|who| triggers::mail(firing, &who.email));
                told.mails.extend(mails);
            } else if !people.is_empty() {
                told.held.push(Held {
                    project: firing.rule.project,
                    rule: firing.rule.id,
                    item: firing.item.id,
                    recipients: people.iter().map(|who| who.user).collect(),
                });
            }
        }
    }
    told
}
