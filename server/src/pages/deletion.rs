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
    store::{
        erasures::{self, What},
        items, occurrences,
    },
};

/// `POST /p/{slug}/items/{counter}/deletion`: the item is gone at once, its occurrences follow.
pub async fn item(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, counter)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    let found = item::find(&pages, &access.project, &counter).await?;
    access.at_least(Role::Owner)?;
    let project = access.project.id;
    let mut tx = pages.db.begin().await?;
    let locked = items::lock_by_counter(&mut *tx, project, found.counter).await?;
    if locked != Some(found.id) {
        return Err(PageError::NotFound);
    }
    items::delete(&mut tx, project, found.id).await?;
    let what = What::Item(found.id, found.counter);
    let now = pages.clock.now();
    // An upper bound: some may be gone already.
    erasures::insert(&mut *tx, project, &what, found.total, access.viewer.id, now).await?;
    tx.commit().await?;
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
    if occurrences::of_item(&pages.db, project, found.id, id)
        .await?
        .is_none()
    {
        return Err(PageError::NotFound);
    }
    access.at_least(Role::Owner)?;
    let mut tx = pages.db.begin().await?;
    occurrences::delete(&mut tx, project, found.id, id).await?;
    tx.commit().await?;
    Ok(Redirect::to(&paths::occurrences(&slug, found.counter)))
}
