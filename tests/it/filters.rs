//! What a project does not want to hear of: inbound filters, discarded items, the test box.

use reqwest::Method;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, Envelope, Person, Project, envelope::event, wait::until};
use serde_json::{Value, json};
use uuid::Uuid;

const FILTERS: &str = "/p/shop/settings/filters";
const TRIAL: &str = "/p/shop/settings/filters/test";
const BOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const OLD: &str = "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko";

/// Each list of the page with lines of it, none of which meets an ordinary occurrence.
const LISTS: [(&str, &str); 6] = [
    ("environments", "staging*\r\nci"),
    ("versions", "1.*"),
    ("classes", "*Timeout\r\nIntegrityError"),
    ("messages", "*ResizeObserver loop*"),
    ("hosts", "build-*"),
    ("addresses", "203.0.113.0/24\r\n2001:db8::1"),
];
const SWITCHES: [(&str, &str); 4] = [
    ("outdated_browsers", "true"),
    ("browser_extensions", "true"),
    ("crawlers", "true"),
    ("local_host", "true"),
];

/// Sets all filters; ingest knows them then.
async fn set_all(app: &App, owner: &Person<'_>) {
    for (kind, lines) in LISTS {
        let answer = owner
            .post(&format!("{FILTERS}/{kind}"), &[("lines", lines)])
            .await;
        assert_eq!((answer.status, answer.location()), (303, FILTERS), "{kind}");
    }
    let answer = owner.post(&format!("{FILTERS}/switches"), &SWITCHES).await;
    assert_eq!((answer.status, answer.location()), (303, FILTERS));
    // Who knows a token that was made later knows the filters too.
    app.project("Another").await;
}

/// A Rollbar body for each filter, with the outcome that it is counted as.
fn unwanted(project: &Project<'_>) -> Vec<(&'static str, Value)> {
    let ordinary = || project.occurrence();
    let in_browser = |agent: &str, file: &str| {
        ordinary()
            .with("platform", "browser")
            .with("language", "javascript")
            .with("client", json!({ "javascript": { "browser": agent } }))
            .raised_in(file, "wrapped")
    };
    [
        ("filtered_environment", ordinary().environment("Staging-eu")),
        ("filtered_version", ordinary().version("1.20.3")),
        ("filtered_class", ordinary().class("requests.ReadTimeout")),
        (
            "filtered_message",
            ordinary().message("ResizeObserver loop limit exceeded"),
        ),
        (
            "filtered_host",
            ordinary().with("server", json!({ "host": "build-17" })),
        ),
        (
            "filtered_address",
            ordinary().with("request", json!({ "user_ip": "203.0.113.9" })),
        ),
        (
            "filtered_outdated_browser",
            in_browser(OLD, "https://shop.example/app.js"),
        ),
        (
            "filtered_browser_extension",
            in_browser("Mozilla/5.0", "moz-extension://4f1a/content.js"),
        ),
        (
            "filtered_crawler",
            ordinary().with("request", json!({ "headers": { "user-agent": BOT } })),
        ),
        (
            "filtered_local_host",
            ordinary().with("request", json!({ "url": "http://localhost:8000/cart" })),
        ),
    ]
    .map(|(outcome, occurrence)| (outcome, occurrence.payload()))
    .into()
}

async fn counted(app: &App, project: &Project<'_>, outcome: &str) -> i64 {
    let sql = format!(
        "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours \
         WHERE project_id = {} AND outcome = '{outcome}'",
        project.id
    );
    app.database.number(&sql).await
}

#[tokio::test]
async fn each_filter_keeps_out_what_it_is_for_and_counts_it() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    set_all(&app, &owner).await;

    let unwanted = unwanted(&project);
    for (outcome, payload) in &unwanted {
        let answer = project.post(payload.to_string()).await;
        assert_eq!(answer.status, 200, "{outcome}: {}", answer.text());
    }
    project.occurrence().send().await;
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1, "only the ordinary one");

    for (outcome, _) in &unwanted {
        until(outcome, async || {
            (counted(&app, &project, outcome).await == 1).then_some(())
        })
        .await;
    }
    let page = owner.page(FILTERS).await;
    assert_eq!(page.matches("1 kept out in 24 h").count(), unwanted.len());
    assert!(page.contains("203.0.113.0/24\n2001:db8::1/128"), "{page}");
}

