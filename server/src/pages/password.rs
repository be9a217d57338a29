//! A forgotten password: asking for a mail, and setting a new one by the link in it.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use chrono::{DateTime, Utc};
use rollcage_web::{
    pages::{
        LinkEnd, LinkPage, LinkPurpose, MailState, NewPasswordPage, PasswordHelp, PasswordPage,
    },
    paths,
};
use serde::Deserialize;
use tracing::warn;

use super::{
    Pages,
    login::{self, Attempt, client_address},
    render::{Page, PageError},
};
use crate::{
    accounts,
    model::id::UserId,
    secrets,
    store::{self, mail_secrets, sessions, users},
};

/// What the form that asks for a mail sends.
#[derive(Deserialize)]
pub struct AskForm {
    email: String,
}

/// What the form that sets a password sends.
#[derive(Deserialize)]
pub struct PasswordForm {
    password: String,
}

/// `GET /password`
pub async fn show(State(pages): State<Pages>) -> Response {
    Page::ok(PasswordPage {
        email: String::new(),
        state: if sends_mail(&pages) {
            PasswordHelp::Ask
        } else {
            PasswordHelp::NoMail
        },
        error: None,
    })
    .into_response()
}

/// `POST /password`: the same answer, as soon, whether there is such an account or not.
pub async fn ask(
    State(pages): State<Pages>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<AskForm>,
) -> Result<Response, PageError> {
    if !sends_mail(&pages) {
        return Ok(show(State(pages)).await);
    }
    let again = |status, error: &str| {
        let page = PasswordPage {
            email: form.email.clone(),
            state: PasswordHelp::Ask,
            error: Some(error.to_owned()),
        };
        Ok(Page(status, page).into_response())
    };
    if !login::is_mail_address(&form.email) {
        return again(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Enter a mail address, such as you@example.org.",
        );
    }
    let address = client_address(&pages, peer, &headers);
    if !pages.sign_in.admits(Attempt::Reset, address, &form.email) {
        return again(
            StatusCode::TOO_MANY_REQUESTS,
            "Too many attempts. Wait a minute and try again.",
        );
    }
    store::ping(&pages.db).await?;
    // Beside the answer: writing takes longer than finding nobody.
    let (db, email, now) = (pages.db.clone(), form.email.clone(), pages.clock.now());
    tokio::spawn(async move {
        if let Err(error) = accounts::mail_reset(&db, email.trim(), now).await {
            warn!(error = %error, "a password reset could not be put into the outbox");
        }
    });
    Ok(Page::ok(PasswordPage {
        email: form.email,
        state: PasswordHelp::Asked,
        error: None,
    })
    .into_response())
}

/// `GET /password/{secret}`
pub async fn show_new(
    State(pages): State<Pages>,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    match opened(&pages, &secret).await? {
        Ok((_, email)) => Ok(Page::ok(NewPasswordPage {
            secret,
            email,
            error: None,
        })
        .into_response()),
        Err(end) => Ok(dead_link(LinkPurpose::Password, end)),
    }
}

/// `POST /password/{secret}`: the new password ends all sessions and all other such links.
pub async fn set_new(
    State(pages): State<Pages>,
    Path(secret): Path<String>,
    Form(form): Form<PasswordForm>,
) -> Result<Response, PageError> {
    let (user, email) = match opened(&pages, &secret).await? {
        Ok(found) => found,
        Err(end) => return Ok(dead_link(LinkPurpose::Password, end)),
    };
    if let Some(error) = login::password_mistake(&form.password) {
        let page = NewPasswordPage {
            secret,
            email,
            error: Some(error),
        };
        return Ok(Page::again(page).into_response());
    }
    let hash = login::hash_password(form.password).await?;
    let now = pages.clock.now();
    let mut tx = pages.db.begin().await?;
    if !mail_secrets::use_reset(&mut *tx, &secrets::sha256(&secret)).await? {
        return Ok(dead_link(LinkPurpose::Password, LinkEnd::Used));
    }
    mail_secrets::end_resets(&mut *tx, user).await?;
    users::set_password(&mut *tx, user, &hash, now).await?;
    sessions::end_all(&mut *tx, user, None).await?;
    accounts::mail_password_changed(&mut tx, user, &email, now).await?;
    tx.commit().await?;
    accounts::announce_mails(&pages.db).await;
    Ok(Redirect::to(&paths::login_after_reset()).into_response())
}

/// What a link from a mail shows that leads nowhere any more.
pub fn dead_link(purpose: LinkPurpose, end: LinkEnd) -> Response {
    let status = match end {
        LinkEnd::Unknown => StatusCode::NOT_FOUND,
        LinkEnd::Used | LinkEnd::Revoked | LinkEnd::Expired => StatusCode::GONE,
    };
    Page(status, LinkPage { purpose, end }).into_response()
}

/// Whose password a link resets, or why it does not.
async fn opened(
    pages: &Pages,
    secret: &str,
) -> Result<Result<(UserId, String), LinkEnd>, PageError> {
    let found = mail_secrets::reset(&pages.db, &secrets::sha256(secret)).await?;
    Ok(match found {
        None => Err(LinkEnd::Unknown),
        Some((_, _, expires_at)) if has_ended(pages, expires_at) => Err(LinkEnd::Expired),
        Some((user, email, _)) => Ok((user, email)),
    })
}

fn has_ended(pages: &Pages, expires_at: DateTime<Utc>) -> bool {
    expires_at <= pages.clock.now()
}

fn sends_mail(pages: &Pages) -> bool {
    matches!(pages.mail, MailState::Smtp { .. })
}
