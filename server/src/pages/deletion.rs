//! Deleting an item or an occurrence, for owners.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use rollcage_web::paths;

use super::{Pages, item, render::PageError, viewer::InProject};
use crate::{
    accounts,
    model::{id::OccurrenceId, item::group, project::Role},
    store::{
        erasures::{self, What},
        items, merging, occurrences,
    },
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
    let project = access.project.id;
    let mut tx = pages.db.begin().await?;
    let group = merging::lock(&mut tx, project, &[found.id.0]).await?;
    // One that was merged meanwhile would take along what nobody asked about.
    let head = group.iter().find(|part| part.item.id == found.id);
    if head.is_none_or(|part| part.item.merged_into.is_some()) {
        return Err(PageError::NotFound);
    }
    let ids: Vec<i64> = group.iter().map(|part| part.item.id.0).collect();
    items::delete(&mut tx, project, &ids).await?;
    let now = pages.clock.now();
    for item in group::apart(group) {
        let what = What::Item(item.id, item.counter);
        // An upper bound: some may be gone already.
        erasures::insert(&mut *tx, project, &what, item.total, access.viewer.id, now).await?;
    }
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
    let stored = occurrences::of_items(&pages.db, project, &found.group(), id).await?;
    let item = stored.ok_or(PageError::NotFound)?.row.item;
    access.at_least(Role::Owner)?;
    let mut tx = pages.db.begin().await?;
    occurrences::delete(&mut tx, project, item, id).await?;
    tx.commit().await?;
    Ok(Redirect::to(&paths::occurrences(&slug, found.counter)))
}
