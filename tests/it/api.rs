//! The API that clients read and change things by: Rollbar's paths and shapes.

use std::collections::HashSet;

use reqwest::Method;
use rollcage_tests::{Answer, App};
use serde_json::{Value, json};

#[tokio::test]
async fn an_item_and_its_occurrences_have_rollbars_shape() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let sent = project
        .occurrence()
        .version("2.4.1")
        .with("framework", "flask")
        .with("timestamp", 1_795_000_000)
        .with("person", json!({ "id": 77 }))
        .with("custom", json!({ "case": "shape" }))
        .send()
        .await;
    let item = sent.item().await;

    let keys: HashSet<&str> = item
        .json
        .as_object()
        .expect("an object")
        .keys()
        .map(String::as_str)
        .collect();
    for key in [
        "id",
        "project_id",
        "counter",
        "environment",
        "platform",
        "framework",
        "title",
        "level",
        "status",
        "resolved_in_version",
        "total_occurrences",
        "first_occurrence_timestamp",
        "last_occurrence_id",
        "last_occurrence_timestamp",
        "last_activated_timestamp",
    ] {
        assert!(keys.contains(key), "{key}: {:#}", item.json);
    }
    assert_eq!(item.json["project_id"], json!(project.id));
    assert_eq!(item.json["framework"], "flask");
    assert_eq!(item.json["level"], "error");
    assert_eq!(item.json["status"], "active");
    assert_eq!(item.json["resolved_in_version"], Value::Null);

    let instances = project.instances(&item).await;
    let one = &instances[0];
    assert_eq!(one["id"], item.json["last_occurrence_id"]);
    assert_eq!(one["project_id"], json!(project.id));
    assert_eq!(one["timestamp"], 1_795_000_000);
    let data = &one["data"];
    assert_eq!(data["uuid"], json!(sent.uuids[0]));
    assert_eq!(data["code_version"], "2.4.1");
    assert_eq!(data["custom"]["case"], "shape");
    assert_eq!(data["body"]["trace"]["exception"]["class"], "KeyError");
    let frames = data["body"]["trace"]["frames"].as_array().expect("frames");
    assert_eq!(frames.len(), 2);
    assert_eq!(frames[1]["filename"], "shop/cart.py");

    let id = one["id"].as_i64().expect("a number");
    let single = project.get(&format!("/api/1/instance/{id}")).await.result();
    assert_eq!(&single, one);
}

#[tokio::test]
async fn lists_have_pages_and_the_one_after_the_last_is_empty() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for at in 0..103 {
        let class = format!("Error{}{}", letter(at / 26), letter(at));
        project.occurrence().class(&class).send().await;
    }
    app.digested().await;
    let mut seen = HashSet::new();
    for (page, count) in [(1, 100), (2, 3), (3, 0), (1_000_000, 0)] {
        let result = project
            .get(&format!("/api/1/items?page={page}"))
            .await
            .result();
        assert_eq!(result["page"], page);
        assert_eq!(result["total_count"], 103);
        let items = result["items"].as_array().expect("a list");
        assert_eq!(items.len(), count, "page {page}");
        seen.extend(items.iter().filter_map(|item| item["id"].as_i64()));
    }
    assert_eq!(seen.len(), 103);
    for page in ["0", "-1", "x", "1000001", "99999999999999999999", ""] {
        refused(
            &project.get(&format!("/api/1/items?page={page}")).await,
            422,
            "page must be",
        );
    }
}

#[tokio::test]
async fn occurrences_have_pages_too() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let item = project.occurrence().times(43).send().await.item().await.id;
    let mut seen = HashSet::new();
    let mut last = i64::MAX;
    for (page, count) in [(1, 20), (2, 20), (3, 3), (4, 0), (50_000, 0)] {
        let path = format!("/api/1/item/{item}/instances?page={page}");
        let result = project.get(&path).await.result();
        let instances = result["instances"].as_array().expect("a list");
        assert_eq!(instances.len(), count, "page {page}");
        for instance in instances {
            let id = instance["id"].as_i64().expect("a number");
            assert!(id < last, "newest first");
            last = id;
            seen.insert(id);
        }
    }
    assert_eq!(seen.len(), 43);
    for page in ["0", "x", "50001"] {
        let path = format!("/api/1/item/{item}/instances?page={page}");
        refused(&project.get(&path).await, 422, "page must be");
    }
}

