//! The list of a project's items.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    BarChart, ItemFilter, Level as LevelView, Sort as SortView, StatusFilter,
    pages::{ItemRow, ItemsPage, StatusCounts},
    paths,
};
use serde::Deserialize;

use super::{
    Pages, present,
    render::{Page, PageError},
    viewer::InProject,
};
use crate::{
    model::{
        id::ItemId,
        item::{Item, Status},
        occurrence::Level,
        text::cut,
    },
    store::{
        self, counts, item_sums,
        search::{self, Filter, From, Sort},
    },
};

/// Items on a page.
const PAGE: usize = 50;
/// Bytes of text that are searched for.
const TEXT_MAX_BYTES: usize = 200;

/// The parameters of the list.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    status: Option<String>,
    level: Option<String>,
    environment: Option<String>,
    q: Option<String>,
    sort: Option<String>,
    before: Option<String>,
    after: Option<String>,
}

/// `GET /p/{slug}`
pub async fn from_project(access: InProject) -> Redirect {
    Redirect::to(&paths::items(&access.project.slug))
}

/// `GET /p/{slug}/items`
pub async fn list(
    State(pages): State<Pages>,
    access: InProject,
    Query(query): Query<ListQuery>,
) -> Result<Response, PageError> {
    let (project, slug) = (access.project.id, &access.project.slug);
    let view = view_of(&query);
    let sort = Sort::named(view.sort.name()).unwrap_or_default();
    let from = query
        .before
        .as_deref()
        .and_then(cursor)
        .map(|(key, id)| From::Older(key, id));
    let from = from.or(query
        .after
        .as_deref()
        .and_then(cursor)
        .map(|(key, id)| From::Newer(key, id)));
    // Read before the list: an item that comes between the two is announced as new, not missed.
    let newest = store::projects::newest_counter(&pages.db, project).await?;
    // One more than is shown tells whether there is another page.
    let limit = i64::try_from(PAGE + 1).expect("a page is short");
    let mut found = search::items(&pages.db, project, &filter_of(&view), sort, from, limit).await?;
    let is_backwards = matches!(from, Some(From::Newer(..)));
    let has_more = found.len() > PAGE;
    if has_more && is_backwards {
        found.remove(0);
    }
    found.truncate(PAGE);

    let (has_newer, has_older) = if is_backwards {
        (has_more, true)
    } else {
        (from.is_some(), has_more)
    };
    let cursor_of = |item: &Item| format!("{}.{}", sort.key_of(item), item.id);
    let older = found
        .last()
        .filter(|_| has_older)
        .map(|item| paths::items_before(slug, &view, &cursor_of(item)));
    let newer = found
        .first()
        .filter(|_| has_newer)
        .map(|item| paths::items_after(slug, &view, &cursor_of(item)));

    let frame = access.frame(&pages, None).await?;
    let counts = item_sums::status_counts(&pages.db, project).await?;
    let count_of = |status| {
        counts
            .iter()
            .find(|(counted, _)| *counted == status)
            .map_or(0, |(_, count)| *count)
    };
    let rows = rows(&pages, &found, frame.now).await?;
    let shown: Vec<i64> = rows.iter().map(|row| row.counter).collect();
    let live = from
        .is_none()
        .then(|| paths::items_live(slug, &view, newest, &shown));
    let page = ItemsPage {
        frame,
        environments: item_sums::environments(&pages.db, project).await?,
        status_counts: Some(StatusCounts {
            active: count_of(Status::Active),
            resolved: count_of(Status::Resolved),
            muted: count_of(Status::Muted),
            discarded: count_of(Status::Discarded),
        }),
        rows,
        older,
        newer,
        is_paged: from.is_some(),
        has_items: !counts.is_empty(),
        live,
        filter: view,
    };
    Ok(Page::ok(page).into_response())
}

async fn rows(
    pages: &Pages,
    items: &[Item],
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Vec<ItemRow>, PageError> {
    let Some(project) = items.first().map(|item| item.project_id) else {
        return Ok(Vec::new());
    };
    let ids: Vec<i64> = items.iter().flat_map(Item::group).collect();
    let hours = counts::of_items(&pages.db, project, &ids, present::first_hour(now)).await?;
    Ok(items
        .iter()
        .map(|item| {
            let mine = hours
                .iter()
                .filter(|(id, ..)| *id == item.id || item.members.contains(id))
                .map(|(_, hour, count)| (*hour, *count));
            ItemRow {
                counter: item.counter.0,
                title: item.title.to_string(),
                culprit: item.culprit.clone(),
                environment: item.environment.to_string(),
                level: present::level(item.level),
                status: present::status(item.status),
                hours: BarChart::hours(present::per_hour(mine, now), now),
                total: item.total,
                first_seen_at: item.first_seen_at,
                last_seen_at: item.last_seen_at,
                merged: item.members.len(),
            }
        })
        .collect())
}

/// The filter that a query asks for, as the page shows it.
pub fn view_of(query: &ListQuery) -> ItemFilter {
    let given = |text: &Option<String>| {
        text.as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    ItemFilter {
        status: query
            .status
            .as_deref()
            .and_then(StatusFilter::parse)
            .unwrap_or_default(),
        level: query.level.as_deref().and_then(LevelView::parse),
        environment: given(&query.environment),
        text: given(&query.q)
            .map(|text| cut(&text, TEXT_MAX_BYTES).to_owned())
            .unwrap_or_default(),
        sort: query
            .sort
            .as_deref()
            .and_then(SortView::parse)
            .unwrap_or_default(),
    }
}

/// The filter that a page shows, as the store takes it.
pub fn filter_of(view: &ItemFilter) -> Filter {
    let at_least = view.level.and_then(|level| Level::named(level.name()));
    Filter {
        statuses: Status::named(view.status.name())
            .map_or_else(|| Status::LISTED.to_vec(), |status| vec![status]),
        levels: at_least.map_or_else(Vec::new, |least| {
            Level::ALL
                .into_iter()
                .filter(|level| *level >= least)
                .collect()
        }),
        environments: view.environment.iter().cloned().collect(),
        text: view.text.clone(),
    }
}

/// Reads `<key>.<id>`; anything else is as if not given.
fn cursor(text: &str) -> Option<(i64, ItemId)> {
    let (key, id) = text.split_once('.')?;
    Some((key.parse().ok()?, ItemId(id.parse().ok()?)))
}
