//! Invitations: to a project with a role, or to the instance.

use chrono::{DateTime, Utc};

use crate::role::Role;

/// What somebody is invited to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Offer {
    /// A project.
    Project {
        /// The project's name.
        name: String,
        /// What they may do there.
        role: Role,
    },
    /// The instance, without a project yet.
    Instance {
        /// Whether they become an admin.
        is_admin: bool,
    },
}

/// An invitation that was not accepted yet, as a row shows it.
#[derive(Clone, Debug)]
pub struct PendingInvitation {
    /// Its number, as in its URLs.
    pub id: i64,
    /// The address it is for.
    pub email: String,
    /// What it is to.
    pub offer: Offer,
    /// The mail address of who invited; `None` when that account is gone.
    pub invited_by: Option<String>,
    /// How its mail does.
    pub mail: MailProgress,
    /// Until when its link works. May lie in the past.
    pub expires_at: DateTime<Utc>,
}

/// How a mail does that somebody waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailProgress {
    /// It waits for its turn.
    Waiting,
    /// It could not be sent yet and is tried again.
    Retrying {
        /// What went wrong the last time.
        error: String,
    },
    /// It went out.
    Sent {
        /// When.
        at: DateTime<Utc>,
    },
    /// It was given up.
    Failed {
        /// What went wrong the last time.
        error: String,
    },
}

impl Offer {
    /// What the person becomes, in a word: `owner`, `admin`, `person`.
    pub(crate) const fn becomes(&self) -> &'static str {
        match self {
            Self::Project { role, .. } => role.name(),
            Self::Instance { is_admin: true } => "admin",
            Self::Instance { is_admin: false } => "person",
        }
    }

    /// What it is to, as the end of a sentence: `to Shop, as a member`.
    pub(crate) fn to_what(&self) -> String {
        match self {
            Self::Project { name, role } => format!("to the project {name}, as {}", role.article()),
            Self::Instance { is_admin: true } => "to Rollcage, as an admin".to_owned(),
            Self::Instance { is_admin: false } => "to Rollcage".to_owned(),
        }
    }

    /// What they may do then, as a sentence.
    pub(crate) const fn explanation(&self) -> &'static str {
        match self {
            Self::Project {
                role: Role::Viewer, ..
            } => "You will see the project’s items and occurrences.",
            Self::Project {
                role: Role::Member, ..
            } => "You will see the project’s items, and resolve and mute them.",
            Self::Project {
                role: Role::Owner, ..
            } => "You will see the project’s items, and manage its people, tokens and data.",
            Self::Instance { is_admin: true } => {
                "You will see every project, and manage people and the server."
            }
            Self::Instance { is_admin: false } => {
                "You will have an account. Projects appear once somebody adds you to one."
            }
        }
    }
}

impl PendingInvitation {
    /// Whether its link has stopped working.
    pub(crate) fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.expires_at <= now
    }
}