#[tokio::test]
async fn the_list_is_filtered_by_status_level_environment_and_text() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project
        .occurrence()
        .class("AlphaError")
        .send()
        .await
        .item()
        .await
        .resolve()
        .await;
    project
        .occurrence()
        .class("BetaError")
        .level("warning")
        .send()
        .await
        .item()
        .await
        .mute()
        .await;
    project
        .occurrence()
        .class("GammaError")
        .environment("staging")
        .level("critical")
        .send()
        .await;
    project
        .occurrence()
        .class("DeltaError")
        .message("50% of a_b")
        .send()
        .await;
    app.digested().await;
    let cases = [
        ("", "Alpha Beta Gamma Delta"),
        ("status=active", "Gamma Delta"),
        ("status=resolved", "Alpha"),
        ("status=muted", "Beta"),
        ("status=resolved&status=muted", "Alpha Beta"),
        ("status=resolved,muted", "Alpha Beta"),
        ("level=warning", "Beta"),
        ("level=warning,critical", "Beta Gamma"),
        ("environment=staging", "Gamma"),
        ("environment=staging,production", "Alpha Beta Gamma Delta"),
        ("environment=nowhere", ""),
        ("query=gamma", "Gamma"),
        ("q=Error", "Alpha Beta Gamma Delta"),
        ("q=50%25", "Delta"),
        ("q=a_b", "Delta"),
        ("q=%25", "Delta"),
        ("status=active&environment=production", "Delta"),
        ("unknown=1", "Alpha Beta Gamma Delta"),
    ];
    for (query, wanted) in cases {
        let result = project.get(&format!("/api/1/items?{query}")).await.result();
        let titles: HashSet<String> = result["items"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|item| Some(item["title"].as_str()?.split("Error").next()?.to_owned()))
            .collect();
        let wanted: HashSet<String> = wanted.split_whitespace().map(str::to_owned).collect();
        assert_eq!(titles, wanted, "{query}");
        assert_eq!(result["total_count"], wanted.len(), "{query}");
    }
    for (query, message) in [
        ("status=open", "status must be one of"),
        ("level=bad", "level must be one of"),
    ] {
        refused(
            &project.get(&format!("/api/1/items?{query}")).await,
            422,
            message,
        );
    }
}

#[tokio::test]
async fn a_counter_leads_to_its_item_by_301() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let item = project.occurrence().send().await.item().await.id;
    for path in ["/api/1/item_by_counter/1", "/api/1/item_by_counter/1/"] {
        let led = project.get(path).await;
        assert_eq!(led.status, 301);
        assert_eq!(led.location(), format!("/api/1/item/{item}"));
        assert_eq!(led.json()["result"]["itemId"], item);
    }
    // With the token in the query, which clients that follow would lose otherwise.
    let path = format!(
        "/api/1/item_by_counter/1?access_token={}",
        project.tokens.read
    );
    let led = app.get(&path).await;
    assert_eq!(led.status, 301);
    assert_eq!(app.get(led.location()).await.result()["id"], item);
}

