//! Mails about a person's account, as the outbox holds them.
//!
//! They name what they are about and hold no secret: one that a link needs is made when the mail is
//! sent, and only its hash is stored.

use serde::{Deserialize, Serialize};

use super::id::{InvitationId, UserId};

/// A mail about an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum AccountMail {
    /// Asks somebody to join.
    Invitation {
        /// What they are invited to.
        invitation: InvitationId,
    },
    /// Lets somebody choose a new password.
    Reset {
        /// Who.
        reset: UserId,
    },
    /// Tells somebody that their password was changed.
    PasswordChanged {
        /// Who.
        changed: UserId,
    },
}

impl AccountMail {
    /// Its name in `outbox.kind`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::Reset { .. } => "password_reset",
            Self::PasswordChanged { .. } => "password_changed",
        }
    }

    /// Whether `kind` is that of a mail about an account.
    pub fn is_kind(kind: &str) -> bool {
        ["invitation", "password_reset", "password_changed"].contains(&kind)
    }
}
