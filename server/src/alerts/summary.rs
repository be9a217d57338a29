//! What rules held back in an hour that is over, put into the outbox: one summary for each person.
//!
//! In one transaction with taking it away, so each is told once. A summary counts against no limit.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    model::{
        hour::hour_of,
        id::{ItemId, RuleId, UserId},
        rule::Rule,
    },
    store::{
        Db, Result, members,
        outbox::{self, NewMail},
        rule_hours::{self, Waiting},
        rules,
    },
};

/// The name in `outbox.kind` of a summary.
pub const KIND: &str = "rule_summary";
/// How long after its end an hour is summed up: for nodes whose clocks are behind, and batches that are
/// being applied. What comes later still has a summary of its own.
const GRACE: TimeDelta = TimeDelta::minutes(1);
/// Items that a summary names: what a person still reads.
pub const NAMED: usize = 50;

/// What `outbox.detail` holds for a summary.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Detail {
    /// The rule.
    pub rule: RuleId,
    /// When the hour began.
    pub hour: DateTime<Utc>,
    /// The items, in the order in which it fired for them first, and how often for each.
    pub items: Vec<(ItemId, i64)>,
    /// How many further items there are.
    pub more: usize,
}

/// Puts the summaries of one rule's hour into the outbox: whether there was such an hour.
pub async fn make_next(db: &Db, now: DateTime<Utc>) -> Result<bool> {
    let last = hour_of(now - GRACE) - TimeDelta::hours(1);
    let mut tx = db.begin().await?;
    let Some(waiting) = rule_hours::take_waiting(&mut *tx, last).await? else {
        return Ok(false);
    };
    let held = rule_hours::take_held(&mut *tx, waiting).await?;
    let last_id = held.last().map_or(0, |(id, ..)| *id);
    // A rule that was deleted meanwhile tells nobody.
    if let Some(rule) = rules::by_id(&mut *tx, waiting.project, waiting.rule).await? {
        // Who has left the project since is not told what happens there.
        let recipients = members::recipients(&mut *tx, &[waiting.project.0]).await?;
        let emails: HashMap<UserId, String> = recipients
            .into_iter()
            .map(|who| (who.user, who.email))
            .collect();
        let mails: Vec<NewMail> = by_person(&held)
            .into_iter()
            .filter_map(|(person, items)| {
                Some(mail(&rule, waiting, last_id, emails.get(&person)?, items))
            })
            .collect();
        outbox::insert(&mut *tx, &mails, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What each person is told: items with how often, in the order of the first time.
fn by_person(held: &[(i64, ItemId, Vec<UserId>)]) -> BTreeMap<UserId, Vec<(ItemId, i64)>> {
    let mut people: BTreeMap<UserId, Vec<ItemId>> = BTreeMap::new();
    for (_, item, recipients) in held {
        for person in recipients {
            people.entry(*person).or_default().push(*item);
        }
    }
    people
        .into_iter()
        .map(|(person, items)| (person, counted(&items)))
        .collect()
}

/// Each once, with how often it is there.
fn counted(items: &[ItemId]) -> Vec<(ItemId, i64)> {
    let mut places = HashMap::new();
    let mut counted: Vec<(ItemId, i64)> = Vec::new();
    for item in items {
        let place = *places.entry(*item).or_insert_with(|| {
            counted.push((*item, 0));
            counted.len() - 1
        });
        counted[place].1 += 1;
    }
    counted
}

fn mail(
    rule: &Rule,
    waiting: Waiting,
    last_id: i64,
    recipient: &str,
    mut items: Vec<(ItemId, i64)>,
) -> NewMail {
    let more = items.len().saturating_sub(NAMED);
    items.truncate(NAMED);
    let detail = Detail {
        rule: rule.id,
        hour: waiting.hour,
        items,
        more,
    };
    NewMail {
        // What came after a summary of the same hour has another number.
        dedupe_key: format!("summary of rule {} up to {last_id} to {recipient}", rule.id),
        project: Some(rule.project),
        kind: KIND,
        recipient: recipient.to_owned(),
        detail: serde_json::to_value(detail).expect("a detail is plain"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_person_is_told_each_item_once_with_how_often() {
        let (ann, bob) = (UserId(1), UserId(2));
        let held = [
            (1, ItemId(9), vec![ann]),
            (2, ItemId(7), vec![ann, bob]),
            (3, ItemId(9), vec![ann]),
        ];
        let told = by_person(&held);
        assert_eq!(told[&ann], [(ItemId(9), 2), (ItemId(7), 1)]);
        assert_eq!(told[&bob], [(ItemId(7), 1)]);
    }
}
