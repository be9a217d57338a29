//! Who may do what: every route and method that the routers have, against everybody.
//!
//! The routes are the routers' own list; one without a row here fails.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use reqwest::Method;
use rollcage_server::{
    app,
    model::project::{Role, Scope},
    store::{
        dead_letters,
        invitations::{self, Place},
        sessions,
    },
};
use rollcage_tests::{App, Person, Project};

use crate::paths::{self, Names};

/// Who may use a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Whoever asks, signed in or not: the answer is the same.
    Everybody,
    /// Whoever is signed in.
    SignedIn,
    /// Members of the project of at least that role.
    AtLeast(Role),
    /// Admins.
    Admin,
    /// Tokens of the project that may read, or only those that may write.
    Token(Scope),
}
use Who::{Admin, AtLeast, Everybody, SignedIn, Token};

const VIEWER: Who = AtLeast(Role::Viewer);
const MEMBER: Who = AtLeast(Role::Member);
const OWNER: Who = AtLeast(Role::Owner);
const READ: Who = Token(Scope::Read);
const WRITE: Who = Token(Scope::Write);

/// A row for each route and method.
const MATRIX: &[(&str, &str, Who)] = &[
    ("GET", "/setup/{secret}", Everybody),
    ("POST", "/setup/{secret}", Everybody),
    ("GET", "/login", Everybody),
    ("POST", "/login", Everybody),
    ("POST", "/logout", Everybody),
    ("GET", "/password", Everybody),
    ("POST", "/password", Everybody),
    ("GET", "/password/{secret}", Everybody),
    ("POST", "/password/{secret}", Everybody),
    ("GET", "/invitations/{secret}", Everybody),
    ("POST", "/invitations/{secret}", Everybody),
    ("GET", "/assets/{*path}", Everybody),
    ("GET", "/account", SignedIn),
    ("POST", "/account/password", SignedIn),
    ("POST", "/account/time-zone", SignedIn),
    ("POST", "/account/mails", SignedIn),
    ("POST", "/account/sessions/{id}/end", SignedIn),
    ("POST", "/account/sessions/end-others", SignedIn),
    ("GET", "/", SignedIn),
    ("GET", "/projects/new", Admin),
    ("POST", "/projects", Admin),
    ("GET", "/p/{slug}", VIEWER),
    ("GET", "/p/{slug}/start", MEMBER),
    ("GET", "/p/{slug}/start/first", VIEWER),
    ("POST", "/p/{slug}/start/test", MEMBER),
    ("POST", "/p/{slug}/start/sdk", MEMBER),
    ("GET", "/p/{slug}/items", VIEWER),
    ("GET", "/p/{slug}/live", VIEWER),
    ("POST", "/p/{slug}/merging", MEMBER),
    ("GET", "/p/{slug}/items/{counter}", VIEWER),
    ("POST", "/p/{slug}/items/{counter}/status", MEMBER),
    ("POST", "/p/{slug}/items/{counter}/separation", MEMBER),
    ("POST", "/p/{slug}/items/{counter}/deletion", OWNER),
    ("GET", "/p/{slug}/items/{counter}/occurrences", VIEWER),
    ("GET", "/p/{slug}/items/{counter}/occurrences/{id}", VIEWER),
    (
        "GET",
        "/p/{slug}/items/{counter}/occurrences/{id}/raw.json",
        VIEWER,
    ),
    (
        "POST",
        "/p/{slug}/items/{counter}/occurrences/{id}/deletion",
        OWNER,
    ),
    (
        "GET",
        "/p/{slug}/occurrences/{uuid}/attachments/{id}",
        VIEWER,
    ),
    ("GET", "/p/{slug}/feedback", VIEWER),
    ("GET", "/p/{slug}/usage", VIEWER),
    ("GET", "/p/{slug}/settings", VIEWER),
    ("POST", "/p/{slug}/settings/limits", OWNER),
    ("GET", "/p/{slug}/settings/members", VIEWER),
    ("POST", "/p/{slug}/settings/members/{user}/role", OWNER),
    ("POST", "/p/{slug}/settings/members/{user}/removal", OWNER),
    ("POST", "/p/{slug}/settings/invitations", OWNER),
    (
        "POST",
        "/p/{slug}/settings/invitations/{id}/revocation",
        OWNER,
    ),
    ("POST", "/p/{slug}/settings/invitations/{id}/sending", OWNER),
    ("GET", "/p/{slug}/settings/tokens", MEMBER),
    ("POST", "/p/{slug}/settings/tokens", OWNER),
    ("POST", "/p/{slug}/settings/tokens/{id}/enabled", OWNER),
    ("POST", "/p/{slug}/settings/tokens/{id}/rate", OWNER),
    ("POST", "/p/{slug}/settings/tokens/{id}/rotation", OWNER),
    ("GET", "/p/{slug}/settings/rules", VIEWER),
    ("POST", "/p/{slug}/settings/rules", OWNER),
    ("GET", "/p/{slug}/settings/rules/new", OWNER),
    ("GET", "/p/{slug}/settings/rules/{id}", VIEWER),
    ("POST", "/p/{slug}/settings/rules/{id}", OWNER),
    ("POST", "/p/{slug}/settings/rules/{id}/enabled", OWNER),
    ("POST", "/p/{slug}/settings/rules/{id}/deletion", OWNER),
    ("POST", "/p/{slug}/settings/rules/{id}/test", OWNER),
    ("GET", "/p/{slug}/settings/filters", VIEWER),
    ("POST", "/p/{slug}/settings/filters/switches", OWNER),
    ("POST", "/p/{slug}/settings/filters/{kind}", OWNER),
    ("GET", "/p/{slug}/settings/filters/test", MEMBER),
    ("POST", "/p/{slug}/settings/filters/test", MEMBER),
    ("GET", "/p/{slug}/settings/data", OWNER),
    ("POST", "/p/{slug}/settings/data/retention", OWNER),
    ("POST", "/p/{slug}/settings/data/person", OWNER),
    ("POST", "/p/{slug}/settings/data/project", OWNER),
    ("GET", "/admin/system", Admin),
    ("POST", "/admin/dead-letters/retry", Admin),
    ("POST", "/admin/dead-letters/{id}/retry", Admin),
    ("POST", "/admin/dead-letters/{id}/deletion", Admin),
    ("GET", "/admin/dead-letters/{id}/letter.json", Admin),
    ("GET", "/admin/users", Admin),
    ("POST", "/admin/users/{id}/admin", Admin),
    ("POST", "/admin/users/{id}/disabled", Admin),
    ("POST", "/admin/invitations", Admin),
    ("POST", "/admin/invitations/{id}/revocation", Admin),
    ("POST", "/admin/invitations/{id}/sending", Admin),
    ("GET", "/item/uuid/", VIEWER),
    ("GET", "/item/uuid", VIEWER),
    ("GET", "/occurrence/uuid/", VIEWER),
    ("GET", "/occurrence/uuid", VIEWER),
    ("GET", "/api/1/status/ping", Everybody),
    ("GET", "/api/1/items", READ),
    ("GET", "/api/1/item/{id}", READ),
    ("PATCH", "/api/1/item/{id}", WRITE),
    ("GET", "/api/1/item_by_counter/{counter}", READ),
    ("GET", "/api/1/item/{id}/instances", READ),
    ("GET", "/api/1/instance/{id}", READ),
];

