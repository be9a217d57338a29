//! The first run: the first account and the first project.

use askama::Template;

/// `/setup/{secret}`: the form that makes the first account and project.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/setup.html")]
pub struct SetupPage {
    /// The secret of the URL, to which the form posts.
    pub secret: String,
    /// The address, as typed.
    pub email: String,
    /// The project's name, as typed.
    pub project: String,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}
