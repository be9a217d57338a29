//! What belongs to somebody else is not there: over every route that names something of a project.

use std::collections::{BTreeSet, HashMap};

use reqwest::Method;
use rollcage_server::model::project::Role;
use rollcage_tests::{Answer, App, Person, Project};
use serde_json::json;

/// Every route that pages and API have, as their routers spell it, with the methods it takes. That
/// none is missing is checked against the routers' sources.
const ROUTES: [(&str, &[&str]); 30] = [
    ("/", &["GET"]),
    ("/projects", &["POST"]),
    ("/projects/new", &["GET"]),
    ("/setup/{secret}", &["GET", "POST"]),
    ("/login", &["GET", "POST"]),
    ("/logout", &["POST"]),
    ("/p/{slug}", &["GET"]),
    ("/p/{slug}/start", &["GET"]),
    ("/p/{slug}/start/first", &["GET"]),
    ("/p/{slug}/start/test", &["POST"]),
    ("/p/{slug}/items", &["GET"]),
    ("/p/{slug}/items/{counter}", &["GET"]),
    ("/p/{slug}/items/{counter}/status", &["POST"]),
    ("/p/{slug}/items/{counter}/occurrences", &["GET"]),
    ("/p/{slug}/items/{counter}/occurrences/{id}", &["GET"]),
    (
        "/p/{slug}/items/{counter}/occurrences/{id}/raw.json",
        &["GET"],
    ),
    ("/p/{slug}/settings", &["GET"]),
    ("/p/{slug}/settings/tokens", &["GET", "POST"]),
    ("/p/{slug}/settings/tokens/{id}/enabled", &["POST"]),
    ("/admin/system", &["GET"]),
    ("/item/uuid/", &["GET"]),
    ("/item/uuid", &["GET"]),
    ("/occurrence/uuid/", &["GET"]),
    ("/occurrence/uuid", &["GET"]),
    ("/assets/{*path}", &["GET"]),
    ("/api/1/items", &["GET"]),
    ("/api/1/item/{id}", &["GET", "PATCH"]),
    ("/api/1/item_by_counter/{counter}", &["GET"]),
    ("/api/1/item/{id}/instances", &["GET"]),
    ("/api/1/instance/{id}", &["GET"]),
];

/// Routes that are for everybody.
const OPEN: [&str; 5] = [
    "/setup/{secret}",
    "/login",
    "/logout",
    "/assets/{*path}",
    "/api/1/status/ping",
];

/// What the placeholders of a route stand for.
type Names = HashMap<&'static str, String>;

#[test]
fn every_route_is_looked_at() {
    let pages = include_str!("../../server/src/pages/mod.rs");
    let api = include_str!("../../server/src/api/mod.rs");
    let mut written = BTreeSet::new();
    for (source, opening) in [(pages, ".route("), (api, "        (\"/api")] {
        for (at, _) in source.match_indices(opening) {
            let path = source[at..].split('"').nth(1).expect("a route has a path");
            written.insert(path);
        }
    }
    let known: BTreeSet<&str> = ROUTES
        .iter()
        .map(|(path, _)| *path)
        .chain(["/api/1/status/ping"])
        .collect();
    assert_eq!(written, known);
}

