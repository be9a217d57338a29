//! The answers that SDKs get.

use chrono::TimeDelta;
use reqwest::Method;
use rollcage_tests::{Answer, App, http, occurrence::acknowledged, wait::until};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bodies::post_encoded;

const RATE_HEADERS: [&str; 4] = [
    "x-rate-limit-limit",
    "x-rate-limit-remaining",
    "x-rate-limit-reset",
    "x-rate-limit-remaining-seconds",
];

#[tokio::test]
async fn what_is_not_an_item_is_refused_and_told_why() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let too_large = format!(r#"{{"data": "{}"}}"#, "x".repeat(1 << 20));
    let token = project.tokens.server.as_str();
    let cases: [(&str, &str, &str, u16, &str); 14] = [
        (
            "cut off",
            token,
            r#"{"data": {"#,
            400,
            "the body is not JSON: ",
        ),
        (
            "no JSON at all",
            token,
            "hello",
            400,
            "the body is not JSON: ",
        ),
        ("empty", token, "", 400, "the body is empty"),
        ("a list", token, "[]", 422, ""),
        ("a number", token, "7", 422, ""),
        ("no data", token, "{}", 422, "data"),
        ("data of another type", token, r#"{"data": 7}"#, 422, "data"),
        ("no body", token, r#"{"data": {}}"#, 422, "body"),
        (
            "a body of no kind",
            token,
            r#"{"data": {"body": {}}}"#,
            422,
            "body",
        ),
        (
            "no token",
            "",
            r#"{"data": {"body": {"message": {"body": "x"}}}}"#,
            401,
            "no access token",
        ),
        (
            "an unknown token",
            "0123",
            "{}",
            401,
            "this access token is unknown",
        ),
        (
            "a read token",
            &project.tokens.read,
            "{}",
            403,
            "has the scope read",
        ),
        (
            "a write token",
            &project.tokens.write,
            "{}",
            403,
            "has the scope write",
        ),
        (
            "too large",
            token,
            &too_large,
            413,
            "more than 1048576 bytes",
        ),
    ];
    for (what, token, body, status, message) in cases {
        let answer = app.post_item(token, body.to_owned()).await;
        refused(what, &answer, status, message);
    }
    app.digested().await;
    assert_eq!(project.items().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_disabled_token_reports_nothing_until_it_is_enabled() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let admin = app.admin().await;
    let page = "/p/shop/settings/tokens";
    let id = app
        .database
        .number("SELECT id FROM tokens WHERE scope = 'post_server_item'")
        .await;
    let enabled = format!("{page}/{id}/enabled");

    assert_eq!(
        admin.post(&enabled, &[("enabled", "false")]).await.status,
        303
    );
    until("ingest knows that the token is disabled", async || {
        (project.post("{}").await.status == 403).then_some(())
    })
    .await;
    let payload = project.occurrence().payload().to_string();
    refused(
        "disabled",
        &project.post(payload.clone()).await,
        403,
        "is disabled",
    );

    assert_eq!(
        admin.post(&enabled, &[("enabled", "true")]).await.status,
        303
    );
    until("ingest knows that the token is enabled", async || {
        (project.post(payload.clone()).await.status == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_token_may_be_in_header_query_or_body() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let (server, client) = (
        project.tokens.server.as_str(),
        project.tokens.client.as_str(),
    );
    let plain = project.occurrence().payload();
    let mut with_token = plain.clone();
    with_token["access_token"] = server.into();
    let mut with_unknown = plain.clone();
    with_unknown["access_token"] = "0123".into();
    let in_query = |path: &str, token: &str| format!("{path}?access_token={token}");

    let cases: [(&str, String, Option<&str>, &Value, u16); 9] = [
        ("header", "/api/1/item/".into(), Some(server), &plain, 200),
        (
            "header, no slash",
            "/api/1/item".into(),
            Some(server),
            &plain,
            200,
        ),
        (
            "header, of browsers",
            "/api/1/item/".into(),
            Some(client),
            &plain,
            200,
        ),
        ("query", in_query("/api/1/item/", server), None, &plain, 200),
        (
            "query, no slash",
            in_query("/api/1/item", server),
            None,
            &plain,
            200,
        ),
        ("body", "/api/1/item/".into(), None, &with_token, 200),
        (
            "body, no slash",
            "/api/1/item".into(),
            None,
            &with_token,
            200,
        ),
        (
            "the header wins",
            "/api/1/item/".into(),
            Some(server),
            &with_unknown,
            200,
        ),
        ("nowhere", "/api/1/item/".into(), None, &plain, 401),
    ];
    for (what, path, header, body, status) in cases {
        let headers: Vec<_> = header
            .map(|token| ("X-Rollbar-Access-Token", token))
            .into_iter()
            .collect();
        let answer = app
            .request(Method::POST, &path, &headers, body.to_string())
            .await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
    }
    app.digested().await;
    assert_eq!(project.only_item().await.total, 8);
}

#[tokio::test]
async fn every_answer_lets_browsers_of_any_site_read_it() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let asked = [
        ("origin", "https://shop.example.test"),
        ("access-control-request-method", "POST"),
        (
            "access-control-request-headers",
            "content-type,x-rollbar-access-token",
        ),
    ];
    for path in ["/api/1/item/", "/api/1/item"] {
        let preflight = app.request(Method::OPTIONS, path, &asked, "").await;
        assert!(
            matches!(preflight.status, 200 | 204),
            "{}",
            preflight.status
        );
        assert_eq!(preflight.header("access-control-allow-origin"), "*");
        assert!(
            preflight
                .header("access-control-allow-methods")
                .contains("POST")
        );
        let allowed = preflight
            .header("access-control-allow-headers")
            .to_lowercase();
        // rollbar.js sends a header of its own where it posts by `fetch`, and others add theirs.
        for header in ["content-type", "x-rollbar-access-token", "*"] {
            assert!(
                allowed.split(", ").any(|one| one == header),
                "{header} in {allowed}"
            );
        }
        assert_eq!(preflight.header("access-control-max-age"), "7200");
    }
    let payload = project.occurrence().payload().to_string();
    let answers = [
        project.post(payload.clone()).await,
        project.post("hello").await,
        project.post("{}").await,
        app.post_item("unknown", payload.clone()).await,
        app.post_item(&project.tokens.read, payload).await,
        project.post("x".repeat(2 << 20)).await,
        post_encoded(&project, "compress", Vec::new()).await,
        app.request(Method::PUT, "/api/1/item/", &[http::OF_A_PAGE], "")
            .await,
    ];
    for answer in answers {
        assert_eq!(
            answer.header("access-control-allow-origin"),
            "*",
            "{}",
            answer.status
        );
        let exposed = answer
            .header("access-control-expose-headers")
            .to_lowercase();
        for header in [
            "retry-after",
            "x-rate-limit-remaining",
            "rollbar-replay-enabled",
        ] {
            assert!(
                exposed.split(", ").any(|one| one == header),
                "{header} in {exposed}"
            );
        }
    }
    let of_no_page = app.request(Method::POST, "/api/1/item/", &[], "{}").await;
    assert!(
        !of_no_page
            .headers
            .contains_key("access-control-allow-origin")
    );
}

#[tokio::test]
async fn an_answer_tells_the_rate_and_over_it_there_is_429() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let ordinary = project
        .post(project.occurrence().payload().to_string())
        .await;
    for name in RATE_HEADERS {
        assert!(
            ordinary.header(name).parse::<u64>().is_ok(),
            "{name}: {:?}",
            ordinary.headers
        );
    }

    app.database
        .execute("UPDATE tokens SET rate_per_minute = 3 WHERE scope = 'post_client_item'")
        .await;
    rollcage_server::accounts::announce_tokens(app.database.db()).await;
    let token = project.tokens.client.as_str();
    let payload = project.occurrence().payload().to_string();
    let mut answers = Vec::new();
    until("ingest knows the new rate", async || {
        let answer = app.post_item(token, payload.clone()).await;
        let is_limited = answer.header("x-rate-limit-limit") == "3";
        answers.push(answer);
        is_limited.then_some(())
    })
    .await;
    let first = answers.last().expect("there is one");
    assert_eq!(
        (first.status, first.header("x-rate-limit-remaining")),
        (200, "2")
    );
    // What is refused for another reason takes from the bucket too.
    assert_eq!(app.post_item(token, "{}").await.status, 422);
    assert_eq!(app.post_item(token, payload.clone()).await.status, 200);

    let over = app.post_item(token, payload).await;
    refused(
        "over the rate",
        &over,
        429,
        "this access token may send 3 occurrences a minute",
    );
    let retry_after: u64 = over.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&retry_after), "{retry_after}");
    assert_eq!(over.header("x-rate-limit-limit"), "3");
    assert_eq!(over.header("x-rate-limit-remaining"), "0");
    let seconds: u64 = over
        .header("x-rate-limit-remaining-seconds")
        .parse()
        .expect("seconds");
    assert!((1..=61).contains(&seconds), "{seconds}");
    let reset: i64 = over
        .header("x-rate-limit-reset")
        .parse()
        .expect("Unix seconds");
    let ahead = TimeDelta::seconds(reset - app.clock.now().timestamp());
    assert!(
        ahead >= TimeDelta::zero() && ahead <= TimeDelta::seconds(61),
        "{ahead}"
    );
    // Another token of the project is not slowed down.
    assert_eq!(
        project
            .post(project.occurrence().payload().to_string())
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_same_uuid_twice_is_acknowledged_twice_and_counted_once() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let uuid = Uuid::new_v4();
    let repeat = || project.occurrence().uuid(uuid);
    assert_eq!(repeat().times(3).send().await.uuids, [uuid; 3]);
    app.digested().await;
    // And again in a later batch, and without dashes.
    repeat().send().await;
    let compact = repeat().with("uuid", uuid.simple().to_string());
    assert_eq!(compact.send().await.uuids, [uuid]);
    app.digested().await;

    let item = project.only_item().await;
    assert_eq!(item.total, 1);
    assert_eq!(project.instances(&item).await.len(), 1);
    let counted = app
        .database
        .number("SELECT sum(occurrences)::bigint FROM item_hours")
        .await;
    assert_eq!(counted, 1);
    let duplicates = app
        .database
        .number("SELECT sum(count)::bigint FROM usage_hours WHERE outcome = 'duplicate'")
        .await;
    assert_eq!(duplicates, 4);
}

#[tokio::test]
async fn the_same_uuid_of_two_projects_is_two_occurrences() {
    let app = App::start().await;
    let (shop, blog) = (app.project("Shop").await, app.project("Blog").await);
    let uuid = Uuid::new_v4();
    shop.occurrence().uuid(uuid).send().await;
    blog.occurrence().uuid(uuid).send().await;
    app.digested().await;
    assert_eq!(shop.only_item().await.total, 1);
    assert_eq!(blog.only_item().await.total, 1);
}

#[tokio::test]
async fn a_uuid_is_answered_also_where_none_was_sent() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let answered = acknowledged(
        &project
            .post(project.occurrence().payload().to_string())
            .await,
    );
    app.digested().await;
    let item = project.only_item().await;
    let shown = &project.instances(&item).await[0]["data"]["uuid"];
    assert_eq!(shown, &json!(answered));

    let garbage = project.occurrence().with("uuid", "no uuid at all");
    let answered = garbage.send().await.uuids[0];
    assert!(!answered.is_nil());
}

#[tokio::test]
async fn refusals_are_counted_by_their_reason() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project.occurrence().times(2).send().await;
    project.post("hello").await;
    project.post("{}").await;
    project.post("x".repeat(2 << 20)).await;
    let (database, _) = app.stop().await;
    let counts: Vec<(String, i64)> = sqlx::query_as(
        "SELECT outcome, sum(count)::bigint FROM usage_hours WHERE project_id <> 0
         GROUP BY outcome ORDER BY outcome",
    )
    .fetch_all(database.db())
    .await
    .expect("Postgres answers");
    let wanted = [("accepted", 2), ("malformed", 2), ("too_large", 1)];
    assert_eq!(
        counts,
        wanted.map(|(outcome, count)| (outcome.to_owned(), count))
    );
}

/// Checks a refusal: status, Rollbar's shape, and what the message says.
pub fn refused(what: &str, answer: &Answer, status: u16, message: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    let json = answer.json();
    assert_eq!(json["err"], 1, "{what}: {json}");
    let told = json["message"].as_str().expect("a refusal says why");
    assert!(told.contains(message) && !told.is_empty(), "{what}: {told}");
}
