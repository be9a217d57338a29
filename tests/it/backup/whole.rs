//! A backup of an instance that runs, and one that does not, is the instance.

use std::{collections::HashSet, fs, os::unix::fs::PermissionsExt};

use rollcage_tests::{Database, Server, place};

use super::{done, failed, files, items, load::Load, private, project, rollcage, stored, text};
use crate::digest::agree;

/// Occurrences that are acknowledged before a backup begins.
const BEFORE: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_under_load_holds_what_was_acknowledged_each_once() {
    let place = place::folder("backup");
    let data_dir = place::folder("data");
    let mut server = Server::start(data_dir.path(), &[]).await;
    server.ready().await;
    let token = project(data_dir.path(), &[]).await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(BEFORE).await;

    let before = load.so_far();
    let dir = place.path().join("nightly/first");
    let told = done(&rollcage(data_dir.path(), &[], &["backup", text(&dir)]).await);
    assert!(told.contains("backed up to"), "{told}");
    let sent = load.sent();
    load.acknowledged(BEFORE).await;
    let all = load.end().await;
    let original = private(data_dir.path());
    stored(&original, &all).await;
    let original = items(&original).await;
    assert!(server.terminate().await, "SIGTERM ends it well");

    let target = place::folder("restored");
    let verify = ["backup", "--verify", text(&dir)];
    let verified = done(&rollcage(target.path(), &[], &verify).await);
    assert!(verified.contains("is whole"), "{verified}");
    done(&rollcage(target.path(), &[], &["restore", text(&dir)]).await);
    let mut restored = Server::start(target.path(), &[]).await;
    restored.ready().await;
    // It takes reports by the same token; when these are digested, so is what lay in the journal.
    let load = Load::begin(&restored.way(), &token);
    load.acknowledged(20).await;
    let more = load.end().await;
    let database = private(target.path());
    let found = stored(&database, &before.union(&more).copied().collect()).await;
    let of_the_backup: HashSet<_> = found.difference(&more).copied().collect();
    assert!(of_the_backup.is_subset(&sent), "nothing is of a later time");
    assert!(of_the_backup.len() < all.len(), "the load went on");
    agree(&database, i64::try_from(found.len()).expect("not so many")).await;
    assert!(!restored.log().contains("damaged"), "{}", restored.log());
    let restored_items = items(&database).await;
    assert_eq!(
        names_and_numbers(&restored_items),
        names_and_numbers(&original)
    );
    // The original, and the restored one, which goes on by its own name.
    let journals = database.number("SELECT count(*) FROM cursors").await;
    assert_eq!(journals, 2);
    assert!(restored.terminate().await, "SIGTERM ends it well");

    // Of an instance that does not run, by its own Postgres.
    let dir = place.path().join("second");
    let data_dir = target.path();
    done(&rollcage(data_dir, &[], &["backup", text(&dir)]).await);
    let again = place::folder("again");
    done(&rollcage(again.path(), &[], &["restore", text(&dir)]).await);
    let mut server = Server::start(again.path(), &[]).await;
    server.ready().await;
    let all = stored(&private(again.path()), &found).await;
    assert_eq!(all, found);
    assert!(server.terminate().await, "SIGTERM ends it well");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_only_the_journal_has_is_in_the_backup() {
    let place = place::folder("backup");
    let database = Database::make().await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", database.url())];
    let server = Server::start(data_dir.path(), &settings).await;
    let token = project(data_dir.path(), &settings).await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(50).await;
    let mut all = load.end().await;
    stored(&database, &all).await;
    database.refuse_digest().await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(50).await;
    all.extend(load.end().await);

    let dir = place.path().join("one");
    done(&rollcage(data_dir.path(), &settings, &["backup", text(&dir)]).await);
    let mode = |path: &std::path::Path| {
        let metadata = fs::metadata(path).expect("it is there");
        metadata.permissions().mode() & 0o777
    };
    assert_eq!(mode(&dir), 0o700);
    for file in files(&dir) {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }

    // Not over anything that is there.
    let target = place::folder("restored");
    let restore = ["restore", text(&dir)];
    failed(
        &rollcage(target.path(), &settings, &restore).await,
        "not empty",
    );
    failed(
        &rollcage(data_dir.path(), &settings, &restore).await,
        "in use by another rollcage",
    );
    assert!(server.terminate().await, "SIGTERM ends it well");
    failed(
        &rollcage(data_dir.path(), &settings, &restore).await,
        "is there already",
    );
    failed(
        &rollcage(data_dir.path(), &settings, &["backup", text(&dir)]).await,
        "is not empty",
    );

    let empty = Database::make_empty().await;
    let settings = [("DATABASE_URL", empty.url())];
    let told = done(&rollcage(target.path(), &settings, &restore).await);
    assert!(told.contains("occurrences: "), "{told}");
    empty.allow_digest().await;
    let mut server = Server::start(target.path(), &settings).await;
    server.ready().await;
    assert_eq!(stored(&empty, &all).await, all);
    agree(&empty, i64::try_from(all.len()).expect("not so many")).await;
    assert!(server.terminate().await, "SIGTERM ends it well");
}

/// The lines of `items` without how many occurrences.
fn names_and_numbers(items: &str) -> Vec<&str> {
    let lines = items.lines();
    lines
        .filter_map(|line| Some(line.rsplit_once(' ')?.0))
        .collect()
}
