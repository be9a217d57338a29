//! The examples of our own SDK, as whoever copies them runs them.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use rollcage_tests::{App, Project};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::{
    client::Shown,
    program::{self, Ended, Program},
};

#[tokio::test(flavor = "multi_thread")]
async fn the_command_reports_what_main_returns() {
    let app = App::start().await;
    let project = app.project("cli").await;
    let program = Program::empty();
    program.write("numbers.txt", "1\n2\nthree\n");
    let mut command = example(&program, "cli", &app, &project).await;
    command.arg("numbers.txt").env("USER", "ada");

    let ended = program::run(command).await;

    assert!(
        !ended.success && ended.said.contains("NoNumber"),
        "{}",
        ended.said
    );
    let data = only(&app, &project, &ended, "SumError: line 3 is not a number").await;
    assert_eq!(data["context"], "sum");
    assert_eq!(data["person"]["id"], "ada");
    assert_eq!(data["environment"], "development");
    assert_eq!(data["language"], "rust");
    assert_eq!(data["notifier"]["name"], "rollcage");
    let chain = data["body"]["trace_chain"]
        .as_array()
        .expect("it has a cause");
    assert_eq!(chain[0]["exception"]["class"], "SumError");
    assert_eq!(
        chain[1]["exception"]["message"],
        "invalid digit found in string"
    );
    let frames = chain[0]["frames"].as_array().expect("it has a stack");
    let innermost = frames.last().expect("it has a stack");
    assert_eq!(innermost["filename"], "examples/cli.rs", "{frames:#?}");
    assert_eq!(innermost["method"], "cli::main", "{frames:#?}");
    let breadcrumb = &data["body"]["telemetry"][0]["body"];
    assert_eq!(*breadcrumb, json!({ "message": "file read", "lines": 3 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_ends_as_ever_where_nothing_fails_or_nobody_is_told() {
    let app = App::start().await;
    let project = app.project("cli").await;
    let program = Program::empty();
    program.write("numbers.txt", "1\n2\n");
    let mut command = example(&program, "cli", &app, &project).await;
    let ended = program::run({
        command.arg("numbers.txt");
        command
    })
    .await;
    assert!(ended.success && ended.said.contains('3'), "{}", ended.said);

    let mut command = example(&program, "cli", &app, &project).await;
    command.arg("missing.txt").env_remove("ROLLCAGE_TOKEN");
    let ended = program::run(command).await;
    assert!(
        !ended.success && ended.said.contains("Unreadable"),
        "{}",
        ended.said
    );
    app.digested().await;
    assert!(project.items().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_worker_reports_each_job_with_its_own_data() {
    let app = App::start().await;
    let project = app.project("worker").await;
    let program = Program::empty();
    let command = example(&program, "worker", &app, &project).await;

    let ended = program::run(command).await;

    assert!(ended.success, "{}", ended.said);
    let shown = shown(&app, &project).await;
    assert_eq!(shown.occurrences.len(), 2, "{}", ended.said);
    for (title, job, customer, amount, class) in [
        (
            "ParseIntError: invalid digit found in string",
            2,
            "grace",
            "12.50",
            "ParseIntError",
        ),
        ("panic: a charge of nothing", 3, "alan", "0", "panic"),
    ] {
        let data = by_title(&shown, title);
        assert_eq!(data["custom"]["job"], job);
        assert_eq!(data["person"]["id"], customer);
        assert_eq!(data["context"], "charge");
        assert_eq!(data["environment"], "example");
        assert_eq!(data["body"]["trace"]["exception"]["class"], class);
        let telemetry = data["body"]["telemetry"].as_array().expect("it was logged");
        assert_eq!(telemetry.len(), 1, "of this job only: {telemetry:#?}");
        assert_eq!(telemetry[0]["body"]["message"], "charging");
        assert_eq!(telemetry[0]["body"]["amount"], amount);
        assert_eq!(telemetry[0]["body"]["logger"], "worker");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shop_reports_errors_panics_and_answers_with_their_requests() {
    let app = App::start().await;
    let project = app.project("axum").await;
    let program = Program::empty();
    let mut command = example(&program, "axum", &app, &project).await;
    command.arg("--once");

    let ended = program::run(command).await;

    assert!(ended.success, "{}", ended.said);
    assert!(
        ended.said.contains("/orders/0: HTTP/1.1 500"),
        "{}",
        ended.said
    );
    assert!(
        ended.said.contains("/orders/17: HTTP/1.1 200"),
        "{}",
        ended.said
    );
    let shown = shown(&app, &project).await;
    assert_eq!(shown.occurrences.len(), 3, "{}", ended.said);
    for (_, occurrence) in &shown.occurrences {
        let data = &occurrence["data"];
        assert_eq!(data["person"]["id"], "ada");
        assert_eq!(data["framework"], "axum");
        let request = &data["request"];
        assert_eq!(request["method"], "GET");
        assert_eq!(request["user_ip"], "127.0.0.1");
        assert_eq!(request["headers"]["user-agent"], "example");
        let text = data.to_string();
        assert!(
            !text.contains("session=secret") && !text.contains("hunter2"),
            "{text}"
        );
    }

    let slow = by_title(&shown, "std::io::Error: the database is slow");
    assert_eq!(slow["context"], "/orders/{id}");
    let exception = &slow["body"]["trace"]["exception"];
    assert_eq!(exception["description"], "cannot show the order");
    let url = slow["request"]["url"].as_str().expect("a URL");
    assert!(
        url.starts_with("http://shop.example.test/orders/13?"),
        "{url}"
    );
    assert_eq!(slow["custom"]["order"], 13);
    assert_eq!(slow["custom"]["logger"], "axum");
    assert_eq!(slow["custom"]["spans"][0]["name"], "order");
    let breadcrumb = &slow["body"]["telemetry"][0]["body"];
    assert_eq!(breadcrumb["message"], "looking for the order");

    let panic = by_title(&shown, "panic: orders begin at 1");
    assert_eq!(panic["context"], "/orders/{id}");
    assert_eq!(panic["level"], "critical");
    assert_eq!(panic["request"]["url"], "http://shop.example.test/orders/0");
    let frames = panic["body"]["trace"]["frames"]
        .as_array()
        .expect("a stack");
    let innermost = frames.last().expect("a stack");
    assert_eq!(innermost["filename"], "examples/axum.rs", "{frames:#?}");
    // With line tables only, as this workspace builds, a name may come without its path.
    let method = innermost["method"].as_str().expect("it has a name");
    assert!(matches!(method, "find" | "axum::find"), "{frames:#?}");

    let stock = by_title(&shown, "GET /stock answered 503 Service Unavailable");
    assert_eq!(stock["context"], "/stock");
    assert_eq!(stock["custom"]["status"], 503);
}

/// What is reported where that is one occurrence of that title.
async fn only(app: &App, project: &Project<'_>, ended: &Ended, title: &str) -> Value {
    let shown = shown(app, project).await;
    assert_eq!(shown.occurrences.len(), 1, "{}", ended.said);
    by_title(&shown, title).clone()
}

/// Everything was delivered when the program ended.
async fn shown(app: &App, project: &Project<'_>) -> Shown {
    app.digested().await;
    Shown::of(project).await
}

fn by_title<'s>(shown: &'s Shown, title: &str) -> &'s Value {
    let found = shown
        .occurrences
        .iter()
        .find(|(item, _)| item["title"] == title);
    let titles = || {
        let items = shown.occurrences.iter();
        items
            .map(|(item, _)| item["title"].to_string())
            .collect::<Vec<_>>()
    };
    &found
        .unwrap_or_else(|| panic!("{title:?} is none of {:?}", titles()))
        .1["data"]
}

/// A run of that example, which reports to `project`.
async fn example(program: &Program, name: &str, app: &App, project: &Project<'_>) -> Command {
    let mut command = program.command(examples().await.join(name));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ROLLCAGE_") {
            command.env_remove(name);
        }
    }
    command
        .env("ROLLCAGE_TOKEN", &project.tokens.server)
        .env("ROLLCAGE_ENDPOINT", app.url());
    command
}

/// The folder with the examples, built once per run: cargo gives a test no binaries of another
/// package.
async fn examples() -> PathBuf {
    static BUILT: OnceCell<PathBuf> = OnceCell::const_new();
    let build = || async {
        tokio::task::spawn_blocking(built)
            .await
            .expect("cargo can be run")
    };
    BUILT.get_or_init(build).await.clone()
}

fn built() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let target = test
        .ancestors()
        .nth(3)
        .expect("a test lies in target/<profile>/deps");
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO"))
        .args(["build", "--locked", "-p", "rollcage", "--examples"])
        .args(["--features", "axum,log,tracing", "--target-dir"])
        .arg(target)
        .current_dir(home)
        .output()
        .expect("cargo can be run");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    target.join("debug/examples")
}
