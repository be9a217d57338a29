//! Accepting an invitation: with an account that is there, or with a new one for its address.

use axum::{
    Form,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    Offer,
    pages::{InvitationPage, LinkEnd, LinkPurpose, Visitor},
    paths,
};
use serde::Deserialize;
use sqlx::PgConnection;

use super::{
    Pages, login,
    password::dead_link,
    present,
    render::{Page, PageError},
    viewer::MaybeViewer,
};
use crate::{
    model::id::UserId,
    secrets,
    store::{
        invitations::{self, Invitation, Place},
        mail_secrets, members, projects,
        sessions::Viewer,
        users,
    },
};

/// What the form sends: a password, where there is no account yet.
#[derive(Deserialize)]
pub struct JoinForm {
    password: Option<String>,
}

/// An invitation that works, and where it leads.
struct Open {
    invitation: Invitation,
    offer: Offer,
    /// Where to go after joining.
    goal: String,
}

/// `GET /invitations/{secret}`
pub async fn show(
    State(pages): State<Pages>,
    MaybeViewer(viewer): MaybeViewer,
    Path(secret): Path<String>,
) -> Result<Response, PageError> {
    let open = match open(&pages, &secret).await? {
        Ok(open) => open,
        Err(end) => return Ok(dead_link(LinkPurpose::Invitation, end)),
    };
    let visitor = visitor(&pages, &open.invitation, viewer.as_ref()).await?;
    Ok(Page::ok(page(secret, open, visitor, None)).into_response())
}

/// `POST /invitations/{secret}`
pub async fn accept(
    State(pages): State<Pages>,
    MaybeViewer(viewer): MaybeViewer,
    Path(secret): Path<String>,
    headers: HeaderMap,
    Form(form): Form<JoinForm>,
) -> Result<Response, PageError> {
    let open = match open(&pages, &secret).await? {
        Ok(open) => open,
        Err(end) => return Ok(dead_link(LinkPurpose::Invitation, end)),
    };
    match visitor(&pages, &open.invitation, viewer.as_ref()).await? {
        Visitor::New => join_with_new_account(&pages, secret, open, &headers, form).await,
        Visitor::Invited => {
            let user = viewer.ok_or(PageError::NotFound)?.id;
            let mut tx = pages.db.begin().await?;
            if !join(&mut tx, &open.invitation, user).await? {
                return Ok(dead_link(LinkPurpose::Invitation, LinkEnd::Used));
            }
            tx.commit().await?;
            Ok(Redirect::to(&open.goal).into_response())
        }
        // Their browser has another page than the one that offers this: they see that.
        visitor => Ok(Page::again(page(secret, open, visitor, None)).into_response()),
    }
}

async fn join_with_new_account(
    pages: &Pages,
    secret: String,
    open: Open,
    headers: &HeaderMap,
    form: JoinForm,
) -> Result<Response, PageError> {
    let password = form.password.unwrap_or_default();
    if let Some(error) = login::password_mistake(&password) {
        return Ok(Page::again(page(secret, open, Visitor::New, Some(error))).into_response());
    }
    let hash = login::hash_password(password).await?;
    let mut tx = pages.db.begin().await?;
    let email = &open.invitation.email;
    let made = users::insert(&mut *tx, email, &hash, false, pages.clock.now()).await?;
    // Somebody made the account meanwhile: its password is asked for.
    let Some(user) = made else {
        return Ok(Redirect::to(&paths::invitation(&secret)).into_response());
    };
    if !join(&mut tx, &open.invitation, user).await? {
        return Ok(dead_link(LinkPurpose::Invitation, LinkEnd::Used));
    }
    tx.commit().await?;
    let cookie = login::begin_session(pages, user, &hash, headers).await?;
    Ok((cookie, Redirect::to(&open.goal)).into_response())
}

/// Uses the invitation as it is now; false where somebody was faster, or its project is gone. Wants a
/// transaction.
async fn join(
    tx: &mut PgConnection,
    invitation: &Invitation,
    user: UserId,
) -> Result<bool, PageError> {
    let project = invitation.place.project();
    // Before the invitation, as whoever deletes the project does.
    if let Some(project) = project
        && projects::hold(&mut *tx, &[project.0]).await?.is_empty()
    {
        return Ok(false);
    }
    let Some(place) = invitations::take(&mut *tx, project, invitation.id).await? else {
        return Ok(false);
    };
    match place {
        Place::Project(project, role) => members::join(&mut *tx, project, user, role).await?,
        Place::Instance { is_admin: true } => {
            users::set_admin(&mut *tx, user, true).await?;
        }
        Place::Instance { is_admin: false } => {}
    }
    Ok(true)
}

/// What a secret opens, or why it opens nothing.
async fn open(pages: &Pages, secret: &str) -> Result<Result<Open, LinkEnd>, PageError> {
    let Some(id) = mail_secrets::invitation(&pages.db, &secrets::sha256(secret)).await? else {
        return Ok(Err(LinkEnd::Unknown));
    };
    let Some(invitation) = invitations::by_id(&pages.db, id).await? else {
        return Ok(Err(LinkEnd::Unknown));
    };
    if invitation.expires_at <= pages.clock.now() {
        return Ok(Err(LinkEnd::Expired));
    }
    let (name, goal) = match invitation.place {
        Place::Instance { .. } => (String::new(), paths::projects()),
        Place::Project(project, _) => match projects::by_id(&pages.db, project).await? {
            Some(project) => (project.name.to_string(), paths::items(&project.slug)),
            None => return Ok(Err(LinkEnd::Unknown)),
        },
    };
    let offer = present::offer(invitation.place, &name);
    Ok(Ok(Open {
        invitation,
        offer,
        goal,
    }))
}

async fn visitor(
    pages: &Pages,
    invitation: &Invitation,
    viewer: Option<&Viewer>,
) -> Result<Visitor, PageError> {
    // Whose address it is Postgres decides, as it does when an account is made.
    let account = users::by_email(&pages.db, &invitation.email).await?;
    Ok(match (account, viewer) {
        (None, _) => Visitor::New,
        (Some((user, _)), Some(viewer)) if user == viewer.id => Visitor::Invited,
        (Some(_), Some(viewer)) => Visitor::Other {
            email: viewer.email.clone(),
        },
        (Some(_), None) => Visitor::SignedOut,
    })
}

fn page(secret: String, open: Open, visitor: Visitor, error: Option<String>) -> InvitationPage {
    InvitationPage {
        secret,
        email: open.invitation.email,
        offer: open.offer,
        invited_by: open.invitation.invited_by,
        visitor,
        error,
    }
}
