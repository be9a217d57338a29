//! Records that could not be digested: shown to admins, digested again, saved, deleted, and
//! forgotten with the person they are about.

use rollcage_server::{
    model::{feedback::Feedback, id::ProjectId, record::Record},
    store::dead_letters,
};
use rollcage_tests::{App, Project, wait::until};
use serde_json::json;
use uuid::Uuid;

/// As if a migration had gone wrong: this environment cannot be stored.
const REFUSE: &str = "ALTER TABLE items ADD CONSTRAINT refused CHECK (environment <> 'cursed')";
const MENDED: &str = "ALTER TABLE items DROP CONSTRAINT refused";

/// Sends as many occurrences that cannot be digested.
async fn cursed(app: &App, project: &Project<'_>, occurrences: i64) {
    app.database.execute(REFUSE).await;
    for _ in 0..occurrences {
        project.occurrence().environment("cursed").send().await;
    }
    app.digested().await;
    assert_eq!(letters(app).await, occurrences);
}

async fn letters(app: &App) -> i64 {
    app.database
        .number("SELECT count(*) FROM dead_letters")
        .await
}

async fn newest(app: &App) -> i64 {
    app.database
        .number("SELECT max(id) FROM dead_letters")
        .await
}

#[tokio::test]
async fn a_letter_that_is_retried_is_digested_once_the_reason_is_mended() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let admin = app.admin().await;
    cursed(&app, &project, 1).await;

    // Still in the way: it comes back as another.
    let id = newest(&app).await;
    let answer = admin
        .post(&format!("/admin/dead-letters/{id}/retry"), &[])
        .await;
    assert_eq!(answer.status, 303);
    app.digested().await;
    assert_eq!(letters(&app).await, 1);
    let again = newest(&app).await;
    assert!(again > id);
    let gone = admin
        .post(&format!("/admin/dead-letters/{id}/retry"), &[])
        .await;
    assert_eq!(gone.status, 404);

    app.database.execute(MENDED).await;
    let answer = admin
        .post(&format!("/admin/dead-letters/{again}/retry"), &[])
        .await;
    assert_eq!(answer.location(), "/admin/system?retried=1#dead-letters");
    let page = admin.page("/admin/system?retried=1").await;
    assert!(page.contains("1 record is in the journal again"));
    app.digested().await;
    assert_eq!(letters(&app).await, 0);
    assert_eq!(project.only_item().await.total, 1);
}

#[tokio::test]
async fn all_letters_are_retried_at_once_and_one_that_was_stored_meanwhile_counts_once() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let admin = app.admin().await;
    cursed(&app, &project, 5).await;
    app.database.execute(MENDED).await;
    // As a crash leaves it: in the journal again, and the letters not yet forgotten.
    app.database
        .execute("CREATE TABLE kept AS SELECT * FROM dead_letters ORDER BY id LIMIT 2")
        .await;
    let retry_all = "/admin/dead-letters/retry";
    let answer = admin.post(retry_all, &[]).await;
    assert_eq!(answer.location(), "/admin/system?retried=5#dead-letters");
    app.digested().await;
    assert_eq!(project.only_item().await.total, 5);
    app.database
        .execute(
            "INSERT INTO dead_letters (journal, at, project_id, reason, record)
             SELECT journal, at, project_id, reason, record FROM kept",
        )
        .await;
    let answer = admin.post(retry_all, &[]).await;
    assert_eq!(answer.location(), "/admin/system?retried=2#dead-letters");
    app.digested().await;
    assert_eq!(letters(&app).await, 0);
    assert_eq!(project.only_item().await.total, 5);
}

#[tokio::test]
async fn a_letter_is_saved_as_what_it_holds_and_deleted() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let admin = app.admin().await;
    cursed(&app, &project, 1).await;
    let id = newest(&app).await;
    let page = admin.page("/admin/system").await;
    assert!(page.contains(&format!("/admin/dead-letters/{id}/letter.json")));

    let answer = admin
        .get(&format!("/admin/dead-letters/{id}/letter.json"))
        .await;
    assert_eq!(answer.status, 200);
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment")
    );
    let saved = answer.json();
    assert_eq!(saved["payload"]["environment"], json!("cursed"));
    assert!(
        saved["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("refused"))
    );

    let deletion = format!("/admin/dead-letters/{id}/deletion");
    assert_eq!(admin.post(&deletion, &[]).await.status, 303);
    assert_eq!(letters(&app).await, 0);
    assert_eq!(admin.post(&deletion, &[]).await.status, 404);
    let gone = admin
        .get(&format!("/admin/dead-letters/{id}/letter.json"))
        .await;
    assert_eq!(gone.status, 404);
}

#[tokio::test]
async fn what_nobody_can_read_is_saved_as_its_bytes() {
    let app = App::start().await;
    let admin = app.admin().await;
    put(&app, None, b"\xff\xff").await;
    let id = newest(&app).await;
    let answer = admin
        .get(&format!("/admin/dead-letters/{id}/letter.json"))
        .await;
    assert_eq!(answer.json()["record_base64"], json!("//8="));
}

#[tokio::test]
async fn what_a_person_said_is_forgotten_with_them_also_among_dead_letters() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let admin = app.admin().await;
    for email in ["Ada@example.test", "grace@example.test"] {
        let said = Feedback {
            uuid: Uuid::new_v4(),
            project: project.id,
            received_at: app.clock.now(),
            occurrence: None,
            name: None,
            email: Some(email.to_owned()),
            message: "it broke".to_owned(),
            url: None,
        };
        put(&app, Some(project.id), &Record::Feedback(said).encode()).await;
    }
    let path = format!("/p/{}/settings/data/person", project.slug);
    let answer = admin.post(&path, &[("person", "ada@example.test")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    until("the person is erased", async || {
        (letters(&app).await == 1).then_some(())
    })
    .await;
    let id = newest(&app).await;
    let answer = admin
        .get(&format!("/admin/dead-letters/{id}/letter.json"))
        .await;
    assert_eq!(
        answer.json()["feedback"]["email"],
        json!("grace@example.test")
    );
}

async fn put(app: &App, project: Option<ProjectId>, record: &[u8]) {
    let now = app.clock.now();
    let project = project.map(|project| project.0);
    dead_letters::insert(
        app.database.db(),
        Uuid::nil(),
        project,
        "refused",
        record,
        now,
    )
    .await
    .expect("Postgres answers");
}
