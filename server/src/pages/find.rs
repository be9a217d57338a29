//! From the UUID that an SDK printed to the page: the links in applications' logs lead here.

use axum::{
    extract::{Query, State},
    response::Redirect,
};
use rollcage_web::paths;
use serde::Deserialize;

use super::{Pages, render::PageError, viewer::Viewer};
use crate::{
    model::id::{ItemCounter, OccurrenceId, OccurrenceUuid},
    store::{occurrences, projects},
};

/// The UUID that is looked for.
#[derive(Deserialize)]
pub struct UuidQuery {
    uuid: Option<String>,
}

/// `GET /item/uuid/?uuid=`
pub async fn item_by_uuid(
    State(pages): State<Pages>,
    viewer: Viewer,
    Query(query): Query<UuidQuery>,
) -> Result<Redirect, PageError> {
    let (slug, counter, _) = place(&pages, &viewer, query).await?;
    Ok(Redirect::to(&paths::item(&slug, counter)))
}

/// `GET /occurrence/uuid/?uuid=`
pub async fn occurrence_by_uuid(
    State(pages): State<Pages>,
    viewer: Viewer,
    Query(query): Query<UuidQuery>,
) -> Result<Redirect, PageError> {
    let (slug, counter, id) = place(&pages, &viewer, query).await?;
    Ok(Redirect::to(&paths::occurrence(&slug, counter, id)))
}

async fn place(
    pages: &Pages,
    viewer: &Viewer,
    query: UuidQuery,
) -> Result<(String, ItemCounter, OccurrenceId), PageError> {
    let uuid: OccurrenceUuid = query
        .uuid
        .unwrap_or_default()
        .parse()
        .map_err(|_not_one| PageError::NotFound)?;
    let projects = projects::visible_to(&pages.db, viewer.id, viewer.is_admin).await?;
    let ids: Vec<i64> = projects.iter().map(|project| project.id.0).collect();
    occurrences::places_of(&pages.db, uuid, &ids)
        .await?
        .ok_or(PageError::NotFound)
}
