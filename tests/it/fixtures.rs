//! Every recorded request of a real Rollbar SDK, replayed over HTTP and read back by the API.

use std::collections::{BTreeMap, HashMap};

use reqwest::Method;
use rollcage_server::{
    accounts,
    model::{project::Scope, text::Name},
    secrets,
    store::tokens::{self, NewToken},
};
use rollcage_tests::{
    App, Project,
    fixture::{self, Fixture, TOKEN},
};
use serde_json::Value;

#[tokio::test]
async fn every_recorded_request_is_taken_and_shown_as_expected() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    accept_recorded_token(&app, &project).await;

    let mut mistakes = Vec::new();
    let mut taken = Vec::new();
    for fixture in fixture::all("rollbar") {
        match replay(&app, &fixture).await {
            Ok(Some(uuid)) => taken.push((fixture, uuid)),
            Ok(None) => {}
            Err(mistake) => mistakes.push(format!("{}: {mistake}", fixture.name)),
        }
    }
    app.digested().await;
    let shown = all_instances(&project).await;
    let mut groups: BTreeMap<String, Vec<(String, i64)>> = BTreeMap::new();
    for (fixture, uuid) in &taken {
        let Some((item, data)) = shown.get(uuid) else {
            mistakes.push(format!("{}: the API does not show {uuid}", fixture.name));
            continue;
        };
        let expected = &fixture.json["expect"]["events"];
        for event in expected.as_array().into_iter().flatten() {
            for mistake in differences(event, data) {
                mistakes.push(format!("{}: {mistake}", fixture.name));
            }
        }
        if let Some(group) = fixture.json["expect"]["same_issue_as_group"].as_str() {
            groups
                .entry(group.to_owned())
                .or_default()
                .push((fixture.name.clone(), *item));
        }
    }
    for (group, members) in groups {
        if members.iter().any(|(_, item)| *item != members[0].1) {
            mistakes.push(format!("{group} is more than one item: {members:?}"));
        }
    }
    assert!(
        mistakes.is_empty(),
        "{} mistakes:\n{}",
        mistakes.len(),
        mistakes.join("\n")
    );
    assert!(
        taken.len() > 180,
        "only {} fixtures were found",
        taken.len()
    );
}

/// Makes the token of the recordings one of the project's.
async fn accept_recorded_token(app: &App, project: &Project<'_>) {
    let new = NewToken {
        project: project.id,
        name: &Name::new("recorded"),
        sha256: &secrets::sha256(TOKEN),
        plain: Some(TOKEN),
        scope: Scope::PostServerItem,
        rate_per_minute: None,
    };
    tokens::insert(app.database.db(), &new, app.clock.now())
        .await
        .expect("the token is new");
    accounts::announce_tokens(app.database.db()).await;
    rollcage_tests::wait::until("ingest knows the recorded token", async || {
        (app.post_item(TOKEN, "").await.status == 400).then_some(())
    })
    .await;
}

/// Sends a request as it was recorded: the UUID of what was taken.
async fn replay(app: &App, fixture: &Fixture) -> Result<Option<String>, String> {
    let method = fixture.json["request"]["method"].as_str().unwrap_or("POST");
    let method = Method::from_bytes(method.as_bytes()).map_err(|error| error.to_string())?;
    let headers = fixture.headers();
    let headers: Vec<(&str, &str)> = headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let answer = app
        .request(method, &fixture.target(), &headers, fixture.body.clone())
        .await;
    let outcome = fixture.json["expect"]["outcome"]
        .as_str()
        .unwrap_or_default();
    let is_right = match outcome {
        "event" => answer.status == 200,
        "preflight" => matches!(answer.status, 200 | 204),
        "reject" => (400..500).contains(&answer.status),
        "any" => (200..500).contains(&answer.status),
        other => return Err(format!("unknown outcome {other:?}")),
    };
    if !is_right {
        return Err(format!(
            "{outcome} wanted, got {}: {}",
            answer.status,
            answer.text()
        ));
    }
    if answer.header("access-control-allow-origin") != "*" {
        return Err("no CORS headers".into());
    }
    if outcome != "event" {
        return Ok(None);
    }
    let uuid = answer.json()["result"]["uuid"].as_str().map(str::to_owned);
    uuid.map(Some).ok_or_else(|| "no uuid in the answer".into())
}

/// All occurrences that the API shows, by their UUID, with their item's id.
async fn all_instances(project: &Project<'_>) -> HashMap<String, (i64, Value)> {
    let mut all = HashMap::new();
    for item_page in 1.. {
        let found = project
            .get(&format!("/api/1/items?page={item_page}"))
            .await
            .result();
        let items = found["items"].as_array().expect("a list").clone();
        if items.is_empty() {
            break;
        }
        for item in items {
            let id = item["id"].as_i64().expect("a number");
            for page in 1.. {
                let path = format!("/api/1/item/{id}/instances?page={page}");
                let found = project.get(&path).await.result();
                let instances = found["instances"].as_array().expect("a list").clone();
                if instances.is_empty() {
                    break;
                }
                for instance in instances {
                    let data = instance["data"].clone();
                    let uuid = data["uuid"].as_str().expect("a text").to_owned();
                    all.insert(uuid, (id, data));
                }
            }
        }
    }
    all
}