#[tokio::test]
async fn what_is_foreign_is_answered_as_what_does_not_exist() {
    let app = App::start().await;
    let (mine, theirs) = (app.project("Mine").await, app.project("Theirs").await);
    let me = app.member(&mine, "me@example.test", Role::Owner).await;
    let stranger = app.stranger("nobody@example.test").await;
    let my_names = names(&app, &mine).await;
    let their_names = names(&app, &theirs).await;

    let mut mistakes = Vec::new();
    for (route, methods) in ROUTES
        .iter()
        .filter(|(route, _)| route.contains('{') && !OPEN.contains(route))
    {
        for method in *methods {
            for (foreign, missing) in neighbours(route, &my_names, &their_names) {
                let case = format!("{method} {foreign} as {missing}");
                let (one, other) = if route.starts_with("/api/") {
                    (
                        by_token(&app, &mine, method, &foreign).await,
                        by_token(&app, &mine, method, &missing).await,
                    )
                } else {
                    (
                        by_page(&me, method, &foreign).await,
                        by_page(&me, method, &missing).await,
                    )
                };
                mistakes.extend(difference(&case, &one, &other));
                // Somebody without any project, who may not even know that theirs exists.
                if !route.starts_with("/api/") {
                    let one = by_page(&stranger, method, &foreign).await;
                    let other = by_page(&stranger, method, &missing).await;
                    mistakes.extend(difference(&format!("{case}, a stranger"), &one, &other));
                }
            }
        }
    }
    for kind in ["item", "occurrence"] {
        let foreign = format!("/{kind}/uuid/?uuid={}", their_names["uuid"]);
        let missing = format!("/{kind}/uuid/?uuid={}", uuid::Uuid::new_v4());
        let case = format!("GET {foreign}");
        mistakes.extend(difference(
            &case,
            &me.get(&foreign).await,
            &me.get(&missing).await,
        ));
        let mine = format!("/{kind}/uuid/?uuid={}", my_names["uuid"]);
        assert_eq!(me.get(&mine).await.status, 303);
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
    // And nothing of theirs was changed on the way.
    let item = theirs.only_item().await;
    assert_eq!(item.status, "active");
    let disabled = app
        .database
        .number("SELECT count(*) FROM tokens WHERE NOT enabled")
        .await;
    assert_eq!(disabled, 0);
}

#[tokio::test]
async fn ones_own_is_there() {
    let app = App::start().await;
    let project = app.project("Mine").await;
    let me = app.member(&project, "me@example.test", Role::Owner).await;
    let names = names(&app, &project).await;
    for (route, methods) in ROUTES
        .iter()
        .filter(|(route, _)| route.contains("{slug}") || route.starts_with("/api/1/"))
    {
        for method in *methods {
            let path = fill(route, &names);
            let answer = if route.starts_with("/api/") {
                by_token(&app, &project, method, &path).await
            } else {
                by_page(&me, method, &path).await
            };
            assert!(
                matches!(answer.status, 200 | 301 | 303 | 422),
                "{method} {path}: {}",
                answer.status
            );
        }
    }
}

#[tokio::test]
async fn nobody_sees_anything_before_they_sign_in() {
    let app = App::start().await;
    let project = app.project("Mine").await;
    let names = names(&app, &project).await;
    for (route, methods) in ROUTES.iter().filter(|(route, _)| !OPEN.contains(route)) {
        for method in *methods {
            for path in [
                fill(route, &names),
                fill(route, &HashMap::from([("slug", "nothing".to_owned())])),
            ] {
                let headers = [
                    ("sec-fetch-site", "same-origin"),
                    ("content-type", "application/x-www-form-urlencoded"),
                ];
                let method = Method::from_bytes(method.as_bytes()).expect("a method");
                let answer = app.request(method.clone(), &path, &headers, "").await;
                if route.starts_with("/api/") {
                    assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
                } else {
                    assert_eq!(answer.status, 303, "{method} {path}: {}", answer.text());
                    assert!(
                        answer.location().starts_with("/login?next="),
                        "{path}: {}",
                        answer.location()
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn admin_pages_are_not_there_for_others() {
    let app = App::start().await;
    let project = app.project("Mine").await;
    let owner = app.member(&project, "me@example.test", Role::Owner).await;
    let nowhere = owner.get("/nowhere").await;
    assert_eq!(nowhere.status, 404);
    for path in ["/admin/system", "/projects/new"] {
        assert_eq!(difference(path, &owner.get(path).await, &nowhere), None);
    }
    assert_eq!(
        owner.post("/projects", &[("name", "Another")]).await.status,
        404
    );
    assert_eq!(
        app.database.number("SELECT count(*) FROM projects").await,
        1
    );
    let admin = app.admin().await;
    for path in [
        "/admin/system",
        "/projects/new",
        "/p/mine/items",
        "/p/mine/settings",
    ] {
        admin.page(path).await;
    }
}

#[tokio::test]
async fn a_path_after_signing_in_is_ours() {
    let app = App::start().await;
    app.user("me@example.test", false).await;
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    for (next, wanted) in [
        ("/p/mine/items?status=all", "/p/mine/items?status=all"),
        ("https://evil.example.test/", "/"),
        ("//evil.example.test/", "/"),
        ("/\\evil.example.test/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ] {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("email", "me@example.test"),
                ("password", rollcage_tests::app::PASSWORD),
                ("next", next),
            ])
            .finish();
        let answer = app.request(Method::POST, "/login", &headers, form).await;
        assert_eq!((answer.status, answer.location()), (303, wanted), "{next}");
    }
}

/// Makes one of everything in a project, and tells its names.
async fn names(app: &App, project: &Project<'_>) -> Names {
    let sent = project.occurrence().send().await;
    let item = sent.item().await;
    let token: i64 = sqlx::query_scalar("SELECT min(id) FROM tokens WHERE project_id = $1")
        .bind(project.id.0)
        .fetch_one(app.database.db())
        .await
        .expect("Postgres answers");
    HashMap::from([
        ("slug", project.slug.clone()),
        ("counter", item.counter.to_string()),
        ("occurrence", item.json["last_occurrence_id"].to_string()),
        ("token", token.to_string()),
        ("item", item.id.to_string()),
        ("uuid", sent.uuids[0].to_string()),
    ])
}

/// For each placeholder of a route: the path with somebody else's name there, and with one that does
/// not exist; what comes before it is mine where the placeholder is not the project.
fn neighbours(route: &str, mine: &Names, theirs: &Names) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    if route.contains("{slug}") {
        let mut missing = theirs.clone();
        missing.insert("slug", "no-such-project".to_owned());
        pairs.push((fill(route, theirs), fill(route, &missing)));
    }
    for name in ["occurrence", "token", "item"] {
        let (mut foreign, mut missing) = (mine.clone(), mine.clone());
        foreign.insert(name, theirs[name].clone());
        missing.insert(name, "999999999".to_owned());
        let pair = (fill(route, &foreign), fill(route, &missing));
        if pair.0 != pair.1 {
            pairs.push(pair);
        }
    }
    // A counter of theirs that we do not have: ours is 1 as well, so one that nobody has is like it.
    pairs
}

/// A route with its placeholders filled; `{id}` is that of what comes before it.
fn fill(route: &str, names: &Names) -> String {
    let name = |name: &str| names.get(name).cloned().unwrap_or_else(|| "1".to_owned());
    let id = if route.contains("/occurrences/") || route.contains("/instance/") {
        name("occurrence")
    } else if route.contains("/tokens/") {
        name("token")
    } else {
        name("item")
    };
    route
        .replace("{slug}", &name("slug"))
        .replace("{counter}", &name("counter"))
        .replace("{id}", &id)
        .replace("{secret}", "0123")
        .replace("{*path}", "nothing.css")
}

async fn by_page(person: &Person<'_>, method: &str, path: &str) -> Answer {
    let form = "action=resolve&enabled=false&name=Mine&scope=read";
    person
        .send(
            Method::from_bytes(method.as_bytes()).expect("a method"),
            path,
            form,
        )
        .await
}

async fn by_token(app: &App, project: &Project<'_>, method: &str, path: &str) -> Answer {
    let token = if method == "GET" {
        &project.tokens.read
    } else {
        &project.tokens.write
    };
    let headers = [("x-rollbar-access-token", token.as_str())];
    let body = json!({ "status": "resolved" }).to_string();
    let method = Method::from_bytes(method.as_bytes()).expect("a method");
    app.request(method, path, &headers, body).await
}

/// Whether two answers differ in anything that tells one from the other, or are no 404.
fn difference(case: &str, one: &Answer, other: &Answer) -> Option<String> {
    let headers = |answer: &Answer| {
        let mut headers: Vec<_> = answer
            .headers
            .iter()
            .filter(|(name, _)| *name != "date")
            .map(|(name, value)| format!("{name}: {value:?}"))
            .collect();
        headers.sort();
        headers
    };
    if (one.status, other.status) != (404, 404) {
        return Some(format!("{case}: {} and {}", one.status, other.status));
    }
    (one.body != other.body || headers(one) != headers(other))
        .then(|| format!("{case}: the answers differ"))
}