#[tokio::test]
async fn an_item_is_changed_by_patch() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let item = project.occurrence().send().await.item().await;
    let path = format!("/api/1/item/{}", item.id);
    let cases = [
        (
            json!({ "status": "resolved", "resolved_in_version": "2.4.1" }),
            "/status",
            json!("resolved"),
        ),
        (
            json!({ "resolved_in_version": "2.4.2" }),
            "/resolved_in_version",
            json!("2.4.2"),
        ),
        (
            json!({ "status": "active" }),
            "/resolved_in_version",
            Value::Null,
        ),
        (
            json!({ "status": "muted", "level": "critical" }),
            "/level",
            json!("critical"),
        ),
        (
            json!({ "title": "A better title" }),
            "/title",
            json!("A better title"),
        ),
    ];
    for (change, pointer, wanted) in cases {
        let changed = project.patch(&path, &change).await.result();
        assert_eq!(changed.pointer(pointer), Some(&wanted), "{change}");
        assert_eq!(project.get(&path).await.result(), changed, "{change}");
    }
    let refusals = [
        (json!({ "status": "open" }), "status must be one of"),
        (json!({ "status": 7 }), "status must be a text"),
        (json!({ "level": "bad" }), "level must be one of"),
        (json!({ "title": "" }), "title must not be empty"),
        (
            json!({ "resolved_in_version": "1" }),
            "needs status resolved",
        ),
        (json!({}), "nothing to change"),
        (json!([]), "must be a JSON object"),
    ];
    for (change, message) in refusals {
        refused(&project.patch(&path, &change).await, 422, message);
    }
    let headers = [("x-rollbar-access-token", project.tokens.write.as_str())];
    refused(
        &app.request(Method::PATCH, &path, &headers, "{").await,
        422,
        "must be a JSON object",
    );
    refused(
        &project
            .patch("/api/1/item/999999", &json!({ "status": "muted" }))
            .await,
        404,
        "not found",
    );
}

#[tokio::test]
async fn a_token_reads_or_writes_what_its_scope_allows() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let item = project.occurrence().send().await.item().await.id;
    let path = format!("/api/1/item/{item}");
    let tokens = project.tokens.clone();
    let cases = [
        (Method::GET, tokens.read.as_str(), 200),
        (Method::GET, tokens.write.as_str(), 200),
        (Method::GET, tokens.server.as_str(), 403),
        (Method::GET, tokens.client.as_str(), 403),
        (Method::GET, "0123", 401),
        (Method::GET, "", 401),
        (Method::PATCH, tokens.write.as_str(), 200),
        (Method::PATCH, tokens.read.as_str(), 403),
        (Method::PATCH, tokens.server.as_str(), 403),
        (Method::PATCH, "0123", 401),
    ];
    for (method, token, status) in cases {
        let headers = [("x-rollbar-access-token", token)];
        let answer = app
            .request(method.clone(), &path, &headers, r#"{"status": "active"}"#)
            .await;
        assert_eq!(answer.status, status, "{method} {token}: {}", answer.text());
        if status != 200 {
            assert_eq!(answer.json()["err"], 1);
        }
    }
    let in_query = app
        .get(&format!("{path}?access_token={}", tokens.read))
        .await;
    assert_eq!(in_query.status, 200);
    refused(&app.get(&path).await, 401, "no valid access token");
}

#[tokio::test]
async fn a_disabled_token_reads_nothing_at_once() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    assert_eq!(project.get("/api/1/items").await.status, 200);
    app.database
        .execute("UPDATE tokens SET enabled = false")
        .await;
    refused(&project.get("/api/1/items").await, 403, "is disabled");
}

#[tokio::test]
async fn what_is_not_there_is_404_in_json() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for path in [
        "/api/1/item/999999",
        "/api/1/item/x",
        "/api/1/item/99999999999999999999",
        "/api/1/item/999999/instances",
        "/api/1/instance/999999",
        "/api/1/instance/x",
        "/api/1/item_by_counter/999999",
        "/api/1/item_by_counter/x",
    ] {
        refused(&project.get(path).await, 404, "not found");
    }
    for path in ["/api/1/status/ping", "/api/1/status/ping/"] {
        let ping = app.get(path).await;
        assert_eq!((ping.status, ping.text().as_str()), (200, "pong"));
    }
}

fn refused(answer: &Answer, status: u16, message: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    let json = answer.json();
    assert_eq!(json["err"], 1, "{json}");
    let told = json["message"].as_str().expect("a refusal says why");
    assert!(told.contains(message), "{told}");
}

/// A letter, for grouping takes digits out of names.
fn letter(number: u8) -> char {
    char::from(b'A' + number % 26)
}
