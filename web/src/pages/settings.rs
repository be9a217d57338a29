//! A project's settings: name, people, mail.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::page_frame::PageFrame;

/// `/p/{slug}/settings`: what is set for the project.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/settings.html")]
pub struct SettingsPage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// Where SDKs send to, as in `https://rollcage.example`.
    pub public_url: String,
    /// The people of the project, by address.
    pub members: Vec<Member>,
    /// Where mails go.
    pub mail: MailState,
    /// The project's mails that could not be sent, newest first.
    pub failed_mails: Vec<FailedMail>,
}

/// Somebody who may see the project.
#[derive(Clone, Debug)]
pub struct Member {
    /// The address they sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Look.
    Viewer,
    /// Look, and change items.
    Member,
    /// Everything, tokens and settings too.
    Owner,
}

/// Where mails go.
#[derive(Clone, Debug)]
pub enum MailState {
    /// To a mail server.
    Smtp {
        /// Its name, with its port.
        host: String,
    },
    /// Into a folder, since no mail server is set.
    Folder {
        /// The folder's path.
        path: String,
    },
}

/// A mail that did not go out: given up, or to be tried again.
#[derive(Clone, Debug)]
pub struct FailedMail {
    /// When it was decided on.
    pub created_at: DateTime<Utc>,
    /// Whom it was for.
    pub recipient: String,
    /// What it was about.
    pub subject: String,
    /// What went wrong the last time, and how it goes on.
    pub error: String,
}

impl Role {
    /// The word used in pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }

    /// What the role may do, in a few words.
    const fn explanation(self) -> &'static str {
        match self {
            Self::Viewer => "sees everything",
            Self::Member => "resolves and mutes items",
            Self::Owner => "manages tokens and settings",
        }
    }
}
