//! Copy-ready set-up for the SDKs people have.
//!
//! What is here is run by `tests/sdks/snippets.rs` as it stands: the code that a person copies is
//! the code of a program that reported to this server. Of the SDKs in `others` there are only
//! recordings, because their packages cannot be had everywhere tests run.
//!
//! Endpoints differ by SDK: some want `…/api/1/`, others `…/api/1/item/`, ours the bare address.

mod javascript;
mod others;
mod python;
mod rust;

/// Stands in code for the token of the SDK's scope.
const TOKEN: &str = "TOKEN";
/// Stands in code for the address of the instance, without a final slash.
const ENDPOINT: &str = "ENDPOINT";

/// An SDK, and how to set it up.
#[derive(Debug, PartialEq, Eq)]
pub struct Sdk {
    /// What it is called in URLs, and in what a person chose last.
    pub id: &'static str,
    /// The language or framework as people say it.
    pub name: &'static str,
    /// Whose token it reports with.
    pub reporter: Reporter,
    /// What it needs, and what it was tried with; a sentence.
    pub needs: &'static str,
    /// What to run first; `None` when nothing is needed.
    pub install: Option<&'static str>,
    /// What to write, with [`TOKEN`] and [`ENDPOINT`] in it.
    pub files: &'static [File],
    /// What to add then, to see an error arrive.
    pub test: Test,
}

/// Who holds the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reporter {
    /// A server, which keeps it secret: `post_server_item`.
    Server,
    /// A page, where everybody can read it: `post_client_item`.
    Client,
}

/// A file, or a part of one.
#[derive(Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, as it usually is.
    pub name: &'static str,
    /// Where in it the code goes; a sentence.
    pub place: &'static str,
    /// The code.
    pub code: &'static str,
}

/// One line that raises an error.
#[derive(Debug, PartialEq, Eq)]
pub struct Test {
    /// Where it goes and what to do then; a sentence.
    pub how: &'static str,
    /// The line.
    pub code: &'static str,
}

/// What fills the code: the instance, and a project's tokens.
#[derive(Clone, Copy, Debug)]
pub struct Connection<'a> {
    /// The instance's public URL.
    pub url: &'a str,
    /// The token of the scope `post_server_item`.
    pub server_token: &'a str,
    /// The token of the scope `post_client_item`.
    pub client_token: &'a str,
}

/// Rollbar's SDKs and ours, in the order of the tabs. Each group is of one language, or of those
/// that have one SDK each. SDKs that speak another protocol would be groups behind these.
pub static GROUPS: [&[Sdk]; 4] = [
    &[rust::RUST],
    &[
        python::PYTHON,
        python::FLASK,
        python::DJANGO,
        python::FASTAPI,
    ],
    &[
        javascript::NODE,
        javascript::EXPRESS,
        javascript::BROWSER,
        javascript::REACT,
        javascript::VUE,
    ],
    &[
        others::RUBY,
        others::PHP,
        others::GO,
        others::JAVA,
        others::DOTNET,
        others::CURL,
    ],
];

/// The SDK of that id.
pub fn by_id(id: &str) -> Option<&'static Sdk> {
    GROUPS.into_iter().flatten().find(|sdk| sdk.id == id)
}

/// The one that is shown to somebody who chose none yet.
pub fn first() -> &'static Sdk {
    &GROUPS[0][0]
}

impl Connection<'_> {
    /// A piece of an SDK's code, with the real token and address.
    pub fn fill(&self, sdk: &Sdk, code: &str) -> String {
        let token = match sdk.reporter {
            Reporter::Server => self.server_token,
            Reporter::Client => self.client_token,
        };
        code.replace(ENDPOINT, self.url.trim_end_matches('/'))
            .replace(TOKEN, token)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_snippet_has_a_token_and_an_endpoint() {
        let connection = Connection {
            url: "https://rc.test/",
            server_token: "0f1e",
            client_token: "2d3c",
        };
        for sdk in GROUPS.into_iter().flatten() {
            let mut code: String = sdk.files.iter().map(|file| file.code).collect();
            code.push_str(sdk.test.code);
            let code = connection.fill(sdk, &code);
            let token = match sdk.reporter {
                Reporter::Server => "0f1e",
                Reporter::Client => "2d3c",
            };
            assert!(code.contains(token), "{code}");
            assert!(code.contains("https://rc.test"), "{code}");
            assert!(!code.contains(TOKEN) && !code.contains(ENDPOINT), "{code}");
            assert!(!code.contains("https://rc.test//"), "{code}");
        }
    }

    #[test]
    fn each_sdk_is_found_by_its_id_alone() {
        let ids: Vec<_> = GROUPS.into_iter().flatten().map(|sdk| sdk.id).collect();
        let different: HashSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len());
        for id in ids {
            assert!(by_id(id).is_some_and(|sdk| sdk.id == id));
            assert!(id.chars().all(|one| one.is_ascii_lowercase()), "{id}");
        }
        assert_eq!(by_id("cobol"), None);
    }
}
