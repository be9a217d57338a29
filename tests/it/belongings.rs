//! What belongs to an occurrence: attachments and feedback, from the SDK to the page, and away.

use rollcage_server::model::project::Role;
use rollcage_tests::{App, Envelope, Project, envelope::event, wait::until};
use serde_json::json;
use uuid::Uuid;

/// An occurrence of person 7 with a file, about which somebody said something.
async fn sent(app: &App, project: &Project<'_>) -> Uuid {
    let uuid = Uuid::now_v7();
    let mut payload = event("KeyError", "'A1'", "shop/cart.py", "find");
    payload["user"] = json!({ "id": 7 });
    let report = json!({
        "event_id": uuid.simple().to_string(),
        "name": "Grace",
        "email": "grace@example.test",
        "comments": "I pressed <b>Buy</b>; my card is 4111 1111 1111 1111",
    });
    let envelope = Envelope::of(uuid)
        .event(&payload)
        .attachment("../../page.html", b"<script>alert(1)</script>")
        .item(
            &json!({ "type": "user_report" }),
            report.to_string().as_bytes(),
        );
    let answer = project.post_envelope(&envelope).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    app.digested().await;
    uuid
}

async fn left(app: &App) -> (i64, i64) {
    (
        app.database
            .number("SELECT count(*) FROM attachments")
            .await,
        app.database.number("SELECT count(*) FROM feedback").await,
    )
}

#[tokio::test]
async fn what_belongs_to_an_occurrence_is_shown_with_it() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "m@example.test", Role::Member).await;
    sent(&app, &project).await;
    let page = member.page("/p/shop/items/1").await;
    for part in ["Grace", "I pressed &#60;b&#62;Buy", "page.html"] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("4111 1111"), "a card number is shown");
    let list = member.page("/p/shop/feedback").await;
    assert!(list.contains("Grace"));
    assert!(list.contains("KeyError"));
}

#[tokio::test]
async fn a_file_is_saved_and_never_shown() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let viewer = app.member(&project, "v@example.test", Role::Viewer).await;
    let uuid = sent(&app, &project).await;
    let path = format!("/p/shop/occurrences/{uuid}/attachments/1");
    let answer = viewer.get(&path).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, b"<script>alert(1)</script>");
    for (header, value) in [
        ("content-type", "application/octet-stream"),
        (
            "content-disposition",
            "attachment; filename*=UTF-8''page.html",
        ),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(header), value, "{header}");
    }
    for wrong in [
        format!("/p/shop/occurrences/{}/attachments/1", Uuid::now_v7()),
        format!("/p/shop/occurrences/{uuid}/attachments/2"),
        format!("/p/shop/occurrences/{uuid}/attachments/%2e%2e%2fx"),
        "/p/shop/occurrences/%00/attachments/1".to_owned(),
    ] {
        assert_eq!(viewer.get(&wrong).await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn files_over_the_limits_are_counted_and_not_stored() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let mut envelope =
        Envelope::of(Uuid::now_v7()).event(&event("KeyError", "'A1'", "shop/cart.py", "find"));
    envelope = envelope
        .attachment("exact.bin", &vec![0; 5 << 20])
        .attachment("large.bin", &vec![0; (5 << 20) + 1]);
    for number in 0..20 {
        envelope = envelope.attachment(&format!("{number}.txt"), number.to_string().as_bytes());
    }
    assert_eq!(project.post_envelope(&envelope).await.status, 200);
    app.digested().await;
    assert_eq!(left(&app).await.0, 20);
    let skipped = "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours \
                   WHERE outcome = 'skipped:attachment'";
    until("two are counted", async || {
        (app.database.number(skipped).await == 2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn it_goes_with_its_occurrence_its_item_and_its_person() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "o@example.test", Role::Owner).await;
    let gone = async || {
        until("it is gone", async || {
            (left(&app).await == (0, 0)).then_some(())
        })
        .await;
    };

    sent(&app, &project).await;
    let item = project.only_item().await;
    let occurrence = item.json["last_occurrence_id"].clone();
    let path = format!(
        "/p/shop/items/{}/occurrences/{occurrence}/deletion",
        item.counter
    );
    assert_eq!(owner.post(&path, &[]).await.status, 303);
    gone().await;

    sent(&app, &project).await;
    let path = format!("/p/shop/items/{}/deletion", item.counter);
    assert_eq!(owner.post(&path, &[]).await.status, 303);
    gone().await;

    sent(&app, &project).await;
    let form = [("person", "7")];
    let answer = owner.post("/p/shop/settings/data/person", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    gone().await;
}

#[tokio::test]
async fn what_is_said_about_nothing_is_listed_all_the_same() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let viewer = app.member(&project, "v@example.test", Role::Viewer).await;
    let feedback = json!({ "type": "feedback", "contexts": { "feedback": {
        "message": "the shop is slow", "contact_email": "g@example.test",
    } } });
    let envelope = Envelope::of(Uuid::now_v7()).item(
        &json!({ "type": "feedback" }),
        feedback.to_string().as_bytes(),
    );
    assert_eq!(project.post_envelope(&envelope).await.status, 200);
    assert_eq!(project.post_envelope(&envelope).await.status, 200);
    app.digested().await;
    assert_eq!(left(&app).await, (0, 1));
    let list = viewer.page("/p/shop/feedback").await;
    assert!(list.contains("the shop is slow"));
}
