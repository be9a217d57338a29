//! Items that people merge: shown as one, and what they were once they are taken out again.

use chrono::TimeDelta;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, MailServer, Person, Project};
use serde_json::json;

/// All that is stored of items.
const ROWS: &str = "SELECT string_agg(items::text, E'\\n' ORDER BY id) FROM items";

#[tokio::test]
async fn merged_items_are_one_and_taken_out_what_they_were() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    three_items(&app, &project).await;
    let before = app.database.text(ROWS).await;

    let head = merge(&member, &["3", "1", "2"]).await;
    assert_eq!(head, "/p/shop/items/1?merged=2_3");
    let page = member.page(&head).await;
    assert!(page.contains("Merged #2 and #3 into this item"), "{page}");
    assert!(page.contains("Undo"), "{page}");
    let items = project.items().await;
    assert_eq!(items.len(), 1, "{items:#?}");
    assert_eq!(items[0]["counter"], 1);
    assert_eq!(items[0]["total_occurrences"], 6);
    let list = member.page("/p/shop/items").await;
    assert!(list.contains("2 merged"), "{list}");
    assert!(!list.contains("TypeError"), "{list}");

    let form = [("group", "2"), ("group", "3")];
    let undone = member.post("/p/shop/items/1/separation", &form).await;
    assert_eq!(undone.location(), "/p/shop/items/1?apart=2.3");
    assert_eq!(app.database.text(ROWS).await, before);
    let page = member.page(undone.location()).await;
    assert!(page.contains("Took #2 and #3 out of this item"), "{page}");
    assert!(page.contains("Took out #2 and #3"), "its history: {page}");
    let page = member.page("/p/shop/items/2").await;
    assert!(page.contains("Merged into #1"), "its own history: {page}");
    assert!(page.contains("Taken out of #1"), "{page}");
    assert!(page.contains("dev@example.test"), "who did it: {page}");

    // Twice is as once.
    let again = member.post("/p/shop/items/1/separation", &form).await;
    assert_eq!(again.status, 303);
    assert_eq!(app.database.text(ROWS).await, before);
}

#[tokio::test]
async fn what_led_to_a_member_leads_to_its_head() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    three_items(&app, &project).await;
    let second = project.item(2).await;
    let occurrence = second.json["last_occurrence_id"].to_string();
    let uuid = app
        .database
        .text(&format!(
            "SELECT uuid::text FROM occurrences WHERE id = {occurrence}"
        ))
        .await;
    merge(&member, &["1", "2"]).await;

    let led = member.get("/p/shop/items/2").await;
    assert_eq!(
        (led.status, led.location()),
        (303, "/p/shop/items/1?asked=2")
    );
    let page = member.page(led.location()).await;
    assert!(page.contains("#2 is merged into this item"), "{page}");
    let path = format!("/p/shop/items/2/occurrences/{occurrence}");
    assert!(member.page(&path).await.contains("TypeError"));
    let found = member.get(&format!("/occurrence/uuid/?uuid={uuid}")).await;
    let path = format!("/p/shop/items/1/occurrences/{occurrence}");
    assert_eq!(found.location(), path);
    let found = member.page("/p/shop/items?q=%232").await;
    assert!(found.contains("/p/shop/items/1\""), "{found}");

    // The API: by counter the head, by id the item itself, with the head's id.
    let head = project.item(2).await;
    assert_eq!((head.counter, head.total), (1, 5));
    let second = second.reload().await;
    assert_eq!((second.counter, second.total), (2, 2));
    assert_eq!(second.json["group_item_id"], head.id);
    assert_eq!(project.instances(&head).await.len(), 5);
    assert_eq!(project.instances(&second).await.len(), 2);

    // A query of somebody's making says nothing that is not so.
    for query in ["merged=3_17", "asked=3", "apart=2", "merged=x", "asked=-"] {
        let page = member.page(&format!("/p/shop/items/1?{query}")).await;
        assert!(!page.contains("notice-action"), "{query}: {page}");
    }
}

