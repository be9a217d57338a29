//! One item, with its newest occurrence.

use std::{collections::HashMap, ops::Range};

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, TimeDelta, Utc};
use rollcage_web::{
    BarChart, Kept, StatusView,
    breakdown::{Breakdown, Facet, Span},
    pages::{Change, ChangeKind, ItemHead, ItemPage},
    paths,
};
use serde::Deserialize;
use serde_json::Value;

use super::{
    Pages, merging, occurrence, present,
    render::{Page, PageError},
    viewer::InProject,
};
use crate::{
    model::{
        hour::hour_of,
        id::{ItemCounter, ItemId, UserId},
        item::{Item, Status},
        people::People,
        project::{Project, Role},
    },
    store::{
        changes::{self, StoredChange},
        counts, facets, items, occurrences, people, retention, unstored, users,
    },
};

/// Entries of the history that are shown.
const SHOWN: i64 = 100;

/// Values of a facet that are shown.
const SHOWN_VALUES: i64 = 20;

/// What is looked at of an item.
#[derive(Deserialize)]
pub struct ItemQuery {
    /// The days of the breakdown.
    facets: Option<String>,
    /// Items that were just merged into it, as [`rollcage_web::paths::item_merged`] says them.
    pub merged: Option<String>,
    /// Items that were just taken out of it.
    pub apart: Option<String>,
    /// An item that somebody asked for, and that is merged into it.
    pub asked: Option<String>,
}

/// `GET /p/{slug}/items/{counter}`
pub async fn show(
    State(pages): State<Pages>,
    access: InProject,
    Path((_, counter)): Path<(String, String)>,
    Query(query): Query<ItemQuery>,
) -> Result<Response, PageError> {
    let item = find(&pages, &access.project, &counter).await?;
    let project = access.project.id;
    // The last one may have been erased.
    let (group, last) = (item.group(), item.last_occurrence_id);
    let newest = match occurrences::of_items(&pages.db, project, &group, last).await? {
        Some(newest) => Some(newest),
        None => occurrences::newest_of_items(&pages.db, project, &group).await?,
    };
    let (newest, why) = match newest {
        Some(stored) => {
            let (shown, why) = occurrence::in_full(&pages, &item, stored).await?;
            (Some(shown), Some(why))
        }
        None => (None, None),
    };
    let shown_in = newest.as_ref().map(|newest| hour(newest.received_at));
    let frame = access.frame(&pages, None).await?;
    let now = frame.now;
    let hours = counts::of_items(&pages.db, project, &group, present::first_day(now)).await?;
    let hours = || hours.iter().map(|(_, hour, count)| (*hour, *count));
    let history = History::read(&pages, &item).await?;
    let span = query.facets.as_deref().and_then(Span::parse);
    let breakdown = breakdown(&pages, &item, span.unwrap_or_default(), now).await?;
    let members = merging::members(&pages, &item).await?;
    let page = ItemPage {
        frame,
        item: history.head(&item),
        people: met(&pages, &item).await?,
        hours: BarChart::hours(present::per_hour(hours(), now), now),
        days: BarChart::days(present::per_day(hours(), now), now),
        breakdown,
        kept: kept(&pages, &item, shown_in).await?,
        newest,
        why,
        history: history.shown(),
        can_change: access.role >= Role::Member,
        regrouped: merging::told(&query, members.as_ref()),
        group: members,
    };
    Ok(Page::ok(page).into_response())
}

/// How many people an item and those that are merged into it met.
async fn met(pages: &Pages, item: &Item) -> Result<i64, PageError> {
    let group = item.group().into_iter().map(ItemId);
    let group: Vec<_> = group.map(|member| (item.project_id, member)).collect();
    let mut met = People::default();
    for (_, people) in people::of_items(&pages.db, &group).await? {
        met.unite(&people);
    }
    Ok(met.count())
}

/// What an item's occurrences have in common.
async fn breakdown(
    pages: &Pages,
    item: &Item,
    span: Span,
    now: DateTime<Utc>,
) -> Result<Breakdown, PageError> {
    let since = span.first_day(now.date_naive());
    let (project, group) = (item.project_id, item.group());
    let counted = facets::of_items(&pages.db, project, &group, since, SHOWN_VALUES).await?;
    let facets = counted.chunk_by(|one, next| one.key == next.key);
    let facets = facets.filter_map(|values| {
        let first = values.first()?;
        Some(Facet {
            key: first.key.clone(),
            total: first.total,
            values: values
                .iter()
                .map(|one| (one.value.clone(), one.count))
                .collect(),
        })
    });
    Ok(Breakdown {
        span,
        facets: facets.collect(),
    })
}

/// The hour that a time lies in.
pub fn hour(at: DateTime<Utc>) -> Range<DateTime<Utc>> {
    let begin = hour_of(at);
    begin..begin + TimeDelta::hours(1)
}

