//! What belongs to somebody else is not there: over every route that names something of a project.

use reqwest::Method;
use rollcage_server::{
    accounts, app, model::project::Role, routes::Route, store::invitations::Place,
};
use rollcage_tests::{Answer, App, Person, Project};
use serde_json::json;

use crate::paths::{Names, fill, names};

/// The routes that name something, as the routers have them, with their methods; not those whose
/// secret is all one needs, and the API once, without the final slash.
fn routes() -> Vec<Route> {
    app::routes()
        .into_iter()
        .filter(|route| route.path.contains('{'))
        .filter(|route| !route.path.contains("{secret}") && !route.path.contains("{*path}"))
        .filter(|route| !route.path.ends_with('/'))
        .collect()
}

#[tokio::test]
async fn what_is_foreign_is_answered_as_what_does_not_exist() {
    let app = App::start().await;
    let (mine, theirs) = (app.project("Mine").await, app.project("Theirs").await);
    let me = app.member(&mine, "me@example.test", Role::Owner).await;
    let stranger = app.stranger("nobody@example.test").await;
    let my_names = names(&app, &mine).await;
    let mut their_names = names(&app, &theirs).await;
    let them = app.member(&theirs, "them@example.test", Role::Owner).await;
    their_names.insert("user", them.id.to_string());
    let place = Place::Project(theirs.id, Role::Viewer);
    accounts::invite(
        app.database.db(),
        place,
        "new@example.test",
        them.id,
        app.clock.now(),
    )
    .await
    .expect("Postgres answers");
    let invitation = app.database.number("SELECT id FROM invitations").await;
    their_names.insert("invitation", invitation.to_string());

    let mut mistakes = Vec::new();
    for route in routes() {
        let (method, path) = (&route.method, route.path);
        for (foreign, missing) in neighbours(path, &my_names, &their_names) {
            let case = format!("{method} {foreign} as {missing}");
            if path.starts_with("/api/") {
                let one = by_token(&app, &mine, method, &foreign).await;
                let other = by_token(&app, &mine, method, &missing).await;
                mistakes.extend(difference(&case, &one, &other));
                continue;
            }
            // Somebody of another project, and somebody without any, who may not even know that
            // theirs exists.
            for person in [&me, &stranger] {
                let one = by_page(person, method, &foreign).await;
                let other = by_page(person, method, &missing).await;
                let case = format!("{case}, {}", person.email);
                mistakes.extend(difference(&case, &one, &other));
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
        ("/\t/evil.example.test/", "/"),
        ("/\n/evil.example.test/", "/"),
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

/// For each placeholder of a route: the path with somebody else's name there, and with one that does
/// not exist; what comes before it is mine where the placeholder is not the project.
fn neighbours(route: &str, mine: &Names, theirs: &Names) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    if route.contains("{slug}") {
        let mut missing = theirs.clone();
        missing.insert("slug", "no-such-project".to_owned());
        pairs.push((fill(route, theirs), fill(route, &missing)));
    }
    for name in ["occurrence", "token", "item", "user", "invitation"] {
        let Some(their_name) = theirs.get(name) else {
            continue;
        };
        let (mut foreign, mut missing) = (mine.clone(), mine.clone());
        foreign.insert(name, their_name.clone());
        missing.insert(name, "999999999".to_owned());
        let pair = (fill(route, &foreign), fill(route, &missing));
        if pair.0 != pair.1 {
            pairs.push(pair);
        }
    }
    // A counter of theirs that we do not have: ours is 1 as well, so one that nobody has is like it.
    pairs
}

async fn by_page(person: &Person<'_>, method: &Method, path: &str) -> Answer {
    let form = "action=resolve&enabled=false&disabled=true&admin=true&name=Mine&scope=read&role=owner\
                &rate=5&email=x@example.test&person=nobody&sdk=rust";
    person.send(method.clone(), path, form).await
}

async fn by_token(app: &App, project: &Project<'_>, method: &Method, path: &str) -> Answer {
    let token = if method == Method::GET {
        &project.tokens.read
    } else {
        &project.tokens.write
    };
    let headers = [("x-rollbar-access-token", token.as_str())];
    let body = json!({ "status": "resolved" }).to_string();
    app.request(method.clone(), path, &headers, body).await
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
