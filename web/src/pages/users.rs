//! The people of the instance, for admins.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    format,
    invitation::PendingInvitation,
    page_frame::{PageFrame, ProjectLink},
    pages::settings::MailState,
    paths,
    role::Role,
};

/// `/admin/users`: everybody with an account, and who is invited to the instance.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/users.html")]
pub struct UsersPage {
    /// What the layout shows.
    pub frame: PageFrame,
    /// Everybody, by address.
    pub users: Vec<UserRow>,
    /// Invitations to the instance that were not accepted yet, newest first.
    pub invitations: Vec<PendingInvitation>,
    /// The form, as typed.
    pub form: UserInvitationForm,
    /// Where mails go.
    pub mail: MailState,
}

/// Somebody with an account, as a row shows them.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// Their number, as in URLs.
    pub id: i64,
    /// The address they sign in with.
    pub email: String,
    /// Whether they see every project and the admin pages.
    pub is_admin: bool,
    /// When their account was deactivated; `None` while it works.
    pub deactivated_at: Option<DateTime<Utc>>,
    /// When they last used a page, as far as known.
    pub seen_at: Option<DateTime<Utc>>,
    /// The projects they belong to, by name.
    pub projects: Vec<UserProject>,
}

/// A project somebody belongs to.
#[derive(Clone, Debug)]
pub struct UserProject {
    /// The project.
    pub project: ProjectLink,
    /// What they may do there.
    pub role: Role,
}

/// The form that invites somebody to the instance, as typed.
#[derive(Clone, Debug, Default)]
pub struct UserInvitationForm {
    /// The address.
    pub email: String,
    /// Whether they are to be an admin.
    pub is_admin: bool,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}

impl UsersPage {
    fn is_viewer(&self, user: &UserRow) -> bool {
        user.email == self.frame.viewer.email
    }

    /// Where an invitation is sent again.
    #[expect(
        clippy::unused_self,
        reason = "the part asks the page, which may be of a project"
    )]
    fn sending(&self, invitation: &PendingInvitation) -> String {
        paths::user_invitation_sending(invitation.id)
    }

    /// Where an invitation is taken back.
    #[expect(
        clippy::unused_self,
        reason = "the part asks the page, which may be of a project"
    )]
    fn revocation(&self, invitation: &PendingInvitation) -> String {
        paths::user_invitation_revocation(invitation.id)
    }
}

impl UserRow {
    /// `3 projects`
    fn project_count(&self) -> String {
        let number = i64::try_from(self.projects.len()).unwrap_or(i64::MAX);
        format::counted(number, "project", "projects")
    }
}
