//! How files and functions are written down, whichever SDK sent them.

use std::sync::LazyLock;

use regex::Regex;

use super::{
    compiled,
    rules::{Rule, Rules},
};
use crate::model::text::cut;

/// Bytes of a source line that stand for a nameless function. SDKs cut lines at 140.
const LINE_MAX_BYTES: usize = 80;

/// The base name of a file, without what changes from one build or machine to the next.
pub(super) fn file(path: &str, rules: Rules) -> String {
    if rules.has(Rule::CompiledNames) && path.starts_with('<') {
        // Code that the program made: `<rule 17>`.
        return DIGITS.replace_all(path, "*").into_owned();
    }
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.rsplit(['/', '\\']).filter(|part| !part.is_empty());
    let base = without_hash(parts.next().unwrap_or_default());
    let stem = base.split_once('.').map_or(base.as_str(), |(stem, _)| stem);
    let says_nothing = SAYS_NOTHING.contains(&stem);
    let says_role = rules.has(Rule::RoleFiles) && ROLES.contains(&stem);
    match parts.next() {
        Some(folder) if rules.has(Rule::RoleFiles) && is_of_machine(folder) => base,
        Some(folder) if says_nothing || says_role => {
            format!("{}/{base}", NUMBERS.replace_all(folder, "*"))
        }
        _ => base,
    }
}

/// Names of files that only stand for their folder.
const SAYS_NOTHING: [&str; 7] = [
    "__init__", "index", "mod", "page", "route", "+page", "+server",
];

/// Names of files that say what role they play in their folder, as frameworks prescribe them: each
/// part of a program has one of the same name.
const ROLES: [&str; 30] = [
    "actions",
    "admin",
    "api",
    "controller",
    "controllers",
    "errors",
    "forms",
    "handler",
    "handlers",
    "layout",
    "middleware",
    "models",
    "mutations",
    "queries",
    "reducer",
    "repository",
    "resolvers",
    "router",
    "routes",
    "schema",
    "schemas",
    "serializers",
    "service",
    "services",
    "signals",
    "store",
    "tasks",
    "types",
    "urls",
    "views",
];

/// Whether a folder is one that holds a whole program, so that its name is the machine's or the
/// release's: `20261101`, `v1.4.2`, `current`, `src`.
fn is_of_machine(folder: &str) -> bool {
    const WHOLE: [&str; 28] = [
        "app",
        "bin",
        "build",
        "bundle",
        "code",
        "current",
        "deploy",
        "dist",
        "home",
        "htdocs",
        "html",
        "lib",
        "local",
        "opt",
        "out",
        "project",
        "public",
        "release",
        "releases",
        "root",
        "site",
        "src",
        "srv",
        "tmp",
        "usr",
        "var",
        "workspace",
        "www",
    ];
    WHOLE.contains(&folder)
        || folder.ends_with(':')
        || folder.bytes().filter(u8::is_ascii_digit).count() >= 3
        || folder
            .strip_prefix('v')
            .unwrap_or(folder)
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// Hashes that bundlers put into names, `app.47304c15.js` and `app-BxY12abC.js`, and long numbers.
fn without_hash(base: &str) -> String {
    let hashed = BUNDLE_HASH.replace(base, "$ext");
    NUMBERS.replace_all(&hashed, "*").into_owned()
}

static BUNDLE_HASH: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"[.-]([0-9a-f]{6,64}|[A-Za-z0-9_]*[0-9][A-Za-z0-9_]{3,20})(\.chunk|\.bundle|\.min)?(?<ext>\.[cm]?[jt]sx?|\.css|\.vue)$";
    Regex::new(pattern).expect("the pattern is a constant")
});

/// Numbers and ids that generated names carry.
static NUMBERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"0x[0-9a-fA-F]+|[0-9a-f]*[0-9][0-9a-f]*[0-9][0-9a-f]*[0-9][0-9a-f]{3,}|[0-9]{4,}")
        .expect("the pattern is a constant")
});

static DIGITS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[0-9]+").expect("the pattern is a constant"));

