//! Which module may use which: the table of `server/ARCHITECTURE.md`, held against the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each module of the server with those it may use. `app` and `cli` may use everything; only `cli`
/// uses `app`, and only `main` uses `cli`.
const MAY_USE: [(&str, &[&str]); 25] = [
    ("model", &[]),
    ("clock", &[]),
    ("room", &[]),
    ("journal", &["telemetry", "room"]),
    ("cluster", &["room"]),
    ("routes", &[]),
    ("secrets", &[]),
    ("telemetry", &[]),
    ("config", &["model"]),
    ("protocol", &["model"]),
    ("scrub", &["model"]),
    ("fingerprint", &["model"]),
    ("filter", &["model", "fingerprint"]),
    ("store", &["model"]),
    ("usage", &["model", "store", "clock", "telemetry"]),
    ("health", &["clock", "journal"]),
    ("accounts", &["model", "secrets", "store"]),
    ("triage", &["model", "store", "clock"]),
    (
        "backup",
        &["clock", "cluster", "config", "journal", "store"],
    ),
    (
        "alerts",
        &["model", "store", "clock", "telemetry", "secrets"],
    ),
    (
        "ingest",
        &[
            "model",
            "protocol",
            "scrub",
            "filter",
            "journal",
            "store",
            "usage",
            "clock",
            "health",
            "secrets",
            "telemetry",
        ],
    ),
    (
        "digest",
        &[
            "model",
            "fingerprint",
            "journal",
            "store",
            "alerts::limits",
            "alerts::triggers",
            "usage",
            "clock",
            "health",
            "telemetry",
        ],
    ),
    ("keeper", &["model", "store", "clock", "telemetry"]),
    (
        "api",
        &[
            "model", "protocol", "store", "clock", "secrets", "triage", "routes",
        ],
    ),
    (
        "pages",
        &[
            "model",
            "protocol",
            "scrub",
            "filter",
            "fingerprint",
            "store",
            "alerts::triggers",
            "alerts::wording",
            "clock",
            "secrets",
            "accounts",
            "triage",
            "health",
            "routes",
        ],
    ),
];

/// Modules that may use the crate `rollcage-web`.
const MAY_USE_WEB: [&str; 4] = ["alerts", "pages", "app", "cli"];

#[test]
fn modules_use_only_what_the_architecture_allows() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut mistakes = BTreeSet::new();
    let mut modules = BTreeSet::new();
    for file in sources(&server().join("src")) {
        let Some(module) = module_of(&file) else {
            continue;
        };
        modules.insert(module.clone());
        let source = fs::read_to_string(&file).expect("a source can be read");
        let source = without_tests(&source);
        for used in used_of_ours(source) {
            let head = used.split("::").next().unwrap_or_default();
            let is_allowed = head == module
                || match module.as_str() {
                    "app" => head != "cli",
                    "cli" => true,
                    other => allowed.get(other).is_some_and(|edges| {
                        edges.iter().any(|edge| {
                            head == *edge || used.starts_with(&format!("{edge}::")) || used == *edge
                        })
                    }),
                };
            if !is_allowed {
                mistakes.insert(format!("{module} uses {used} ({})", file.display()));
            }
        }
        if source.contains("rollcage_web") && !MAY_USE_WEB.contains(&module.as_str()) {
            mistakes.insert(format!("{module} uses rollcage-web ({})", file.display()));
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    let known: BTreeSet<String> = MAY_USE
        .iter()
        .map(|(module, _)| (*module).to_owned())
        .chain(["app".into(), "cli".into()])
        .collect();
    assert_eq!(
        modules, known,
        "a module is missing in the table, or the table has one too many"
    );
}

#[test]
fn sql_is_written_only_in_the_store() {
    let mut mistakes = Vec::new();
    for file in sources(&server().join("src")) {
        let source = fs::read_to_string(&file).expect("a source can be read");
        let is_store = module_of(&file).as_deref() == Some("store");
        if !is_store
            && [
                "sqlx::query!",
                "sqlx::query_",
                "sqlx::query(",
                "QueryBuilder",
            ]
            .iter()
            .any(|one| source.contains(one))
        {
            mistakes.push(file);
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[test]
fn a_use_line_is_read_with_its_braces() {
    let source = "use crate::{\n    model::{id::ItemId, item},\n    clock::Clock,\n};\nuse crate::store::items;\npub use crate::secrets::hex;\nfn f() { crate::usage::count() }";
    let used = used_of_ours(source);
    let wanted = [
        "clock::Clock",
        "model::id::ItemId",
        "model::item",
        "secrets::hex",
        "store::items",
        "usage::count",
    ];
    assert_eq!(used.into_iter().collect::<Vec<_>>(), wanted);
}

/// Everything that follows a `crate::` in a source, braces resolved.
fn used_of_ours(source: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in source.match_indices("crate::") {
        let is_part_of_a_word = source[..at]
            .chars()
            .next_back()
            .is_some_and(|one| one.is_alphanumeric() || one == '_');
        let line = source[..at]
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .trim_start();
        if !is_part_of_a_word && !line.starts_with("//") {
            expand("", &source[at + "crate::".len()..], &mut used);
        }
    }
    used
}

/// Reads one path, or a brace of paths, at the start of `text`; what is left after it.
fn expand<'s>(prefix: &str, text: &'s str, used: &mut BTreeSet<String>) -> &'s str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            rest = expand(prefix, rest, used).trim_start();
            // The name after `as` says nothing new.
            if let Some(renamed) = rest.strip_prefix("as ") {
                rest = renamed
                    .trim_start()
                    .trim_start_matches(|one: char| one.is_alphanumeric() || one == '_')
                    .trim_start();
            }
            rest = rest.strip_prefix(',').unwrap_or(rest);
            if rest.is_empty() {
                return rest;
            }
        }
    }
    let end = text
        .find(|one: char| !one.is_alphanumeric() && one != '_' && one != '*')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(end.max(usize::from(end == 0 && !text.is_empty())));
    let path = match (prefix.is_empty(), name) {
        (true, _) => name.to_owned(),
        (false, "self") => prefix.to_owned(),
        (false, _) => format!("{prefix}::{name}"),
    };
    if let Some(more) = rest.strip_prefix("::") {
        return expand(&path, more, used);
    }
    used.insert(path);
    rest
}

/// Tests may use what they like.
fn without_tests(source: &str) -> &str {
    source.split("#[cfg(test)]").next().unwrap_or(source)
}

/// The module that a file belongs to: its first folder or its name; none for `main.rs` and `lib.rs`.
fn module_of(file: &Path) -> Option<String> {
    let inside = file.strip_prefix(server().join("src")).ok()?;
    let first = inside
        .components()
        .next()?
        .as_os_str()
        .to_string_lossy()
        .into_owned();
    let module = first.trim_end_matches(".rs");
    (!matches!(module, "main" | "lib")).then(|| module.to_owned())
}

/// All sources below a folder but those of tests.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") && name != "tests.rs" {
            found.push(path);
        }
    }
    found
}

fn server() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../server")
}
