//! What a mail about an account says, with the secret that its link needs: made here, when it is
//! sent, and stored only as its hash. A mail that is sent again carries another secret; each works.

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use rollcage_web::{
    Offer, Role as RoleView, Tz,
    mail::{InvitationMail, Mail, PasswordChangedMail, PasswordResetMail},
    paths,
};

use crate::{
    model::{
        account_mail::AccountMail,
        id::{InvitationId, UserId},
        project::Role,
    },
    secrets,
    store::{
        Db,
        invitations::{self, Place},
        mail_secrets,
        outbox::LeasedMail,
        projects, users,
    },
};

/// How long a link that resets a password works.
const RESET_WORKS: TimeDelta = TimeDelta::hours(1);

/// A mail about an account; `None` where there is nothing to tell any more.
pub async fn render(
    db: &Db,
    mail: &LeasedMail,
    base_url: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<Mail>> {
    let about =
        serde_json::from_value(mail.detail.clone()).context("reading what the mail is about")?;
    match about {
        AccountMail::Invitation { invitation } => {
            render_invitation(db, invitation, base_url, now).await
        }
        AccountMail::Reset { reset } => {
            render_reset(db, reset, base_url, mail.created_at, now).await
        }
        AccountMail::PasswordChanged { changed } => {
            render_password_changed(db, changed, base_url, mail.created_at).await
        }
    }
}

async fn render_invitation(
    db: &Db,
    invitation: InvitationId,
    base_url: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<Mail>> {
    let found = invitations::by_id(db, invitation).await?;
    let Some(invitation) = found.filter(|found| found.expires_at > now) else {
        return Ok(None);
    };
    let offer = match invitation.place {
        Place::Project(project, role) => {
            let Some(project) = projects::by_id(db, project).await? else {
                return Ok(None);
            };
            Offer::Project {
                name: project.name.to_string(),
                role: role_view(role),
            }
        }
        Place::Instance { is_admin } => Offer::Instance { is_admin },
    };
    let secret = secrets::secret();
    if !mail_secrets::insert_for_invitation(db, &secrets::sha256(&secret), invitation.id).await? {
        return Ok(None);
    }
    let mail = InvitationMail {
        offer,
        invited_by: invitation.invited_by,
        public_url: base_url.to_owned(),
        url: paths::absolute(base_url, &paths::invitation(&secret)),
        expires_at: invitation.expires_at,
        zone: invitation.time_zone.as_deref().map_or(Tz::UTC, zone),
    };
    Ok(Some(mail.render().context("rendering a mail")?))
}

async fn render_reset(
    db: &Db,
    user: UserId,
    base_url: &str,
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> anyhow::Result<Option<Mail>> {
    let found = users::contact(db, user).await?;
    // Asked for before the password was changed: whoever changed it ended this too.
    let is_void = |at: DateTime<Utc>| at >= asked_at;
    let Some(contact) = found.filter(|found| !found.password_changed_at.is_some_and(is_void))
    else {
        return Ok(None);
    };
    let secret = secrets::secret();
    let expires_at = now + RESET_WORKS;
    mail_secrets::insert_for_reset(db, &secrets::sha256(&secret), user, expires_at).await?;
    let mail = PasswordResetMail {
        email: contact.email,
        public_url: base_url.to_owned(),
        url: paths::absolute(base_url, &paths::new_password(&secret)),
        expires_at,
        zone: zone(&contact.time_zone),
    };
    Ok(Some(mail.render().context("rendering a mail")?))
}

async fn render_password_changed(
    db: &Db,
    user: UserId,
    base_url: &str,
    at: DateTime<Utc>,
) -> anyhow::Result<Option<Mail>> {
    let Some(contact) = users::contact(db, user).await? else {
        return Ok(None);
    };
    let mail = PasswordChangedMail {
        email: contact.email,
        public_url: base_url.to_owned(),
        password_url: paths::absolute(base_url, &paths::password()),
        at,
        zone: zone(&contact.time_zone),
    };
    Ok(Some(mail.render().context("rendering a mail")?))
}

/// The zone of that IANA name; UTC where this version does not know it.
fn zone(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

fn role_view(role: Role) -> RoleView {
    match role {
        Role::Viewer => RoleView::Viewer,
        Role::Member => RoleView::Member,
        Role::Owner => RoleView::Owner,
    }
}