#[tokio::test]
async fn a_group_is_resolved_and_comes_back_as_its_head() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    three_items(&app, &project).await;
    server.arrived(3).await;
    merge(&member, &["1", "2", "3"]).await;

    app.advance(TimeDelta::seconds(1));
    let form = [("action", "resolve")];
    member.post("/p/shop/items/1/status", &form).await;
    assert_eq!(states(&app).await, "1 resolved, 2 resolved, 3 resolved");
    app.advance(TimeDelta::seconds(20));
    project.occurrence().class("TypeError").send().await;
    app.digested().await;

    assert_eq!(states(&app).await, "1 active, 2 active, 3 resolved");
    let head = project.only_item().await;
    assert_eq!((head.counter, head.total), (1, 7));
    assert_eq!(project.instances(&head).await.len(), 7);
    let mails = server.arrived(4).await;
    assert_eq!(mails[3].subject, "[Shop] Came back: KeyError: 'total' (#1)");
    let stored =
        "SELECT count(*) FROM occurrences JOIN items ON items.id = item_id WHERE counter = 2";
    assert_eq!(app.database.number(stored).await, 3);

    // By the API a member's id is its group's.
    app.advance(TimeDelta::seconds(1));
    let second = "SELECT id FROM items WHERE counter = 2";
    let path = format!("/api/1/item/{}", app.database.number(second).await);
    let changed = project.patch(&path, &json!({ "status": "muted" })).await;
    assert_eq!(changed.result()["counter"], 1);
    assert_eq!(states(&app).await, "1 muted, 2 muted, 3 muted");

    // What is taken out stands where its group stood, and has what came meanwhile.
    member
        .post("/p/shop/items/1/separation", &[("group", "2")])
        .await;
    let (head, second) = (project.item(1).await, project.item(2).await);
    assert_eq!((head.total, second.total), (4, 3));
    assert_eq!(second.status, "muted");
    assert!(second.json["last_occurrence_id"].as_i64() > head.json["last_occurrence_id"].as_i64());
    assert_eq!(server.mails().len(), 4, "once, and of the head");
}

