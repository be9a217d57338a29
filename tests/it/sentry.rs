//! Sentry's URLs: who may post, what they are answered, and what becomes of it.

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::ZlibEncoder};
use reqwest::Method;
use rollcage_tests::{
    Answer, App, Envelope, Project, envelope::event, everything, http, wait::until,
};
use serde_json::json;
use uuid::Uuid;

/// An event that is stored.
fn failed() -> Vec<u8> {
    event("KeyError", "'A1'", "shop/cart.py", "find")
        .to_string()
        .into_bytes()
}

async fn post(app: &App, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
    let headers = [headers, &[http::OF_A_PAGE]].concat();
    app.request(Method::POST, path, &headers, body).await
}

/// How often an outcome or a tally was counted in a project.
async fn counted(app: &App, project: &Project<'_>, name: &str) -> i64 {
    let sql = format!(
        "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours \
         WHERE project_id = {} AND outcome = '{name}'",
        project.id
    );
    app.database.number(&sql).await
}

async fn until_counted(app: &App, project: &Project<'_>, name: &str, times: i64) {
    until(name, async || {
        (counted(app, project, name).await == times).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_key_is_taken_from_wherever_sdks_put_it() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let (id, key) = (project.id, project.tokens.server.as_str());
    let store = format!("/api/{id}/store/");
    let quoted =
        format!("Sentry sentry_version=7, sentry_client=a/1, sentry_key={key}, sentry_secret=x");
    let dense = format!("Sentry sentry_key={key},sentry_timestamp=1.5,sentry_version=4");
    let cases = [
        (store.clone(), ("x-sentry-auth", quoted.as_str())),
        (store.clone(), ("authorization", dense.as_str())),
        (
            format!("/api/{id}/store?sentry_version=7&sentry_key={key}"),
            ("x-other", ""),
        ),
    ];
    for (path, header) in &cases {
        let answer = post(&app, path, &[*header], failed()).await;
        assert_eq!(answer.status, 200, "{path} {header:?}: {}", answer.text());
        let id = answer.json()["id"].as_str().map(str::len);
        assert_eq!(id, Some(32), "{}", answer.text());
    }
    app.digested().await;
    assert_eq!(project.only_item().await.total, 3);

    for (path, auth, status) in [
        (store.as_str(), "", 401),
        (
            &store,
            "Sentry sentry_key=0123456789abcdef0123456789abcdef",
            401,
        ),
        (&store, &format!("Bearer sentry_key={key}"), 401),
        (
            &store,
            &format!("Sentry sentry_key={}", project.tokens.read),
            403,
        ),
        ("/api/999999/store/", &dense, 403),
        ("/api/%2e%2e%2fetc/store/", &dense, 403),
        ("/api/%00/store/", &dense, 403),
        (&format!("/api/{}/store/", "9".repeat(6_000)), &dense, 403),
    ] {
        let answer = post(&app, path, &[("x-sentry-auth", auth)], failed()).await;
        assert_eq!(
            answer.status,
            status,
            "{path:.40} {auth}: {}",
            answer.text()
        );
        let detail = answer.json()["detail"].as_str().map(str::to_owned);
        assert_eq!(detail.as_deref(), Some(answer.header("x-sentry-error")));
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn a_tunnel_is_for_our_own_dsns() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let other = app.project("Other").await;
    let (key, id) = (project.tokens.client.as_str(), project.id);
    let tunnelled = async |dsn: String| {
        let header = json!({ "event_id": Uuid::now_v7().simple().to_string(), "dsn": dsn });
        let payload = event("TypeError", "x is null", "shop/cart.py", "find");
        let envelope = Envelope::headed(&header).event(&payload);
        post(&app, "/tunnel", &[], envelope.bytes()).await.status
    };
    assert_eq!(
        tunnelled(format!("http://{key}@shop.example/{id}")).await,
        200
    );
    assert_eq!(
        tunnelled(format!("http://{key}@shop.example/{}", other.id)).await,
        403
    );
    assert_eq!(tunnelled(format!("http://0123@sentry.io/{id}")).await, 401);
    assert_eq!(tunnelled("no dsn".to_owned()).await, 401);
    let without = Envelope::of(Uuid::now_v7()).event(&json!({}));
    let answer = post(&app, "/tunnel/", &[], without.bytes()).await;
    assert_eq!(answer.status, 401);
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1);
    assert!(other.items().await.is_empty());
}

#[tokio::test]
async fn what_is_not_stored_is_accepted_and_counted_by_kind() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let report = json!({ "timestamp": 1.5, "discarded_events": [
        { "reason": "queue_overflow", "category": "error", "quantity": 7 },
        { "reason": "something new", "category": "error", "quantity": 2 },
    ] });
    let envelope = Envelope::headed(&json!({}))
        .item(&json!({ "type": "session" }), b"{}")
        .item(&json!({ "type": "transaction", "length": 3 }), b"not")
        .item(
            &json!({ "type": "replay_recording", "length": 4 }),
            b"\0\n\xff\n",
        )
        .item(&json!({ "type": "of a later year" }), b"{}")
        .item(
            &json!({ "type": "client_report" }),
            report.to_string().as_bytes(),
        );
    let answer = project.post_envelope(&envelope).await;
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    for (name, times) in [
        ("skipped:session", 1),
        ("skipped:transaction", 1),
        ("skipped:replay_recording", 1),
        ("skipped:unknown", 1),
        ("dropped:queue_overflow:error", 7),
        ("dropped:other:error", 2),
    ] {
        until_counted(&app, &project, name, times).await;
    }
    assert!(project.items().await.is_empty());
}

#[tokio::test]
async fn over_its_rate_a_key_is_told_what_it_may_not_send() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    app.database
        .execute("UPDATE tokens SET rate_per_minute = 2 WHERE scope = 'post_server_item'")
        .await;
    rollcage_server::accounts::announce_tokens(app.database.db()).await;
    let send = async || {
        let envelope = Envelope::of(Uuid::now_v7())
            .event(&event("KeyError", "'A1'", "shop/cart.py", "find"))
            .attachment("log.txt", b"x");
        project.post_envelope(&envelope).await
    };
    let mut taken = 0;
    let refused = until("the rate is known and met", async || {
        let answer = send().await;
        taken += i64::from(answer.status == 200);
        (answer.status == 429).then_some(answer)
    })
    .await;
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(
        refused.header("x-sentry-rate-limits"),
        format!("{seconds}:error;default;security;attachment;feedback:key")
    );
    assert!(
        refused
            .header("access-control-expose-headers")
            .contains("x-sentry-rate-limits")
    );
    // What is not stored takes nothing from the rate.
    let session = Envelope::headed(&json!({})).item(&json!({ "type": "session" }), b"{}");
    assert_eq!(project.post_envelope(&session).await.status, 200);
    until_counted(&app, &project, "rate_limited", 1).await;
    app.digested().await;
    assert_eq!(project.only_item().await.total, taken);
    let files = "SELECT count(*) FROM attachments";
    assert_eq!(app.database.number(files).await, taken);
}

