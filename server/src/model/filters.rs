//! A project's inbound filters: what it does not want to hear of.
//!
//! Settings only; `filter` judges by them. They travel with the tokens, so that ingest knows them
//! while Postgres is away.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::network::Network;

/// What a project does not want to hear of. The texts are patterns in which `*` stands for anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, as stored"
)]
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

/// Lines of one kind, at most: each is looked for in each occurrence.
pub const LINES_MAX: usize = 200;
/// Bytes of a line, at most: more than any class, version or first line of a message that people read.
pub const LINE_MAX_BYTES: usize = 500;

/// What is wrong with lines that a person typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// More than [`LINES_MAX`].
    #[error("These are {0} lines; {LINES_MAX} is the most.")]
    TooMany(usize),
    /// One is longer than [`LINE_MAX_BYTES`].
    #[error("Line {line} has {bytes} bytes; {LINE_MAX_BYTES} is the most.")]
    TooLong {
        /// Which, counted from 1.
        line: usize,
        /// How long it is.
        bytes: usize,
    },
    /// One has a character that no text of an occurrence is told by.
    #[error("Line {0} has a control character.")]
    Control(usize),
    /// One is nothing but `*`.
    #[error("Line {0} would drop everything: write something beside the *.")]
    Everything(usize),
    /// One is no address and no network.
    #[error("Line {line}: {reason}.")]
    NotANetwork {
        /// Which, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}

/// The patterns that a person typed, one a line; blanks around them, empty lines and repetitions
/// say nothing.
pub fn patterns(typed: &str) -> Result<Vec<String>, Mistake> {
    let mut seen = HashSet::new();
    let mut patterns = Vec::new();
    for (line, text) in lines(typed)? {
        if text.chars().all(|one| one == '*') {
            return Err(Mistake::Everything(line));
        }
        if seen.insert(text.to_lowercase()) {
            patterns.push(text.to_owned());
        }
    }
    Ok(patterns)
}

/// The addresses and networks that a person typed, one a line.
pub fn networks(typed: &str) -> Result<Vec<Network>, Mistake> {
    let mut networks = Vec::new();
    for (line, text) in lines(typed)? {
        let network = text
            .parse()
            .map_err(|reason| Mistake::NotANetwork { line, reason })?;
        if !networks.contains(&network) {
            networks.push(network);
        }
    }
    Ok(networks)
}

/// Lines that are not empty, each with its number from 1.
fn lines(typed: &str) -> Result<Vec<(usize, &str)>, Mistake> {
    let lines: Vec<_> = typed
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty())
        .collect();
    if lines.len() > LINES_MAX {
        return Err(Mistake::TooMany(lines.len()));
    }
    for &(line, text) in &lines {
        if text.len() > LINE_MAX_BYTES {
            let bytes = text.len();
            return Err(Mistake::TooLong { line, bytes });
        }
        if text.contains(char::is_control) {
            return Err(Mistake::Control(line));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_as_people_type_them() {
        let typed = " *ResizeObserver* \r\n\r\nScript error.\n*resizeobserver*\n";
        assert_eq!(
            patterns(typed),
            Ok(vec![
                "*ResizeObserver*".to_owned(),
                "Script error.".to_owned()
            ])
        );
        assert_eq!(patterns(" \n"), Ok(Vec::new()));
        let typed = "10.0.0.0/8\n203.0.113.9\n203.0.113.9/32\n::1";
        let networks: Vec<String> = networks(typed)
            .expect("all are networks")
            .into_iter()
            .map(String::from)
            .collect();
        assert_eq!(networks, ["10.0.0.0/8", "203.0.113.9/32", "::1/128"]);
    }

    #[test]
    fn a_mistake_names_its_line() {
        let many = "a\n".repeat(LINES_MAX + 1);
        let long = "x".repeat(LINE_MAX_BYTES + 1);
        for (typed, told) in [
            (many.as_str(), "These are 201 lines; 200 is the most."),
            (long.as_str(), "Line 1 has 501 bytes; 500 is the most."),
            ("a\nb\0c", "Line 2 has a control character."),
            (
                "a\n\n**",
                "Line 3 would drop everything: write something beside the *.",
            ),
        ] {
            let mistake = patterns(typed).expect_err("it is wrong");
            assert_eq!(mistake.to_string(), told);
        }
        let mistake = networks("10.0.0.0/8\nlocalhost").expect_err("it is wrong");
        assert_eq!(
            mistake.to_string(),
            "Line 2: \"localhost\" is neither an address nor a network such as 10.0.0.0/8."
        );
    }

    #[test]
    fn settings_of_another_version_are_read() {
        let filters: Filters = serde_json::from_str(r#"{"crawlers": true, "new": 1}"#)
            .expect("what is not known is left alone");
        assert_eq!(
            filters,
            Filters {
                crawlers: true,
                ..Filters::default()
            }
        );
        assert_eq!(
            serde_json::to_string(&filters).expect("filters are plain"),
            r#"{"crawlers":true}"#
        );
    }
}
