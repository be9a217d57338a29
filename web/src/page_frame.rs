//! What the layout shows around every page: who looks, at which project, and when.

use askama::filters::Safe;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{format, moment::Moment, role::Role, zone};

/// The surroundings of a page that somebody signed in sees.
#[derive(Clone, Debug)]
pub struct PageFrame {
    /// Who is signed in.
    pub viewer: Viewer,
    /// The project whose page this is; `None` on pages of the whole instance.
    pub project: Option<ProjectLink>,
    /// What the viewer may do in `project`; admins are owners. `None` where there is no project.
    pub role: Option<Role>,
    /// All projects the viewer may open, by name, for the switcher.
    pub projects: Vec<ProjectLink>,
    /// A short text about what was just done, shown once above the page.
    pub notice: Option<Notice>,
    /// When the page is rendered; relative times count from here.
    pub now: DateTime<Utc>,
    /// The viewer's time zone: exact times are in it.
    pub zone: Tz,
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
    pub fn ago(&self, at: &DateTime<Utc>) -> Safe<Moment> {
        Safe(Moment::new(*at, self.now, self.zone))
    }

    /// `at` in full, in the viewer's zone.
    pub fn exact(&self, at: &DateTime<Utc>) -> String {
        format::exact_time(*at, self.zone)
    }

    /// `at` to the minute, in the viewer's zone.
    pub fn minute(&self, at: &DateTime<Utc>) -> String {
        format::minute_time(*at, self.zone)
    }

    /// `at` as a time of day, in the viewer's zone.
    pub fn clock(&self, at: &DateTime<Utc>) -> String {
        format::clock_time(*at, self.zone)
    }

    /// What the viewer's zone is called at `at`.
    pub fn zone_name(&self, at: &DateTime<Utc>) -> String {
        zone::abbreviation(self.zone, *at)
    }

    /// Whether the viewer may do what members may.
    pub fn is_member(&self) -> bool {
        self.role >= Some(Role::Member)
    }

    /// Whether the viewer may do what owners may.
    pub fn is_owner(&self) -> bool {
        self.role >= Some(Role::Owner)
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

#[cfg(test)]
impl PageFrame {
    /// A frame of the project Shop, as somebody with that role sees it.
    pub(crate) fn of_role(role: Role) -> Self {
        let project = ProjectLink {
            name: "Shop".to_owned(),
            slug: "shop".to_owned(),
        };
        Self {
            viewer: Viewer {
                email: "ada@example.com".to_owned(),
                is_admin: false,
            },
            project: Some(project.clone()),
            role: Some(role),
            projects: vec![project],
            notice: None,
            now: DateTime::UNIX_EPOCH,
            zone: Tz::UTC,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_include_the_ones_below() {
        let cases = [
            (None, false, false),
            (Some(Role::Viewer), false, false),
            (Some(Role::Member), true, false),
            (Some(Role::Owner), true, true),
        ];
        for (role, is_member, is_owner) in cases {
            let frame = PageFrame {
                role,
                ..PageFrame::of_role(Role::Viewer)
            };
            assert_eq!(frame.is_member(), is_member, "{role:?}");
            assert_eq!(frame.is_owner(), is_owner, "{role:?}");
        }
    }
}
