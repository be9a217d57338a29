//! The status of an item: what a person decides about it.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use rollcage_web::paths;
use serde::Deserialize;

use super::{Pages, item, render::PageError, viewer::InProject};
use crate::{
    model::{item::Decision, project::Role, text::cut},
    triage,
};

/// Bytes of a version.
const VERSION_MAX_BYTES: usize = 100;

/// What the form sends.
#[derive(Deserialize)]
pub struct StatusForm {
    action: String,
    version: Option<String>,
}

/// `POST /p/{slug}/items/{counter}/status`
pub async fn set(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, counter)): Path<(String, String)>,
    Form(form): Form<StatusForm>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Member)?;
    let decision = form.decision()?;
    let found = item::find(&pages, &access.project, &counter).await?;

    triage::decide(
        &pages.db,
        found.project_id,
        found.id,
        access.by(&pages),
        |_| Ok::<_, PageError>(vec![decision.clone()]),
    )
    .await?
    .ok_or(PageError::NotFound)??;

    Ok(Redirect::to(&paths::item(&slug, found.counter)))
}

impl StatusForm {
    fn decision(&self) -> Result<Decision, PageError> {
        let version = self
            .version
            .as_deref()
            .map(str::trim)
            .filter(|version| !version.is_empty());
        match self.action.as_str() {
            "resolve" => Ok(Decision::Resolve {
                version: version.map(|version| cut(version, VERSION_MAX_BYTES).to_owned()),
            }),
            "mute" => Ok(Decision::Mute),
            "discard" => Ok(Decision::Discard),
            "reopen" => Ok(Decision::Reopen),
            _ => Err(PageError::BadRequest),
        }
    }
}
