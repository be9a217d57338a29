//! The limit of stored occurrences per item and hour: counts stay exact, whatever is not stored.

use chrono::TimeDelta;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, Envelope, Project, envelope::event};
use uuid::Uuid;

/// Stores of an item that many in an hour.
async fn limit(app: &App, project: &Project<'_>, per_hour: Option<i32>) {
    let owner = app
        .member(
            project,
            &format!("{}@example.test", Uuid::now_v7()),
            Role::Owner,
        )
        .await;
    let per_hour = per_hour.map_or_else(String::new, |limit| limit.to_string());
    let form = [
        ("retention_days", ""),
        ("stored_per_hour", per_hour.as_str()),
    ];
    let path = format!("/p/{}/settings/data/retention", project.slug);
    let saved = owner.post(&path, &form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
}

/// Moves the clock to a noon some days ago: no hour ends while a test runs.
fn at_noon(app: &App) {
    let now = app.clock.now();
    let noon = now.date_naive().and_hms_opt(12, 0, 0).expect("a time");
    app.advance(noon.and_utc() - TimeDelta::days(10) - now);
}

/// What is stored, in all items counted, counted by hour, accepted, counted alone and sent again.
async fn counts(app: &App) -> [i64; 7] {
    let mut counts = [0; 7];
    for (count, sql) in counts.iter_mut().zip([
        "SELECT count(*) FROM occurrences",
        "SELECT COALESCE(sum(total), 0)::bigint FROM items",
        "SELECT COALESCE(sum(occurrences), 0)::bigint FROM item_hours",
        "SELECT COALESCE(sum(unstored), 0)::bigint FROM item_hours",
        "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours WHERE outcome = 'accepted'",
        "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours WHERE outcome = 'unstored'",
        "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours WHERE outcome = 'duplicate'",
    ]) {
        *count = app.database.number(sql).await;
    }
    counts
}

#[tokio::test]
async fn beyond_the_limit_occurrences_are_counted_and_not_stored() {
    let app = App::start().await;
    at_noon(&app);
    let project = app.project("Shop").await;
    limit(&app, &project, Some(3)).await;
    let mut sent = project
        .occurrence()
        .version("1")
        .times(2)
        .send()
        .await
        .uuids;
    app.digested().await;
    sent.extend(
        project
            .occurrence()
            .version("1")
            .times(5)
            .send()
            .await
            .uuids,
    );
    app.digested().await;
    project.occurrence().class("TypeError").send().await;
    app.digested().await;
    assert_eq!(counts(&app).await, [4, 8, 8, 4, 4, 4, 0]);
    app.facets_counted().await;
    let facets = "SELECT sum(count)::bigint FROM item_facets WHERE key = 'version'";
    assert_eq!(app.database.number(facets).await, 7);

    // The same again, each with its UUID, before and after the limit is gone.
    for round in 1..=2 {
        for uuid in &sent {
            project.occurrence().version("1").uuid(*uuid).send().await;
        }
        app.digested().await;
        assert_eq!(counts(&app).await, [4, 8, 8, 4, 4, 4, 7 * round]);
        limit(&app, &project, None).await;
    }
    project.occurrence().times(2).send().await;
    app.digested().await;
    assert_eq!(counts(&app).await, [6, 10, 10, 4, 6, 4, 14]);

    // Another hour has its own; and an hour with room has it again once the limit is higher.
    limit(&app, &project, Some(7)).await;
    project.occurrence().times(4).send().await;
    app.digested().await;
    assert_eq!(counts(&app).await, [8, 14, 14, 6, 8, 6, 14]);
    app.advance(TimeDelta::hours(1));
    project.occurrence().times(8).send().await;
    app.digested().await;
    assert_eq!(counts(&app).await, [15, 22, 22, 7, 15, 7, 14]);
}

#[tokio::test]
async fn pages_say_what_is_not_stored() {
    let app = App::start().await;
    at_noon(&app);
    let project = app.project("Shop").await;
    let viewer = app.member(&project, "v@example.test", Role::Viewer).await;
    limit(&app, &project, Some(2)).await;
    let uuids = project.occurrence().times(5).send().await.uuids;
    app.digested().await;
    let said = "3 more in this hour were counted and not stored";
    let page = viewer.page("/p/shop/items/1").await;
    assert!(page.contains(said), "{page}");
    let list = viewer.page("/p/shop/items/1/occurrences").await;
    assert!(
        list.contains("3 of them were counted and not stored"),
        "{list}"
    );
    let found = viewer
        .get(&format!("/occurrence/uuid/?uuid={}", uuids[0]))
        .await;
    assert!(viewer.page(found.location()).await.contains(said));
    // One that is not stored leads to its item.
    for way in ["item", "occurrence"] {
        let found = viewer.get(&format!("/{way}/uuid/?uuid={}", uuids[4])).await;
        assert_eq!(found.status, 303, "{}", found.text());
        assert_eq!(found.location(), "/p/shop/items/1");
    }
    let usage = viewer.page("/p/shop/usage").await;
    assert!(usage.contains("Counted only"), "{usage}");
    // The API's newest occurrence is one that is there.
    let item = project.only_item().await;
    assert_eq!(item.total, 5);
    let newest = format!("/api/1/instance/{}", item.json["last_occurrence_id"]);
    assert_eq!(project.get(&newest).await.status, 200);
    // An item below the limit says nothing of it.
    project.occurrence().class("TypeError").send().await;
    app.digested().await;
    let page = viewer.page("/p/shop/items/2").await;
    assert!(!page.contains("not stored"), "{page}");
}

#[tokio::test]
async fn what_brings_an_item_back_is_stored_beyond_the_limit() {
    let app = App::start().await;
    at_noon(&app);
    let project = app.project("Shop").await;
    limit(&app, &project, Some(1)).await;
    project.occurrence().version("1.0").times(3).send().await;
    app.digested().await;
    let item = project.only_item().await.resolve_in("2.0").await;
    // An older version does not bring it back, and is not stored.
    project.occurrence().version("1.0").times(2).send().await;
    app.digested().await;
    assert_eq!(counts(&app).await[..4], [1, 5, 5, 4]);
    let back = project
        .occurrence()
        .version("2.0")
        .times(3)
        .send()
        .await
        .uuids;
    app.digested().await;
    assert_eq!(item.reload().await.status, "active");
    assert_eq!(counts(&app).await[..4], [2, 8, 8, 6]);
    let stored = app
        .database
        .text("SELECT max(uuid::text) FROM occurrences")
        .await;
    assert_eq!(stored, back[0].to_string());
}

#[tokio::test]
async fn files_of_what_is_not_stored_are_not_stored() {
    let app = App::start().await;
    at_noon(&app);
    let project = app.project("Shop").await;
    limit(&app, &project, Some(1)).await;
    for _ in 0..3 {
        let envelope = Envelope::of(Uuid::now_v7())
            .event(&event("KeyError", "'A1'", "shop/cart.py", "find"))
            .attachment("cart.txt", b"two of them");
        assert_eq!(project.post_envelope(&envelope).await.status, 200);
        app.digested().await;
    }
    let files = "SELECT count(*) FROM attachments";
    assert_eq!(app.database.number(files).await, 1);
}

#[tokio::test]
async fn two_servers_store_no_more_than_the_limit_together() {
    let one = App::start().await;
    at_noon(&one);
    let two = App::builder().beside(&one).start().await;
    let project = one.project("Shop").await;
    limit(&one, &project, Some(10)).await;
    two.knows(&project.tokens.read).await;
    let mut sent = Vec::new();
    for round in 0..12 {
        let uuids: Vec<_> = (0..5).map(|_| Uuid::now_v7()).collect();
        let occurrence = project.occurrence();
        let post = async |app: &App| {
            for uuid in &uuids {
                let body = occurrence.clone().uuid(*uuid).payload().to_string();
                assert_eq!(
                    app.post_item(&project.tokens.server, body).await.status,
                    200
                );
            }
        };
        // The same ones to both.
        tokio::join!(post(&one), post(&two));
        if round % 3 == 0 {
            tokio::join!(one.digested(), two.digested());
        }
        sent.extend(uuids);
    }
    tokio::join!(one.digested(), two.digested());
    assert_eq!(sent.len(), 60);
    assert_eq!(counts(&one).await, [10, 60, 60, 50, 10, 50, 60]);
    let noted = "SELECT count(*) FROM unstored";
    assert_eq!(one.database.number(noted).await, 50);
}
