//! The commands: what they answer, how they fail, and that they work while the server runs.

use std::{fs, os::unix::fs::PermissionsExt, process::Output};

use reqwest::Method;
use rollcage_tests::{
    Database, Server,
    place::{self, Folder},
    server::{command, run},
    wait::until,
};
use serde_json::{Value, json};

#[tokio::test]
async fn a_project_that_is_added_while_the_server_runs_reports_at_once() {
    let instance = Instance::start().await;
    let added = instance
        .answers(&["project", "add", "My Shop", "--json"], "")
        .await;
    let text = done(&added);
    assert_eq!(text.lines().count(), 1, "{text}");
    let json: Value = serde_json::from_str(&text).expect("one line of JSON");
    assert_eq!(json["slug"], "my-shop");
    for scope in ["post_server_item", "post_client_item", "read", "write"] {
        assert_eq!(
            json["tokens"][scope].as_str().map(str::len),
            Some(32),
            "{json}"
        );
    }
    assert!(
        json["dsn"]
            .as_str()
            .is_some_and(|dsn| dsn.starts_with("http://")),
        "{json}"
    );

    // At once, without waiting for anything: nobody has asked for an unknown token yet.
    let token = json["tokens"]["post_server_item"].as_str().expect("a text");
    let payload =
        json!({ "access_token": token, "data": { "body": { "message": { "body": "hello" } } } });
    let way = instance.server.way();
    let reported = way
        .send(Method::POST, "/api/1/item/", &[], payload.to_string())
        .await;
    assert_eq!(reported.status, 200, "{}", reported.text());
    let read = json["tokens"]["read"].as_str().expect("a text");
    let headers = [("x-rollbar-access-token", read)];
    until("the item is there", async || {
        let list = way.send(Method::GET, "/api/1/items", &headers, "").await;
        (list.result()["total_count"] == 1).then_some(())
    })
    .await;
    assert!(instance.server.terminate().await, "SIGTERM ends it well");
}

#[tokio::test]
async fn a_person_who_is_added_while_the_server_runs_signs_in() {
    let instance = Instance::start().await;
    done(&instance.answers(&["project", "add", "My Shop"], "").await);
    let user = [
        "user",
        "add",
        "--email",
        "ann@example.test",
        "--password-stdin",
        "--project",
        "my-shop",
    ];
    assert_eq!(
        done(&instance.answers(&user, "correct horse battery\n").await).trim(),
        "ann@example.test may sign in"
    );
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let form = "email=ann%40example.test&password=correct+horse+battery&next=/p/my-shop/items";
    let way = instance.server.way();
    let signed_in = way.send(Method::POST, "/login", &headers, form).await;
    assert_eq!(
        (signed_in.status, signed_in.location()),
        (303, "/p/my-shop/items")
    );
    let cookie = signed_in.header("set-cookie").to_owned();
    let page = way
        .send(Method::GET, "/p/my-shop/items", &[("cookie", &cookie)], "")
        .await;
    assert_eq!(page.status, 200, "{}", page.text());

    // A new password works, and ends the session that the old one began.
    let change = [
        "user",
        "password",
        "--email",
        "Ann@example.test",
        "--password-stdin",
    ];
    let changed = done(&instance.answers(&change, "another long password\n").await);
    assert!(changed.contains("sessions ended: 1"), "{changed}");
    let cookie = [("cookie", &*cookie)];
    let ended = way.send(Method::GET, "/p/my-shop/items", &cookie, "").await;
    assert_eq!(ended.status, 303);
    let new = "email=ann%40example.test&password=another+long+password";
    for (form, status) in [(form, 422), (new, 303)] {
        let answer = way.send(Method::POST, "/login", &headers, form).await;
        assert_eq!(answer.status, status, "{form}");
    }
    let nobody = [
        "user",
        "password",
        "--email",
        "eve@example.test",
        "--password-stdin",
    ];
    failed(&instance.answers(&nobody, "x").await, "has no account");
    assert_eq!(
        done(&instance.answers(&["user", "list"], "").await).trim(),
        "ann@example.test"
    );

    let again = instance.answers(&user, "correct horse battery\n").await;
    failed(&again, "ann@example.test has an account already");
    failed(
        &instance
            .answers(
                &[
                    "user",
                    "add",
                    "--email",
                    "bob@example.test",
                    "--password-stdin",
                ],
                "",
            )
            .await,
        "no password",
    );
    failed(
        &instance
            .answers(&["user", "add", "--email", "bob", "--password-stdin"], "x")
            .await,
        "\"bob\" is not a mail address",
    );
    failed(
        &instance
            .answers(&["token", "list", "--project", "nothing"], "")
            .await,
        "there is no project \"nothing\"",
    );
}

