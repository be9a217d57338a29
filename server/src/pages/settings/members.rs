//! A project's people: who may do what, and who is invited.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    Notice,
    pages::{InvitationForm as FormView, Member as MemberView, MembersPage},
    paths,
};
use serde::Deserialize;

use crate::{
    accounts::{self, Invited},
    model::{
        id::{InvitationId, UserId},
        project::Role,
    },
    pages::{
        Pages,
        login::is_mail_address,
        present,
        render::{Page, PageError},
        viewer::InProject,
    },
    store::{
        invitations::{self, Place},
        members, users,
    },
};

/// Invitations of a project that wait at the same time: a bound on the page.
const PENDING_MAX: usize = 100;

/// What the form of a member's role sends.
#[derive(Deserialize)]
pub struct RoleForm {
    role: String,
}

/// What the form that invites sends.
#[derive(Deserialize)]
pub struct InvitationForm {
    email: String,
    role: String,
}

/// `GET /p/{slug}/settings/members`
pub async fn list(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    Ok(Page::ok(page(&pages, &access, FormView::default(), None).await?).into_response())
}

/// `POST /p/{slug}/settings/members/{user}/role`
pub async fn set_role(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, user)): Path<(String, String)>,
    Form(form): Form<RoleForm>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let role = Role::named(&form.role).ok_or(PageError::BadRequest)?;
    change(&pages, &access, &slug, &user, Some(role)).await
}

/// `POST /p/{slug}/settings/members/{user}/removal`
pub async fn remove(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, user)): Path<(String, String)>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    change(&pages, &access, &slug, &user, None).await
}

/// `POST /p/{slug}/settings/invitations`
pub async fn invite(
    State(pages): State<Pages>,
    access: InProject,
    Form(form): Form<InvitationForm>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let role = Role::named(&form.role).ok_or(PageError::BadRequest)?;
    let email = form.email.trim();
    let mut error = mistake(&pages, &access, email).await?;
    if error.is_none() {
        let place = Place::Project(access.project.id, role);
        let now = pages.clock.now();
        error = refusal(accounts::invite(&pages.db, place, email, access.viewer.id, now).await?)?;
    }
    if let Some(error) = error {
        let form = FormView {
            role: present::role(role),
            email: form.email,
            error: Some(error.to_owned()),
        };
        return Ok(Page::again(page(&pages, &access, form, None).await?).into_response());
    }
    Ok(Redirect::to(&paths::members(&access.project.slug)).into_response())
}

/// What is wrong with an address that is to be invited.
async fn mistake(
    pages: &Pages,
    access: &InProject,
    email: &str,
) -> Result<Option<&'static str>, PageError> {
    if !is_mail_address(email) {
        return Ok(Some("Enter a mail address, such as you@example.org."));
    }
    let project = access.project.id;
    if let Some((user, is_disabled)) = users::by_email(&pages.db, email).await? {
        if members::role(&pages.db, project, user).await?.is_some() {
            return Ok(Some("That person is a member already."));
        }
        if is_disabled {
            return Ok(Some(
                "That person's account is deactivated. An admin can let them in again.",
            ));
        }
    }
    let pending = invitations::pending(&pages.db, Some(project)).await?;
    Ok(
        (pending.len() >= PENDING_MAX)
            .then_some("Too many invitations wait. Take some back first."),
    )
}

/// Why an invitation was not sent; `None` for one that was.
pub fn refusal(invited: Invited) -> Result<Option<&'static str>, PageError> {
    match invited {
        Invited::Sent => Ok(None),
        Invited::TooMany => Ok(Some(
            "Too many invitations were sent within the hour. Try again later.",
        )),
        Invited::Gone => Err(PageError::NotFound),
    }
}

/// `POST /p/{slug}/settings/invitations/{id}/revocation`
pub async fn revoke(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Owner)?;
    let id = invitation_id(&id)?;
    invitations::take(&pages.db, Some(access.project.id), id)
        .await?
        .ok_or(PageError::NotFound)?;
    Ok(Redirect::to(&paths::members(&slug)))
}

/// `POST /p/{slug}/settings/invitations/{id}/sending`
pub async fn send_again(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let id = invitation_id(&id)?;
    let (project, by, now) = (access.project.id, access.viewer.id, pages.clock.now());
    let sent = accounts::send_again(&pages.db, Some(project), id, by, now).await?;
    if let Some(error) = refusal(sent)? {
        let notice = Some(Notice::failed(error));
        let page = page(&pages, &access, FormView::default(), notice).await?;
        return Ok(Page::again(page).into_response());
    }
    Ok(Redirect::to(&paths::members(&slug)).into_response())
}

/// The id of an invitation in a URL.
pub fn invitation_id(text: &str) -> Result<InvitationId, PageError> {
    text.parse()
        .map(InvitationId)
        .map_err(|_not_a_number| PageError::NotFound)
}

/// Gives a member another role, or none; but a project keeps an owner. What somebody invited to who is
/// an owner no longer is taken back.
async fn change(
    pages: &Pages,
    access: &InProject,
    slug: &str,
    user: &str,
    role: Option<Role>,
) -> Result<Response, PageError> {
    let user = user
        .parse()
        .map(UserId)
        .map_err(|_not_a_number| PageError::NotFound)?;
    let project = access.project.id;
    let mut tx = pages.db.begin().await?;
    let roles = members::lock(&mut *tx, project).await?;
    if !roles.iter().any(|(member, ..)| *member == user) {
        return Err(PageError::NotFound);
    }
    // Somebody who cannot sign in owns nothing that others could ask them for.
    let mut owners = roles
        .iter()
        .filter(|(_, role, can_sign_in)| *role == Role::Owner && *can_sign_in);
    let is_last_owner = owners.clone().count() == 1 && owners.any(|(owner, ..)| *owner == user);
    if is_last_owner && role != Some(Role::Owner) {
        drop(tx);
        let notice = Notice::failed(
            "A project keeps at least one owner. Make somebody else an owner first.",
        );
        let page = page(pages, access, FormView::default(), Some(notice)).await?;
        return Ok(Page::again(page).into_response());
    }
    if role != Some(Role::Owner) {
        invitations::revoke_those_of(&mut *tx, Some(project), user).await?;
    }
    match role {
        Some(role) => members::set(&mut *tx, project, user, role).await?,
        None => {
            members::remove(&mut *tx, project, user).await?;
        }
    }
    tx.commit().await?;
    // Who took it from themselves may not see the page any more.
    let may_look = user != access.viewer.id || role.is_some() || access.viewer.is_admin;
    let goal = if may_look {
        paths::members(slug)
    } else {
        paths::projects()
    };
    Ok(Redirect::to(&goal).into_response())
}

async fn page(
    pages: &Pages,
    access: &InProject,
    form: FormView,
    notice: Option<Notice>,
) -> Result<MembersPage, PageError> {
    let project = &access.project;
    let members = members::of_project(&pages.db, project.id).await?;
    let pending = if access.role >= Role::Owner {
        invitations::pending(&pages.db, Some(project.id)).await?
    } else {
        Vec::new()
    };
    Ok(MembersPage {
        frame: access.frame(pages, notice).await?,
        members: members
            .into_iter()
            .map(|member| MemberView {
                id: member.user.0,
                email: member.email,
                role: present::role(member.role),
                is_deactivated: member.is_disabled,
            })
            .collect(),
        invitations: pending
            .into_iter()
            .map(|invitation| present::invitation(invitation, project.name.as_str()))
            .collect(),
        form,
        mail: pages.mail.clone(),
    })
}
