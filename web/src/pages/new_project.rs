//! A new project's name.

use askama::Template;

use crate::page_frame::PageFrame;

/// `/projects/new`, for admins. Posts `name` to `/projects`.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/new_project.html")]
pub struct NewProjectPage {
    /// What the layout shows.
    pub frame: PageFrame,
    /// The name, as typed.
    pub name: String,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}
