//! Items, as Rollbar's API has them.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Api,
    access::{Reader, Writer},
    error::ApiError,
    result,
};
use crate::{
    model::{
        id::{ItemCounter, ItemId, ProjectId},
        item::{Decision, Item, Status},
        occurrence::Level,
        text::{Title, cut},
    },
    store::{
        items,
        search::{self, Filter},
    },
    triage::{self, By},
};

/// Items on a page of the list, as Rollbar's.
const PAGE: i64 = 100;
/// Pages of the list: further ones are empty.
const PAGES_MAX: i64 = 1_000_000;
/// Bytes of text that are searched for.
const TEXT_MAX_BYTES: usize = 200;
/// Bytes of a version.
const VERSION_MAX_BYTES: usize = 100;

/// `GET /api/1/items`
pub async fn list(
    State(api): State<Api>,
    Reader(project): Reader,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, ApiError> {
    let (filter, page) = filter(query.as_deref().unwrap_or_default())?;
    let total_count = search::count(&api.db, project, &filter).await?;
    let found = search::items_page(&api.db, project, &filter, (page - 1) * PAGE, PAGE).await?;
    let items: Vec<Value> = found.iter().map(shape).collect();
    Ok(result(
        json!({ "page": page, "total_count": total_count, "items": items }),
    ))
}

/// `GET /api/1/item/{id}`
pub async fn show(
    State(api): State<Api>,
    Reader(project): Reader,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    Ok(result(shape(&find(&api, project, &id).await?)))
}

/// `GET /api/1/item_by_counter/{counter}`: leads to the item, as Rollbar does; that of one which is
/// merged to the head of its group.
pub async fn by_counter(
    State(api): State<Api>,
    Reader(project): Reader,
    Path(counter): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let counter = counter
        .parse()
        .map(ItemCounter)
        .map_err(|_not_a_number| ApiError::NotFound)?;
    let item = items::by_counter(&api.db, project, counter)
        .await?
        .ok_or(ApiError::NotFound)?;
    let id = item.merged_into.unwrap_or(item.id);
    let mut location = format!("/api/1/item/{id}");
    if let Some(query) = query {
        location.push('?');
        location.push_str(&query);
    }
    let body = result(json!({ "itemId": id, "path": location, "uri": location }));
    Ok((StatusCode::MOVED_PERMANENTLY, [(LOCATION, location)], body).into_response())
}

/// `PATCH /api/1/item/{id}`: of an item that is merged, its group.
pub async fn change(
    State(api): State<Api>,
    Writer(project): Writer,
    Path(id): Path<String>,
    body: Bytes,
) -> Result<Json<Value>, ApiError> {
    let id = id
        .parse()
        .map(ItemId)
        .map_err(|_not_a_number| ApiError::NotFound)?;
    let by = By {
        actor: None,
        clock: &api.clock,
    };
    let item = triage::decide(&api.db, project, id, by, |item| decisions(&body, item))
        .await?
        .ok_or(ApiError::NotFound)??;
    Ok(result(shape(&item)))
}

/// The item of that id, if it is the project's.
pub async fn find(api: &Api, project: ProjectId, id: &str) -> Result<Item, ApiError> {
    let id = id
        .parse()
        .map(ItemId)
        .map_err(|_not_a_number| ApiError::NotFound)?;
    items::by_id(&api.db, project, id)
        .await?
        .ok_or(ApiError::NotFound)
}

/// An item in Rollbar's shape. Times are Unix seconds.
fn shape(item: &Item) -> Value {
    json!({
        "id": item.id,
        "project_id": item.project_id,
        "counter": item.counter,
        "group_item_id": item.merged_into,
        "environment": item.environment,
        "platform": item.platform,
        "framework": item.framework,
        "title": item.title,
        "level": item.level,
        "status": item.status,
        "resolved_in_version": item.resolved_in,
        "total_occurrences": item.total,
        "first_occurrence_timestamp": item.first_seen_at.timestamp(),
        "last_occurrence_id": item.last_occurrence_id,
        "last_occurrence_timestamp": item.last_occurrence_at.timestamp(),
        "last_activated_timestamp": (item.status == Status::Active).then_some(item.status_changed_at.timestamp()),
        "last_resolved_timestamp": (item.status == Status::Resolved).then_some(item.status_changed_at.timestamp()),
        "last_muted_timestamp": (item.status == Status::Muted).then_some(item.status_changed_at.timestamp()),
    })
}

/// Reads the list's parameters. Each may be given several times; a level or environment may also be
/// a list with commas. Discarded items, of which Rollbar knows nothing, are listed only where asked
/// for.
fn filter(query: &str) -> Result<(Filter, i64), ApiError> {
    let mut filter = Filter::default();
    let mut page = 1;
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match name.as_ref() {
            "page" => {
                page = value
                    .parse()
                    .ok()
                    .filter(|page| (1..=PAGES_MAX).contains(page))
                    .ok_or_else(|| {
                        ApiError::Invalid(format!("page must be a number from 1 to {PAGES_MAX}"))
                    })?;
            }
            "status" => filter.statuses.extend(named(
                &value,
                "status",
                "active, resolved, muted, discarded",
                Status::named,
            )?),
            "level" => {
                filter.levels.extend(named(
                    &value,
                    "level",
                    "critical, error, warning, info, debug",
                    Level::named,
                )?);
            }
            "environment" => filter
                .environments
                .extend(value.split(',').map(|one| one.trim().to_owned())),
            "query" | "q" => cut(&value, TEXT_MAX_BYTES).clone_into(&mut filter.text),
            _ => {}
        }
    }
    if filter.statuses.is_empty() {
        filter.statuses = Status::LISTED.to_vec();
    }
    Ok((filter, page))
}

