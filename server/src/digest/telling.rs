//! What items' transitions leave to read: their history, and what rules make of it: mails in the
//! outbox, and what is held back for a summary.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{apply::Touched, rates::Rates};
use crate::{
    alerts::{
        limits,
        triggers::{self, Firing},
    },
    model::{
        hour::hour_of,
        id::{ChangeId, ItemId, ProjectId},
        item::Item,
        rule::Rule,
    },
    store::{Result, changes, members, outbox, rule_hours, rules},
};

/// The entries of histories that a batch wrote, by item and kind.
type Changes = HashMap<(ItemId, String), ChangeId>;

/// The rules that may fire, by their project: a batch may be of hundreds.
struct Rules(HashMap<ProjectId, Vec<Rule>>);

impl Rules {
    fn of(rules: Vec<Rule>) -> Self {
        let mut by_project: HashMap<ProjectId, Vec<Rule>> = HashMap::new();
        for rule in rules {
            by_project.entry(rule.project).or_default().push(rule);
        }
        Self(by_project)
    }

    fn about(&self, item: &Item) -> &[Rule] {
        self.0.get(&item.project_id).map_or(&[], Vec::as_slice)
    }
}

/// Writes the items' history, and mails about it into the outbox: whether there are any. Asks after
/// the occurrences are stored, for rules of a rate count them, and locks rules' hours after the items.
pub(super) async fn tell(
    tx: &mut PgConnection,
    touched: &[Touched],
    rates: &mut Rates,
    now: DateTime<Utc>,
) -> Result<bool> {
    if touched.is_empty() {
        return Ok(false);
    }
    let changes = write_history(tx, touched).await?;
    let projects = projects_of(touched.iter());
    let eventful = projects_of(
        touched
            .iter()
            .filter(|one| !one.transition.events.is_empty()),
    );
    let rules = Rules::of(rules::alerting(&mut *tx, &projects, &eventful).await?);
    if rules.0.is_empty() {
        return Ok(false);
    }
    let mut firings: Vec<Firing<'_>> = Vec::new();
    for one in touched {
        let (transition, resolved_in) = (&one.transition, one.resolved_in.as_deref());
        let change = |kind: &str| changes.get(&(transition.item.id, kind.to_owned())).copied();
        let rules = rules.about(&transition.item);
        firings.extend(triggers::firing(rules, transition, resolved_in, change));
    }
    firings.extend(of_rates(tx, touched, &rules, rates).await?);
    if firings.is_empty() {
        return Ok(false);
    }
    let hour = hour_of(now);
    let fired = rule_hours::count(&mut *tx, hour, &limits::counts(&firings)).await?;
    let recipients = members::recipients(&mut *tx, &firing_projects(&firings)).await?;
    let told = limits::share(&firings, &fired, &recipients);
    if !told.held.is_empty() {
        rule_hours::hold(&mut *tx, hour, &told.held).await?;
    }
    if !told.mails.is_empty() {
        outbox::insert(&mut *tx, &told.mails, now).await?;
    }
    Ok(!told.mails.is_empty())
}

async fn write_history(tx: &mut PgConnection, touched: &[Touched]) -> Result<Changes> {
    let changes: Vec<_> = touched
        .iter()
        .flat_map(|one| {
            let item = &one.transition.item;
            let changes = one.transition.changes.iter();
            changes.map(move |change| (item.project_id, item.id, change))
        })
        .collect();
    if changes.is_empty() {
        return Ok(Changes::new());
    }
    let written = changes::insert(&mut *tx, &changes).await?;
    Ok(written
        .into_iter()
        .map(|(id, item, kind)| ((item, kind), id))
        .collect())
}

/// The rules of a rate that fire. One rests for an item for as long as its rate looks back.
async fn of_rates<'a>(
    tx: &mut PgConnection,
    touched: &'a [Touched],
    rules: &'a Rules,
    rates: &mut Rates,
) -> Result<Vec<Firing<'a>>> {
    let asked: Vec<_> = touched
        .iter()
        .flat_map(|one| {
            let item = &one.transition.item;
            triggers::questions(rules.about(item), item)
                .map(move |(rule, question)| (rule, item, question))
        })
        .filter(|(_, item, question)| rates.is_open(item, question))
        .collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let questions: Vec<_> = asked.iter().map(|(.., question)| *question).collect();
    let answers: HashMap<_, _> = rule_hours::rates(&mut *tx, &questions)
        .await?
        .into_iter()
        .map(|(rule, item, answer)| ((rule, item), answer))
        .collect();
    let firing: Vec<_> = asked
        .into_iter()
        .filter(|(rule, item, question)| {
            let answer = answers.get(&(rule.id, item.id));
            answer.is_some_and(|answer| rates.fires(item, question, *answer))
        })
        .collect();
    if firing.is_empty() {
        return Ok(Vec::new());
    }
    let noted: Vec<_> = firing.iter().map(|(.., question)| *question).collect();
    rule_hours::note_firings(&mut *tx, &noted).await?;
    Ok(firing
        .into_iter()
        .map(|(rule, item, question)| triggers::rate_firing(rule, item, question.at))
        .collect())
}

fn projects_of<'a>(touched: impl Iterator<Item = &'a Touched>) -> Vec<i64> {
    let projects: BTreeSet<i64> = touched
        .map(|one| one.transition.item.project_id.0)
        .collect();
    projects.into_iter().collect()
}

fn firing_projects(firings: &[Firing<'_>]) -> Vec<i64> {
    let projects: BTreeSet<i64> = firings.iter().map(|firing| firing.rule.project.0).collect();
    projects.into_iter().collect()
}
