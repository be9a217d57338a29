//! The state machine of items, driven by occurrences, pages and API.

use chrono::TimeDelta;
use rollcage_server::model::project::Role;
use rollcage_tests::App;
use serde_json::Value;

#[tokio::test]
async fn a_resolved_item_comes_back_when_it_fails_again() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    let item = project.occurrence().send().await.item().await;
    let page = "/p/shop/items/1";

    let done = member
        .post(&format!("{page}/status"), &[("action", "resolve")])
        .await;
    assert_eq!((done.status, done.location()), (303, page));
    assert_eq!(item.reload().await.status, "resolved");
    let listed = member.page("/p/shop/items?status=resolved").await;
    assert!(listed.contains("KeyError"), "{listed}");

    app.advance(TimeDelta::seconds(1));
    project.occurrence().send().await;
    app.digested().await;
    let back = item.reload().await;
    assert_eq!((back.status.as_str(), back.total), ("active", 2));
    let history = kinds(&app).await;
    assert_eq!(history, ["created", "resolved", "reactivated"]);
    let shown = member.page(page).await;
    assert!(
        shown.contains("dev@example.test"),
        "who resolved it: {shown}"
    );
}

#[tokio::test]
async fn what_was_received_before_the_resolve_does_not_reopen_it() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let item = project.occurrence().send().await.item().await;

    // The backlog: received now, digested after somebody resolved the item.
    app.database.refuse_digest().await;
    project.occurrence().times(3).send().await;
    app.advance(TimeDelta::seconds(1));
    item.resolve().await;
    app.database.allow_digest().await;
    app.digested().await;
    let item = item.reload().await;
    assert_eq!((item.status.as_str(), item.total), ("resolved", 4));

    app.advance(TimeDelta::seconds(1));
    project.occurrence().send().await;
    app.digested().await;
    assert_eq!(item.reload().await.status, "active");
}

#[tokio::test]
async fn an_older_version_does_not_reopen_what_is_resolved_in_a_newer() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    let item = project
        .occurrence()
        .version("2.4.0")
        .send()
        .await
        .item()
        .await;
    let form = [("action", "resolve"), ("version", " 2.4.1 ")];
    assert_eq!(
        member.post("/p/shop/items/1/status", &form).await.status,
        303
    );
    assert_eq!(item.reload().await.json["resolved_in_version"], "2.4.1");

    for (version, status) in [
        ("2.4.0", "resolved"),
        ("2.3.9", "resolved"),
        ("2.4.1", "active"),
    ] {
        app.advance(TimeDelta::seconds(1));
        project.occurrence().version(version).send().await;
        app.digested().await;
        assert_eq!(item.reload().await.status, status, "{version}");
    }
    assert_eq!(item.reload().await.json["resolved_in_version"], Value::Null);

    // Without a version we cannot know that it is older.
    item.resolve_in("3.0.0").await;
    app.advance(TimeDelta::seconds(1));
    project.occurrence().send().await;
    app.digested().await;
    assert_eq!(item.reload().await.status, "active");
}

#[tokio::test]
async fn a_muted_item_counts_and_stays_muted_until_it_is_reopened() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    let item = project.occurrence().send().await.item().await;
    let path = "/p/shop/items/1/status";
    assert_eq!(member.post(path, &[("action", "mute")]).await.status, 303);

    app.advance(TimeDelta::seconds(1));
    project.occurrence().times(12).send().await;
    app.digested().await;
    let muted = item.reload().await;
    assert_eq!((muted.status.as_str(), muted.total), ("muted", 13));

    assert_eq!(member.post(path, &[("action", "reopen")]).await.status, 303);
    assert_eq!(item.reload().await.status, "active");
    assert_eq!(kinds(&app).await, ["created", "muted", "reopened"]);
}

#[tokio::test]
async fn a_decision_that_changes_nothing_is_no_entry_of_the_history() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let item = project.occurrence().send().await.item().await;
    item.reopen().await;
    item.resolve().await;
    item.resolve().await;
    assert_eq!(kinds(&app).await, ["created", "resolved"]);
}