/// How an item's occurrences are kept, with what is only counted of that time; `None` for nothing.
pub async fn kept(
    pages: &Pages,
    item: &Item,
    time: Option<Range<DateTime<Utc>>>,
) -> Result<Kept, PageError> {
    let project = item.project_id;
    let retention = retention::of_project(&pages.db, project).await?;
    let unstored = match time {
        Some(time) => unstored::of_items(&pages.db, project, &item.group(), time).await?,
        None => 0,
    };
    Ok(Kept {
        days: retention
            .unwrap_or_default()
            .days_kept(pages.retention_days),
        unstored,
    })
}

/// The item that a URL names by its counter; one that is merged is shown by its head.
pub async fn find(pages: &Pages, project: &Project, counter: &str) -> Result<Item, PageError> {
    let item = find_head(pages, project, counter).await?;
    if counter.parse() == Ok(item.counter.0) {
        return Ok(item);
    }
    let path = paths::item_asked(&project.slug, item.counter, counter);
    Err(PageError::Moved(path))
}

/// The item that a URL names by its counter, or the head of the group that it is merged into.
pub async fn find_head(pages: &Pages, project: &Project, counter: &str) -> Result<Item, PageError> {
    let counter = counter
        .parse()
        .map(ItemCounter)
        .map_err(|_not_a_number| PageError::NotFound)?;
    let item = items::by_counter(&pages.db, project.id, counter).await?;
    let head = match item.as_ref().and_then(|item| item.merged_into) {
        Some(head) => items::by_id(&pages.db, project.id, head).await?,
        None => item,
    };
    head.ok_or(PageError::NotFound)
}

/// What all pages of an item show of it.
pub async fn head(pages: &Pages, item: &Item) -> Result<ItemHead, PageError> {
    Ok(History::read(pages, item).await?.head(item))
}

/// The newest entries of an item's history, newest first, with who made them.
struct History {
    changes: Vec<StoredChange>,
    actors: HashMap<UserId, String>,
}

impl History {
    async fn read(pages: &Pages, item: &Item) -> Result<Self, PageError> {
        let changes = changes::of_item(&pages.db, item.project_id, item.id, SHOWN).await?;
        let ids: Vec<i64> = changes
            .iter()
            .filter_map(|change| change.actor)
            .map(|actor| actor.0)
            .collect();
        let actors = if ids.is_empty() {
            HashMap::new()
        } else {
            users::emails(&pages.db, &ids).await?.into_iter().collect()
        };
        Ok(Self { changes, actors })
    }

    fn actor(&self, change: &StoredChange) -> Option<String> {
        self.actors.get(&change.actor?).cloned()
    }

    fn head(&self, item: &Item) -> ItemHead {
        let newest = self.changes.iter().find(|change| is_status(&change.kind));
        // What put an active item where it is, unless that is its first occurrence.
        let status = newest.filter(|change| change.kind != "created");
        ItemHead {
            counter: item.counter.0,
            title: item.title.to_string(),
            culprit: item.culprit.clone(),
            environment: item.environment.to_string(),
            level: present::level(item.level),
            status: StatusView {
                status: present::status(item.status),
                since: (status.is_some() || item.status != Status::Active)
                    .then_some(item.status_changed_at),
                actor: status.and_then(|change| self.actor(change)),
                version: status.and_then(|change| text(&change.detail, "version")),
            },
            total: item.total,
            first_seen_at: item.first_seen_at,
            last_seen_at: item.last_seen_at.max(item.last_occurrence_at),
        }
    }

    fn shown(&self) -> Vec<Change> {
        self.changes
            .iter()
            .filter_map(|change| {
                Some(Change {
                    at: change.at,
                    actor: self.actor(change),
                    kind: kind(change)?,
                })
            })
            .collect()
    }
}

fn is_status(kind: &str) -> bool {
    !matches!(
        kind,
        "level_set" | "title_set" | "merged" | "merged_into" | "taken_out" | "taken_out_of"
    )
}

fn kind(change: &StoredChange) -> Option<ChangeKind> {
    let text = |key: &str| text(&change.detail, key);
    Some(match change.kind.as_str() {
        "created" => ChangeKind::Created {
            version: text("version"),
        },
        "reactivated" => ChangeKind::Reactivated {
            version: text("version"),
        },
        "resolved" => ChangeKind::Resolved {
            version: text("version"),
        },
        "reopened" => ChangeKind::Reopened,
        "muted" => ChangeKind::Muted,
        "discarded" => ChangeKind::Discarded,
        "level_set" => ChangeKind::LevelSet {
            from: text("from")?,
            to: text("to")?,
        },
        "title_set" => ChangeKind::TitleSet {
            from: text("from")?,
            to: text("to")?,
        },
        "merged" => ChangeKind::Merged(counters(change)),
        "merged_into" => ChangeKind::MergedInto(counters(change)),
        "taken_out" => ChangeKind::TakenOut(counters(change)),
        "taken_out_of" => ChangeKind::TakenOutOf(counters(change)),
        _ => return None,
    })
}

fn counters(change: &StoredChange) -> Vec<i64> {
    let items = change.detail.get("items").and_then(Value::as_array);
    let items = items.into_iter().flatten();
    items.filter_map(Value::as_i64).collect()
}

fn text(detail: &Value, key: &str) -> Option<String> {
    detail.get(key).and_then(Value::as_str).map(str::to_owned)
}
