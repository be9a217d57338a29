//! Deleting an item or an occurrence, for owners.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use rollcage_web::paths;

use super::{Pages, item, render::PageError, viewer::InProject};
use crate::{
    accounts,
    model::{id::OccurrenceId, project::Role},
    store::occurrences,
    triage,
};

/// `POST /p/{slug}/items/{counter}/deletion`: the item is gone at once with its members, their
/// occurrences follow.
pub async fn item(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, counter)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let found = item::find(&pages, &access.project, &counter).await?;
    access.at_least(Role::Owner)?;
    let (project, owner) = (access.project.id, access.viewer.id);
    if !triage::delete(&pages.db, project, found.id, owner, &pages.clock).await? {
        return Err(PageError::NotFound);
    }
    accounts::announce_erasures(&pages.db).await;
    Ok(Redirect::to(&paths::items(&slug)))
}

/// `POST /p/{slug}/items/{counter}/occurrences/{id}/deletion`: counts stay, for it happened.
pub async fn occurrence(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, counter, id)): Path<(String, String, String)>,
) -> Result<Redirect, PageError> {
    let found = item::find(&pages, &access.project, &counter).await?;
    let id = id
        .parse()
        .map(OccurrenceId)
        .map_err(|_not_a_number| PageError::NotFound)?;
    let project = access.project.id;
    let stored = occurrences::of_items(&pages.db, project, &found.group(), id).await?;
    let item = stored.ok_or(PageError::NotFound)?.row.item;
    access.at_least(Role::Owner)?;
    let mut tx = pages.db.begin().await?;
    occurrences::delete(&mut tx, project, item, id).await?;
    tx.commit().await?;
    Ok(Redirect::to(&paths::occurrences(&slug, found.counter)))
}