#[tokio::test]
async fn one_bad_item_takes_nothing_from_the_others() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let good = event("KeyError", "'A1'", "shop/cart.py", "find");
    let envelope = Envelope::of(Uuid::now_v7())
        .item(&json!({ "type": "feedback" }), b"not JSON")
        .event(&good);
    assert_eq!(project.post_envelope(&envelope).await.status, 200);
    until_counted(&app, &project, "malformed", 1).await;
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1);

    // Files of an event that is refused are refused with it.
    let lost = Envelope::of(Uuid::now_v7())
        .attachment("log.txt", b"x")
        .item(&json!({ "type": "event" }), b"not JSON");
    assert_eq!(project.post_envelope(&lost).await.status, 400);
    let mut long = good.clone();
    long["extra"] = json!({ "long": "x".repeat(1 << 20) });
    let lost = Envelope::of(Uuid::now_v7())
        .event(&long)
        .attachment("log.txt", b"x");
    assert_eq!(project.post_envelope(&lost).await.status, 413);
    app.digested().await;
    let files = "SELECT count(*) FROM attachments";
    assert_eq!(app.database.number(files).await, 0);

    // Where it is alone, its sender is told.
    for (body, part) in [
        (&b""[..], "empty"),
        (b"{}\n{\"type\":\"event\"}\nnot JSON", "not JSON"),
        (b"{}\n{\"type\":\"event\"}\n[]", "object"),
        (b"[]", "object"),
        (b"{}\n{\"type\":\"event\",\"length\":99}\n{}", "length"),
    ] {
        let path = project.envelope_path();
        let answer = post(&app, &path, &[], body.to_vec()).await;
        assert_eq!(answer.status, 400, "{body:?}: {}", answer.text());
        assert!(answer.text().contains(part), "{body:?}: {}", answer.text());
    }
}

