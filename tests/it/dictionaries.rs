//! Dictionaries: trained on what a project sends, used for what it sends next, and there after a
//! restart on a database that knows nothing of them.

use reqwest::Method;
use rollcage_server::keeper;
use rollcage_tests::{App, Project, wait::until};
use serde_json::{Value, json};
use uuid::Uuid;

/// Occurrences that are sent before one is trained: what `keeper` asks of a project.
const SENT: usize = 500;

/// Sends an occurrence with much that repeats in others, and a number that does not.
async fn send(project: &Project<'_>, number: usize) -> Uuid {
    let lines: Vec<String> = (0..40)
        .map(|line| {
            let line = number * 7 % 50 + line;
            format!(
                "rule {line}: {}",
                Uuid::from_u128(line as u128 * 0x9e37_79b9_7f4a_7c15_f39c)
            )
        })
        .collect();
    let sent = project
        .occurrence()
        .with(
            "notifier",
            json!({ "name": "pyrollbar", "version": "1.2.0" }),
        )
        .with("custom", json!({ "rules": lines, "number": number }))
        .with(
            "person",
            json!({ "id": "erika-7", "email": "erika@example.com" }),
        )
        .send()
        .await;
    sent.uuids[0]
}

async fn is_packed_with_one(app: &App, uuid: Uuid) -> bool {
    app.digested().await;
    let body: Vec<u8> = sqlx::query_scalar("SELECT body FROM occurrences WHERE uuid = $1")
        .bind(uuid)
        .fetch_one(app.database.db())
        .await
        .expect("it is stored");
    body.first() == Some(&1)
}

async fn trained(app: &App) -> Vec<Vec<u8>> {
    sqlx::query_scalar("SELECT bytes FROM dictionaries")
        .fetch_all(app.database.db())
        .await
        .expect("Postgres answers")
}

/// The numbers of the newest occurrences, as the API gives them back.
async fn numbers(app: &App, item: i64, read: &str) -> Vec<Value> {
    let path = format!("/api/1/item/{item}/instances/");
    let headers = [("x-rollbar-access-token", read)];
    let answer = app.request(Method::GET, &path, &headers, "").await;
    let instances = answer.result()["instances"].clone();
    let instances = instances.as_array().expect("a list");
    let of = |one: &Value| one["data"]["custom"]["number"].clone();
    instances.iter().map(of).collect()
}

#[tokio::test]
async fn what_a_project_sends_trains_what_the_next_is_packed_with() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let other = app.project("Another").await;
    let mut plain = Uuid::nil();
    for number in 0..SENT {
        plain = send(&project, number).await;
    }
    assert!(!is_packed_with_one(&app, plain).await);

    let db = app.database.db();
    keeper::Trainer::default()
        .train(db, app.clock.now())
        .await
        .expect("trained");
    let dictionaries = trained(&app).await;
    assert_eq!(dictionaries.len(), 1);
    let text = String::from_utf8_lossy(&dictionaries[0]);
    assert!(text.contains("rule"));
    assert!(!text.contains("erika"), "it knows nobody");

    // The notice that it is there arrives by itself.
    until("an occurrence is packed with it", async || {
        let uuid = send(&project, 17).await;
        is_packed_with_one(&app, uuid).await.then_some(())
    })
    .await;
    let (item, read) = (project.only_item().await.id, project.tokens.read.clone());
    assert_eq!(numbers(&app, item, &read).await[0], 17);
    let foreign = send(&other, 17).await;
    assert!(
        !is_packed_with_one(&app, foreign).await,
        "it serves no other project"
    );

    // As a database that was restored from before it was trained.
    sqlx::query("DELETE FROM dictionaries")
        .execute(db)
        .await
        .expect("Postgres answers");
    let clock = app.clock.clone();
    let (database, data_dir) = app.stop().await;
    let app = App::builder()
        .database(&database)
        .data_dir(data_dir)
        .clock(&clock)
        .start()
        .await;
    until("it is given back", async || {
        (trained(&app).await == dictionaries).then_some(())
    })
    .await;
    assert_eq!(numbers(&app, item, &read).await[0], 17);
}
