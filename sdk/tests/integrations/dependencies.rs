//! How much the SDK brings along, and which Rust it needs.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

/// Fewer than this, of the SDK itself, with default features: what the reader of a lock file sees.
const DEPENDENCIES_MAX: usize = 60;

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--locked")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs us");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {told}");
    String::from_utf8(output.stdout).expect("cargo writes UTF-8")
}

/// Names and versions of what is built with default features, on the platform of this test.
fn tree() -> BTreeSet<(String, String)> {
    let told = cargo(&["tree", "-p", "rollcage", "-e", "normal", "--prefix", "none"]);
    let lines = told.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let name = words.next().expect("a line has a name");
            let version = words.next().expect("and a version").trim_start_matches('v');
            (name.to_owned(), version.to_owned())
        })
        .collect()
}

#[test]
fn there_are_fewer_than_sixty_dependencies() {
    let tree = tree();
    assert!(tree.len() < DEPENDENCIES_MAX, "{}: {tree:#?}", tree.len());
    assert!(tree.len() > 5, "{tree:#?}");
}

#[test]
fn no_dependency_asks_for_a_newer_rust() {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--format-version", "1"]))
        .expect("metadata is JSON");
    let packages = metadata["packages"].as_array().expect("a list");
    let ours = env!("CARGO_PKG_RUST_VERSION");
    assert!(!ours.is_empty(), "the manifest states a version");

    let tree = tree();
    let mut looked_at = 0;
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        let version = package["version"].as_str().expect("a version");
        if !tree.contains(&(name.to_owned(), version.to_owned())) {
            continue;
        }
        looked_at += 1;
        if let Some(theirs) = package["rust_version"].as_str() {
            assert!(parts(theirs) <= parts(ours), "{name} {version}: {theirs}");
        }
    }
    assert_eq!(looked_at, tree.len());
}

/// `1.85` as numbers, for comparison.
fn parts(version: &str) -> Vec<u32> {
    let parts = version
        .split('.')
        .map(|part| part.parse().expect("a number"));
    let mut parts: Vec<u32> = parts.collect();
    parts.resize(3, 0);
    parts
}
