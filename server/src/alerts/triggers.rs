//! Which rules fire for what a batch did to an item, and the mail that one is. Pure: the digest hands
//! in what happened and stores what comes out.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    model::{
        hour::minute_of,
        id::{ChangeId, ItemId, OccurrenceId, RuleId},
        item::{Event, Item, Status, Transition},
        rule::{Audience, Rule, Trigger},
    },
    store::{members::Recipient, outbox::NewMail, rule_hours::RateQuestion},
};

#[cfg(test)]
mod tests;

/// A rule that fires for something that happened to an item.
#[derive(Clone, Debug)]
pub struct Firing<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The item, as it is now.
    pub item: &'a Item,
    /// The version it had been resolved in.
    pub resolved_in: Option<&'a str>,
    /// What happened, the same for all rules that fire for it: it mails one person once.
    pub event: String,
}

/// What `outbox.detail` holds for a mail about an item.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    /// The item.
    pub item: ItemId,
    /// The occurrence to show.
    pub occurrence: OccurrenceId,
    /// The version it had been resolved in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolved_in: Option<String>,
    /// The rule that tells; `None` in mails from before there were rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// The occurrences that it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// The minutes that it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i32>,
}

/// The name in `outbox.kind` of a rule's test.
pub const TEST_KIND: &str = "rule_test";

/// What `outbox.detail` holds for a rule's test.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TestDetail {
    /// The rule.
    pub rule: RuleId,
}

/// The name in `outbox.kind` of a mail that a trigger leads to.
pub fn kind(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::New => "new_item",
        Trigger::Reactivated => "reactivated_item",
        Trigger::Reached(_) => "reached_item",
        Trigger::Rate { .. } => "rate_item",
    }
}

/// The trigger of a mail; `None` for one of another kind.
pub fn trigger_of(kind: &str, detail: &Detail) -> Option<Trigger> {
    let name = kind.strip_suffix("_item")?;
    Trigger::stored(name, detail.count, detail.minutes)
}

/// The rules that fire for the events of a transition, in the order of the events. `change` finds the
/// entry of the item's history that has that kind. A muted item fires none, whatever happened to it.
pub fn firing<'a>(
    rules: &'a [Rule],
    transition: &'a Transition,
    resolved_in: Option<&'a str>,
    change: impl Fn(&str) -> Option<ChangeId>,
) -> Vec<Firing<'a>> {
    let item = &transition.item;
    let mut firing = Vec::new();
    for happened in transition.events.iter().filter(|_| !item.is_muted()) {
        let (trigger, event) = match *happened {
            Event::New => (Trigger::New, change_key(change("created"))),
            Event::Reactivated => (Trigger::Reactivated, change_key(change("reactivated"))),
            Event::Reached(count) => (Trigger::Reached(count), reached_key(item, count)),
        };
        let asking = rules
            .iter()
            .filter(|rule| rule.terms.trigger == trigger && may_fire(rule, item));
        firing.extend(asking.map(|rule| Firing {
            rule,
            item,
            resolved_in,
            event: event.clone(),
        }));
    }
    firing
}

/// What rules of a rate ask about an item that occurrences came of.
pub fn questions<'a>(
    rules: &'a [Rule],
    item: &'a Item,
) -> impl Iterator<Item = (&'a Rule, RateQuestion)> {
    rules.iter().filter_map(|rule| {
        let Trigger::Rate { count, minutes } = rule.terms.trigger else {
            return None;
        };
        // Asking costs as many entries of an index: not where it never failed so often.
        if item.status != Status::Active || item.total < count || !may_fire(rule, item) {
            return None;
        }
        let at = item.last_occurrence_at;
        let question = RateQuestion {
            project: item.project_id,
            rule: rule.id,
            item: item.id,
            count,
            since: at - TimeDelta::minutes(minutes.into()),
            at,
        };
        Some((rule, question))
    })
}

/// A rule of a rate that fires.
pub fn rate_firing<'a>(rule: &'a Rule, item: &'a Item, at: DateTime<Utc>) -> Firing<'a> {
    Firing {
        rule,
        item,
        resolved_in: None,
        event: format!(
            "rule {} of item {} at {}",
            rule.id,
            item.id,
            at.timestamp_micros()
        ),
    }
}

/// Whether a rule is to tell somebody. A rule for everybody tells who wants the project's mails and
/// mails of that kind; one for chosen people tells them unless they want no mails of the project,
/// which `recipients` leaves out already.
pub fn is_told(rule: &Rule, who: &Recipient) -> bool {
    rule.project == who.project
        && match &rule.terms.audience {
            Audience::Chosen(people) => people.contains(&who.user),
            Audience::Everybody => match rule.terms.trigger {
                Trigger::New => who.new_items,
                Trigger::Reactivated => who.reactivated_items,
                Trigger::Reached(_) | Trigger::Rate { .. } => true,
            },
        }
}

/// The mail to one person about what a rule fired for.
pub fn mail(firing: &Firing<'_>, recipient: &str) -> NewMail {
    let Firing {
        rule, item, event, ..
    } = firing;
    let trigger = rule.terms.trigger;
    let detail = Detail {
        item: item.id,
        occurrence: item.last_occurrence_id,
        resolved_in: firing.resolved_in.map(str::to_owned),
        rule: Some(rule.id),
        count: trigger.count(),
        minutes: trigger.minutes(),
    };
    NewMail {
        dedupe_key: format!("{event} to {recipient}"),
        project: Some(item.project_id),
        kind: kind(trigger),
        recipient: recipient.to_owned(),
        detail: serde_json::to_value(detail).expect("a detail is plain"),
    }
}

/// A rule's test, to somebody who asked for it: one a minute at most.
pub fn test_mail(rule: &Rule, recipient: &str, at: DateTime<Utc>) -> NewMail {
    let minute = minute_of(at).timestamp();
    NewMail {
        dedupe_key: format!("test of rule {} at {minute} to {recipient}", rule.id),
        project: Some(rule.project),
        kind: TEST_KIND,
        recipient: recipient.to_owned(),
        detail: serde_json::to_value(TestDetail { rule: rule.id }).expect("a detail is plain"),
    }
}

fn may_fire(rule: &Rule, item: &Item) -> bool {
    rule.is_enabled && rule.project == item.project_id && rule.terms.filter.is_met_by(item)
}

/// An event by its entry in the history. Of a trial there is none.
fn change_key(change: Option<ChangeId>) -> String {
    change.map_or_else(String::new, |change| format!("change {change}"))
}

/// It has no entry: the item reaches a number once from when it last became active.
fn reached_key(item: &Item, count: i64) -> String {
    let since = item.status_changed_at.timestamp_micros();
    format!("item {} reached {count} since {since}", item.id)
}