#[tokio::test]
async fn what_is_short_and_unpacks_to_much_is_worked_on_beside_others() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let mut long = event("KeyError", "'A1'", "shop/cart.py", "find");
    long["extra"] = json!({ "long": "x".repeat(900 << 10) });
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
    zlib.write_all(long.to_string().as_bytes())
        .expect("memory takes all");
    let text = BASE64_STANDARD.encode(zlib.finish().expect("memory takes all"));
    assert!(text.len() < 8 << 10);
    let path = format!(
        "/api/{}/store/?sentry_key={}",
        project.id, project.tokens.server
    );
    let answer = post(&app, &path, &[], text.into_bytes()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1);
}

#[tokio::test]
async fn an_event_is_stored_once_however_often_it_comes() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let envelope = Envelope::of(Uuid::now_v7())
        .event(&event("KeyError", "'A1'", "shop/cart.py", "find"))
        .attachment("log.txt", b"x");
    let (one, two) = tokio::join!(
        project.post_envelope(&envelope),
        project.post_envelope(&envelope)
    );
    assert_eq!((one.status, two.status), (200, 200));
    assert_eq!(one.json(), two.json());
    app.digested().await;
    assert_eq!(project.post_envelope(&envelope).await.status, 200);
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1);
    assert_eq!(counted(&app, &project, "duplicate").await, 2);
    let files = "SELECT count(*) FROM attachments";
    assert_eq!(app.database.number(files).await, 1);
}

#[tokio::test]
async fn the_same_bug_by_either_protocol_is_one_item() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let envelope =
        Envelope::of(Uuid::now_v7()).event(&event("KeyError", "'A1'", "shop/cart.py", "find"));
    assert_eq!(project.post_envelope(&envelope).await.status, 200);
    project
        .occurrence()
        .class("KeyError")
        .message("'B2'")
        .raised_in("/app/shop/cart.py", "find")
        .send()
        .await;
    app.digested().await;
    assert_eq!(project.only_item().await.total, 2);
}

#[tokio::test]
async fn all_that_is_sent_is_at_least_in_the_raw_view() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let admin = app.admin().await;
    let mut sent = Vec::new();
    let mut mark = |text: &mut String| {
        *text = format!("{text}-mark{}-", sent.len());
        sent.push(text.clone());
    };
    let mut event = everything::event();
    // Cookies are secrets.
    event["request"]["cookies"].take();
    everything::texts(&mut event, &mut mark);
    let mut item = everything::item();
    everything::texts(&mut item["data"], &mut mark);

    let envelope = Envelope::of(Uuid::now_v7()).event(&event);
    assert_eq!(project.post_envelope(&envelope).await.status, 200);
    assert_eq!(project.post(item.to_string()).await.status, 200);
    app.digested().await;
    let mut raw = String::new();
    for item in project.items().await {
        let (counter, occurrence) = (&item["counter"], &item["last_occurrence_id"]);
        let path = format!("/p/shop/items/{counter}/occurrences/{occurrence}/raw.json");
        raw.push_str(&admin.page(&path).await);
    }
    let lost: Vec<_> = sent.iter().filter(|text| !raw.contains(*text)).collect();
    assert!(lost.is_empty(), "{lost:#?}\n{raw}");
}
