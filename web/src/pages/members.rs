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

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::invitation::{MailProgress, Offer};

    fn page(role: Role) -> String {
        let invitation = PendingInvitation {
            id: 7,
            email: "new@example.com".to_owned(),
            offer: Offer::Project {
                name: "Shop".to_owned(),
                role: Role::Member,
            },
            invited_by: None,
            mail: MailProgress::Failed {
                error: "550 no such user".to_owned(),
            },
            expires_at: DateTime::UNIX_EPOCH,
        };
        MembersPage {
            frame: PageFrame::of_role(role),
            members: vec![Member {
                id: 3,
                email: "grace@example.com".to_owned(),
                role: Role::Viewer,
                is_deactivated: false,
            }],
            invitations: vec![invitation],
            form: InvitationForm::default(),
            mail: MailState::Smtp {
                host: "smtp.example.com:587".to_owned(),
            },
        }
        .render()
        .expect("a page renders")
    }

    #[test]
    fn only_owners_get_forms() {
        let forms = [
            "/p/shop/settings/members/3/role",
            "/p/shop/settings/members/3/removal",
            "/p/shop/settings/invitations\"",
            "/p/shop/settings/invitations/7/sending",
            "/p/shop/settings/invitations/7/revocation",
        ];
        let owners = page(Role::Owner);
        for form in forms {
            assert!(owners.contains(form), "{form}");
        }
        for role in [Role::Viewer, Role::Member] {
            let html = page(role);
            assert!(html.contains("grace@example.com"), "{html}");
            for form in forms {
                assert!(!html.contains(form), "{role}: {form}");
            }
        }
    }

    #[test]
    fn links_that_lead_to_a_refusal_are_not_shown() {
        let links = [
            ("/p/shop/start\"", [false, true, true]),
            ("/p/shop/settings/tokens\"", [false, true, true]),
            ("/p/shop/settings/data\"", [false, false, true]),
            ("/admin/users\"", [false, false, false]),
        ];
        for (role, at) in Role::ALL.into_iter().zip(0..) {
            let html = page(role);
            for (link, shown) in links {
                assert_eq!(html.contains(link), shown[at], "{role}: {link}");
            }
        }
    }

    #[test]
    fn an_invitation_tells_that_its_mail_failed_and_its_link_is_too_old() {
        let html = page(Role::Owner);
        assert!(html.contains("550 no such user"), "{html}");
        assert!(html.contains("too old since"), "{html}");
    }
}