#[tokio::test]
async fn a_token_is_added_listed_and_disabled_while_the_server_runs() {
    let instance = Instance::start().await;
    let project = done(
        &instance
            .answers(&["project", "add", "My Shop", "--json"], "")
            .await,
    );
    let project: Value = serde_json::from_str(&project).expect("one line of JSON");
    let token = project["tokens"]["post_server_item"]
        .as_str()
        .expect("a text");
    let path = format!("/api/1/item/?access_token={token}");
    let way = instance.server.way();
    let made = instance
        .answers(
            &[
                "token",
                "add",
                "--project",
                "my-shop",
                "--scope",
                "read",
                "--name",
                "ci",
            ],
            "",
        )
        .await;
    assert_eq!(done(&made).trim().len(), 32);
    let listed = done(
        &instance
            .answers(&["token", "list", "--project", "my-shop"], "")
            .await,
    );
    assert_eq!(listed.lines().count(), 5, "{listed}");
    let id = listed
        .lines()
        .find(|line| line.contains("post_server_item"))
        .and_then(|line| line.split('\t').next());
    let id = id.expect("the token is listed");
    done(
        &instance
            .answers(&["token", "disable", "--project", "my-shop", id], "")
            .await,
    );
    until("the server honours the token no longer", async || {
        let refused = way.send(Method::POST, &path, &[], "{}").await;
        (refused.status == 403).then_some(())
    })
    .await;
    assert!(done(&instance.answers(&["project", "list"], "").await).contains("my-shop\tMy Shop"));
}

#[tokio::test]
async fn the_first_start_shows_where_the_first_account_is_made() {
    let database = Database::make_empty().await;
    let data_dir = place::folder("data");
    let mut server = Server::start(data_dir.path(), &[("DATABASE_URL", database.url())]).await;
    server.ready().await;
    let output = until("the address is shown", async || {
        let output = server.output();
        output.contains("Set up: ").then_some(output)
    })
    .await;
    let url = output
        .lines()
        .find_map(|line| line.strip_prefix("Set up: "))
        .expect("a line");
    let path = url
        .strip_prefix(&server.url())
        .expect("it leads to us")
        .to_owned();
    let way = server.way();
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    assert_eq!(way.send(Method::GET, &path, &[], "").await.status, 200);
    assert_eq!(
        way.send(Method::GET, "/setup/0123", &[], "").await.status,
        404
    );
    let short = way
        .send(
            Method::POST,
            &path,
            &headers,
            "email=ann%40example.test&password=short&project=Shop",
        )
        .await;
    assert_eq!(short.status, 422);
    assert!(
        short.text().contains("ann@example.test"),
        "what was typed is shown again"
    );
    let form = "email=ann%40example.test&password=correct+horse+battery&project=Shop";
    let made = way.send(Method::POST, &path, &headers, form).await;
    assert_eq!((made.status, made.location()), (303, "/p/shop/start"));
    let cookie = made.header("set-cookie").to_owned();
    assert_eq!(
        way.send(Method::GET, "/p/shop/start", &[("cookie", &cookie)], "")
            .await
            .status,
        200
    );
    // Once.
    assert_eq!(way.send(Method::GET, &path, &[], "").await.status, 404);
    assert_eq!(
        way.send(Method::POST, &path, &headers, form).await.status,
        404
    );
}

