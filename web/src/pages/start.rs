//! A project that waits for its first occurrence: copy-ready set-up for each language.

use askama::Template;

use crate::{
    page_frame::PageFrame,
    snippets::{self, Snippet},
};

/// `/p/{slug}/start`: how to send the first occurrence.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/start.html")]
pub struct StartPage {
    /// What the layout shows; `project` must be there.
    pub frame: PageFrame,
    /// Where SDKs send to, as in `https://rollcage.example`, without a slash at the end.
    pub public_url: String,
    /// The project's token for servers.
    pub server_token: String,
    /// The project's token for browsers.
    pub client_token: String,
    /// The path of the item that arrived; `None` while waiting.
    pub first: Option<String>,
}

impl StartPage {
    fn snippets(&self) -> Vec<Snippet> {
        snippets::all(&self.public_url, &self.server_token, &self.client_token)
    }
}
