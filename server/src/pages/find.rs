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
    store::{occurrences, projects, unstored},
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
    Ok(Redirect::to(&match place(&pages, &viewer, query).await? {
        (slug, counter, Some(id)) => paths::occurrence(&slug, counter, id),
        (slug, counter, None) => paths::item(&slug, counter),
    }))
}

/// Where an occurrence is; without its id where it was counted and not stored.
async fn place(
    pages: &Pages,
    viewer: &Viewer,
    query: UuidQuery,
) -> Result<(String, ItemCounter, Option<OccurrenceId>), PageError> {
    let uuid: OccurrenceUuid = query
        .uuid
        .unwrap_or_default()
        .parse()
        .map_err(|_not_one| PageError::NotFound)?;
    let projects = projects::visible_to(&pages.db, viewer.id, viewer.is_admin).await?;
    let ids: Vec<i64> = projects.iter().map(|project| project.id.0).collect();
    if let Some((slug, counter, id)) = occurrences::places_of(&pages.db, uuid, &ids).await? {
        return Ok((slug, counter, Some(id)));
    }
    let (slug, counter) = unstored::place_of(&pages.db, uuid, &ids)
        .await?
        .ok_or(PageError::NotFound)?;
    Ok((slug, counter, None))
}