#[tokio::test]
async fn settings_are_checked_all_at_once() {
    let data_dir = place::folder("data");
    let check = async |settings: &[(&str, &str)]| {
        run(command(data_dir.path(), settings, &["check-config"]), "").await
    };
    let good = done(&check(&[]).await);
    assert!(good.ends_with("the settings are good\n"), "{good}");
    let secret = [
        ("DATABASE_URL", "postgres://u:hunter2@db/x"),
        ("ROLLCAGE_SMTP_URL", "smtp://u:hunter2@mail:587"),
    ];
    let hidden = done(&check(&secret).await);
    assert!(
        hidden.contains("mail:587") && !hidden.contains("hunter2"),
        "{hidden}"
    );

    let two = [
        ("ROLLCAGE_ITEM_MAX_BYTES", "12"),
        ("ROLLCAGE_SMTP_URL", "http://u:hunter2@mail"),
    ];
    let told = failed(
        &check(&two).await,
        "item_max_bytes must be at least 4096, got 12",
    );
    assert!(
        told.contains("smtp_url must begin with smtp://") && !told.contains("hunter2"),
        "{told}"
    );
    failed(&check(&[("ROLLCAGE_LISTEN", "nowhere")]).await, "LISTEN");
    failed(
        &run(
            command(
                data_dir.path(),
                &[],
                &["check-config", "--config", "none.toml"],
            ),
            "",
        )
        .await,
        "no settings file none.toml",
    );

    let file = data_dir.path().join("rollcage.toml");
    fs::write(
        &file,
        "mail_from = \"Errors <errors@example.test>\"\nitem_max_bytes = 8192\n",
    )
    .expect("a file can be made");
    let file = file.to_string_lossy();
    let read = done(
        &run(
            command(data_dir.path(), &[], &["check-config", "--config", &file]),
            "",
        )
        .await,
    );
    assert!(read.contains("mail"), "{read}");
    fs::write(&*file, "listne = \"127.0.0.1:1\"\n").expect("a file can be made");
    failed(
        &run(
            command(data_dir.path(), &[], &["check-config", "--config", &file]),
            "",
        )
        .await,
        "listne",
    );
}

#[tokio::test]
async fn wrong_usage_ends_with_2() {
    let data_dir = place::folder("data");
    for arguments in [
        &["frobnicate"][..],
        &[],
        &["user", "add"],
        &["token", "add", "--scope", "all"],
    ] {
        let output = run(command(data_dir.path(), &[], arguments), "").await;
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    }
    let help = run(command(data_dir.path(), &[], &["--help"]), "").await;
    assert!(done(&help).contains("check-config"));
}

#[tokio::test]
async fn the_demo_touches_nothing_but_a_demo() {
    let data_dir = place::folder("data");
    fs::write(data_dir.path().join("tokens.json"), "{}").expect("a file can be made");
    let output = run(command(data_dir.path(), &[], &["serve", "--demo"]), "").await;
    failed(&output, "holds something else than a demo");
    let empty = place::folder("data");
    let settings = [("DATABASE_URL", "postgres://localhost/other")];
    let output = run(command(empty.path(), &settings, &["serve", "--demo"]), "").await;
    failed(&output, "the demo brings its own Postgres");
}