#[tokio::test]
async fn what_is_no_decision_is_refused() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    project.occurrence().send().await.item().await;
    for form in [vec![("action", "delete")], vec![("action", "")], vec![]] {
        let answer = member.post("/p/shop/items/1/status", &form).await;
        assert_eq!(answer.status, 422, "{form:?}");
    }
    assert_eq!(kinds(&app).await, ["created"]);
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let viewer = app
        .member(&project, "boss@example.test", Role::Viewer)
        .await;
    let item = project.occurrence().send().await.item().await;
    viewer.page("/p/shop/items/1").await;
    let refused = viewer
        .post("/p/shop/items/1/status", &[("action", "resolve")])
        .await;
    assert_eq!(refused.status, 403);
    assert_eq!(viewer.get("/p/shop/settings/tokens").await.status, 403);
    assert_eq!(viewer.post("/p/shop/start/test", &[]).await.status, 403);
    assert_eq!(item.reload().await.status, "active");
}

#[tokio::test]
async fn another_site_cannot_change_anything_with_the_viewers_cookie() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    let item = project.occurrence().send().await.item().await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://evil.example.test"),
        ("origin", "null"),
        ("x-nothing", ""),
    ] {
        let headers = [
            ("cookie", member.cookie()),
            ("content-type", "application/x-www-form-urlencoded"),
            (name, value),
        ];
        let path = "/p/shop/items/1/status";
        let answer = app
            .request(reqwest::Method::POST, path, &headers, "action=resolve")
            .await;
        assert_eq!(answer.status, 403, "{name}: {value}");
    }
    assert_eq!(item.reload().await.status, "active");
}

#[tokio::test]
async fn the_pages_show_an_item_with_its_newest_occurrence() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    let sent = project
        .occurrence()
        .message("'<total>'")
        .times(3)
        .send()
        .await;
    let item = sent.item().await;
    let newest = item.json["last_occurrence_id"].as_i64().expect("a number");

    let list = member.page("/p/shop/items").await;
    assert!(
        list.contains("KeyError: &#39;&#60;total&#62;&#39;"),
        "{list}"
    );
    let page = member.page("/p/shop/items/1").await;
    assert!(
        page.contains("shop/cart.py") && page.contains("return prices[key]"),
        "{page}"
    );
    let occurrences = member.page("/p/shop/items/1/occurrences").await;
    assert!(
        occurrences.contains(&format!("/p/shop/items/1/occurrences/{newest}")),
        "{occurrences}"
    );
    let one = format!("/p/shop/items/1/occurrences/{newest}");
    assert!(member.page(&one).await.contains(&sent.uuids[2].to_string()));
    let raw = member.get(&format!("{one}/raw.json")).await;
    assert_eq!(raw.json()["uuid"], sent.uuids[2].to_string());

    for (kind, wanted) in [("item", "/p/shop/items/1".to_owned()), ("occurrence", one)] {
        let path = format!("/{kind}/uuid/?uuid={}", sent.uuids[2]);
        let led = member.get(&path).await;
        assert_eq!(
            (led.status, led.location()),
            (303, wanted.as_str()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_list_is_paged_by_keys_without_gaps() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    for at in 0..120_u8 {
        let class = format!(
            "Error{}{}",
            char::from(b'A' + at / 26),
            char::from(b'A' + at % 26)
        );
        project.occurrence().class(&class).send().await;
    }
    app.digested().await;
    let mut seen = Vec::new();
    let mut next = Some("/p/shop/items".to_owned());
    while let Some(path) = next {
        let page = member.page(&path).await;
        seen.extend(counters(&page));
        next = page
            .split("href=\"")
            .filter_map(|part| part.split('"').next())
            .find(|href| href.contains("before="))
            .map(|href| href.replace("&#38;", "&").replace("&amp;", "&"));
    }
    seen.sort_unstable();
    assert_eq!(seen, (1..=120).collect::<Vec<i64>>());
}

/// The counters of the items that a page of the list links to, each once.
fn counters(page: &str) -> Vec<i64> {
    let mut counters: Vec<i64> = page
        .split("href=\"/p/shop/items/")
        .skip(1)
        .filter_map(|part| part.split('"').next()?.parse().ok())
        .collect();
    counters.sort_unstable();
    counters.dedup();
    counters
}

/// What happened to items, oldest first.
async fn kinds(app: &App) -> Vec<String> {
    sqlx::query_scalar("SELECT kind FROM changes ORDER BY id")
        .fetch_all(app.database.db())
        .await
        .expect("Postgres answers")
}
