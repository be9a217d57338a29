//! Backups of the real program, under load, and what becomes of them.

mod broken;
mod load;
mod older;
mod programs;
mod whole;

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    process::Output,
};

use rollcage_tests::{
    Database,
    server::{command, run},
    wait::until,
};
use uuid::Uuid;

/// Makes a project of the instance in that folder, and gives its server's token.
async fn project(data_dir: &Path, settings: &[(&str, &str)]) -> String {
    let added = ["project", "add", "Shop", "--json"];
    let text = done(&rollcage(data_dir, settings, &added).await);
    let json: serde_json::Value = serde_json::from_str(&text).expect("one line of JSON");
    let token = &json["tokens"]["post_server_item"];
    token.as_str().expect("a text").to_owned()
}

/// Runs a command of the program to its end.
async fn rollcage(data_dir: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Output {
    run(command(data_dir, settings, arguments), "").await
}

/// What it answered.
fn done(output: &Output) -> String {
    let (out, err) = said(output);
    assert!(output.status.success(), "{out}\n{err}");
    out
}

/// It failed, with exit code 1, and told that.
fn failed(output: &Output, told: &str) {
    let (out, err) = said(output);
    assert_eq!(output.status.code(), Some(1), "{out}\n{err}");
    assert!(err.contains(told), "{told:?} in {err}");
}

fn said(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr))
}

/// The database of the private Postgres in a data folder.
fn private(data_dir: &Path) -> Database {
    let socket = data_dir.join("postgres");
    let url = "postgres://rollcage@localhost/rollcage?host=";
    Database::at(&format!("{url}{}", socket.display()))
}

/// Waits until all of these are stored: all that is, each once.
async fn stored(database: &Database, acknowledged: &HashSet<Uuid>) -> HashSet<Uuid> {
    let all = until("what was acknowledged is digested", async || {
        let all = uuids(database).await;
        let found: HashSet<Uuid> = all.iter().copied().collect();
        acknowledged.is_subset(&found).then_some(all)
    })
    .await;
    let count = all.len();
    let found: HashSet<Uuid> = all.into_iter().collect();
    assert_eq!(found.len(), count, "each is there once");
    found
}

async fn uuids(database: &Database) -> Vec<Uuid> {
    sqlx::query_scalar("SELECT uuid FROM occurrences")
        .fetch_all(database.db())
        .await
        .unwrap_or_default()
}

/// Items as people know them: number, title, and how many occurrences.
async fn items(database: &Database) -> String {
    database
        .text(
            "SELECT COALESCE(string_agg(counter || ' ' || title || ' ' || total, E'\\n' ORDER BY counter), '')
             FROM items",
        )
        .await
}

fn text(path: &Path) -> &str {
    path.to_str().expect("folders of tests are UTF-8")
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
