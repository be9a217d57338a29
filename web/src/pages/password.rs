//! A forgotten password: asking for a mail, and setting a new one.

use askama::Template;

/// `/password`: where a mail with a link is asked for.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/password.html")]
pub struct PasswordPage {
    /// The address, as typed.
    pub email: String,
    /// What can be done here.
    pub state: PasswordHelp,
    /// Why the form is shown again; the answer is a 422 (or 429) then.
    pub error: Option<String>,
}

/// What can be done about a forgotten password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordHelp {
    /// Ask for a mail.
    Ask,
    /// It was asked for: the same words whether there is such an account or not.
    Asked,
    /// This instance sends no mail: somebody else has to help.
    NoMail,
}

/// `/password/{secret}`: where a new password is set.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/new_password.html")]
pub struct NewPasswordPage {
    /// The secret of the URL, to which the form posts.
    pub secret: String,
    /// The address of the account.
    pub email: String,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}
