//! Ids that are paths, quotes, or ten kilobytes long, wherever a protocol or a URL has an id: each is
//! refused or harmless, and no file appears outside the data folder or under a sender's name.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use reqwest::Method;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, Envelope, envelope::event};
use serde_json::{Value, json};
use uuid::Uuid;

fn hostile() -> Vec<String> {
    let mut ids: Vec<String> = [
        "../../x",
        "..\\..\\x",
        "/etc/passwd",
        "C:\\x",
        "file:///etc/passwd",
        "\0",
        "a\0b",
        "%2e%2e%2fx",
        "%00",
        "' OR 1=1 --",
        "a\r\nx-evil: 1",
        "\u{202e}x",
        "-1",
        "9999999999999999999999",
        "",
        " ",
        ".",
        "..",
    ]
    .map(str::to_owned)
    .to_vec();
    ids.push("x".repeat(10 << 10));
    ids.push("../".repeat(3 << 10));
    ids
}

/// In a URL.
fn escaped(id: &str) -> String {
    let encoded = percent_encode(id.as_bytes(), NON_ALPHANUMERIC);
    encoded.to_string()
}

fn files_below(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else {
                found.insert(entry.path());
            }
        }
    }
    found
}

#[tokio::test]
async fn an_id_is_never_a_path() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project.occurrence().send().await.item().await;
    let before = files_below(app.data_dir());
    let mut answers = Vec::new();
    let mut stored = 1;
    for id in hostile() {
        let item = project
            .occurrence()
            .with("uuid", id.as_str())
            .with("fingerprint", id.as_str())
            .with("code_version", id.as_str())
            .with("person", json!({ "id": id, "username": id, "email": id }))
            .with("server", json!({ "host": id, "root": id }))
            .with("notifier", json!({ "name": id, "version": id }));
        let answer = project.post(item.payload().to_string()).await;
        assert_eq!(answer.status, 200, "{id:?}: {}", answer.text());

        let mut payload = event("KeyError", "'A1'", "shop/cart.py", "find");
        for field in ["event_id", "release", "dist", "transaction", "server_name"] {
            payload[field] = Value::from(id.as_str());
        }
        payload["fingerprint"] = json!([id]);
        payload["debug_meta"] = json!({ "images": [{ "debug_id": id, "code_file": id }] });
        let attachment = json!({
            "type": "attachment", "filename": id, "content_type": id, "attachment_type": id, "length": 1,
        });
        let report = json!({ "event_id": id, "name": id, "comments": id });
        let feedback = json!({ "event_id": id, "contexts": { "feedback": {
            "message": id, "associated_event_id": id, "replay_id": id,
        } } });
        let envelope = Envelope::headed(&json!({ "event_id": id, "trace": { "trace_id": id } }))
            .event(&payload)
            .item(&attachment, b"x")
            .item(
                &json!({ "type": "user_report" }),
                report.to_string().as_bytes(),
            )
            .item(
                &json!({ "type": "feedback" }),
                feedback.to_string().as_bytes(),
            )
            .item(&json!({ "type": id }), b"{}");
        let answer = project.post_envelope(&envelope).await;
        assert_eq!(answer.status, 200, "{id:?}: {}", answer.text());
        let given = answer.json()["id"].as_str().map(str::to_owned);
        let given = given.and_then(|id| Uuid::parse_str(&id).ok());
        assert!(given.is_some(), "{id:?}: an id of ours is answered");
        stored += 2;

        let body = Envelope::of(Uuid::now_v7()).event(&payload).bytes();
        let dsn = format!("http://{id}@{id}/{id}");
        let tunnelled = Envelope::headed(&json!({ "dsn": dsn })).bytes();
        let (key, url_id) = (&project.tokens.server, escaped(&id));
        for (path, body) in [
            (format!("/api/{url_id}/envelope/?sentry_key={key}"), &body),
            (
                format!("/api/{}/envelope/?sentry_key={url_id}", project.id),
                &body,
            ),
            (format!("/api/1/item/?access_token={url_id}"), &body),
            (format!("/api/1/session/?access_token={url_id}"), &body),
            ("/tunnel".to_owned(), &tunnelled),
        ] {
            let answer = app.request(Method::POST, &path, &[], body.clone()).await;
            answers.push((path, answer.status));
        }
    }
    for (path, status) in answers {
        assert!((400..500).contains(&status), "{path:.80}: {status}");
    }
    app.digested().await;
    let total = "SELECT sum(total)::bigint FROM items";
    assert_eq!(app.database.number(total).await, stored);

    let after = files_below(app.data_dir());
    let new: Vec<_> = after.difference(&before).collect();
    let ours = |path: &Path| {
        let name = path.strip_prefix(app.data_dir()).unwrap_or(path);
        let name = name.to_string_lossy();
        name.starts_with("journal/") || name.starts_with("mail/") || name == "tokens.json"
    };
    assert!(new.iter().all(|path| ours(path)), "{new:?}");
    assert!(
        new.iter().all(|path| !path.to_string_lossy().contains('x')),
        "a sender names files: {new:?}"
    );
}

#[tokio::test]
async fn an_id_in_a_url_is_found_or_not_and_breaks_nothing() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project.occurrence().send().await.item().await;
    let owner = app.member(&project, "o@example.test", Role::Owner).await;
    for id in hostile() {
        let id = escaped(&id);
        for path in [
            format!("/p/{id}/items"),
            format!("/p/shop/items/{id}"),
            format!("/p/shop/items/{id}/occurrences"),
            format!("/p/shop/items/1/occurrences/{id}"),
            format!("/p/shop/items/1/occurrences?before={id}"),
            format!("/p/shop/occurrences/{id}/attachments/1"),
            format!("/p/shop/occurrences/{}/attachments/{id}", Uuid::nil()),
            format!("/p/shop/feedback?before={id}"),
            format!("/p/shop/usage?period={id}"),
            format!("/occurrence/uuid/?uuid={id}"),
            format!("/assets/{id}"),
            format!("/assets/{id}/{id}"),
        ] {
            let answer = owner.get(&path).await;
            assert!(answer.status < 500, "{path:.80}: {}", answer.status);
            assert!(!answer.text().contains("root:x:0"), "{path:.80}");
        }
        for path in [
            format!("/api/1/item/{id}"),
            format!("/api/1/item_by_counter/{id}"),
            format!("/api/1/item/{id}/instances"),
            format!("/api/1/instance/{id}"),
            format!("/api/1/items?page={id}&status={id}"),
        ] {
            let answer = project.get(&path).await;
            assert!(answer.status < 500, "{path:.80}: {}", answer.text());
        }
    }
}
