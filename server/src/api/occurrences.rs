//! Occurrences, which Rollbar's API calls instances.

use axum::{
    Json,
    extract::{Path, RawQuery, State},
};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Api, access::Reader, error::ApiError, items, result};
use crate::{
    model::id::{OccurrenceId, ProjectId},
    protocol::rollbar,
    store::occurrences::{self, StoredOccurrence},
};

/// Occurrences on a page, as Rollbar's.
const PAGE: i64 = 20;
/// Pages of the list: further ones are empty.
const PAGES_MAX: i64 = 50_000;

/// `GET /api/1/item/{id}/instances`
pub async fn of_item(
    State(api): State<Api>,
    Reader(project): Reader,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let item = items::find(&api, project, &id).await?;
    let page = page(query.as_deref().unwrap_or_default())?;
    let group = item.group();
    let found =
        occurrences::page_of_items(&api.db, project, &group, (page - 1) * PAGE, PAGE).await?;
    let instances: Vec<Value> = found
        .iter()
        .map(|one| shape(project, one))
        .collect::<Result<_, _>>()?;
    Ok(result(json!({ "page": page, "instances": instances })))
}

/// `GET /api/1/instance/{id}`
pub async fn show(
    State(api): State<Api>,
    Reader(project): Reader,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = id
        .parse()
        .map(OccurrenceId)
        .map_err(|_not_a_number| ApiError::NotFound)?;
    let found = occurrences::by_id(&api.db, project, id)
        .await?
        .ok_or(ApiError::NotFound)?;
    Ok(result(shape(project, &found)?))
}

/// An occurrence in Rollbar's shape: `data` is the payload as the SDK sent it, scrubbed.
fn shape(project: ProjectId, stored: &StoredOccurrence) -> Result<Value, ApiError> {
    let row = &stored.row;
    let at: DateTime<Utc> = row.happened_at.unwrap_or(row.received_at);
    Ok(json!({
        "id": row.id,
        "project_id": project,
        "item_id": row.item,
        "timestamp": at.timestamp(),
        "version": 1,
        "billable": 1,
        "data": rollbar::payload(&stored.occurrence()?),
    }))
}

fn page(query: &str) -> Result<i64, ApiError> {
    let given = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "page");
    given.map_or(Ok(1), |(_, value)| {
        value
            .parse()
            .ok()
            .filter(|page| (1..=PAGES_MAX).contains(page))
            .ok_or_else(|| {
                ApiError::Invalid(format!("page must be a number from 1 to {PAGES_MAX}"))
            })
    })
}