/// In what `data` differs from the `event` that is expected.
fn differences(event: &Value, data: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let chain = chain(data);
    let exception = |key: &str| chain.first().map(|trace| trace["exception"][key].clone());
    let frames = || {
        let frames = chain.first().and_then(|trace| trace["frames"].as_array());
        frames.cloned().unwrap_or_default()
    };
    let mut check = |what: &str, shown: Option<String>| {
        let wanted = text(&event[what]);
        if !wanted.is_empty() && plain(&wanted) != plain(&shown.clone().unwrap_or_default()) {
            found.push(format!("{what} wanted {wanted:?}, shown {shown:?}"));
        }
    };
    check("level", data["level"].as_str().map(str::to_owned));
    check(
        "environment",
        data["environment"].as_str().map(str::to_owned),
    );
    check("code_version", Some(text(&data["code_version"])));
    check("language", Some(text(&data["language"])));
    check("context", Some(text(&data["context"])));
    check("fingerprint", Some(text(&data["fingerprint"])));
    check("person_id", Some(text(&data["person"]["id"])));
    check("request_method", Some(text(&data["request"]["method"])));
    check("host", Some(text(&data["server"]["host"])));
    check(
        "exception_class",
        exception("class").map(|class| text(&class)),
    );
    let message = exception("message")
        .or_else(|| data.pointer("/body/message/body").cloned())
        .or_else(|| data.pointer("/body/crash_report/raw").cloned());
    let wanted = plain(&message_of(event));
    let shown = plain(&message.as_ref().map(text).unwrap_or_default());
    // Long texts are cut, at their end.
    if !wanted.is_empty() && !is_same_start(&wanted, &shown) {
        found.push(format!(
            "message wanted {wanted:.200?}, shown {shown:.200?}"
        ));
    }
    if let Some(length) = event["chain_length"].as_u64().filter(|length| *length > 0)
        && chain.len() as u64 != length
    {
        found.push(format!(
            "chain_length wanted {length}, shown {}",
            chain.len()
        ));
    }
    // Very deep stacks are cut in the middle.
    if let Some(count) = event["frame_count"]
        .as_u64()
        .filter(|count| (1..=200).contains(count))
        && frames().len() as u64 != count
    {
        found.push(format!(
            "frame_count wanted {count}, shown {}",
            frames().len()
        ));
    }
    if let Some(innermost) = event["innermost"].as_object() {
        let last = frames().last().cloned().unwrap_or_default();
        for (key, ours) in [("file", "filename"), ("line", "lineno")] {
            let wanted = text(&innermost[key]);
            if !wanted.is_empty() && plain(&wanted) != plain(&text(&last[ours])) {
                found.push(format!(
                    "innermost {key} wanted {wanted:?}, shown {:?}",
                    last[ours]
                ));
            }
        }
    }
    let causes: Vec<String> = chain
        .iter()
        .skip(1)
        .map(|trace| text(&trace["exception"]["class"]))
        .collect();
    if let Some(wanted) = event["causes"].as_array()
        && wanted.iter().map(text).collect::<Vec<_>>() != causes
    {
        found.push(format!("causes wanted {wanted:?}, shown {causes:?}"));
    }
    found
}

/// The message that is expected, without what two SDKs write where they have none.
fn message_of(event: &Value) -> String {
    let message = text(&event["message"]);
    match message.as_str() {
        // rollbar.js
        "<no message>" => String::new(),
        // The crate rollbar 0.7; what it knows is in the description.
        constant if constant.starts_with("description() is deprecated") => {
            text(&event["description"])
        }
        _ => message,
    }
}

/// The traces of a body, the reported exception first.
fn chain(data: &Value) -> Vec<Value> {
    match (
        data.pointer("/body/trace"),
        data.pointer("/body/trace_chain"),
    ) {
        (Some(trace), _) => vec![trace.clone()],
        (None, Some(Value::Array(chain))) => chain.clone(),
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Without what the recordings and we may write differently: see the corpus's README.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|one| !matches!(one, '\u{fffd}' | '\0'))
        .collect()
}

fn is_same_start(wanted: &str, shown: &str) -> bool {
    let kept: String = shown.chars().take(500).collect();
    let kept = if shown.chars().count() <= 500 {
        shown.trim_end_matches('…')
    } else {
        &kept
    };
    wanted.starts_with(kept) && (shown == wanted || kept.chars().count() >= 200)
}
