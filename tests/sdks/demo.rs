//! The demo: two weeks of a shop, as `make demo` fills them in, only fewer of everything.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use chrono::TimeDelta;
use rollcage_server::clock::Clock;
use rollcage_tests::{App, Person, Project};
use rollcage_web::paths;
use serde_json::{Value, json};

/// As far back as `serve --demo` begins.
const BEGAN_AGO: TimeDelta = TimeDelta::days(14);
/// How much of everything: each stretch of the story begins with one occurrence all the same.
const SCALE: &str = "0.03";
/// What the shop's passwords, cookies and cards have.
const SECRETS: [&str; 3] = ["pa55phrase", "4111 1111", "737"];

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_has_something_for_every_page() {
    let clock = Clock::of_demo(BEGAN_AGO);
    let app = App::builder().clock(&clock).start().await;
    let shop = app.project("Demo shop").await;
    let warehouse = app.project("Warehouse scanners").await;

    let told = play(&app, &shop, &warehouse).await;
    app.digested().await;

    let items = every_item(&shop).await;
    let others = every_item(&warehouse).await;
    let reported: i64 = items.iter().chain(&others).map(total).sum();
    assert_eq!(told, format!("{reported} occurrences are reported\n"));
    assert!(items.len() >= 40, "{} items", items.len());
    assert!(others.len() >= 2, "{} items", others.len());
    for (field, wanted) in [
        ("status", ["active", "muted", "resolved"].as_slice()),
        ("environment", &["development", "production", "staging"]),
        ("level", &["critical", "debug", "error", "info", "warning"]),
    ] {
        let found: BTreeSet<_> = items
            .iter()
            .filter_map(|item| item[field].as_str())
            .collect();
        assert_eq!(found, wanted.iter().copied().collect(), "{field}");
    }
    let days = "SELECT extract(epoch FROM max(received_at) - min(received_at))::bigint / 86400
                FROM occurrences";
    assert!(app.database.number(days).await >= 13);
    let back = "SELECT count(DISTINCT item_id) FROM changes WHERE kind = 'reactivated'";
    assert!(app.database.number(back).await >= 4, "items that came back");

    let mut seen = Seen::default();
    for item in &items {
        let instances = instances(&shop, item).await;
        for instance in instances {
            seen.see(&instance["data"]);
        }
    }
    assert!(seen.people.len() >= 10, "{:?}", seen.people);
    assert!(seen.versions.len() >= 5, "{:?}", seen.versions);
    assert!(seen.hosts.len() >= 8, "{:?}", seen.hosts);

    let admin = app.admin().await;
    every_page(&shop, &admin, &items).await;
}

/// What the occurrences are about.
#[derive(Default)]
struct Seen {
    people: BTreeSet<String>,
    versions: BTreeSet<String>,
    hosts: BTreeSet<String>,
}

impl Seen {
    fn see(&mut self, data: &Value) {
        for (set, value) in [
            (&mut self.people, &data["person"]["id"]),
            (&mut self.versions, &data["code_version"]),
            (&mut self.hosts, &data["server"]["host"]),
        ] {
            set.extend(value.as_str().map(str::to_owned));
        }
        let custom = &data["custom"];
        assert!(
            custom.get("demo").is_none(),
            "it is told where and when: {custom}"
        );
        let text = json!([data["request"], custom, data["body"]["telemetry"]]).to_string();
        for secret in SECRETS {
            assert!(!text.contains(&format!("\"{secret}")), "{secret}: {text}");
        }
        assert!(!data.to_string().contains(SECRETS[0]), "{data}");
        assert!(!data.to_string().contains(SECRETS[1]), "{data}");
    }
}

async fn every_page(shop: &Project<'_>, admin: &Person<'_>, items: &[Value]) {
    let slug = &shop.slug;
    let mut pages = vec![
        paths::projects(),
        paths::items(slug),
        format!("{}?status=all&sort=total", paths::items(slug)),
        format!("{}?status=resolved", paths::items(slug)),
        format!("{}?status=muted", paths::items(slug)),
        paths::start(slug),
        paths::settings(slug),
        paths::tokens(slug),
        paths::members(slug),
        paths::data(slug),
        paths::system(),
        paths::users(),
        paths::account(),
    ];
    for item in items {
        let counter = &item["counter"];
        pages.push(paths::item(slug, counter));
        pages.push(paths::occurrences(slug, counter));
        let newest = &item["last_occurrence_id"];
        pages.push(paths::occurrence(slug, counter, newest));
        pages.push(paths::occurrence_raw(slug, counter, newest));
    }
    for page in pages {
        let answer = admin.get(&page).await;
        assert_eq!(answer.status, 200, "{page}: {}", answer.text());
    }
}

fn total(item: &Value) -> i64 {
    item["total_occurrences"].as_i64().expect("a number")
}

/// The items of all pages of the API.
async fn every_item(project: &Project<'_>) -> Vec<Value> {
    let mut items = Vec::new();
    for page in 1.. {
        let result = project
            .get(&format!("/api/1/items?page={page}"))
            .await
            .result();
        let found = result["items"].as_array().expect("a list of items");
        if found.is_empty() {
            break;
        }
        items.extend(found.iter().cloned());
    }
    items
}

/// An item's newest occurrences.
async fn instances(project: &Project<'_>, item: &Value) -> Vec<Value> {
    let path = format!("/api/1/item/{}/instances", item["id"]);
    let result = project.get(&path).await.result();
    let instances = result["instances"].as_array();
    instances.expect("a list of occurrences").clone()
}

/// Runs the program to its end: what it says.
async fn play(app: &App, shop: &Project<'_>, warehouse: &Project<'_>) -> String {
    let (url, shop, warehouse) = (app.url(), as_added(shop), as_added(warehouse));
    let output = tokio::task::spawn_blocking(move || {
        let mut demo = Command::new(built());
        demo.args(["--url", &url, "--scale", SCALE])
            .env("ROLLCAGE_DEMO_SHOP", shop)
            .env("ROLLCAGE_DEMO_WAREHOUSE", warehouse)
            .env("RUST_LIB_BACKTRACE", "1");
        demo.output().expect("it was built")
    })
    .await
    .expect("running a program does not panic");
    said(&output)
}

fn said(output: &Output) -> String {
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{log}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What `rollcage project add --json` would print of it.
fn as_added(project: &Project<'_>) -> String {
    let tokens = &project.tokens;
    let tokens = json!({
        "post_server_item": tokens.server,
        "read": tokens.read,
        "write": tokens.write,
    });
    json!({ "tokens": tokens }).to_string()
}

/// The program: cargo gives a test no binaries of another package.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let target = test
        .ancestors()
        .nth(3)
        .expect("a test lies in target/<profile>/deps");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--locked", "-p", "rollcage-demo", "--target-dir"])
        .arg(target)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .expect("cargo can be run");
    said(&output);
    target.join("debug/rollcage-demo")
}
