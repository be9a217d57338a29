//! What is damaged, unfinished or interrupted never passes for whole.

use std::{
    fs,
    process::{Command, Stdio},
};

use rollcage_tests::{Database, Server, place, server::command, wait::until};

use super::{
    done, failed, files, load::Load, private, programs::Programs, project, rollcage, stored, text,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_byte_and_a_missing_file_are_found_before_anything_is_restored() {
    let place = place::folder("backup");
    let database = Database::make().await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", database.url())];
    let server = Server::start(data_dir.path(), &settings).await;
    let token = project(data_dir.path(), &settings).await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(20).await;
    load.end().await;
    let dir = place.path().join("one");
    done(&rollcage(data_dir.path(), &settings, &["backup", text(&dir)]).await);
    let verify = ["backup", "--verify", text(&dir)];
    done(&rollcage(data_dir.path(), &settings, &verify).await);

    let target = place::folder("restored");
    let empty = Database::make_empty().await;
    let settings = [("DATABASE_URL", empty.url())];
    let restore = ["restore", text(&dir)];
    let all = files(&dir);
    assert!(all.len() >= 5, "{all:?}");
    for file in all {
        let good = fs::read(&file).expect("it is there");
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        fs::write(&file, bad).expect("it is ours");
        for arguments in [&verify[..], &restore] {
            let told = if file.ends_with("SHA256SUMS") {
                ""
            } else {
                "damaged"
            };
            failed(&rollcage(target.path(), &settings, arguments).await, told);
        }
        fs::remove_file(&file).expect("it is ours");
        let name = file.file_name().and_then(|name| name.to_str());
        failed(
            &rollcage(target.path(), &settings, &restore).await,
            name.expect("a name"),
        );
        fs::write(&file, good).expect("it is ours");
    }
    assert!(!target.path().join("journal").exists());
    // With every byte in its place it is restored, into the database that was not touched.
    done(&rollcage(target.path(), &settings, &restore).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_is_killed_is_none_and_one_that_is_stopped_leaves_nothing() {
    let place = place::folder("backup");
    let database = Database::make().await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", database.url())];
    let _server = Server::start(data_dir.path(), &settings).await;
    project(data_dir.path(), &settings).await;
    for (signal, dir) in [("-KILL", "killed"), ("-TERM", "stopped")] {
        let programs = place.path().join(format!("programs-{dir}"));
        let programs = Programs::hanging(&programs, "pg_dump", "");
        let dir = place.path().join(dir);
        let settings = [
            ("DATABASE_URL", database.url()),
            ("ROLLCAGE_POSTGRES_BIN_DIR", programs.dir()),
        ];
        let mut backup = command(data_dir.path(), &settings, &["backup", text(&dir)])
            .stderr(Stdio::null())
            .spawn()
            .expect("the binary can be run");
        programs.hang().await;
        assert!(dir.join("journal").is_dir(), "it has begun");
        tell(signal, backup.id());
        let status = until("it ends", async || backup.try_wait().expect("it is ours")).await;
        assert!(!status.success());
        if signal == "-TERM" {
            assert!(!dir.exists());
            continue;
        }
        let verify = ["backup", "--verify", text(&dir)];
        failed(
            &rollcage(data_dir.path(), &settings, &verify).await,
            "not finished",
        );
        let target = place::folder("restored");
        let restore = ["restore", text(&dir)];
        failed(
            &rollcage(target.path(), &settings, &restore).await,
            "not finished",
        );
        let backup = ["backup", text(&dir)];
        failed(
            &rollcage(data_dir.path(), &settings, &backup).await,
            "is not empty",
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_is_no_instance_and_is_begun_anew() {
    let place = place::folder("backup");
    let database = Database::make().await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", database.url())];
    let server = Server::start(data_dir.path(), &settings).await;
    let token = project(data_dir.path(), &settings).await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(50).await;
    let all = load.end().await;
    let dir = place.path().join("one");
    done(&rollcage(data_dir.path(), &settings, &["backup", text(&dir)]).await);

    // From a named Postgres into a private one.
    let target = place::folder("restored");
    let target = target.path();
    let programs = Programs::hanging(&place.path().join("programs"), "pg_restore", "");
    let settings = [("ROLLCAGE_POSTGRES_BIN_DIR", programs.dir())];
    let restore = ["restore", text(&dir)];
    let mut restoring = command(target, &settings, &restore)
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary can be run");
    programs.hang().await;
    assert!(target.join("journal").is_dir(), "it has begun");
    tell("-KILL", restoring.id());
    restoring.wait().expect("it is ours");

    let unfinished = "was interrupted";
    failed(&rollcage(target, &[], &["serve"]).await, unfinished);
    failed(&rollcage(target, &[], &["user", "list"]).await, unfinished);
    done(&rollcage(target, &[], &restore).await);
    let mut server = Server::start(target, &[]).await;
    server.ready().await;
    assert_eq!(stored(&private(target), &all).await, all);
    assert!(server.terminate().await, "SIGTERM ends it well");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_server_starts_on_a_database_that_is_half_restored() {
    let place = place::folder("backup");
    let database = Database::make().await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", database.url())];
    let server = Server::start(data_dir.path(), &settings).await;
    let dir = place.path().join("one");
    done(&rollcage(data_dir.path(), &settings, &["backup", text(&dir)]).await);
    assert!(server.terminate().await, "SIGTERM ends it well");

    // Everything is restored but for the last step, which hangs.
    let empty = Database::make_empty().await;
    let real = rollcage_server::cluster::Clients::find(None, 15).expect("installed");
    let work = format!(
        "if [ ! -e \"$0.first\" ]; then touch \"$0.first\"; exec '{}' \"$@\"; fi",
        real.pg_restore.display()
    );
    let programs = Programs::hanging(&place.path().join("programs"), "pg_restore", &work);
    let settings = [
        ("DATABASE_URL", empty.url()),
        ("ROLLCAGE_POSTGRES_BIN_DIR", programs.dir()),
    ];
    let target = place::folder("restored");
    let mut restoring = command(target.path(), &settings, &["restore", text(&dir)])
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary can be run");
    programs.hang().await;
    tell("-KILL", restoring.id());
    restoring.wait().expect("it is ours");
    assert!(empty.number("SELECT count(*) FROM cursors").await > 0);

    // Another node, with a data folder of its own.
    let node = place::folder("node");
    let settings = [("DATABASE_URL", empty.url())];
    failed(
        &rollcage(node.path(), &settings, &["serve"]).await,
        "bringing the schema up to date",
    );
}

fn tell(signal: &str, pid: u32) {
    let told = Command::new("kill")
        .args([signal, &pid.to_string()])
        .status();
    assert!(told.is_ok_and(|status| status.success()), "it runs");
}
