//! Our own SDK in a child process, against the running program.

mod child;
mod outage;

use rollcage_tests::App;
use serde_json::{Value, json};

use child::Child;

use crate::client::Shown;

/// All data that the project shows, once everything is digested.
async fn data(app: &App, project: &rollcage_tests::Project<'_>) -> Vec<(Value, Value)> {
    app.digested().await;
    Shown::of(project)
        .await
        .occurrences
        .into_iter()
        .map(|(item, mut occurrence)| (item, occurrence["data"].take()))
        .collect()
}

fn only(mut shown: Vec<(Value, Value)>) -> (Value, Value) {
    assert_eq!(shown.len(), 1, "{shown:#?}");
    shown.remove(0)
}

fn innermost(data: &Value) -> &Value {
    let frames = match data.pointer("/body/trace_chain/0/frames") {
        Some(frames) => frames,
        None => &data["body"]["trace"]["frames"],
    };
    let frames = frames.as_array().and_then(|frames| frames.last());
    frames.unwrap_or_else(|| panic!("it has a stack: {data:#}"))
}

/// The own frames of the reported error, as function, file and line's presence.
fn own_frames(data: &Value) -> Vec<(String, String)> {
    let frames = match data.pointer("/body/trace_chain/0/frames") {
        Some(frames) => frames,
        None => &data["body"]["trace"]["frames"],
    };
    let text = |frame: &Value, key: &str| frame[key].as_str().unwrap_or_default().to_owned();
    frames
        .as_array()
        .expect("frames are a list")
        .iter()
        .filter(|frame| frame["in_app"] == true)
        .map(|frame| (text(frame, "method"), text(frame, "filename")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_in_main_is_shown_whole() {
    let app = App::start().await;
    let project = app.project("child").await;

    let ended = Child::new("main", &app.url(), &project).run();

    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let (item, data) = only(data(&app, &project).await);
    assert_eq!(item["title"], "NoPrice: the price of ZZ9 cannot be read");
    assert_eq!(item["environment"], "child");
    assert_eq!(item["level"], "error");
    assert!(ended.said.contains(data["uuid"].as_str().expect("a uuid")));
    assert_eq!(data["code_version"], "1.2.3");
    assert_eq!(data["language"], "rust");
    assert_eq!(data["notifier"]["name"], "rollcage");
    assert_eq!(data["context"], "/cart/{sku}");
    assert_eq!(
        data["person"],
        json!({ "id": "77", "username": "ada", "email": "ada@example.test" })
    );
    assert_eq!(data["custom"]["cart"], 12);
    assert_eq!(data["custom"]["password"], "[scrubbed]");
    assert_eq!(data["request"]["method"], "GET");
    assert_eq!(
        data["request"]["url"],
        "http://shop.example.test/cart/ZZ9?qty=2"
    );
    let crumb = &data["body"]["telemetry"][0];
    assert_eq!(
        crumb["body"],
        json!({ "message": "cart loaded", "lines": 3 })
    );

    let chain = data["body"]["trace_chain"].as_array().expect("a chain");
    assert_eq!(chain.len(), 2);
    assert_eq!(chain[1]["exception"]["class"], "ParseIntError");
    assert_eq!(
        own_frames(&data),
        [
            // Debug information has no path for a function into which others were inlined.
            ("main".to_owned(), "src/main.rs".to_owned()),
            ("rollcage_child::whole".to_owned(), "src/main.rs".to_owned()),
        ]
    );
    assert_eq!(innermost(&data)["method"], "rollcage_child::whole");
    assert!(
        innermost(&data)["lineno"]
            .as_u64()
            .is_some_and(|line| line > 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_has_the_scope_it_was_given() {
    let app = App::start().await;
    let project = app.project("child").await;
    let ended = Child::new("tokio", &app.url(), &project).run();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    let (item, data) = only(data(&app, &project).await);
    assert_eq!(item["title"], "within a task");
    assert_eq!(data["person"]["id"], "77");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_main_returns_is_reported() {
    let app = App::start().await;
    let project = app.project("child").await;
    let ended = Child::new("result", &app.url(), &project).run();
    assert_eq!(ended.code, Some(1), "{}", ended.said);
    let (item, data) = only(data(&app, &project).await);
    assert_eq!(item["title"], "NoPrice: the price of ZZ9 cannot be read");
    assert_eq!(innermost(&data)["method"], "main");
    assert_eq!(innermost(&data)["filename"], "src/main.rs");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_flushed_before_an_exit_arrives() {
    let app = App::start().await;
    for case in ["exit", "exit-async"] {
        let project = app.project(case).await;
        let ended = Child::new(case, &app.url(), &project).run();
        assert_eq!(ended.code, Some(3), "{}", ended.said);
        let (item, _) = only(data(&app, &project).await);
        assert_eq!(item["title"], "before the exit");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn panics_arrive_and_the_former_hook_still_speaks() {
    let app = App::start().await;
    for (case, code, thread) in [("panic-main", 101, "main"), ("panic-thread", 0, "billing")] {
        let project = app.project(case).await;
        let ended = Child::new(case, &app.url(), &project).run();
        assert_eq!(ended.code, Some(code), "{}", ended.said);
        assert!(ended.said.contains("panicked at"), "{}", ended.said);
        let (item, data) = only(data(&app, &project).await);
        assert_eq!(item["title"], "panic: an order has a price");
        assert_eq!(item["level"], "critical");
        assert_eq!(data["custom"]["thread"], thread);
        let own = own_frames(&data);
        let last = own.last().expect("a stack");
        assert_eq!(last.0, "rollcage_child::errors::panics", "{own:?}");
        assert_eq!(last.1, "src/errors.rs");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn panics_that_end_the_process_arrive() {
    let app = App::start().await;
    for (case, abort, titles) in [
        ("panic-main", true, vec!["panic: an order has a price"]),
        ("panic-thread", true, vec!["panic: an order has a price"]),
        (
            "panic-twice",
            false,
            vec![
                "panic: panic in a destructor during cleanup",
                "panic: the first",
                "panic: the second",
            ],
        ),
        (
            "panic-no-unwind",
            false,
            vec![
                "panic: in a callback",
                "panic: panic in a function that cannot unwind",
            ],
        ),
    ] {
        let project = app.project(&format!("{case} {abort}")).await;
        let mut child = Child::new(case, &app.url(), &project);
        if abort {
            child = child.that_aborts();
        }
        let ended = child.run();
        assert_eq!(ended.code, None, "a signal ends it: {}", ended.said);
        let shown = data(&app, &project).await;
        let mut found: Vec<&str> = shown
            .iter()
            .filter_map(|(item, _)| item["title"].as_str())
            .collect();
        found.sort_unstable();
        assert_eq!(found, titles, "{case}: {}", ended.said);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_happens() {
    let app = App::start().await;
    let project = app.project("child").await;
    let ended = Child::new("panic-main", &app.url(), &project)
        .with("ROLLCAGE_TOKEN", "")
        .run();
    assert_eq!(ended.code, Some(101), "{}", ended.said);
    assert!(data(&app, &project).await.is_empty());
}

/// What the SDK scrubs is what the server scrubs: the rules are the same files.
#[test]
fn the_rules_of_scrubbing_are_the_servers() {
    let home = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for file in ["cards.rs", "keys.rs", "pairs.rs", "shapes.rs"] {
        let read = |folder: &str| {
            let path = home.join(folder).join("src/scrub").join(file);
            std::fs::read_to_string(path).expect("it is there")
        };
        assert!(
            read("sdk") == read("server"),
            "{file} differs: copy the server's"
        );
    }
}
