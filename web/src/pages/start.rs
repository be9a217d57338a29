//! A project that waits for its first occurrence: copy-ready set-up for each SDK.

use askama::Template;

use crate::{
    page_frame::PageFrame,
    snippets::{self, Connection, Family, Sdk},
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
    /// The project's id, as it stands in a DSN.
    pub project: i64,
    /// The SDK whose set-up is shown.
    pub sdk: &'static Sdk,
    /// The path of the item that arrived; `None` while waiting.
    pub first: Option<String>,
}

impl StartPage {
    fn is_chosen(&self, sdk: &Sdk) -> bool {
        sdk.id == self.sdk.id
    }

    fn family(&self) -> &'static Family {
        Family::of(self.sdk)
    }

    /// A piece of the SDK's code, with the project's token.
    fn fill(&self, code: &str) -> String {
        self.connection().fill(self.sdk, code)
    }

    /// The project's DSN for the shown SDK.
    fn dsn(&self) -> String {
        self.connection().dsn(self.sdk.reporter)
    }

    fn connection(&self) -> Connection<'_> {
        Connection {
            url: &self.public_url,
            server_token: &self.server_token,
            client_token: &self.client_token,
            project: self.project,
        }
    }
}
