//! What people say about a project's failures.

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use rollcage_web::{
    pages::{FeedbackAbout, FeedbackPage, FeedbackRow},
    paths,
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Pages, present,
    render::{Page, PageError},
    viewer::InProject,
};
use crate::store::feedback;

/// Entries on a page.
const PAGE: usize = 50;

/// A place in the list: `<microseconds>.<uuid>`.
#[derive(Deserialize)]
pub struct ListQuery {
    before: Option<String>,
}

/// `GET /p/{slug}/feedback`: newest first; a page's link to newer ones leads to the newest.
pub async fn list(
    State(pages): State<Pages>,
    access: InProject,
    Path(slug): Path<String>,
    Query(query): Query<ListQuery>,
) -> Result<Response, PageError> {
    let before = query.before.as_deref().and_then(cursor);
    let place = before.unwrap_or((DateTime::<Utc>::MAX_UTC, Uuid::max()));
    let limit = i64::try_from(PAGE + 1).expect("a page is short");
    let mut rows = feedback::of_project(&pages.db, access.project.id, place, limit).await?;
    let has_older = rows.len() > PAGE;
    rows.truncate(PAGE);
    let older = rows.last().filter(|_| has_older).map(|last| {
        let said = &last.feedback;
        let cursor = format!("{}.{}", said.received_at.timestamp_micros(), said.uuid);
        paths::feedback_before(&slug, &cursor)
    });
    let page = FeedbackPage {
        frame: access.frame(&pages, None).await?,
        rows: rows.into_iter().map(row).collect(),
        older,
        newer: before.is_some().then(|| paths::feedback(&slug)),
        is_paged: before.is_some(),
    };
    Ok(Page::ok(page).into_response())
}

fn row(row: feedback::FeedbackRow) -> FeedbackRow {
    let about = match (row.about, row.feedback.occurrence) {
        (Some((counter, id, title)), _) => FeedbackAbout::Occurrence {
            id: id.0,
            counter: counter.0,
            title,
        },
        (None, Some(_)) => FeedbackAbout::Missing,
        (None, None) => FeedbackAbout::Nothing,
    };
    FeedbackRow {
        feedback: present::feedback(row.feedback),
        about,
    }
}

fn cursor(text: &str) -> Option<(DateTime<Utc>, Uuid)> {
    let (micros, uuid) = text.split_once('.')?;
    Some((
        DateTime::from_timestamp_micros(micros.parse().ok()?)?,
        uuid.parse().ok()?,
    ))
}
