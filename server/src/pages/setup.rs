//! The first run: the first account and the first project, behind a secret that the console shows.

use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{pages::SetupPage, paths};
use serde::Deserialize;

use super::{
    Pages,
    login::{self, is_mail_address},
    render::{Page, PageError},
};
use crate::{
    accounts,
    model::project::{Role, Scope},
    store::{instance, members, users},
};

/// What the form sends.
#[derive(Deserialize)]
pub struct SetupForm {
    email: String,
    password: String,
    project: String,
}

/// `GET /setup/{secret}`
pub async fn show(
    State(pages): State<Pages>,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    if !is_open(&pages, &secret).await? {
        return Err(PageError::NotFound);
    }
    let page = SetupPage {
        secret,
        email: String::new(),
        project: String::new(),
        error: None,
    };
    Ok(Page::ok(page).into_response())
}

/// `POST /setup/{secret}`
pub async fn create(
    State(pages): State<Pages>,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(form): Form<SetupForm>,
) -> Result<Response, PageError> {
    if !is_open(&pages, &secret).await? {
        return Err(PageError::NotFound);
    }
    if let Some(error) = mistake(&form) {
        let page = SetupPage {
            secret,
            email: form.email,
            project: form.project,
            error: Some(error),
        };
        return Ok(Page::again(page).into_response());
    }
    let hash = login::hash_password(form.password).await?;
    let now = pages.clock.now();
    let mut tx = pages.db.begin().await?;
    if !instance::use_setup_secret(&mut *tx, &secret).await? {
        return Err(PageError::NotFound);
    }
    let user = users::insert(&mut *tx, form.email.trim(), &hash, true, now)
        .await?
        .ok_or(PageError::NotFound)?;
    let created = accounts::create_project(&mut tx, &form.project, &Scope::POSTING, now).await?;
    members::set(&mut *tx, created.project.id, user, Role::Owner).await?;
    tx.commit().await?;
    accounts::announce_tokens(&pages.db).await;

    let cookie = login::begin_session(&pages, user, &hash, &headers).await?;
    Ok((cookie, Redirect::to(&paths::start(&created.project.slug))).into_response())
}

/// Open until the first account exists, however that came to be.
async fn is_open(pages: &Pages, secret: &str) -> Result<bool, PageError> {
    Ok(instance::is_setup_secret(&pages.db, secret).await? && !users::exist(&pages.db).await?)
}

fn mistake(form: &SetupForm) -> Option<String> {
    if !is_mail_address(&form.email) {
        return Some("Enter a mail address, such as you@example.org.".into());
    }
    if let Some(mistake) = login::password_mistake(&form.password) {
        return Some(mistake);
    }
    form.project
        .trim()
        .is_empty()
        .then(|| "Give the project a name.".into())
}
