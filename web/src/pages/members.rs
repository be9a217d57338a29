//! A project's people: who may do what, and who is invited.

use askama::Template;

use crate::{
    invitation::PendingInvitation, page_frame::PageFrame, pages::settings::MailState, paths,
    role::Role,
};

/// `/p/{slug}/settings/members`: members and invitations; owners change them.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/members.html")]
pub struct MembersPage {
    /// What the layout shows; `project` and `role` must be there.
    pub frame: PageFrame,
    /// The people of the project, by address.
    pub members: Vec<Member>,
    /// Invitations not accepted yet, newest first; empty for all but owners.
    pub invitations: Vec<PendingInvitation>,
    /// The form, as typed.
    pub form: InvitationForm,
    /// Where mails go.
    pub mail: MailState,
}

/// Somebody who belongs to the project.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person's number, as in URLs.
    pub id: i64,
    /// The address they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// Whether an admin has deactivated their account.
    pub is_deactivated: bool,
}

/// The form that invites somebody to a project, as typed.
#[derive(Clone, Debug, Default)]
pub struct InvitationForm {
    /// The address.
    pub email: String,
    /// What they are to be.
    pub role: Role,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}

impl MembersPage {
    fn is_viewer(&self, member: &Member) -> bool {
        member.email == self.frame.viewer.email
    }

    /// Where an invitation is sent again.
    fn sending(&self, invitation: &PendingInvitation) -> String {
        paths::invitation_sending(self.frame.slug(), invitation.id)
    }

    /// Where an invitation is taken back.
    fn revocation(&self, invitation: &PendingInvitation) -> String {
        paths::invitation_revocation(self.frame.slug(), invitation.id)
    }
}
