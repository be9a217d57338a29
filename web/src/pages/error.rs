//! What a page says when there is none to show. Stands alone: it works without a viewer.

use askama::Template;

/// An error page: what happened, and what the person can do.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/error.html")]
pub struct ErrorPage {
    /// The answer's status: 404, 403, 422, 429, 500, 503, …
    pub status: u16,
    /// What happened, in a few words.
    pub heading: String,
    /// What the person can do.
    pub advice: String,
    /// A number to find the log line by.
    pub request_id: Option<String>,
}

impl ErrorPage {
    /// The page for `status`, with the usual words.
    pub fn new(status: u16) -> Self {
        let (heading, advice) = words(status);
        Self {
            status,
            heading: heading.to_owned(),
            advice: advice.to_owned(),
            request_id: None,
        }
    }

    /// The page for a change that no page of ours asked for.
    pub fn foreign_origin() -> Self {
        Self {
            heading: "This is not allowed".to_owned(),
            ..Self::new(403)
        }
        .advice("This request did not come from a page of this instance. Go back, load the page again and repeat it.")
    }

    /// The same page with other words about what happened.
    #[must_use]
    pub fn heading(mut self, heading: impl Into<String>) -> Self {
        self.heading = heading.into();
        self
    }

    /// The same page with other words about what the person can do.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// The same page with a number to find the log line by.
    #[must_use]
    pub fn request_id(mut self, request_id: impl Into<String>) -> Self {
        self.request_id = Some(request_id.into());
        self
    }
}

const fn words(status: u16) -> (&'static str, &'static str) {
    match status {
        403 => (
            "Your role does not allow this",
            "You can see this project, and your role in it does not include what you asked for. An owner of the project can change your role, under Settings and Members.",
        ),
        404 => (
            "There is no such page",
            "The address may be mistyped, what it showed may be past its retention, or you are not a member of the project.",
        ),
        405 => (
            "This page cannot be asked that way",
            "Go back and try again from the page itself.",
        ),
        413 => ("That was too much at once", "Send less and try again."),
        422 => (
            "Something in the form does not fit",
            "Go back, check what you typed, and send it again.",
        ),
        429 => (
            "Too many attempts",
            "Wait a few minutes, then try again. Nothing is lost.",
        ),
        503 => (
            "The pages are not available just now",
            "The database does not answer. Occurrences are still taken and kept on disk. Try again in a minute.",
        ),
        _ => (
            "Something went wrong here",
            "It is in the server's log. Try again; if it stays, tell whoever runs this server.",
        ),
    }
}
