//! What a person sets for themselves.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{
    agent,
    page_frame::{PageFrame, ProjectLink},
    zone::{self, ZoneGroup},
};

/// `/account`: address, password, time zone, mails, sessions.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/account.html")]
pub struct AccountPage {
    /// What the layout shows; the viewer's address and zone are shown from here.
    pub frame: PageFrame,
    /// Why the password form is shown again; the answer is a 422 then. What was typed is not.
    pub password_error: Option<String>,
    /// Why the time zone was refused; the answer is a 422 then.
    pub zone_error: Option<String>,
    /// Which mails they want.
    pub mails: MailChoices,
    /// Where they are signed in, the newest first.
    pub sessions: Vec<Session>,
}

/// Which mails somebody wants.
#[derive(Clone, Debug)]
pub struct MailChoices {
    /// When an item is new.
    pub new_items: bool,
    /// When a resolved item comes back.
    pub reactivated_items: bool,
    /// The projects they are a member of, by name.
    pub projects: Vec<MailProject>,
}

/// Whether somebody wants a project's mails.
#[derive(Clone, Debug)]
pub struct MailProject {
    /// The project; the form sends its slug.
    pub project: ProjectLink,
    /// Whether they want them.
    pub is_wanted: bool,
}

/// A browser in which somebody is signed in.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its number, as in its URL.
    pub id: i64,
    /// The `User-Agent` it was begun with; shown in short.
    pub agent: String,
    /// When it was begun.
    pub began_at: DateTime<Utc>,
    /// When it was last used.
    pub seen_at: DateTime<Utc>,
    /// Whether it is the one that looks.
    pub is_current: bool,
}

impl AccountPage {
    fn zones(&self) -> Vec<ZoneGroup> {
        zone::groups(self.frame.now)
    }

    fn is_zone(&self, name: &str) -> bool {
        self.frame.zone.name() == name
    }

    fn has_other_sessions(&self) -> bool {
        self.sessions.iter().any(|session| !session.is_current)
    }
}

impl Session {
    /// `Firefox on Linux`.
    fn browser(&self) -> String {
        agent::short(&self.agent)
    }
}