#[tokio::test]
async fn a_head_that_is_merged_takes_its_members_along_and_gets_them_back() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    three_items(&app, &project).await;
    merge(&member, &["2", "3"]).await;
    let before = app.database.text(ROWS).await;

    let path = merge(&member, &["1", "2"]).await;
    assert_eq!(path, "/p/shop/items/1?merged=2.3");
    let chains =
        "SELECT count(*) FROM items AS member JOIN items AS head ON head.id = member.merged_into
                  WHERE head.counter = 1 AND member.counter IN (2, 3)";
    assert_eq!(app.database.number(chains).await, 2);
    // The undo that the page offers.
    let page = member.page(&path).await;
    assert!(page.contains(r#"name="group" value="2.3""#), "{page}");
    member
        .post("/p/shop/items/1/separation", &[("group", "2.3")])
        .await;
    assert_eq!(app.database.text(ROWS).await, before);
}

#[tokio::test]
async fn what_does_not_belong_together_is_refused() {
    let app = App::start().await;
    let (shop, blog) = (app.project("Shop").await, app.project("Blog").await);
    let member = app.member(&shop, "dev@example.test", Role::Member).await;
    three_items(&app, &shop).await;
    shop.occurrence().environment("staging").send().await;
    blog.occurrence().send().await;
    app.digested().await;
    let form = [("action", "discard")];
    member.post("/p/shop/items/3/status", &form).await;
    let before = app.database.text(ROWS).await;

    for (items, why) in [
        (vec![], "two items or more"),
        (vec!["1"], "two items or more"),
        (vec!["1", "1"], "two items or more"),
        (vec!["1", "99", "x"], "two items or more"),
        (vec!["1", "4"], "one environment"),
        (vec!["1", "3"], "discarded"),
    ] {
        let form: Vec<_> = items.iter().map(|item| ("item", *item)).collect();
        let answer = member.post("/p/shop/merging", &form).await;
        assert_eq!(answer.status, 422, "{items:?}");
        assert!(answer.text().contains(why), "{items:?}: {}", answer.text());
    }
    assert_eq!(app.database.text(ROWS).await, before);
}

#[tokio::test]
async fn figures_of_a_group_are_sums() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    three_items(&app, &project).await;
    app.facets_counted().await;
    merge(&member, &["1", "2", "3"]).await;

    let page = member.page("/p/shop/items/1").await;
    for figure in [
        "3 occurrences of its own",
        "2 occurrences, last",
        "1 occurrence, last",
    ] {
        assert!(page.contains(figure), "{figure}: {page}");
    }
    let hours = "<dt>Last 24 hours</dt><dd>6</dd>";
    assert!(page.contains(hours), "{page}");
    let tabs = member.page("/p/shop/items").await;
    assert!(
        tabs.contains(r#"Active <span class="tab-count">1</span>"#),
        "{tabs}"
    );
    let listed = member.page("/p/shop/items/1/occurrences").await;
    assert_eq!(listed.matches("/p/shop/items/1/occurrences/").count(), 6);
    // The breakdown: all six come from one version.
    let (_, version) = page
        .split_once(r#"<span class="facet-value">2.4.1</span>"#)
        .expect("the version is a facet");
    let count = r#"<span class="facet-count">6</span>"#;
    assert!(version.trim_start().starts_with(count), "{page}");
}

#[tokio::test]
async fn a_discarded_group_discards_what_its_members_get() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let member = app.member(&project, "dev@example.test", Role::Member).await;
    three_items(&app, &project).await;
    merge(&member, &["1", "2"]).await;
    let form = [("action", "discard")];
    member.post("/p/shop/items/1/status", &form).await;
    project.occurrence().class("TypeError").send().await;
    app.digested().await;
    let stored = "SELECT count(*) FROM occurrences";
    assert_eq!(app.database.number(stored).await, 6);
    let page = member.page("/p/shop/settings/filters").await;
    assert!(!page.contains("TypeError"), "heads only: {page}");
}

#[tokio::test]
async fn a_deleted_head_takes_its_members_along() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "own@example.test", Role::Owner).await;
    three_items(&app, &project).await;
    merge(&owner, &["1", "2"]).await;
    let page = owner.page("/p/shop/items/1").await;
    assert!(page.contains("item that is merged into it"), "{page}");
    // The page of a member deletes nothing: there is none.
    let answer = owner.post("/p/shop/items/2/deletion", &[]).await;
    assert_eq!(answer.location(), "/p/shop/items/1?asked=2");

    let answer = owner.post("/p/shop/items/1/deletion", &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/p/shop/items"));
    let left = "SELECT string_agg(counter::text, ' ') FROM items";
    assert_eq!(app.database.text(left).await, "3");
    let asked =
        "SELECT string_agg(item_counter || ' ' || total, ', ' ORDER BY item_counter) FROM erasures";
    assert_eq!(app.database.text(asked).await, "1 3, 2 2");
    rollcage_tests::wait::until("the occurrences are erased", async || {
        let left = app
            .database
            .number("SELECT count(*) FROM occurrences")
            .await;
        (left == 1).then_some(())
    })
    .await;
    project.occurrence().class("TypeError").send().await;
    app.digested().await;
    assert_eq!(app.database.text(left).await, "3 4");
}

/// #1 with three occurrences, #2 with two, #3 with one, some seconds apart: a mail that is on its way
/// keeps its lease.
async fn three_items(app: &App, project: &Project<'_>) {
    for (class, times) in [("KeyError", 3), ("TypeError", 2), ("ValueError", 1)] {
        let occurrence = project.occurrence().class(class).message("'total'");
        occurrence.version("2.4.1").times(times).send().await;
        app.digested().await;
        app.advance(TimeDelta::seconds(15));
    }
}

/// Merges as the form of the list does: where it leads.
async fn merge(person: &Person<'_>, items: &[&str]) -> String {
    let form: Vec<_> = items.iter().map(|item| ("item", *item)).collect();
    let answer = person.post("/p/shop/merging", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.location().to_owned()
}

/// Where each item stands, members too.
async fn states(app: &App) -> String {
    let states = "SELECT string_agg(counter || ' ' || status, ', ' ORDER BY counter) FROM items";
    app.database.text(states).await
}
