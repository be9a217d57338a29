//! All projects, each with its last 24 hours.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{chart::BarChart, page_frame::PageFrame};

/// `/`: the projects that the viewer may open.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/projects.html")]
pub struct ProjectsPage {
    /// What the layout shows.
    pub frame: PageFrame,
    /// The projects, by name.
    pub projects: Vec<ProjectCard>,
}

/// A project as its card shows it.
#[derive(Clone, Debug)]
pub struct ProjectCard {
    /// As people say it.
    pub name: String,
    /// As URLs say it.
    pub slug: String,
    /// How many items are active.
    pub active_items: i64,
    /// Occurrences of the last 24 hours, 24 counts, oldest first.
    pub hours: BarChart,
    /// When an occurrence last arrived; `None` when none ever did.
    pub last_seen_at: Option<DateTime<Utc>>,
}
