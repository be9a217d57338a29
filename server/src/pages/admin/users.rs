//! The people of the instance, for admins.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    Notice, ProjectLink,
    pages::{UserInvitationForm as FormView, UserProject, UserRow, UsersPage},
    paths,
};
use serde::Deserialize;

use crate::{
    accounts,
    model::id::UserId,
    pages::{
        Pages,
        login::is_mail_address,
        present,
        render::{Page, PageError},
        settings::members::{invitation_id, refusal},
        viewer::{self, Admin, Viewer},
    },
    store::{
        invitations::{self, Place},
        mail_secrets, members, sessions, users,
    },
};

/// What the button that makes somebody an admin sends.
#[derive(Deserialize)]
pub struct AdminForm {
    admin: bool,
}

/// What the button that deactivates somebody sends.
#[derive(Deserialize)]
pub struct DisabledForm {
    disabled: bool,
}

/// What the form that invites sends.
#[derive(Deserialize)]
pub struct InvitationForm {
    email: String,
    #[serde(default)]
    admin: bool,
}

/// `GET /admin/users`
pub async fn list(State(pages): State<Pages>, Admin(viewer): Admin) -> Result<Response, PageError> {
    Ok(Page::ok(page(&pages, &viewer, FormView::default(), None).await?).into_response())
}

/// `POST /admin/users/{id}/admin`
pub async fn set_admin(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Path(id): Path<String>,
    Form(form): Form<AdminForm>,
) -> Result<Response, PageError> {
    let user = user_id(&id)?;
    let mut tx = pages.db.begin().await?;
    let admins = users::lock_admins(&mut *tx).await?;
    if !form.admin && admins == [user] {
        drop(tx);
        return last_admin(&pages, &viewer).await;
    }
    if !users::set_admin(&mut *tx, user, form.admin).await? {
        return Err(PageError::NotFound);
    }
    if !form.admin {
        invitations::revoke_those_of(&mut *tx, None, user).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(&after(&viewer, user, form.admin)).into_response())
}

/// `POST /admin/users/{id}/disabled`: a deactivated person's sessions end, and what they invited to is
/// taken back.
pub async fn set_disabled(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Path(id): Path<String>,
    Form(form): Form<DisabledForm>,
) -> Result<Response, PageError> {
    let user = user_id(&id)?;
    let mut tx = pages.db.begin().await?;
    let admins = users::lock_admins(&mut *tx).await?;
    if form.disabled && admins == [user] {
        drop(tx);
        return last_admin(&pages, &viewer).await;
    }
    let at = form.disabled.then(|| pages.clock.now());
    if !users::set_disabled(&mut *tx, user, at).await? {
        return Err(PageError::NotFound);
    }
    if form.disabled {
        sessions::end_all(&mut *tx, user, None).await?;
        mail_secrets::end_resets(&mut *tx, user).await?;
        invitations::revoke_all_of(&mut *tx, user).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to(&after(&viewer, user, !form.disabled)).into_response())
}

/// `POST /admin/invitations`
pub async fn invite(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Form(form): Form<InvitationForm>,
) -> Result<Response, PageError> {
    let email = form.email.trim();
    let error = if !is_mail_address(email) {
        Some("Enter a mail address, such as you@example.org.")
    } else if users::by_email(&pages.db, email).await?.is_some() {
        Some("That address has an account already.")
    } else {
        let place = Place::Instance {
            is_admin: form.admin,
        };
        let now = pages.clock.now();
        refusal(accounts::invite(&pages.db, place, email, viewer.id, now).await?)?
    };
    if let Some(error) = error {
        let form = FormView {
            is_admin: form.admin,
            email: form.email,
            error: Some(error.to_owned()),
        };
        return Ok(Page::again(page(&pages, &viewer, form, None).await?).into_response());
    }
    Ok(Redirect::to(&paths::users()).into_response())
}

/// `POST /admin/invitations/{id}/revocation`
pub async fn revoke(
    State(pages): State<Pages>,
    Admin(_): Admin,
    Path(id): Path<String>,
) -> Result<Redirect, PageError> {
    invitations::take(&pages.db, None, invitation_id(&id)?)
        .await?
        .ok_or(PageError::NotFound)?;
    Ok(Redirect::to(&paths::users()))
}

/// `POST /admin/invitations/{id}/sending`
pub async fn send_again(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Path(id): Path<String>,
) -> Result<Response, PageError> {
    let (id, now) = (invitation_id(&id)?, pages.clock.now());
    let sent = accounts::send_again(&pages.db, None, id, viewer.id, now).await?;
    if let Some(error) = refusal(sent)? {
        let notice = Some(Notice::failed(error));
        let page = page(&pages, &viewer, FormView::default(), notice).await?;
        return Ok(Page::again(page).into_response());
    }
    Ok(Redirect::to(&paths::users()).into_response())
}

fn user_id(text: &str) -> Result<UserId, PageError> {
    text.parse()
        .map(UserId)
        .map_err(|_not_a_number| PageError::NotFound)
}

/// Where to go after a change: who took the right from themselves may not see the page any more.
fn after(viewer: &Viewer, user: UserId, may_still: bool) -> String {
    if user == viewer.id && !may_still {
        paths::projects()
    } else {
        paths::users()
    }
}

async fn last_admin(pages: &Pages, viewer: &Viewer) -> Result<Response, PageError> {
    let notice =
        Notice::failed("The instance keeps at least one admin. Make somebody else an admin first.");
    let page = page(pages, viewer, FormView::default(), Some(notice)).await?;
    Ok(Page::again(page).into_response())
}

async fn page(
    pages: &Pages,
    viewer: &Viewer,
    form: FormView,
    notice: Option<Notice>,
) -> Result<UsersPage, PageError> {
    let people = users::all(&pages.db).await?;
    let memberships = members::of_everybody(&pages.db).await?;
    let pending = invitations::pending(&pages.db, None).await?;
    let projects_of = |user: UserId| {
        let theirs = memberships.iter().filter(|(member, _)| *member == user);
        theirs
            .map(|(_, membership)| UserProject {
                project: ProjectLink {
                    name: membership.name.clone(),
                    slug: membership.slug.clone(),
                },
                role: present::role(membership.role),
            })
            .collect()
    };
    Ok(UsersPage {
        frame: viewer::frame(pages, viewer, notice).await?,
        users: people
            .into_iter()
            .map(|person| UserRow {
                id: person.id.0,
                projects: projects_of(person.id),
                email: person.email,
                is_admin: person.is_admin,
                deactivated_at: person.disabled_at,
                seen_at: person.seen_at,
            })
            .collect(),
        invitations: pending
            .into_iter()
            .map(|invitation| present::invitation(invitation, ""))
            .collect(),
        form,
        mail: pages.mail.clone(),
    })
}
