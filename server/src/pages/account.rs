//! What a person sets for themselves.

use std::net::SocketAddr;

use axum::{
    Form,
    extract::{ConnectInfo, Path, Query, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::Form as RepeatedForm;
use rollcage_web::{
    Notice, ProjectLink, Tz,
    pages::{AccountPage, MailChoices, MailProject, Session as SessionView},
    paths,
};
use serde::Deserialize;

use super::{
    Pages,
    login::{self, Attempt, client_address},
    render::{Page, PageError},
    viewer::{self, Viewer},
};
use crate::{
    accounts,
    model::id::SessionId,
    store::{mail_secrets, members, sessions, users},
};

/// What was just done, for the notice above the page.
#[derive(Deserialize)]
pub struct Done {
    done: Option<String>,
}

/// What the form for a new password sends.
#[derive(Deserialize)]
pub struct PasswordForm {
    current: String,
    password: String,
}

/// What the form for the time zone sends.
#[derive(Deserialize)]
pub struct ZoneForm {
    zone: String,
}

/// What the form for mails sends; a box that is not ticked is not sent.
#[derive(Deserialize)]
pub struct MailsForm {
    #[serde(default)]
    new_items: bool,
    #[serde(default)]
    reactivated_items: bool,
    /// Slugs of the projects whose mails are wanted.
    #[serde(default)]
    project: Vec<String>,
}

/// Which form is shown again, and why.
#[derive(Default)]
struct Mistakes {
    password: Option<String>,
    zone: Option<String>,
}

/// `GET /account`
pub async fn show(
    State(pages): State<Pages>,
    viewer: Viewer,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    let notice = match done.done.as_deref() {
        Some("password") => Some("Your password is changed, and your other sessions are ended."),
        Some("zone") => Some("Times are shown in your time zone now."),
        Some("mails") => Some("Your choice of mails is kept."),
        Some("sessions") => Some("Those sessions are ended."),
        _ => None,
    };
    let notice = notice.map(Notice::done);
    Ok(Page::ok(page(&pages, &viewer, notice, Mistakes::default()).await?).into_response())
}

/// `POST /account/password`: ends all of the person's sessions, and links that would reset it; who
/// changed it goes on with a new one.
pub async fn set_password(
    State(pages): State<Pages>,
    viewer: Viewer,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(form): Form<PasswordForm>,
) -> Result<Response, PageError> {
    let address = client_address(&pages, peer, &headers);
    let old_hash = users::account(&pages.db, viewer.id).await?.password_hash;
    let mistake = if !pages
        .sign_in
        .admits(Attempt::Change, address, &viewer.email)
    {
        Some("Too many attempts. Wait a minute and try again.".to_owned())
    } else if !login::is_password(form.current, old_hash.clone()).await? {
        Some("That is not your current password.".to_owned())
    } else {
        login::password_mistake(&form.password)
    };
    if mistake.is_some() {
        let mistakes = Mistakes {
            password: mistake,
            zone: None,
        };
        return Ok(Page::again(page(&pages, &viewer, None, mistakes).await?).into_response());
    }
    let hash = login::hash_password(form.password).await?;
    let now = pages.clock.now();
    let mut tx = pages.db.begin().await?;
    if !users::replace_password(&mut *tx, viewer.id, &old_hash, &hash, now).await? {
        // A reset was faster: it has ended this session too.
        return Ok(Redirect::to(&paths::login()).into_response());
    }
    mail_secrets::end_resets(&mut *tx, viewer.id).await?;
    sessions::end_all(&mut *tx, viewer.id, None).await?;
    accounts::mail_password_changed(&mut tx, viewer.id, &viewer.email, now).await?;
    tx.commit().await?;
    accounts::announce_mails(&pages.db).await;
    let cookie = login::begin_session(&pages, viewer.id, &hash, &headers).await?;
    Ok((cookie, Redirect::to(&paths::account_done("password"))).into_response())
}

/// `POST /account/time-zone`
pub async fn set_time_zone(
    State(pages): State<Pages>,
    viewer: Viewer,
    Form(form): Form<ZoneForm>,
) -> Result<Response, PageError> {
    let Ok(zone) = form.zone.parse::<Tz>() else {
        let mistakes = Mistakes {
            password: None,
            zone: Some("Choose a time zone from the list.".to_owned()),
        };
        return Ok(Page::again(page(&pages, &viewer, None, mistakes).await?).into_response());
    };
    users::set_time_zone(&pages.db, viewer.id, zone.name()).await?;
    Ok(Redirect::to(&paths::account_done("zone")).into_response())
}

/// `POST /account/mails`
pub async fn set_mails(
    State(pages): State<Pages>,
    viewer: Viewer,
    RepeatedForm(form): RepeatedForm<MailsForm>,
) -> Result<Redirect, PageError> {
    let mut tx = pages.db.begin().await?;
    users::set_mails(&mut *tx, viewer.id, form.new_items, form.reactivated_items).await?;
    members::set_mails(&mut *tx, viewer.id, &form.project).await?;
    tx.commit().await?;
    Ok(Redirect::to(&paths::account_done("mails")))
}

/// `POST /account/sessions/{id}/end`
pub async fn end_session(
    State(pages): State<Pages>,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Redirect, PageError> {
    let id = id
        .parse()
        .map(SessionId)
        .map_err(|_not_a_number| PageError::NotFound)?;
    if !sessions::end(&pages.db, viewer.id, id).await? {
        return Err(PageError::NotFound);
    }
    Ok(Redirect::to(&paths::account_done("sessions")))
}

/// `POST /account/sessions/end-others`
pub async fn end_other_sessions(
    State(pages): State<Pages>,
    viewer: Viewer,
) -> Result<Redirect, PageError> {
    sessions::end_all(&pages.db, viewer.id, Some(viewer.session)).await?;
    Ok(Redirect::to(&paths::account_done("sessions")))
}

async fn page(
    pages: &Pages,
    viewer: &Viewer,
    notice: Option<Notice>,
    mistakes: Mistakes,
) -> Result<AccountPage, PageError> {
    let account = users::account(&pages.db, viewer.id).await?;
    let memberships = members::of_user(&pages.db, viewer.id).await?;
    let sessions = sessions::of_user(&pages.db, viewer.id, pages.clock.now()).await?;
    Ok(AccountPage {
        frame: viewer::frame(pages, viewer, notice).await?,
        password_error: mistakes.password,
        zone_error: mistakes.zone,
        mails: MailChoices {
            new_items: account.mail_new_items,
            reactivated_items: account.mail_reactivated_items,
            projects: memberships
                .into_iter()
                .map(|membership| MailProject {
                    project: ProjectLink {
                        name: membership.name,
                        slug: membership.slug,
                    },
                    is_wanted: membership.mails,
                })
                .collect(),
        },
        sessions: sessions
            .into_iter()
            .map(|session| SessionView {
                id: session.id.0,
                agent: session.agent,
                began_at: session.created_at,
                seen_at: session.seen_at,
                is_current: session.id == viewer.session,
            })
            .collect(),
    })
}