fn named<T>(
    values: &str,
    what: &str,
    known: &str,
    named: impl Fn(&str) -> Option<T>,
) -> Result<Vec<T>, ApiError> {
    values
        .split(',')
        .map(|value| {
            named(value.trim())
                .ok_or_else(|| ApiError::Invalid(format!("{what} must be one of {known}")))
        })
        .collect()
}

/// What the body of a PATCH asks for, in the order in which it is done.
fn decisions(body: &[u8], item: &Item) -> Result<Vec<Decision>, ApiError> {
    let invalid = |message: &str| ApiError::Invalid(message.to_owned());
    let body: Value = serde_json::from_slice(body)
        .map_err(|_not_json| invalid("the body must be a JSON object"))?;
    let body = body
        .as_object()
        .ok_or_else(|| invalid("the body must be a JSON object"))?;
    let text = |key: &str| match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(invalid(&format!("{key} must be a text"))),
    };
    let version =
        text("resolved_in_version")?.map(|version| cut(version, VERSION_MAX_BYTES).to_owned());
    let mut decisions = Vec::new();
    match text("status")?.map(|status| {
        Status::named(status)
            .ok_or_else(|| invalid("status must be one of active, resolved, muted, discarded"))
    }) {
        None if version.is_some() && item.status == Status::Resolved => {
            decisions.push(Decision::Resolve { version });
        }
        None if version.is_some() => {
            return Err(invalid("resolved_in_version needs status resolved"));
        }
        None => {}
        Some(status) => decisions.push(match status? {
            Status::Active => Decision::Reopen,
            Status::Resolved => Decision::Resolve { version },
            Status::Muted => Decision::Mute,
            Status::Discarded => Decision::Discard,
        }),
    }
    if let Some(level) = text("level")? {
        let level = Level::named(level)
            .ok_or_else(|| invalid("level must be one of critical, error, warning, info, debug"))?;
        decisions.push(Decision::SetLevel(level));
    }
    if let Some(title) = text("title")? {
        let title = Title::new(title);
        if title.as_str().is_empty() {
            return Err(invalid("title must not be empty"));
        }
        decisions.push(Decision::SetTitle(title));
    }
    if decisions.is_empty() {
        return Err(invalid(
            "nothing to change: give status, level, title or resolved_in_version",
        ));
    }
    Ok(decisions)
}
