//! Counts per item, per project and per outcome, in the digest's transaction.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{apply::Placed, prepare::Prepared};
use crate::{
    model::{
        entry::Head,
        hour::hour_of,
        outcome::Outcome,
        tally::{Beyond, Tally},
    },
    store::{
        Result,
        counts::{self, ItemHour, ProjectHour},
        usage as usage_hours,
    },
};

/// Counts a batch: what of it has an item, stored or not, what is discarded, and the rest as duplicates.
pub(super) async fn count(
    tx: &mut PgConnection,
    batch: &[&Prepared],
    placed: &[Placed<'_>],
    discarded: &[&Prepared],
) -> Result<()> {
    let mut item_hours: BTreeMap<ItemHour, i64> = BTreeMap::new();
    let mut project_hours: BTreeMap<ProjectHour, i64> = BTreeMap::new();
    let mut outcomes: BTreeMap<(i64, DateTime<Utc>, &str), i64> = BTreeMap::new();
    let mut add = |head: &Head, outcome: Outcome, count: i64| {
        let key = (head.project.0, hour_of(head.received_at), outcome.as_str());
        *outcomes.entry(key).or_default() += count;
    };
    for one in batch {
        add(&one.entry.head, Outcome::Duplicate, 1);
    }
    for one in discarded {
        add(&one.entry.head, Outcome::Discarded, 1);
        add(&one.entry.head, Outcome::Duplicate, -1);
    }
    for placed in placed {
        let head = &placed.one.entry.head;
        let (project, hour) = (head.project, hour_of(head.received_at));
        *item_hours
            .entry(ItemHour {
                project,
                item: placed.item,
                hour,
            })
            .or_default() += 1;
        let key = ProjectHour {
            project,
            hour,
            environment: head.environment.clone(),
            level: head.level,
        };
        *project_hours.entry(key).or_default() += 1;
        let outcome = if placed.is_stored {
            Outcome::Accepted
        } else {
            Outcome::Unstored
        };
        add(head, outcome, 1);
        add(head, Outcome::Duplicate, -1);
    }
    let beyond = [Beyond::Environments, Beyond::NewItems].map(|beyond| Tally::Beyond(beyond).key());
    for placed in placed {
        let head = &placed.one.entry.head;
        let met = [placed.one.is_moved, placed.is_overflow];
        for (key, _) in beyond.iter().zip(met).filter(|(_, is_met)| *is_met) {
            let key = (head.project.0, hour_of(head.received_at), key.as_str());
            *outcomes.entry(key).or_default() += 1;
        }
    }
    counts::add_to_items(&mut *tx, &item_hours.into_iter().collect::<Vec<_>>()).await?;
    counts::add_to_projects(&mut *tx, &project_hours.into_iter().collect::<Vec<_>>()).await?;
    let outcomes: Vec<_> = outcomes
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|((project, hour, outcome), count)| (project, hour, outcome, count))
        .collect();
    usage_hours::add(&mut *tx, &outcomes).await
}
