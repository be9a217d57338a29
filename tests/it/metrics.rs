//! What operators see: each figure has its help, is explained in `deploy/grafana`, and each that the
//! dashboard and the alerts name is one that a server shows.

use std::{collections::BTreeSet, fs, path::Path};

use rollcage_tests::{App, wait::until};
use serde_json::Value;

/// A file of `deploy/grafana`.
fn file(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/grafana");
    fs::read_to_string(folder.join(name)).expect("the file is there")
}

/// The names of ours in a text, without the ends that Prometheus gives to histograms.
fn names(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .filter(|word| word.starts_with("rollcage_") || word.starts_with("process_"))
        .map(|word| {
            ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| word.strip_suffix(end))
                .unwrap_or(word)
                .to_owned()
        })
        .collect()
}

/// All texts of a dashboard that are asked of Prometheus.
fn expressions(dashboard: &Value) -> String {
    let panels = dashboard["panels"].as_array().expect("there are panels");
    let targets = panels.iter().flat_map(|panel| {
        let targets = panel["targets"].as_array().expect("each asks something");
        targets.iter().map(|target| target["expr"].as_str())
    });
    targets
        .map(|expression| expression.expect("each is a text"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A value of what is shown, to the nearest whole; the sum of all labels.
fn value(shown: &str, name: &str) -> i64 {
    let lines = shown.lines().filter(|line| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with([' ', '{']))
    });
    let values = lines.map(|line| line.rsplit(' ').next().and_then(|value| value.parse().ok()));
    let sum: f64 = values
        .map(|value: Option<f64>| value.expect("a value is a number"))
        .sum();
    format!("{sum:.0}").parse().expect("it is known")
}

async fn shown(app: &App) -> String {
    let url = format!("http://{}/metrics", app.program().admin_address());
    let answer = reqwest::get(url).await.expect("it answers");
    assert_eq!(answer.status(), 200);
    answer.text().await.expect("it is a text")
}

#[tokio::test]
async fn what_the_dashboard_and_the_alerts_name_a_running_server_shows() {
    let app = App::builder().metrics().start().await;
    let project = app.project("Shop").await;
    for _ in 0..3 {
        project.occurrence().send().await;
    }
    app.digested().await;
    // The keeper's first run is one of what it shows.
    let text = until("the keeper has run", async || {
        let text = shown(&app).await;
        (value(&text, "rollcage_keeper_runs_total") > 0).then_some(text)
    })
    .await;

    // Other tests of this process count into the same figures; these are of this server alone.
    assert_eq!(value(&text, "rollcage_journal_records_total"), 3);
    assert_eq!(value(&text, "rollcage_journal_lag_records"), 0);
    assert_eq!(value(&text, "rollcage_postgres_up"), 1);
    assert_eq!(value(&text, "rollcage_dead_letters"), 0);
    assert!(value(&text, "rollcage_journal_commit_seconds_count") >= 1);
    assert!(value(&text, "rollcage_database_bytes") > 1_000_000);
    assert!(value(&text, "rollcage_partitions") >= 5);
    assert!(value(&text, "process_resident_memory_bytes") > 1_000_000);

    let told = |what: &str| -> BTreeSet<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(what));
        lines
            .filter_map(|line| line.split(' ').next())
            .map(str::to_owned)
            .collect()
    };
    let kinds = told("# TYPE ");
    assert_eq!(told("# HELP "), kinds, "each has its help");

    let dashboard: Value = serde_json::from_str(&file("rollcage.json")).expect("it is JSON");
    for text in [expressions(&dashboard), file("alerts.yml")] {
        let named = names(&text);
        let unknown: Vec<_> = named.difference(&kinds).collect();
        assert!(unknown.is_empty(), "no server shows {unknown:?}");
        assert!(named.len() >= 8, "{named:?}");
    }
    let explained = names(&file("README.md"));
    let ours: BTreeSet<String> = kinds
        .into_iter()
        .filter(|name| name.starts_with("rollcage_"))
        .collect();
    let unexplained: Vec<_> = ours.difference(&explained).collect();
    assert!(unexplained.is_empty(), "the README lacks {unexplained:?}");
    let outdated: Vec<_> = explained
        .difference(&ours)
        .filter(|name| name.starts_with("rollcage_"))
        .collect();
    assert!(outdated.is_empty(), "the README has {outdated:?}");
}
