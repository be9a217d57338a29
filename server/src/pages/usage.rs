//! Where everything went that was received for a project.

use std::collections::BTreeMap;

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use rollcage_web::pages::{
    BeyondUsage, DroppedUsage, Limit, OutcomeUsage, Period, SkippedUsage, UsagePage,
};
use serde::Deserialize;

use super::{
    Pages,
    render::{Page, PageError},
    viewer::InProject,
};
use crate::{
    model::{
        hour::{day_of, hour_of},
        outcome::Outcome,
        tally::{Beyond, Dropped, ItemKind, Tally},
    },
    store::usage,
};

/// What is looked at.
#[derive(Deserialize)]
pub struct UsageQuery {
    period: Option<String>,
}

/// `GET /p/{slug}/usage`
pub async fn show(
    State(pages): State<Pages>,
    access: InProject,
    Query(query): Query<UsageQuery>,
) -> Result<Response, PageError> {
    let period = query.period.as_deref().and_then(Period::parse);
    let period = period.unwrap_or_default();
    let frame = access.frame(&pages, None).await?;
    let first = first_bar(period, frame.now);
    let rows = usage::of_project(&pages.db, access.project.id, first).await?;
    let mut counts = Counts::default();
    for (hour, name, count) in rows {
        counts.add(bar_of(period, first, hour), period.bars(), &name, count);
    }
    Ok(Page::ok(counts.into_page(frame, period)).into_response())
}

/// The beginning of the first bar of a period that ends at `now`.
fn first_bar(period: Period, now: DateTime<Utc>) -> DateTime<Utc> {
    let bars = i32::try_from(period.bars()).unwrap_or(i32::MAX);
    let newest = if period.bar() < TimeDelta::days(1) {
        hour_of(now)
    } else {
        day_of(now)
    };
    newest - period.bar() * (bars - 1)
}

fn bar_of(period: Period, first: DateTime<Utc>, hour: DateTime<Utc>) -> usize {
    let bar = (hour - first).num_seconds() / period.bar().num_seconds().max(1);
    usize::try_from(bar).unwrap_or_default()
}

#[derive(Default)]
struct Counts {
    outcomes: BTreeMap<String, Vec<i64>>,
    skipped: BTreeMap<ItemKind, i64>,
    dropped: BTreeMap<Dropped, i64>,
    beyond: BTreeMap<Beyond, i64>,
}

impl Counts {
    fn add(&mut self, bar: usize, bars: usize, name: &str, count: i64) {
        match Tally::of_key(name) {
            Some(Tally::Skipped(kind)) => *self.skipped.entry(kind).or_default() += count,
            Some(Tally::Dropped(dropped)) => *self.dropped.entry(dropped).or_default() += count,
            Some(Tally::Beyond(beyond)) => *self.beyond.entry(beyond).or_default() += count,
            None => {
                let spread = self.outcomes.entry(name.to_owned());
                let spread = spread.or_insert_with(|| vec![0; bars]);
                if let Some(sum) = spread.get_mut(bar) {
                    *sum += count;
                }
            }
        }
    }

    fn into_page(mut self, frame: rollcage_web::PageFrame, period: Period) -> UsagePage {
        let outcomes = Outcome::all()
            .filter_map(|outcome| {
                let counts = self.outcomes.remove(outcome.as_str())?;
                Some(OutcomeUsage {
                    outcome: outcome.as_str().to_owned(),
                    counts,
                })
            })
            .collect();
        let mut skipped: Vec<_> = self
            .skipped
            .into_iter()
            .map(|(kind, count)| SkippedUsage {
                kind: kind.as_str().to_owned(),
                count,
            })
            .collect();
        skipped.sort_by_key(|one| -one.count);
        let mut dropped: Vec<_> = self
            .dropped
            .into_iter()
            .map(|(dropped, count)| DroppedUsage {
                reason: dropped.reason.to_owned(),
                category: dropped.category.to_owned(),
                count,
            })
            .collect();
        dropped.sort_by_key(|one| -one.count);
        let beyond = self.beyond.into_iter();
        UsagePage {
            frame,
            period,
            outcomes,
            skipped,
            dropped,
            beyond: beyond
                .map(|(beyond, count)| BeyondUsage {
                    limit: match beyond {
                        Beyond::Environments => Limit::Environments,
                        Beyond::NewItems => Limit::NewItems,
                    },
                    count,
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_falls_into_its_bar() {
        let now = DateTime::parse_from_rfc3339("2026-11-23T04:30:00Z").expect("a time");
        let now = now.with_timezone(&Utc);
        let hours = first_bar(Period::Day, now);
        assert_eq!(bar_of(Period::Day, hours, hour_of(now)), 23);
        assert_eq!(bar_of(Period::Day, hours, hours), 0);
        let days = first_bar(Period::Month, now);
        assert_eq!(bar_of(Period::Month, days, hour_of(now)), 29);
        assert_eq!(bar_of(Period::Month, days, days + TimeDelta::hours(23)), 0);
    }
}