#[tokio::test]
async fn a_filter_works_for_the_reports_that_follow_and_no_longer_when_it_is_taken_away() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let item = project.occurrence().send().await.item().await;
    let path = format!("{FILTERS}/classes");
    let is_counted = async || {
        let before = item.reload().await.total;
        project.occurrence().send().await;
        app.digested().await;
        item.reload().await.total > before
    };
    assert!(is_counted().await);
    owner.post(&path, &[("lines", "keyerror")]).await;
    until("the filter works", async || {
        (!is_counted().await).then_some(())
    })
    .await;
    owner.post(&path, &[("lines", "")]).await;
    until("it is taken away", async || {
        is_counted().await.then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_a_filtered_event_goes_too() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    set_all(&app, &owner).await;
    for (class, stored) in [("PoolTimeout", 0), ("KeyError", 1)] {
        let envelope = Envelope::of(Uuid::new_v4())
            .event(&event(class, "'A1'", "shop/cart.py", "find"))
            .attachment("log.txt", b"a line");
        let answer = project.post_envelope(&envelope).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        app.digested().await;
        for table in ["occurrences", "attachments"] {
            let rows = format!("SELECT count(*) FROM {table}");
            assert_eq!(app.database.number(&rows).await, stored, "{table}, {class}");
        }
    }
}

#[tokio::test]
async fn a_mistake_stands_next_to_its_field_and_changes_nothing() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    set_all(&app, &owner).await;
    let before = app
        .database
        .text("SELECT settings::text FROM projects WHERE slug = 'shop'");
    let before = before.await;
    let many = "x\n".repeat(201);
    let long = "x".repeat(501);
    for (kind, lines, told) in [
        ("classes", "KeyError\n*", "Line 2 would drop everything"),
        ("classes", "a\0b", "Line 1 has a control character."),
        ("hosts", &many, "the most"),
        ("messages", &long, "Line 1 has 501 bytes"),
        ("addresses", "10.0.0.0/8\nmoon", "Line 2: "),
    ] {
        let answer = owner
            .post(&format!("{FILTERS}/{kind}"), &[("lines", lines)])
            .await;
        assert_eq!(answer.status, 422, "{kind}: {lines:?}");
        let page = answer.text();
        assert!(page.contains(told), "{told} is missing in {page}");
        assert_eq!(page.matches("aria-invalid").count(), 1, "{page}");
    }
    let unknown = owner
        .post(&format!("{FILTERS}/moods"), &[("lines", "x")])
        .await;
    assert_eq!(unknown.status, 404);
    let after = app
        .database
        .text("SELECT settings::text FROM projects WHERE slug = 'shop'");
    assert_eq!(after.await, before);
}

#[tokio::test]
async fn what_is_discarded_is_thrown_away_until_somebody_stops_it() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    let item = project.occurrence().send().await.item().await;
    let status = "/p/shop/items/1/status";
    let done = member.post(status, &[("action", "discard")]).await;
    assert_eq!((done.status, done.location()), (303, "/p/shop/items/1"));

    project.occurrence().times(3).send().await;
    app.digested().await;
    let discarded = item.reload().await;
    assert_eq!(
        (discarded.status.as_str(), discarded.total),
        ("discarded", 1)
    );
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM occurrences")
            .await,
        1
    );
    assert_eq!(counted(&app, &project, "discarded").await, 3, "exactly");

    // It is seen where one asks for it, and nowhere else.
    assert!(project.items().await.is_empty());
    let listed = project.get("/api/1/items?status=discarded").await.result();
    assert_eq!(listed["total_count"], 1, "{listed}");
    for (query, is_there) in [
        ("", false),
        ("?status=all", false),
        ("?status=discarded", true),
    ] {
        let list = member.page(&format!("/p/shop/items{query}")).await;
        assert_eq!(list.contains("KeyError"), is_there, "{query}: {list}");
    }
    let filters = member.page(FILTERS).await;
    assert!(filters.contains("KeyError") && filters.contains("dev@example.test"));

    member.post(status, &[("action", "reopen")]).await;
    project.occurrence().send().await;
    app.digested().await;
    let back = item.reload().await;
    assert_eq!((back.status.as_str(), back.total), ("active", 2));
    let kinds = "SELECT string_agg(kind, ' ' ORDER BY id) FROM changes";
    let history = app.database.text(kinds).await;
    assert_eq!(history, "created discarded reopened");
    assert!(!member.page(FILTERS).await.contains("KeyError"));
}

/// How much is stored of anything that an occurrence leads to. The harness asks with tokens that may
/// not post, and those are counted when it pleases the flusher.
async fn stored(app: &App) -> i64 {
    app.digested().await;
    let sql = "SELECT (SELECT count(*) FROM items) + (SELECT count(*) FROM occurrences) \
               + (SELECT count(*) FROM fingerprints) + (SELECT count(*) FROM outbox) \
               + (SELECT count(*) FROM attachments) + (SELECT count(*) FROM changes) \
               + (SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours \
                  WHERE outcome NOT IN ('forbidden', 'unauthorized')) \
               + (SELECT sum(sequence)::bigint FROM cursors)";
    app.database.number(sql).await
}

