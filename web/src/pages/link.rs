//! A link from a mail that leads nowhere any more. Stands alone: it works without a viewer.

use askama::Template;

/// What `/password/{secret}` and `/invitations/{secret}` show when the secret is not, or no longer,
/// good. The answer is a 410, or a 404 for [`LinkEnd::Unknown`].
#[derive(Clone, Debug, Template)]
#[template(path = "pages/link.html")]
pub struct LinkPage {
    /// What it was for.
    pub purpose: LinkPurpose,
    /// Why it leads nowhere.
    pub end: LinkEnd,
}

/// What a link in a mail was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Setting a new password.
    Password,
    /// Joining a project or the instance.
    Invitation,
}

/// Why a link leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkEnd {
    /// It was used.
    Used,
    /// Somebody took it back; only for invitations.
    Revoked,
    /// It is too old.
    Expired,
    /// It cannot be told: there is no such link, or nothing is kept of it.
    Unknown,
}

impl LinkPage {
    fn heading(&self) -> &'static str {
        match self.end {
            LinkEnd::Used => "This link has been used",
            LinkEnd::Revoked => "This invitation was taken back",
            LinkEnd::Expired => "This link is too old",
            LinkEnd::Unknown => "This link does not work",
        }
    }

    /// What is the matter, and what to do now.
    fn advice(&self) -> &'static str {
        match (self.purpose, self.end) {
            (LinkPurpose::Password, LinkEnd::Used) => {
                "A link sets a password once. Sign in with the new password, or ask for another link."
            }
            (LinkPurpose::Password, LinkEnd::Unknown) => {
                "It may be cut off, used, or too old. Open the newest mail again, or ask for another link."
            }
            (LinkPurpose::Password, LinkEnd::Expired | LinkEnd::Revoked) => {
                "Links to set a password work for a short time only. Ask for another one."
            }
            (LinkPurpose::Invitation, LinkEnd::Used) => {
                "The invitation was accepted. Sign in with the address it was sent to."
            }
            (LinkPurpose::Invitation, LinkEnd::Revoked) => {
                "Whoever invited you, or another owner, took it back. Ask them if you expected to join."
            }
            (LinkPurpose::Invitation, LinkEnd::Expired) => {
                "Ask whoever invited you to send it again. They can do so with one press."
            }
            (LinkPurpose::Invitation, LinkEnd::Unknown) => {
                "It may be cut off, used, taken back or too old. Open the newest mail again, or ask whoever invited you to send it again."
            }
        }
    }
}
