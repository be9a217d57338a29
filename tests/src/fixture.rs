//! Requests that were recorded from real SDKs, with what is expected of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

/// The token that is in all of Rollbar's.
pub const TOKEN: &str = "aaaabbbbccccddddeeeeffff00001111";

/// The public key that is in all of Sentry's.
pub const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A recorded request.
pub struct Fixture {
    /// `pyrollbar-flask-1.5.0/get_key_error`
    pub name: String,
    /// Its description.
    pub json: Value,
    /// Its body, as it was on the wire.
    pub body: Vec<u8>,
}

/// The folder of a protocol's fixtures.
pub fn folder(protocol: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(protocol)
}

/// All of a protocol, in the order of their names.
pub fn all(protocol: &str) -> Vec<Fixture> {
    let mut fixtures: Vec<_> = files(&folder(protocol))
        .into_iter()
        .flat_map(|sdk| files(&sdk))
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| read(&path))
        .collect();
    fixtures.sort_by(|one, other| one.name.cmp(&other.name));
    fixtures
}

impl Fixture {
    /// What is expected of it: `event`, `ignore`, `preflight`, `reject` or `any`.
    pub fn outcome(&self) -> &str {
        let outcome = self.json["expect"]["outcome"].as_str();
        outcome.expect("a fixture expects something")
    }

    /// Its headers, without those that belong to a connection.
    pub fn headers(&self) -> Vec<(String, String)> {
        let headers = self.json["request"]["headers"].as_array();
        headers
            .expect("a fixture has headers")
            .iter()
            .filter_map(|header| {
                let name = header[0].as_str()?;
                let is_ours = ["host", "connection", "content-length", "transfer-encoding"]
                    .contains(&name.to_ascii_lowercase().as_str());
                (!is_ours).then(|| {
                    (
                        name.to_owned(),
                        header[1].as_str().unwrap_or_default().to_owned(),
                    )
                })
            })
            .collect()
    }

    /// Its path, with its query.
    pub fn target(&self) -> String {
        let request = &self.json["request"];
        let path = request["path"].as_str().expect("a fixture has a path");
        match request["query"].as_str() {
            None | Some("") => path.to_owned(),
            Some(query) => format!("{path}?{query}"),
        }
    }
}

fn read(path: &Path) -> Fixture {
    let json = fs::read(path).expect("a file that is listed can be read");
    let name = |path: &Path| {
        let name = path.file_stem().expect("a fixture has a name");
        name.to_string_lossy().into_owned()
    };
    let sdk = path
        .parent()
        .and_then(Path::file_name)
        .expect("it lies in its SDK's folder");
    Fixture {
        name: format!("{}/{}", sdk.to_string_lossy(), name(path)),
        json: serde_json::from_slice(&json).expect("a fixture is JSON"),
        body: fs::read(path.with_extension("body")).expect("a fixture has a body"),
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .flatten()
        .map(|entry| entry.path())
        .collect()
}
