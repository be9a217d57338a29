//! Accepting an invitation. Stands alone: it works without a viewer.

use askama::Template;

use crate::invitation::Offer;

/// `/invitations/{secret}`: who invites to what, and the way to accept.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/invitation.html")]
pub struct InvitationPage {
    /// The secret of the URL, to which the form posts.
    pub secret: String,
    /// The address it is for.
    pub email: String,
    /// What it is to.
    pub offer: Offer,
    /// The mail address of who invited; `None` when that account is gone.
    pub invited_by: Option<String>,
    /// Who looks.
    pub visitor: Visitor,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}

/// Who looks at an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Visitor {
    /// There is no account with the invited address: they choose a password. Whoever else may be
    /// signed in in this browser is signed out by joining.
    New,
    /// There is one, and nobody is signed in.
    SignedOut,
    /// They are signed in with the invited address.
    Invited,
    /// They are signed in with another address than the invited one.
    Other {
        /// That address.
        email: String,
    },
}