/// What an answer says about somebody's rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// It was done, or shown, or a form was shown again.
    May,
    /// They are asked to sign in, or for a token.
    SignIn,
    /// There is no such thing, as far as they may know.
    NoSuch,
    /// They may see it and not do that.
    MayNot,
}

/// The columns, beside tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Nobody,
    Stranger,
    OtherMember,
    In(Role),
    Admin,
}

const COLUMNS: [Column; 7] = [
    Column::Nobody,
    Column::Stranger,
    Column::OtherMember,
    Column::In(Role::Viewer),
    Column::In(Role::Member),
    Column::In(Role::Owner),
    Column::Admin,
];

#[test]
fn every_route_has_a_row() {
    // The API takes each path with and without its final slash, by the same handler.
    let routed: BTreeSet<(String, String)> = app::routes()
        .into_iter()
        .map(|route| {
            let is_api = route.path.starts_with("/api/");
            let path = route.path.trim_end_matches(|last| is_api && last == '/');
            (route.method.to_string(), path.to_owned())
        })
        .collect();
    let rows: BTreeSet<(String, String)> = MATRIX
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    assert_eq!(routed, rows);
    assert_eq!(rows.len(), MATRIX.len(), "a row is there twice");
}

#[tokio::test]
async fn pages_are_for_those_who_may() {
    let app = App::start().await;
    let (viewer, member, owner) = tokio::join!(
        app.stranger("viewer@example.test"),
        app.stranger("member@example.test"),
        app.stranger("owner@example.test"),
    );
    let people = BTreeMap::from([
        (Role::Viewer, viewer),
        (Role::Member, member),
        (Role::Owner, owner),
    ]);
    let other = app.project("Other").await;
    let other_member = app.member(&other, "other@example.test", Role::Owner).await;
    let stranger = app.stranger("stranger@example.test").await;
    let admin = app.admin().await;
    let person = |column| match column {
        Column::Nobody => None,
        Column::Stranger => Some(&stranger),
        Column::OtherMember => Some(&other_member),
        Column::In(role) => Some(&people[&role]),
        Column::Admin => Some(&admin),
    };

    let mut mistakes = Vec::new();
    for (at, (method, route, who)) in MATRIX.iter().enumerate() {
        if route.starts_with("/api/") {
            continue;
        }
        let mut world = World::make(&app, &format!("Row {at}"), &people).await;
        let mut answers = BTreeSet::new();
        for column in COLUMNS {
            let wanted = verdict(*who, column);
            let got = world.ask(&app, method, route, person(column)).await;
            if *who == Everybody {
                answers.insert(got.1);
                continue;
            }
            if got.0 != wanted {
                mistakes.push(format!(
                    "{method} {route} as {column:?}: {got:?}, not {wanted:?}"
                ));
            }
            // What was changed, or is gone, is made again for the next.
            if *method != "GET" && got.0 == Verdict::May {
                world = World::make(&app, &format!("Row {at} again"), &people).await;
            }
        }
        // Limits and cookies may tell people apart, rights do not.
        if *who == Everybody && answers.iter().any(|status| matches!(status, 401 | 403)) {
            mistakes.push(format!("{method} {route}: {answers:?}"));
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[tokio::test]
async fn the_api_is_for_tokens_of_the_project() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let other = app.project("Other").await;
    let names = paths::names(&app, &project).await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let mut mistakes = Vec::new();
    for (method, route, who) in MATRIX {
        let Token(least) = who else { continue };
        let path = paths::fill(route, &names);
        let columns = [
            ("nothing", None, Verdict::SignIn),
            (
                "an unknown token",
                Some("0123456789abcdef0123456789abcdef"),
                Verdict::SignIn,
            ),
            (
                "post_server_item",
                Some(&*project.tokens.server),
                Verdict::MayNot,
            ),
            (
                "post_client_item",
                Some(&*project.tokens.client),
                Verdict::MayNot,
            ),
            (
                "read",
                Some(&*project.tokens.read),
                if *least == Scope::Read {
                    Verdict::May
                } else {
                    Verdict::MayNot
                },
            ),
            ("write", Some(&*project.tokens.write), Verdict::May),
            (
                "write of another project",
                Some(&*other.tokens.write),
                if route.contains('{') {
                    Verdict::NoSuch
                } else {
                    Verdict::May
                },
            ),
        ];
        for (name, token, wanted) in columns {
            let headers: Vec<_> = token
                .iter()
                .map(|token| ("x-rollbar-access-token", *token))
                .collect();
            let body = r#"{"status": "resolved"}"#;
            let method = Method::from_bytes(method.as_bytes()).expect("a method");
            let answer = app.request(method.clone(), &path, &headers, body).await;
            let got = verdict_of(answer.status, answer.location());
            if got != wanted {
                mistakes.push(format!(
                    "{method} {route} with {name}: {got:?}, not {wanted:?}"
                ));
            }
        }
        // A session is no token.
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = owner.send(method.clone(), &path, "").await;
        if answer.status != 401 {
            mistakes.push(format!(
                "{method} {route} with a session: {}",
                answer.status
            ));
        }
    }
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

fn verdict(who: Who, column: Column) -> Verdict {
    match (who, column) {
        (Everybody, _) | (SignedIn, Column::Stranger) => Verdict::May,
        (_, Column::Nobody) => Verdict::SignIn,
        (SignedIn, _) | (_, Column::Admin) => Verdict::May,
        (AtLeast(least), Column::In(role)) if role >= least => Verdict::May,
        (AtLeast(_), Column::In(_)) => Verdict::MayNot,
        _ => Verdict::NoSuch,
    }
}

fn verdict_of(status: u16, location: &str) -> Verdict {
    match status {
        401 => Verdict::SignIn,
        303 if location.starts_with("/login?next=") => Verdict::SignIn,
        403 => Verdict::MayNot,
        404 => Verdict::NoSuch,
        _ => Verdict::May,
    }
}

/// A project with one of everything.
struct World<'a> {
    project: Project<'a>,
    name: String,
    names: Names,
}

impl<'a> World<'a> {
    async fn make(app: &'a App, name: &str, people: &BTreeMap<Role, Person<'_>>) -> Self {
        let project = app.project(name).await;
        for (role, person) in people {
            app.join(&project, person, *role).await;
        }
        let mut names = paths::names(app, &project).await;
        let (db, now) = (app.database.db(), app.clock.now());
        let by = people[&Role::Owner].id;
        for (key, place) in [
            ("invitation", Place::Project(project.id, Role::Viewer)),
            ("admin invitation", Place::Instance { is_admin: false }),
        ] {
            let email = format!("{}@example.test", uuid::Uuid::new_v4());
            let expires_at = now + TimeDelta::days(1);
            let id = invitations::put(db, place, &email, by, now, expires_at)
                .await
                .expect("Postgres answers");
            names.insert(key, id.to_string());
        }
        let bystander = app
            .user(&format!("{}@example.test", uuid::Uuid::new_v4()), false)
            .await;
        rollcage_server::store::members::set(db, project.id, bystander, Role::Viewer)
            .await
            .expect("Postgres answers");
        names.insert("user", bystander.to_string());
        dead_letters::insert(db, uuid::Uuid::nil(), None, "refused", b"?", now)
            .await
            .expect("Postgres answers");
        let letter = app
            .database
            .number("SELECT max(id) FROM dead_letters")
            .await;
        names.insert("dead letter", letter.to_string());
        Self {
            project,
            name: name.to_owned(),
            names,
        }
    }

    /// What a route says to somebody, and the status.
    async fn ask(
        &self,
        app: &App,
        method: &str,
        route: &str,
        person: Option<&Person<'_>>,
    ) -> (Verdict, u16) {
        let mut names = self.names.clone();
        if let Some(person) = person {
            // A session of their own beside the one that asks.
            let spare = Person::sign_in(app, person.id, &person.email).await;
            let (db, now) = (app.database.db(), app.clock.now());
            let sessions = sessions::of_user(db, spare.id, now)
                .await
                .expect("Postgres answers");
            let newest = sessions.iter().map(|session| session.id).max();
            names.insert("session", newest.expect("there is one").to_string());
        }
        let mut path = paths::fill(route, &names);
        if route.contains("/uuid") {
            path = format!("{path}?uuid={}", names["uuid"]);
        }
        if let (true, Some(person)) = (route.ends_with("/live"), person) {
            let person = Person::sign_in(app, person.id, &person.email).await;
            let response = person.stream(&path).await;
            let status = response.status().as_u16();
            return (verdict_of(status, ""), status);
        }
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([
                ("action", "resolve"),
                ("enabled", "false"),
                ("disabled", "false"),
                ("admin", "false"),
                ("name", &self.name),
                ("scope", "read"),
                ("role", "viewer"),
                ("rate", "5"),
                ("email", &format!("{}@example.test", uuid::Uuid::new_v4())),
                ("person", "nobody"),
                ("zone", "Europe/Berlin"),
                ("sdk", "rust"),
                ("current", rollcage_tests::app::PASSWORD),
                ("password", rollcage_tests::app::PASSWORD),
                ("project", &self.project.slug),
            ])
            .finish();
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = if let Some(person) = person {
            // A throw-away session, for signing out is among what is asked.
            let person = Person::sign_in(app, person.id, &person.email).await;
            person.send(method, &path, &form).await
        } else {
            let headers = [
                ("sec-fetch-site", "same-origin"),
                ("content-type", "application/x-www-form-urlencoded"),
            ];
            app.request(method, &path, &headers, form).await
        };
        (verdict_of(answer.status, answer.location()), answer.status)
    }
}