#[tokio::test]
async fn the_test_box_says_what_ingest_does_and_stores_nothing() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let unwanted = unwanted(&project);
    // Before there are filters, each of them would begin an item of its own or join one.
    let mut tried = Vec::new();
    for (_, payload) in &unwanted {
        tried.push(
            owner
                .post(TRIAL, &[("payload", &payload.to_string())])
                .await,
        );
    }
    assert_eq!(stored(&app).await, 0);
    for (at, (outcome, payload)) in unwanted.iter().enumerate() {
        let page = tried[at].text();
        assert_eq!(tried[at].status, 200, "{outcome}: {page}");
        assert!(page.contains("It would be stored."), "{outcome}: {page}");
        let mail = "[Shop] New: ";
        assert!(
            page.contains(mail) && page.contains("owner@example.test"),
            "{page}"
        );

        project.post(payload.to_string()).await;
        app.digested().await;
        let newest = "SELECT encode(sha256, 'hex') FROM fingerprints \
                      WHERE item_id = (SELECT item_id FROM occurrences ORDER BY id DESC LIMIT 1)";
        let fingerprint = app.database.text(newest).await;
        assert!(
            page.contains(&fingerprint),
            "{outcome}: {fingerprint} in {page}"
        );
    }

    set_all(&app, &owner).await;
    let before = stored(&app).await;
    for (outcome, payload) in &unwanted {
        let answer = owner
            .post(TRIAL, &[("payload", &payload.to_string())])
            .await;
        let page = answer.text();
        assert!(
            page.contains("A filter would keep it out"),
            "{outcome}: {page}"
        );
    }
    assert_eq!(stored(&app).await, before);
}

#[tokio::test]
async fn the_test_box_knows_where_an_occurrence_would_go() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let payload = project.occurrence().payload().to_string();
    let say = async || {
        let answer = owner.post(TRIAL, &[("payload", &payload)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    };
    assert!(
        say()
            .await
            .contains("[Shop] New: KeyError: &#39;total&#39; (#1)")
    );

    let item = project.occurrence().send().await.item().await;
    let page = say().await;
    assert!(page.contains("/p/shop/items/1\""), "{page}");
    assert!(
        !page.contains("[Shop]"),
        "an active item sends no mail: {page}"
    );

    app.advance(chrono::TimeDelta::seconds(1));
    item.resolve().await;
    app.advance(chrono::TimeDelta::seconds(1));
    assert!(say().await.contains("[Shop] Came back: KeyError"));
    assert_eq!(item.reload().await.status, "resolved", "it was only asked");

    owner
        .post("/p/shop/items/1/status", &[("action", "discard")])
        .await;
    assert!(say().await.contains("item #1 is discarded for ever"));

    let again = project.occurrence().class("ValueError").send().await;
    let known = json!({ "data": { "uuid": again.uuids[0], "environment": "production", "body": {
        "message": { "body": "sent again" },
    } } });
    again.item().await;
    let answer = owner.post(TRIAL, &[("payload", &known.to_string())]).await;
    assert!(answer.text().contains("counted as a duplicate"));
}

#[tokio::test]
async fn the_test_box_takes_what_people_paste() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let failed = event("KeyError", "password=hunter2", "shop/cart.py", "find");
    let envelope = Envelope::of(Uuid::new_v4())
        .event(&failed)
        .attachment("log.txt", b"a line")
        .bytes();
    let session = Envelope::headed(&json!({}))
        .item(&json!({ "type": "session" }), b"{}")
        .bytes();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it is text");
    for (payload, status, told) in [
        (
            failed.to_string(),
            200,
            vec!["Sentry event", "1 secret value would be taken out"],
        ),
        (
            text(envelope),
            200,
            vec!["Sentry envelope", "stored with it: 1"],
        ),
        (
            text(session),
            200,
            vec!["It is no occurrence but a session"],
        ),
        (
            "{\"data\": {".to_owned(),
            200,
            vec!["It would be refused", "is not JSON"],
        ),
        ("[1".to_owned(), 200, vec!["It would be refused"]),
        (" ".to_owned(), 422, vec!["Paste what an SDK sends."]),
        ("x".repeat((1 << 20) + 1), 422, vec!["1048576 bytes"]),
        ("%".repeat((1 << 20) + 500), 422, vec!["1048576 bytes"]),
        (
            "</textarea><script>".to_owned(),
            200,
            vec!["&#60;/textarea&#62;&#60;script&#62;"],
        ),
    ] {
        let answer = owner.post(TRIAL, &[("payload", &payload)]).await;
        let page = answer.text();
        let start: String = payload.chars().take(40).collect();
        assert_eq!(answer.status, status, "{start}");
        for told in told {
            assert!(
                page.contains(told),
                "{told} is missing for {start} in {page}"
            );
        }
        if payload.contains("hunter2") {
            let result = page
                .split("id=\"result\"")
                .nth(1)
                .expect("a result is shown");
            assert!(!result.contains("hunter2"), "{result}");
        }
    }
    // A payload of the largest size passes, and what is beyond any form is told too.
    let mut large = json!({ "data": { "body": { "message": { "body": "x" } } } });
    large["data"]["custom"] = json!({ "a": "\"".repeat((1 << 19) - 200) });
    let answer = owner.post(TRIAL, &[("payload", &large.to_string())]).await;
    assert_eq!(answer.status, 200);
    let headers = [
        ("cookie", owner.cookie()),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = format!("payload={}", "x".repeat(4 << 20));
    let answer = app.request(Method::POST, TRIAL, &headers, body).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
}
