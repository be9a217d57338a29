//! Copy-ready set-up for the SDKs people have.
//!
//! What is here is run by `tests/sdks/snippets/` as it stands: the code that a person copies is
//! the code of a program that reported to this server. Of most SDKs in `others` there are only
//! recordings, because their packages cannot be had everywhere tests run.
//!
//! Endpoints differ by SDK: some of Rollbar's want `…/api/1/`, others `…/api/1/item/`, ours the
//! bare address. Sentry's take a DSN.

mod javascript;
mod others;
mod python;
mod rust;
mod sentry;

/// Stands in code for the token of the SDK's scope.
const TOKEN: &str = "TOKEN";
/// Stands in code for the address of the instance, without a final slash.
const ENDPOINT: &str = "ENDPOINT";
/// Stands in code for token, address and project in one, as Sentry's SDKs want them.
const DSN: &str = "DSN";

/// SDKs that speak one protocol.
#[derive(Debug, PartialEq, Eq)]
pub struct Family {
    /// Whose they are, as people say it.
    pub name: &'static str,
    /// The SDKs in the order of the tabs. Each group is of one language, or of those that have one
    /// SDK each.
    pub groups: &'static [&'static [Sdk]],
}

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
    /// What to write, with [`TOKEN`] and [`ENDPOINT`] in it, or [`DSN`].
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
    /// The project's id.
    pub project: i64,
}

/// All there are.
pub static FAMILIES: [Family; 2] = [
    Family {
        name: "Rollbar",
        groups: &GROUPS,
    },
    Family {
        name: "Sentry",
        groups: &sentry::GROUPS,
    },
];

/// Rollbar's SDKs, and ours, which speaks as they do.
static GROUPS: [&[Sdk]; 4] = [
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

/// Each SDK of each family.
pub fn all() -> impl Iterator<Item = &'static Sdk> {
    FAMILIES.iter().flat_map(Family::sdks)
}

/// The SDK of that id.
pub fn by_id(id: &str) -> Option<&'static Sdk> {
    all().find(|sdk| sdk.id == id)
}

/// The one that is shown to somebody who chose none yet.
pub fn first() -> &'static Sdk {
    &GROUPS[0][0]
}

impl Family {
    /// Its SDKs, in the order of the tabs.
    pub fn sdks(&self) -> impl Iterator<Item = &'static Sdk> + use<> {
        self.groups.iter().copied().flatten()
    }

    /// The family of an SDK.
    ///
    /// # Panics
    /// Where the SDK is of none: there is no other than what is here.
    pub fn of(sdk: &Sdk) -> &'static Self {
        FAMILIES
            .iter()
            .find(|family| family.sdks().any(|one| one.id == sdk.id))
            .expect("each SDK is of a family")
    }

    /// The SDK that is shown to somebody who comes from another family: the same language where
    /// there is one.
    pub fn like(&self, sdk: &Sdk) -> &'static Sdk {
        let same = self.sdks().find(|one| one.name == sdk.name);
        same.unwrap_or(&self.groups[0][0])
    }
}

impl Connection<'_> {
    /// A piece of an SDK's code, with the real token and address.
    pub fn fill(&self, sdk: &Sdk, code: &str) -> String {
        code.replace(DSN, &self.dsn(sdk.reporter))
            .replace(ENDPOINT, self.url())
            .replace(TOKEN, self.token(sdk.reporter))
    }

    /// What Sentry's SDKs know a project by: `https://token@rollcage.example/42`.
    pub fn dsn(&self, reporter: Reporter) -> String {
        let (scheme, address) = self
            .url()
            .split_once("://")
            .unwrap_or(("https", self.url()));
        let token = self.token(reporter);
        format!("{scheme}://{token}@{address}/{}", self.project)
    }

    fn url(&self) -> &str {
        self.url.trim_end_matches('/')
    }

    fn token(&self, reporter: Reporter) -> &str {
        match reporter {
            Reporter::Server => self.server_token,
            Reporter::Client => self.client_token,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const CONNECTION: Connection<'_> = Connection {
        url: "https://rc.test/",
        server_token: "0f1e",
        client_token: "2d3c",
        project: 42,
    };

    #[test]
    fn each_snippet_has_a_token_and_an_endpoint() {
        for sdk in all() {
            let mut code: String = sdk.files.iter().map(|file| file.code).collect();
            code.push_str(sdk.test.code);
            let code = CONNECTION.fill(sdk, &code);
            let token = CONNECTION.token(sdk.reporter);
            assert!(code.contains(token), "{code}");
            assert!(code.contains("rc.test"), "{code}");
            for stands_in in [TOKEN, ENDPOINT, DSN] {
                assert!(!code.contains(stands_in), "{code}");
            }
            assert!(!code.contains("rc.test//"), "{code}");
        }
    }

    #[test]
    fn a_dsn_holds_token_address_and_project() {
        let dsn = CONNECTION.dsn(Reporter::Server);
        assert_eq!(dsn, "https://0f1e@rc.test/42");
        let below = Connection {
            url: "http://127.0.0.1:8080/errors",
            ..CONNECTION
        };
        let dsn = below.dsn(Reporter::Client);
        assert_eq!(dsn, "http://2d3c@127.0.0.1:8080/errors/42");
    }

    #[test]
    fn each_sdk_is_found_by_its_id_alone() {
        let ids: Vec<_> = all().map(|sdk| sdk.id).collect();
        let different: HashSet<_> = ids.iter().collect();
        assert_eq!(different.len(), ids.len());
        for id in ids {
            assert!(by_id(id).is_some_and(|sdk| sdk.id == id));
            let is_plain = |one: char| one.is_ascii_lowercase() || one == '-';
            assert!(id.chars().all(is_plain), "{id}");
        }
        assert_eq!(by_id("cobol"), None);
    }

    #[test]
    fn another_family_shows_the_same_language() {
        let [rollbar, sentry] = &FAMILIES;
        let shown = |family: &Family, id| family.like(by_id(id).expect(id)).id;
        assert_eq!(shown(sentry, "flask"), "sentry-flask");
        assert_eq!(shown(rollbar, "sentry-rust"), "rust");
        assert_eq!(shown(sentry, "curl"), "sentry-python");
        for family in &FAMILIES {
            assert!(family.sdks().all(|sdk| Family::of(sdk) == family));
        }
    }
}
