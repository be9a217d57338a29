//! Sign in.

use askama::Template;

/// `/login`: address and password.
#[derive(Clone, Debug, Default, Template)]
#[template(path = "pages/login.html")]
pub struct LoginPage {
    /// The address, as typed.
    pub email: String,
    /// The path to go to afterwards, sent along as `next`.
    pub next: Option<String>,
    /// What was just done, as in `Your password is changed. Sign in with it.`
    pub notice: Option<String>,
    /// Why the form is shown again; the answer is a 422 (or 429) then.
    pub error: Option<String>,
}
