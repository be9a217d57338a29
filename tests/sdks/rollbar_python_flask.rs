//! The package `rollbar` 1.5.0 of the Python Package Index in a Flask application.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use rollcage_tests::{
    App, Project,
    wait::{now, until},
};
use serde_json::Value;

/// From the end of the SDK's post to its being visible in the API.
const VISIBLE_WITHIN: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn every_error_of_the_application_becomes_an_item() {
    let python = tokio::task::spawn_blocking(python)
        .await
        .expect("the environment can be made");
    let app = App::start().await;
    let project = app.project("Flask").await;
    let expected = fs::read(folder().join("expect.json")).expect("the client has its expectations");
    let expected: Value = serde_json::from_slice(&expected).expect("expectations are JSON");
    let events = expected["events"].as_array().expect("a list").clone();

    run(&python, &app, &project).await;
    let sent_at = now();
    let shown = shown(&project, events.len()).await;
    assert!(
        sent_at.elapsed() < VISIBLE_WITHIN,
        "visible after {:?}",
        sent_at.elapsed()
    );

    let cases: Vec<&str> = shown.keys().map(String::as_str).collect();
    assert_eq!(cases.len(), events.len(), "{cases:?}");
    for event in &events {
        let case = event["case"].as_str().expect("an event has a case");
        let (item, data) = &shown[case][0];
        let title = event["title"].as_str().expect("an event has a title");
        assert_eq!(item["title"], *title, "{case}");
        assert_eq!(item["environment"], event["environment"], "{case}");
        assert_eq!(item["level"], event["level"], "{case}");
        assert_eq!(item["framework"], "flask", "{case}");
        assert_eq!(data["code_version"], event["code_version"], "{case}");
        assert_eq!(data["notifier"]["name"], "pyrollbar", "{case}");
        if event["kind"] == "message" {
            assert_eq!(data["body"]["message"]["body"], event["message"], "{case}");
            continue;
        }
        let trace = &data["body"]["trace"];
        assert_eq!(
            trace["exception"]["class"], event["exception_class"],
            "{case}"
        );
        assert_eq!(trace["exception"]["message"], event["message"], "{case}");
        let frames = trace["frames"].as_array().expect("a trace has frames");
        assert_eq!(
            Some(frames.len() as u64),
            event["frame_count"].as_u64(),
            "{case}"
        );
    }
    the_cart(&shown["get_key_error"][0].1);

    // The same bugs again: each adds to its item.
    let before = project.items().await.len();
    run(&python, &app, &project).await;
    app.digested().await;
    let items = project.items().await;
    assert_eq!(items.len(), before, "{items:#?}");
    let totals: i64 = items
        .iter()
        .filter_map(|item| item["total_occurrences"].as_i64())
        .sum();
    assert_eq!(Some(totals), i64::try_from(2 * events.len()).ok());
    assert!(items.iter().all(|item| {
        item["total_occurrences"]
            .as_i64()
            .is_some_and(|total| total % 2 == 0)
    }));
}

/// What is known of the request that failed, in full.
fn the_cart(data: &Value) {
    let frames = data["body"]["trace"]["frames"]
        .as_array()
        .expect("a trace has frames");
    let innermost = frames.last().expect("a trace has frames");
    assert_eq!(innermost["method"], "price");
    assert_eq!(innermost["locals"]["sku"], "ZZ9");
    assert!(innermost["locals"]["table"].is_object(), "{innermost}");
    assert!(
        innermost["code"]
            .as_str()
            .is_some_and(|code| code.contains("return table[sku]"))
    );
    let request = &data["request"];
    assert!(
        request["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("http://shop.example.test/cart/ZZ9?qty=2"))
    );
    assert_eq!(request["method"], "GET");
    assert_eq!(
        request["headers"]["User-Agent"],
        "Mozilla/5.0 (X11; Linux x86_64) Demo/1.0"
    );
    assert_eq!(
        request["headers"]["Referer"],
        "http://shop.example.test/start"
    );
    assert_eq!(data["person"]["id"], "77");
    // The cookie that the browser sent along is not for us.
    assert!(!data.to_string().contains("s3cr3t"), "{request}");
}

/// Runs the application to its end.
async fn run(python: &Path, app: &App, project: &Project<'_>) {
    let mut command = Command::new(folder().join("run.sh"));
    command
        .env("PYTHON", python)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("ENDPOINT", app.url())
        .env("TOKEN", &project.tokens.server)
        .env_remove("http_proxy")
        .env_remove("HTTP_PROXY");
    let output = tokio::task::spawn_blocking(move || command.output().expect("there is a shell"))
        .await
        .expect("waiting does not panic");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// All occurrences that the API shows, with their items, by case, once there are that many.
async fn shown(project: &Project<'_>, count: usize) -> BTreeMap<String, Vec<(Value, Value)>> {
    until("all are visible", async || {
        let mut shown: BTreeMap<String, Vec<(Value, Value)>> = BTreeMap::new();
        for item in project.items().await {
            let path = format!("/api/1/item/{}/instances", item["id"]);
            let found = project.get(&path).await.result();
            for instance in found["instances"].as_array().expect("a list") {
                let data = instance["data"].clone();
                let case = data["custom"]["case"]
                    .as_str()
                    .unwrap_or("no case")
                    .to_owned();
                shown.entry(case).or_default().push((item.clone(), data));
            }
        }
        (shown.values().map(Vec::len).sum::<usize>() == count).then_some(shown)
    })
    .await
}

/// The interpreter of a virtual environment with what the client needs, made where it is missing.
fn python() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let target = test
        .ancestors()
        .nth(3)
        .expect("a test lies in target/<profile>/deps");
    let sdks = target.join("sdks");
    fs::create_dir_all(&sdks).expect("the target folder can be written");
    // Another run may be making it just now.
    let lock = File::create(sdks.join("lock")).expect("the target folder can be written");
    lock.lock().expect("a lock is a matter of waiting");

    let environment = sdks.join("rollbar-python-flask");
    let python = environment.join("bin/python");
    let requirements = folder().join("requirements.txt");
    let wanted = fs::read_to_string(&requirements).expect("the client has requirements");
    // Written last, so that one that was interrupted is made again.
    let stamp = environment.join("requirements.txt");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return python;
    }
    let program = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    done(
        Command::new(program)
            .args(["-m", "venv", "--clear"])
            .arg(&environment),
    );
    done(
        Command::new(&python)
            .args(["-m", "pip", "install", "--quiet", "-r"])
            .arg(&requirements),
    );
    fs::write(stamp, wanted).expect("the environment was just made");
    python
}

fn done(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdks/rollbar-python-flask")
}
