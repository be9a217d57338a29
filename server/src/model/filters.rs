//! A project's inbound filters: what it does not want to hear of.
//!
//! Settings only; `filter` judges by them. They travel with the tokens, so that ingest knows them
//! while Postgres is away.

use serde::{Deserialize, Serialize};

use super::network::Network;

/// What a project does not want to hear of. The texts are patterns in which `*` stands for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filters {
    /// Environments.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub environments: Vec<String>,
    /// Versions of the application's code.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
    /// Classes of the reported exception or of any of its causes.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// Texts of the reported exception or of the message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<String>,
    /// Machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Addresses of clients.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addresses: Vec<Network>,
    /// Browsers that their makers no longer keep.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub outdated_browsers: bool,
    /// Failures of browser extensions.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub browser_extensions: bool,
    /// Web crawlers.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub crawlers: bool,
    /// Pages and servers on the developer's own machine.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub local_host: bool,
}

/// Which filter an occurrence met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "they are named as in `Filters`")]
pub enum Filter {
    Environment,
    Version,
    Class,
    Message,
    Host,
    Address,
    OutdatedBrowser,
    BrowserExtension,
    Crawler,
    LocalHost,
}

impl Filter {
    /// All of them, in the order pages show and ingest asks them.
    pub const ALL: [Self; 10] = [
        Self::Environment,
        Self::Version,
        Self::Class,
        Self::Message,
        Self::Host,
        Self::Address,
        Self::OutdatedBrowser,
        Self::BrowserExtension,
        Self::Crawler,
        Self::LocalHost,
    ];

    /// Its name as an outcome.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environment => "filtered_environment",
            Self::Version => "filtered_version",
            Self::Class => "filtered_class",
            Self::Message => "filtered_message",
            Self::Host => "filtered_host",
            Self::Address => "filtered_address",
            Self::OutdatedBrowser => "filtered_outdated_browser",
            Self::BrowserExtension => "filtered_browser_extension",
            Self::Crawler => "filtered_crawler",
            Self::LocalHost => "filtered_local_host",
        }
    }
}
