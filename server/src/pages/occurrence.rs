//! The occurrences of an item: their list, one of them, and its JSON.

use axum::{
    Json,
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use rollcage_web::{
    occurrence::OccurrenceView,
    pages::{OccurrencePage, OccurrenceRow, OccurrencesPage},
    paths,
    why::WhyView,
};
use serde::Deserialize;

use super::{
    Pages, item, present,
    render::{Page, PageError},
    viewer::InProject,
};
use crate::{
    model::{evidence::Evidence, id::OccurrenceId, item::Item},
    protocol::rollbar,
    store::{
        attachments, feedback, fingerprints,
        occurrences::{self, StoredOccurrence},
    },
};

/// Occurrences on a page.
const PAGE: usize = 50;
/// Fingerprints that are shown of an item.
const FINGERPRINTS: i64 = 50;

/// A place in the list: `<microseconds>.<id>`.
#[derive(Debug, Deserialize)]
pub struct ListQuery {
    before: Option<String>,
    after: Option<String>,
}

/// `GET /p/{slug}/items/{counter}/occurrences`
pub async fn list(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, counter)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Response, PageError> {
    let item = item::find(&pages, &access.project, &counter).await?;
    let limit = i64::try_from(PAGE + 1).expect("a page is short");
    let before = query.before.as_deref().and_then(cursor);
    let after = query.after.as_deref().and_then(cursor);
    let (db, project, group) = (&pages.db, access.project.id, item.group());
    let mut rows = match after {
        Some(after) => occurrences::after(db, project, &group, after, limit).await?,
        None => occurrences::before(db, project, &group, before.unwrap_or(END), limit).await?,
    };
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    if after.is_some() {
        rows.reverse();
    }
    let (has_newer, has_older) = if after.is_some() {
        (has_more, true)
    } else {
        (before.is_some(), has_more)
    };
    let cursor_of = |row: &occurrences::OccurrenceRow| {
        format!("{}.{}", row.received_at.timestamp_micros(), row.id)
    };
    let older = rows
        .last()
        .filter(|_| has_older)
        .map(|row| paths::occurrences_before(&slug, item.counter, &cursor_of(row)));
    let newer = rows
        .first()
        .filter(|_| has_newer)
        .map(|row| paths::occurrences_after(&slug, item.counter, &cursor_of(row)));
    let page = OccurrencesPage {
        frame: access.frame(&pages, None).await?,
        item: item::head(&pages, &item).await?,
        kept: item::kept(
            &pages,
            &item,
            Some(item::hour(item.first_seen_at).start..DateTime::<Utc>::MAX_UTC),
        )
        .await?,
        rows: rows.into_iter().map(row).collect(),
        older,
        newer,
        is_paged: before.is_some() || after.is_some(),
    };
    Ok(Page::ok(page).into_response())
}

/// `GET /p/{slug}/items/{counter}/occurrences/{id}`
pub async fn show(
    State(pages): State<Pages>,
    access: InProject,
    Path((_, counter, id)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let (item, stored) = find(&pages, &access, &counter, &id).await?;
    let (project, group) = (access.project.id, item.group());
    let place = (stored.row.received_at, stored.row.id);
    let older = occurrences::before(&pages.db, project, &group, place, 1).await?;
    let newer = occurrences::after(&pages.db, project, &group, place, 1).await?;
    let page = OccurrencePage {
        frame: access.frame(&pages, None).await?,
        newest: Some(item.last_occurrence_id.0).filter(|newest| *newest != place.1.0),
        item: item::head(&pages, &item).await?,
        kept: item::kept(&pages, &item, Some(item::hour(stored.row.received_at))).await?,
        occurrence: in_full(&pages, &item, stored).await?.0,
        older: older.first().map(|row| row.id.0),
        newer: newer.first().map(|row| row.id.0),
    };
    Ok(Page::ok(page).into_response())
}

/// An occurrence with what belongs to it, and why it is in its item.
pub async fn in_full(
    pages: &Pages,
    item: &Item,
    stored: StoredOccurrence,
) -> Result<(OccurrenceView, WhyView), PageError> {
    let occurrence = stored.occurrence()?;
    let row = stored.row;
    let (db, project) = (&pages.db, item.project_id);
    let said = feedback::of_occurrence(db, project, row.uuid, row.received_at).await?;
    let files = attachments::of_occurrence(db, project, row.uuid, row.received_at).await?;
    let leading = fingerprints::of_items(db, project, &item.group(), FINGERPRINTS).await?;
    let why = present::why(
        &Evidence::from(&occurrence),
        &present::lines(&occurrence),
        &leading,
    );
    let shown = present::occurrence(
        &row,
        occurrence,
        said.into_iter().map(present::feedback).collect(),
        files.into_iter().map(present::attachment).collect(),
    );
    Ok((shown, why))
}

/// `GET /p/{slug}/items/{counter}/occurrences/{id}/raw.json`
pub async fn raw(
    State(pages): State<Pages>,
    access: InProject,
    Path((_, counter, id)): Path<(String, String, String)>,
) -> Result<Response, PageError> {
    let (_, stored) = find(&pages, &access, &counter, &id).await?;
    Ok(Json(rollbar::payload(&stored.occurrence()?)).into_response())
}

async fn find(
    pages: &Pages,
    access: &InProject,
    counter: &str,
    id: &str,
) -> Result<(Item, StoredOccurrence), PageError> {
    // Links to an occurrence of an item that was merged since lead to it all the same.
    let item = item::find_head(pages, &access.project, counter).await?;
    let id = id
        .parse()
        .map(OccurrenceId)
        .map_err(|_not_a_number| PageError::NotFound)?;
    let stored = occurrences::of_items(&pages.db, access.project.id, &item.group(), id).await?;
    Ok((item, stored.ok_or(PageError::NotFound)?))
}

fn row(row: occurrences::OccurrenceRow) -> OccurrenceRow {
    OccurrenceRow {
        id: row.id.0,
        received_at: row.received_at,
        level: present::level(row.level),
        person: row.person,
        host: row.host,
        code_version: row.code_version,
        url: row.url,
    }
}

/// Behind the newest occurrence there can be.
const END: (DateTime<Utc>, OccurrenceId) = (DateTime::<Utc>::MAX_UTC, OccurrenceId(i64::MAX));

fn cursor(text: &str) -> Option<(DateTime<Utc>, OccurrenceId)> {
    let (micros, id) = text.split_once('.')?;
    Some((
        DateTime::from_timestamp_micros(micros.parse().ok()?)?,
        OccurrenceId(id.parse().ok()?),
    ))
}
