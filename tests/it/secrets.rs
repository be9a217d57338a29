//! What an application sends by mistake, and where it must not be found: anywhere.

use std::{fs, path::Path};

use reqwest::Method;
use rollcage_server::{
    accounts::{self, Created},
    clock::Clock,
    model::{
        body,
        id::UserId,
        project::{Role, Scope},
    },
    store::{members, users},
};
use rollcage_tests::{
    App, Database, MailServer, Person, Server, occurrence::frame, place, project::Way, wait::until,
};
use serde_json::{Value, json};

/// What is hidden in the payload, each in another place. All are made up.
const SECRETS: [&str; 19] = [
    "hunter2-post",
    "hunter2-json-body",
    "hunter2-query",
    "hunter2-url",
    "hunter2-get",
    "hunter2-local",
    "hunter2-nested-local",
    "hunter2-custom",
    "hunter2-list",
    "hunter2-extra",
    "hunter2-header-auth",
    "hunter2-header-cookie",
    "hunter2-header-key",
    "hunter2-cookie",
    "hunter2-session",
    "hunter2-env",
    "hunter2-telemetry",
    "4111 1111 1111 1111",
    "5500005555555559",
];

/// What is sent beside them and is no secret.
const KEPT: [&str; 5] = [
    "kept-custom",
    "kept-local",
    "kept-query",
    "kept-header",
    "kept-post",
];

#[tokio::test]
async fn a_secret_that_is_sent_is_found_nowhere() {
    let mails = MailServer::start();
    let shop = Shop::make().await;
    let data_dir = place::folder("data");
    let smtp_url = mails.url();
    // Everything that our own modules have to say.
    let log = "info,rollcage_server=trace,rollcage=trace,sqlx=debug,tower_http=trace";
    let settings = [
        ("DATABASE_URL", shop.database.url()),
        ("ROLLCAGE_SMTP_URL", smtp_url.as_str()),
        ("RUST_LOG", log),
    ];
    let mut server = Server::start(data_dir.path(), &settings).await;
    server.ready().await;
    report(&server.way(), shop.token(Scope::PostServerItem)).await;
    until("all are digested", async || {
        let stored = shop.database.number("SELECT count(*) FROM occurrences");
        (stored.await == 2).then_some(())
    })
    .await;

    let mut places = Vec::new();
    for mail in mails.arrived(2).await {
        places.push(("a mail", [mail.raw, mail.text, mail.html].concat()));
    }
    places.extend(api(&server.way(), shop.token(Scope::Read)).await);
    assert!(server.terminate().await, "SIGTERM ends it well");
    let files = files(data_dir.path());
    assert!(
        files.contains("kept-custom"),
        "the journal is looked into, compressed as it is"
    );
    places.push(("the journal and the logs", files));
    places.push(("the dump", shop.database.dump().await));
    places.push(("a stored body", bodies(&shop.database).await));
    places.extend(pages(&shop).await);

    let mut found: Vec<String> = places
        .iter()
        .flat_map(|place| leaks(&shop, place))
        .collect();
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "{found:#?}");
    let shown: String = places.iter().map(|(_, text)| text.as_str()).collect();
    for kept in KEPT {
        assert!(shown.contains(kept), "{kept} is no secret, and lost");
    }
}

