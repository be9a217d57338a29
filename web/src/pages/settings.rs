//! A project's settings: name, endpoint, mail.

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
    /// Where mails go.
    pub mail: MailState,
    /// The project's mails that could not be sent, newest first.
    pub failed_mails: Vec<FailedMail>,
    /// What the project may send.
    pub limits: LimitsForm,
}

/// The form that says what a project may send, as typed.
#[derive(Clone, Debug, Default)]
pub struct LimitsForm {
    /// Occurrences a minute; empty for no limit.
    pub per_minute: String,
    /// Items that may begin in a minute; empty for the usual number.
    pub new_items_per_minute: String,
    /// The usual number.
    pub usual_new_items: i32,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
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