#[tokio::test]
async fn what_keeps_it_from_starting_is_told_in_one_line() {
    let database = Database::make().await;
    let data_dir = place::folder("data");
    let serve = async |settings: &[(&str, &str)]| {
        run(command(data_dir.path(), settings, &["serve"]), "").await
    };

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it listens").to_string();
    let output = serve(&[
        ("DATABASE_URL", database.url()),
        ("ROLLCAGE_LISTEN", &address),
    ])
    .await;
    failed(&output, &format!("cannot listen on {address}"));
    let output = serve(&[
        ("DATABASE_URL", database.url()),
        ("ROLLCAGE_ADMIN_LISTEN", &address),
    ])
    .await;
    failed(&output, "ROLLCAGE_ADMIN_LISTEN");

    // Root may write everywhere; a folder cannot be made within a file, whoever asks.
    let file = data_dir.path().join("file");
    fs::write(&file, "").expect("a file can be made");
    let within = file.join("data").to_string_lossy().into_owned();
    let output = serve(&[
        ("DATABASE_URL", database.url()),
        ("ROLLCAGE_DATA_DIR", &within),
    ])
    .await;
    failed(&output, &format!("cannot use the data folder {within}"));
    let closed = data_dir.path().join("closed");
    fs::create_dir(&closed).expect("a folder can be made");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("it is ours");
    if fs::write(closed.join("probe"), "").is_err() {
        let closed = closed.to_string_lossy().into_owned();
        let output = serve(&[
            ("DATABASE_URL", database.url()),
            ("ROLLCAGE_DATA_DIR", &closed),
        ])
        .await;
        failed(&output, &format!("cannot use the data folder {closed}"));
    }

    let missing = database.url().replace("/test_", "/no_such_");
    let output = serve(&[("DATABASE_URL", &missing)]).await;
    failed(&output, "does not exist; check DATABASE_URL");
    failed(
        &serve(&[("DATABASE_URL", "mysql://u:hunter2@db/x")]).await,
        "database_url must begin with postgres://",
    );

    let empty = place::folder("empty");
    let nowhere = empty.path().to_string_lossy().into_owned();
    let output = serve(&[("ROLLCAGE_POSTGRES_BIN_DIR", &nowhere), ("PATH", "")]).await;
    failed(&output, "install the package postgresql");
}

#[tokio::test]
async fn two_servers_do_not_share_a_data_folder() {
    let database = Database::make().await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", database.url())];
    let _server = Server::start(data_dir.path(), &settings).await;
    let second = run(command(data_dir.path(), &settings, &["serve"]), "").await;
    failed(&second, &data_dir.path().to_string_lossy());
}

#[tokio::test]
async fn without_a_database_url_it_brings_its_own_postgres() {
    let data_dir = place::folder("data");
    let mut server = Server::start(data_dir.path(), &[]).await;
    server.ready().await;
    let added = run(
        command(data_dir.path(), &[], &["project", "add", "Shop", "--json"]),
        "",
    )
    .await;
    let json: Value = serde_json::from_str(&done(&added)).expect("one line of JSON");
    assert_eq!(json["slug"], "shop");
    assert!(server.terminate().await, "SIGTERM ends it well");
    assert!(
        !data_dir.path().join("postgres/postmaster.pid").exists(),
        "Postgres has stopped too"
    );
    // A command brings it up for itself.
    let listed = run(command(data_dir.path(), &[], &["project", "list"]), "").await;
    assert!(done(&listed).contains("shop\tShop"));
    assert!(
        !data_dir.path().join("postgres/postmaster.pid").exists(),
        "and takes it down again"
    );
}

/// A running server, and commands beside it.
struct Instance {
    server: Server,
    data_dir: Folder,
    database: Database,
}

impl Instance {
    async fn start() -> Self {
        let database = Database::make_empty().await;
        let data_dir = place::folder("data");
        let settings = [("DATABASE_URL", database.url())];
        let mut server = Server::start(data_dir.path(), &settings).await;
        server.ready().await;
        Self {
            server,
            data_dir,
            database,
        }
    }

    /// What a command answers to that on its standard input.
    async fn answers(&self, arguments: &[&str], input: &str) -> Output {
        let settings = [("DATABASE_URL", self.database.url())];
        run(command(self.data_dir.path(), &settings, arguments), input).await
    }
}

/// The standard output of a command that went well.
fn done(output: &Output) -> String {
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{told}");
    String::from_utf8(output.stdout.clone()).expect("a command answers in UTF-8")
}

/// The one line that a command that failed says, after what it logged.
fn failed(output: &Output, wanted: &str) -> String {
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| line.starts_with("rollcage: "))
        .collect();
    assert_eq!(lines.len(), 1, "{told}");
    assert!(
        told.ends_with(&format!("{}\n", lines[0])),
        "nothing comes after it: {told}"
    );
    assert!(lines[0].contains(wanted), "{wanted}: {}", lines[0]);
    for noise in ["panicked", "stack backtrace", "Caused by"] {
        assert!(!told.contains(noise), "{told}");
    }
    lines[0].to_owned()
}
