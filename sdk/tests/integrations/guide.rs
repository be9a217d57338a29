//! The tables of the guide are complete, and name nothing that there is not.

use std::{collections::BTreeSet, fs, path::Path};

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backticks in the first column of the table under a heading, without
/// arguments.
fn first_column(heading: &str) -> BTreeSet<String> {
    let guide = file("GUIDE.md");
    let section = guide
        .split("\n# ")
        .find_map(|section| section.strip_prefix(heading))
        .expect("the guide has the heading");
    section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .flat_map(|line| {
            let cell = line.split(" |").next().unwrap_or_default();
            let names = cell.split(['`', ',', ' ']).filter(|name| !name.is_empty());
            names.map(|name| name.split('(').next().unwrap_or(name).to_owned())
        })
        .collect()
}

#[test]
fn all_settings_are_in_the_guide() {
    let options = file("src/options.rs");
    let mut expected: BTreeSet<String> = options
        .split("pub fn ")
        .skip(1)
        .filter(|rest| {
            let arguments = rest.split('{').next().unwrap_or_default();
            arguments.contains("mut self") && !arguments.starts_with("known_to_cargo")
        })
        .filter_map(|rest| rest.split('(').next())
        .map(str::to_owned)
        .collect();
    assert!(expected.len() > 10, "{expected:?}");
    expected.insert("new".into());
    assert_eq!(first_column("Settings"), expected);

    let guide = file("GUIDE.md");
    for name in options
        .split('"')
        .filter(|text| text.starts_with("ROLLCAGE_"))
    {
        assert!(guide.contains(&format!("`{name}")), "{name}");
    }
}

#[test]
fn all_features_are_in_the_guide() {
    let manifest = file("Cargo.toml");
    let features = manifest
        .split("\n[")
        .find_map(|section| section.strip_prefix("features]"))
        .expect("the manifest has features");
    let expected: BTreeSet<String> = features
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, _)| name.to_owned())
        .filter(|name| name != "default")
        .collect();
    assert_eq!(first_column("Features"), expected);
}