#[tokio::test]
async fn passwords_and_sessions_of_people_are_stored_as_hashes_only() {
    let app = App::start().await;
    app.user("ann@example.test", true).await;
    let headers = [
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let form = |password: &str| {
        format!(
            "email=ann%40example.test&password={}",
            password.replace(' ', "+")
        )
    };
    let wrong = app
        .request(
            Method::POST,
            "/login",
            &headers,
            form("wrong horse battery"),
        )
        .await;
    assert_eq!(wrong.status, 422);
    let right = app
        .request(
            Method::POST,
            "/login",
            &headers,
            form(rollcage_tests::app::PASSWORD),
        )
        .await;
    assert_eq!(right.status, 303, "{}", right.text());
    let cookie = right.header("set-cookie").to_owned();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let secret = cookie
        .split(['=', ';'])
        .nth(1)
        .expect("a cookie has a value")
        .to_owned();
    assert_eq!(secret.len(), 64, "{cookie}");

    let dump = app.database.dump().await;
    for secret in [
        secret.as_str(),
        rollcage_tests::app::PASSWORD,
        "wrong horse battery",
    ] {
        assert!(!dump.contains(secret), "{secret}");
    }
    let signed_in = app
        .request(Method::GET, "/", &[("cookie", &cookie)], "")
        .await;
    assert_eq!(signed_in.status, 200);
    let headers = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(
        app.request(Method::POST, "/logout", &headers, "")
            .await
            .status,
        303
    );
    let signed_out = app
        .request(Method::GET, "/", &[("cookie", &cookie)], "")
        .await;
    assert_eq!(signed_out.status, 303);
}

/// A project with an owner, before any server runs.
struct Shop {
    database: Database,
    owner: UserId,
    created: Created,
}

impl Shop {
    async fn make() -> Self {
        let database = Database::make().await;
        let now = Clock::default().now();
        let mut tx = database.db().begin().await.expect("Postgres answers");
        let created = accounts::create_project(&mut tx, "Shop", &Scope::ALL, now)
            .await
            .expect("a new project");
        let owner = users::insert(&mut *tx, "bob@example.test", "no hash", false, now)
            .await
            .expect("Postgres answers")
            .expect("a new account");
        members::set(&mut *tx, created.project.id, owner, Role::Owner)
            .await
            .expect("Postgres answers");
        tx.commit().await.expect("Postgres answers");
        Self {
            database,
            owner,
            created,
        }
    }

    fn token(&self, scope: Scope) -> &str {
        let found = self.created.tokens.iter().find(|(has, _)| *has == scope);
        &found.expect("a project has a token of each scope").1
    }
}

/// Reports all payloads; and one that is refused, and one that cannot be read at all.
async fn report(way: &Way, token: &str) {
    let post = async |path: &str, body: String| {
        let answer = way.send(Method::POST, path, &[], body).await;
        answer.status
    };
    for payload in payloads(token) {
        assert_eq!(post("/api/1/item/", payload.to_string()).await, 200);
    }
    let secret = SECRETS[0];
    let refused = json!({
        "access_token": "hunter2-token",
        "data": { "body": {}, "password": secret },
    });
    assert_eq!(post("/api/1/item/", refused.to_string()).await, 422);
    let broken = format!(r#"{{"data": {{"password": "{secret}""#);
    let path = "/api/1/item/?access_token=hunter2-token";
    assert_eq!(post(path, broken).await, 401);
}

/// What the API shows.
async fn api(way: &Way, token: &str) -> Vec<(&'static str, String)> {
    let headers = [("x-rollbar-access-token", token)];
    let items = way.send(Method::GET, "/api/1/items", &headers, "").await;
    let mut places = vec![("the API's list", items.text())];
    for item in items.result()["items"].as_array().expect("a list") {
        let path = format!("/api/1/item/{}/instances", item["id"]);
        let instances = way.send(Method::GET, &path, &headers, "").await;
        places.push(("the API", instances.text()));
    }
    places
}

/// What the pages show, by another process on the same database.
async fn pages(shop: &Shop) -> Vec<(&'static str, String)> {
    let app = App::builder().database(&shop.database).start().await;
    let owner = Person::sign_in(&app, shop.owner, "bob@example.test").await;
    let mut places = vec![
        ("the list", owner.page("/p/shop/items").await),
        ("the settings", owner.page("/p/shop/settings").await),
    ];
    let all: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT items.counter, occurrences.id
         FROM occurrences JOIN items ON items.id = occurrences.item_id",
    )
    .fetch_all(shop.database.db())
    .await
    .expect("Postgres answers");
    for (counter, id) in all {
        let item = format!("/p/shop/items/{counter}");
        let list = format!("{item}/occurrences");
        let one = format!("{list}/{id}");
        let raw = format!("{one}/raw.json");
        for (place, path) in [
            ("an item's page", item),
            ("a list of occurrences", list),
            ("an occurrence's page", one),
            ("an occurrence's JSON", raw),
        ] {
            places.push((place, owner.page(&path).await));
        }
    }
    places
}

/// Which secrets are in a place.
fn leaks(shop: &Shop, (place, text): &(&'static str, String)) -> Vec<String> {
    let mut secrets: Vec<&str> = SECRETS.into_iter().chain(["hunter2"]).collect();
    secrets.push(shop.token(Scope::Read));
    // A token that only posts is stored on purpose, to be copied from the start page.
    if *place != "the dump" {
        secrets.push(shop.token(Scope::PostServerItem));
    }
    secrets
        .into_iter()
        .filter(|secret| text.contains(secret))
        .map(|secret| format!("{secret} is in {place}"))
        .collect()
}

/// A trace and a message with secrets wherever SDKs put things.
fn payloads(token: &str) -> [Value; 2] {
    let mut raised = frame("shop/cart.py", 27, "total", "return prices[key]");
    raised["locals"] = json!({
        "password": "hunter2-local",
        "key": "kept-local",
        "settings": { "DB": { "api_key": "hunter2-nested-local" } },
        "card": "4111 1111 1111 1111",
    });
    let trace = json!({
        "access_token": token,
        "data": {
            "environment": "production",
            "level": "error",
            "body": {
                "trace": {
                    "frames": [frame("shop/views.py", 3, "pay", "charge(card)"), raised],
                    "exception": {
                        "class": "PaymentError",
                        "message": "card 4111 1111 1111 1111 refused for https://u:hunter2-url@pay.example.test/",
                    },
                },
                "telemetry": [{
                    "type": "network", "level": "info", "timestamp_ms": 1,
                    "body": { "url": "https://api.example.test/?token=hunter2-telemetry" },
                }],
            },
            "request": {
                "url": "https://shop.example.test/pay?q=kept-query&password=hunter2-query&access_token=hunter2-query",
                "query_string": "q=kept-query&password=hunter2-query",
                "method": "POST",
                "headers": {
                    "Authorization": "Bearer hunter2-header-auth",
                    "Cookie": "session=hunter2-header-cookie; theme=dark",
                    "X-Api-Key": "hunter2-header-key",
                    "User-Agent": "kept-header",
                },
                "GET": { "q": "kept-query", "api_key": "hunter2-get" },
                "POST": { "password": "hunter2-post", "password_confirmation": "hunter2-post", "note": "kept-post", "number": "5500005555555559" },
                "body": r#"{"user": {"name": "ann", "password": "hunter2-json-body"}}"#,
                "cookies": { "sessionid": "hunter2-cookie" },
                "session": { "csrf_token": "hunter2-session" },
            },
            "server": { "host": "web-1", "environ": { "SECRET_KEY": "hunter2-env" } },
            "custom": {
                "note": "kept-custom",
                "client_secret": "hunter2-custom",
                "list": [{ "passwd": "hunter2-list" }],
            },
            "cart": { "token": "hunter2-extra" },
        },
    });
    let message = json!({
        "access_token": token,
        "data": {
            "environment": "production",
            "body": { "message": { "body": "login with password=hunter2-post", "extra": { "passphrase": "hunter2-extra" } } },
            "custom": { "raw": r#"{"token": "hunter2-custom", "inner": "{\"password\": \"hunter2-list\"}"}"# },
        },
    });
    [trace, message]
}

/// All stored bodies, decompressed.
async fn bodies(database: &Database) -> String {
    let stored: Vec<(Vec<u8>,)> = sqlx::query_as("SELECT body FROM occurrences")
        .fetch_all(database.db())
        .await
        .expect("Postgres answers");
    let decoded = stored
        .iter()
        .map(|(stored,)| body::decode(stored, None).expect("it is ours"));
    decoded
        .map(|occurrence| serde_json::to_string(&occurrence).expect("it is plain"))
        .collect()
}

/// All files below a folder as text, with what is compressed in them decompressed.
fn files(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("the folder is ours").flatten() {
        let path = entry.path();
        if path.is_dir() {
            text.push_str(&files(&path));
            continue;
        }
        let bytes = fs::read(&path).expect("the file is ours");
        text.push_str(&String::from_utf8_lossy(&bytes).replace('\0', ""));
        // RFC 8878, section 3.1.1: the magic number of a frame.
        let magic = 0xFD2F_B528_u32.to_le_bytes();
        for (at, _) in bytes
            .windows(4)
            .enumerate()
            .filter(|(_, window)| *window == magic)
        {
            let frame = zstd::stream::read::Decoder::new(&bytes[at..]);
            let unpacked = frame.and_then(|frame| std::io::read_to_string(frame.single_frame()));
            text.push_str(&unpacked.unwrap_or_default());
        }
    }
    text
}
