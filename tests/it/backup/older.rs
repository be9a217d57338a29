//! An older database, and the journal that was kept: nothing of the last hour is lost.

use std::fs;

use rollcage_tests::{Database, Server, place};

use super::{done, failed, files, load::Load, private, project, rollcage, stored, text};
use crate::digest::agree;

#[tokio::test(flavor = "multi_thread")]
async fn an_older_database_catches_up_from_the_journal() {
    let place = place::folder("backup");
    let data_dir = place::folder("data");
    let data_dir = data_dir.path();
    let mut server = Server::start(data_dir, &[]).await;
    server.ready().await;
    let token = project(data_dir, &[]).await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(100).await;
    let dir = place.path().join("one");
    done(&rollcage(data_dir, &[], &["backup", text(&dir)]).await);

    // Digested after the backup: only the journal has it but for the database that is lost.
    load.acknowledged(200).await;
    let mut all = load.end().await;
    stored(&private(data_dir), &all).await;
    // And in a journal of several segments: each start begins one.
    assert!(server.terminate().await, "SIGTERM ends it well");
    let mut server = Server::start(data_dir, &[]).await;
    server.ready().await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(100).await;
    all.extend(load.end().await);
    stored(&private(data_dir), &all).await;
    assert!(server.terminate().await, "SIGTERM ends it well");

    let restore = ["restore", "--database-only", text(&dir)];
    failed(&rollcage(data_dir, &[], &restore).await, "is there already");
    fs::rename(data_dir.join("postgres"), data_dir.join("postgres.lost")).expect("is stopped");
    let told = done(&rollcage(data_dir, &[], &restore).await);
    assert!(!told.contains("missing"), "{told}");
    let mut server = Server::start(data_dir, &[]).await;
    server.ready().await;
    let database = private(data_dir);
    let found = stored(&database, &all).await;
    assert_eq!(found, all);
    agree(&database, i64::try_from(all.len()).expect("not so many")).await;
    let journals = database.number("SELECT count(*) FROM cursors").await;
    assert_eq!(journals, 1, "it is the journal that it was");
    assert!(server.terminate().await, "SIGTERM ends it well");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_neither_the_backup_nor_the_journal_has_is_told() {
    let place = place::folder("backup");
    let database = Database::make().await;
    let data_dir = place::folder("data");
    let data_dir = data_dir.path();
    let settings = [("DATABASE_URL", database.url())];
    let dir = place.path().join("one");
    let mut all = std::collections::HashSet::new();
    for is_last in [false, true] {
        let mut server = Server::start(data_dir, &settings).await;
        server.ready().await;
        let token = project(data_dir, &settings).await;
        if !is_last {
            done(&rollcage(data_dir, &settings, &["backup", text(&dir)]).await);
        }
        let load = Load::begin(&server.way(), &token);
        load.acknowledged(30).await;
        all.extend(load.end().await);
        stored(&database, &all).await;
        assert!(server.terminate().await, "SIGTERM ends it well");
    }
    let count = |sql: &'static str| database.number(sql);
    let last = count("SELECT max(segment) FROM cursors").await;
    // As an hour later.
    for file in files(&data_dir.join("journal")) {
        let number: i64 = file
            .file_stem()
            .and_then(|stem| stem.to_str()?.parse().ok())
            .expect("a segment's name is its number");
        if number < last {
            fs::remove_file(&file).expect("it was there");
        }
    }
    let empty = Database::make_empty().await;
    let settings = [("DATABASE_URL", empty.url())];
    let restore = ["restore", "--database-only", text(&dir)];
    let told = done(&rollcage(data_dir, &settings, &restore).await);
    assert!(told.contains("missing: "), "{told}");
}
