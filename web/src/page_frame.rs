//! What the layout shows around every page: who looks, at which project, and when.

use chrono::{DateTime, Utc};

use crate::moment::Moment;

/// The surroundings of a page that somebody signed in sees.
#[derive(Clone, Debug)]
pub struct PageFrame {
    /// Who is signed in.
    pub viewer: Viewer,
    /// The project whose page this is; `None` on pages of the whole instance.
    pub project: Option<ProjectLink>,
    /// All projects the viewer may open, by name, for the switcher.
    pub projects: Vec<ProjectLink>,
    /// A short text about what was just done, shown once above the page.
    pub notice: Option<Notice>,
    /// When the page is rendered; relative times count from here.
    pub now: DateTime<Utc>,
}

/// Who is signed in.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The address they sign in with.
    pub email: String,
    /// Whether they may make projects and see the system page.
    pub is_admin: bool,
}

/// A project as a link shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectLink {
    /// As people say it.
    pub name: String,
    /// As URLs say it.
    pub slug: String,
}

/// A short text about what was just done.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Whether it worked.
    pub kind: NoticeKind,
    /// One or two plain sentences.
    pub text: String,
}

/// Whether what was asked for worked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// It worked.
    Done,
    /// It did not.
    Failed,
}

impl PageFrame {
    /// `at` as people say it, relative to now.
    pub fn ago(&self, at: &DateTime<Utc>) -> Moment {
        Moment::new(*at, self.now)
    }

    /// The project's slug, or nothing on pages of the whole instance.
    pub fn slug(&self) -> &str {
        self.project.as_ref().map_or("", |project| &project.slug)
    }

    /// The project's name, or nothing on pages of the whole instance.
    pub fn project_name(&self) -> &str {
        self.project.as_ref().map_or("", |project| &project.name)
    }

    /// Whether `project` is the one whose page this is.
    pub fn is_current(&self, project: &ProjectLink) -> bool {
        self.project.as_ref() == Some(project)
    }
}

impl Notice {
    /// It worked.
    pub fn done(text: impl Into<String>) -> Self {
        Self {
            kind: NoticeKind::Done,
            text: text.into(),
        }
    }

    /// It did not.
    pub fn failed(text: impl Into<String>) -> Self {
        Self {
            kind: NoticeKind::Failed,
            text: text.into(),
        }
    }
}