/// The bare name of a function: without its package, class, generics, closures and hashes; empty
/// where it has none.
pub(super) fn function(
    method: &str,
    filename: &str,
    platform: Option<&str>,
    rules: Rules,
) -> String {
    let by_hand = rules
        .has(Rule::CompiledNames)
        .then(|| compiled::source_name(method, platform));
    let mut name = by_hand.as_deref().unwrap_or(method).trim();
    // V8: `async Object.mail [as job]`, `new Cart`, `eval at run (/a/b.js:1:2)`.
    name = name.split(" [as ").next().unwrap_or_default();
    if name.starts_with("eval at ") || name.starts_with("eval (") {
        return "eval".to_owned();
    }
    for prefix in [
        "async ",
        "new ",
        "get ",
        "set ",
        "static ",
        "block in ",
        "rescue in ",
        "ensure in ",
    ] {
        name = name.strip_prefix(prefix).unwrap_or(name);
    }
    // Ruby: `block (2 levels) in Cart#add`.
    if name.starts_with("block (") {
        name = name.split_once(" in ").map_or(name, |(_, rest)| rest);
    }
    let bare = without_generics(name);
    let bare = bare.split('(').next().unwrap_or_default();
    let mut parts = bare
        .rsplit(['.', ':', '#', '\\', '/', '>'])
        .filter(|part| !is_closure(part));
    let last = parts.next().unwrap_or_default();
    let nameless = matches!(
        last,
        "" | "?"
            | "unknown"
            | "anonymous"
            | "module"
            | "main"
            | "lambda"
            | "toplevel required"
            | "_onTimeout"
            | "_onImmediate"
    );
    if nameless && (last != "main" || platform == Some("ruby")) || name == "<main>" {
        return String::new();
    }
    if rules.has(Rule::CompiledNames) {
        let last = compiled::without_suffix(last);
        let receiver = parts.next().filter(|_| platform == Some("go"));
        let name = match receiver.filter(|name| name.starts_with(char::is_uppercase)) {
            Some(receiver) => format!("{receiver}.{last}"),
            None => last.to_owned(),
        };
        let numbers = if filename.starts_with('<') {
            &DIGITS
        } else {
            &NUMBERS
        };
        return numbers.replace_all(&name, "*").into_owned();
    }
    // Java: `lambda$buy$4` is a part of `buy`.
    let last = last
        .strip_prefix("lambda$")
        .and_then(|rest| rest.split('$').next())
        .unwrap_or(last);
    NUMBERS.replace_all(last, "*").into_owned()
}

/// What compilers call closures, and Rust's hashes of symbols.
fn is_closure(part: &str) -> bool {
    let hash = part.len() == 17
        && part.starts_with('h')
        && part.bytes().skip(1).all(|byte| byte.is_ascii_hexdigit());
    let go = part.strip_prefix("func").unwrap_or(part);
    hash || go.bytes().all(|byte| byte.is_ascii_digit())
        || part.starts_with("{closure")
        || part.starts_with("{{closure")
        || part == "}"
}

/// `parse<u32, Error>` is `parse`, `<Cart as Shop>::buy` is `::buy`; `<anonymous>` is `anonymous`.
fn without_generics(name: &str) -> String {
    if let Some(inner) = name
        .strip_suffix('>')
        .and_then(|name| name.rsplit_once('<'))
        .map(|(_, inner)| inner)
        && matches!(
            inner,
            "anonymous" | "unknown" | "module" | "lambda" | "main"
        )
    {
        return inner.to_owned();
    }
    let mut bare = String::with_capacity(name.len());
    let mut depth = 0_usize;
    let mut before = ' ';
    for c in name.chars() {
        match c {
            '<' => depth += 1,
            '>' if before != '-' => depth = depth.saturating_sub(1),
            '[' | ']' => {}
            _ if depth == 0 => bare.push(c),
            _ => {}
        }
        before = c;
    }
    bare
}

/// A source line without blanks and long numbers, cut; empty where the SDK sent only a piece.
pub(super) fn source_line(code: &str) -> String {
    if code.contains("{snip}") {
        return String::new();
    }
    let dense: String = code.split_whitespace().collect();
    NUMBERS
        .replace_all(cut(&dense, LINE_MAX_BYTES), "*")
        .into_owned()
}
