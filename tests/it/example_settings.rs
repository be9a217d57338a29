//! The example of a settings file is the documentation of settings, so it has all of them.

use std::{collections::BTreeSet, fs, path::Path};

use rollcage_server::config::Config;

#[test]
fn the_example_lists_every_setting_and_no_other() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/rollcage.example.toml");
    let example =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // A setting that is left at its default stands there as a comment: `# listen = "…"`.
    let listed: BTreeSet<String> = example
        .lines()
        .filter_map(|line| line.trim_start_matches(['#', ' ']).split_once('='))
        .map(|(name, _)| name.trim().to_owned())
        .filter(|name| is_name(name))
        .collect();
    let known: BTreeSet<String> = Config::names().into_iter().collect();
    assert_eq!(listed, known);
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|one| one.is_ascii_lowercase() || one == '_')
}
