//! Deleting: gone at once for people and SDKs, erased soon after, and nothing besides.

use chrono::TimeDelta;
use rollcage_server::{keeper, model::project::Role, store::projects};
use rollcage_tests::{App, Database, wait::until};
use serde_json::json;

#[tokio::test]
async fn a_deleted_item_is_gone_and_the_next_occurrence_makes_a_new_one() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let sent = project.occurrence().class("KeyError").times(3).send().await;
    let item = sent.item().await;
    let kept = project
        .occurrence()
        .class("TypeError")
        .send()
        .await
        .item()
        .await;
    let occurrence = item.json["last_occurrence_id"].clone();

    let deletion = format!("/p/shop/items/{}/deletion", item.counter);
    let answer = owner.post(&deletion, &[]).await;
    assert_eq!((answer.status, answer.location()), (303, "/p/shop/items"));
    assert_eq!(
        owner
            .get(&format!("/p/shop/items/{}", item.counter))
            .await
            .status,
        404
    );
    assert_eq!(
        project
            .get(&format!("/api/1/item/{}", item.id))
            .await
            .status,
        404
    );
    assert_eq!(
        project
            .get(&format!("/api/1/instance/{occurrence}"))
            .await
            .status,
        404
    );
    assert_eq!(owner.post(&deletion, &[]).await.status, 404, "twice");
    erased(&app).await;
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM occurrences")
            .await,
        1
    );
    for table in ["item_hours", "fingerprints", "items"] {
        let count = app
            .database
            .number(&format!("SELECT count(*) FROM {table}"))
            .await;
        assert_eq!(count, 1, "{table}");
    }
    let page = owner.page("/p/shop/settings/data").await;
    assert!(page.contains(&format!("Item #{}", item.counter)), "{page}");

    let again = project
        .occurrence()
        .class("KeyError")
        .send()
        .await
        .item()
        .await;
    assert_eq!(
        (again.counter, again.total),
        (3, 1),
        "counters are not given out twice"
    );
    assert_eq!(kept.reload().await.total, 1);
}

#[tokio::test]
async fn an_item_that_is_deleted_while_it_fails_loses_nothing_that_came_later() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    project.occurrence().send().await.item().await;
    // A digest that has found the item waits for its lock while the item is deleted.
    let mut tx = app.database.db().begin().await.expect("Postgres answers");
    sqlx::query("SELECT FROM items FOR UPDATE")
        .execute(&mut *tx)
        .await
        .expect("it is there");
    let body = project.occurrence().payload().to_string();
    assert_eq!(project.post(body).await.status, 200);
    until("the digest waits for the item", async || {
        let waiting = "SELECT count(*) FROM pg_stat_activity \
                       WHERE wait_event_type = 'Lock' AND query LIKE '%FROM items%'";
        (app.database.number(waiting).await > 0).then_some(())
    })
    .await;
    for statement in ["DELETE FROM fingerprints", "DELETE FROM items"] {
        sqlx::query(statement)
            .execute(&mut *tx)
            .await
            .expect("Postgres answers");
    }
    tx.commit().await.expect("Postgres answers");
    app.digested().await;
    let item = project.only_item().await;
    assert_eq!((item.counter, item.total), (2, 1));
    owner.page("/p/shop/items/2").await;
    let count = "SELECT count(*) FROM fingerprints JOIN items ON items.id = fingerprints.item_id";
    assert_eq!(app.database.number(count).await, 1);
}

#[tokio::test]
async fn a_deleted_occurrence_leaves_its_item_with_the_one_before() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    project.occurrence().message("'key-one'").send().await;
    let item = project
        .occurrence()
        .message("'key-two'")
        .send()
        .await
        .item()
        .await;
    let newest = item.json["last_occurrence_id"].clone();
    assert!(owner.page("/p/shop/items/1").await.contains("key-two"));

    let deletion = format!("/p/shop/items/1/occurrences/{newest}/deletion");
    assert_eq!(owner.post(&deletion, &[]).await.status, 303);
    assert_eq!(owner.post(&deletion, &[]).await.status, 404);
    let page = owner.page("/p/shop/items/1").await;
    assert!(
        page.contains("key-one") && !page.contains("key-two"),
        "{page}"
    );
    assert_eq!(item.reload().await.total, 2, "it did happen");
    // And none is left.
    let last = app.database.number("SELECT id FROM occurrences").await;
    owner
        .post(&format!("/p/shop/items/1/occurrences/{last}/deletion"), &[])
        .await;
    owner.page("/p/shop/items/1").await;
    owner.page("/p/shop/items/1/occurrences").await;
}

#[tokio::test]
async fn a_persons_data_goes_and_nobody_elses() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let other = app.project("Other").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    for (project, person, times) in [(&project, "42", 2), (&project, "43", 1), (&other, "42", 1)] {
        project
            .occurrence()
            .with(
                "person",
                json!({ "id": person, "email": "ann@shop.example.test" }),
            )
            .times(times)
            .send()
            .await;
    }
    app.digested().await;
    let page = owner.page("/p/shop/settings/data?person=42").await;
    assert!(page.contains("2 occurrences"), "{page}");
    let asked = owner
        .post("/p/shop/settings/data/person", &[("person", "42")])
        .await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    erased(&app).await;
    let left = "SELECT count(*) FROM occurrences WHERE project_id = ";
    let of = |project: i64, person: &str| format!("{left}{project} AND person = '{person}'");
    for (project, person, count) in [(&project, "42", 0), (&project, "43", 1), (&other, "42", 1)] {
        let found = app.database.number(&of(project.id.0, person)).await;
        assert_eq!(found, count, "{person} of {}", project.slug);
    }
    assert_eq!(
        owner
            .post("/p/shop/settings/data/person", &[("person", " ")])
            .await
            .status,
        422
    );
}

#[tokio::test]
async fn what_a_journal_brings_later_of_an_erased_person_goes_too() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let of_them = async || {
        let person = json!({ "id": "42" });
        project.occurrence().with("person", person).send().await;
    };
    app.database.refuse_digest().await;
    of_them().await;
    let form = [("person", "42")];
    assert_eq!(
        owner
            .post("/p/shop/settings/data/person", &form)
            .await
            .status,
        303
    );
    erased(&app).await;
    app.database.allow_digest().await;
    app.digested().await;
    // And what they cause afterwards is not meant.
    app.advance(TimeDelta::minutes(1));
    of_them().await;
    app.digested().await;
    let stored = "SELECT count(*) FROM occurrences WHERE person = '42'";
    assert_eq!(app.database.number(stored).await, 2);
    let sweep = async || {
        keeper::sweep(app.database.db(), app.clock.now())
            .await
            .expect("Postgres answers");
    };
    sweep().await;
    assert_eq!(app.database.number(stored).await, 1);
    let known = "SELECT count(*) FROM erasures WHERE person = '42'";
    assert_eq!(app.database.number(known).await, 1);
    app.advance(TimeDelta::days(1));
    sweep().await;
    assert_eq!(
        app.database.number(known).await,
        0,
        "who it was is not kept"
    );
}

#[tokio::test]
async fn a_token_that_is_made_while_its_project_is_deleted_is_none() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let mut tx = app.database.db().begin().await.expect("Postgres answers");
    assert!(
        projects::delete(&mut tx, project.id, app.clock.now())
            .await
            .expect("Postgres answers")
    );
    let form = [("name", "late"), ("scope", "write")];
    let (made, ()) = tokio::join!(owner.post("/p/shop/settings/tokens", &form), async {
        until("it waits for the project", async || {
            let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
            (app.database.number(waiting).await > 0).then_some(())
        })
        .await;
        tx.commit().await.expect("Postgres answers");
    });
    assert_eq!(made.status, 404, "{}", made.text());
    assert_eq!(app.database.number("SELECT count(*) FROM tokens").await, 0);
}

#[tokio::test]
async fn a_deleted_project_is_gone_with_everything() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let other = app.project("Other").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let admin = app.admin().await;
    for project in [&project, &other] {
        project.occurrence().times(5).send().await;
    }
    app.digested().await;
    let deletion = "/p/shop/settings/data/project";
    let wrong = owner.post(deletion, &[("name", "shop")]).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text().contains("Type the project"),
        "{}",
        wrong.text()
    );
    let done = owner.post(deletion, &[("name", "Shop")]).await;
    assert_eq!((done.status, done.location()), (303, "/"));
    for person in [&owner, &admin] {
        assert_eq!(person.get("/p/shop/items").await.status, 404);
        assert!(!person.page("/").await.contains("/p/shop/"));
    }
    until("the tokens work no longer", async || {
        let answer = project
            .post(project.occurrence().payload().to_string())
            .await;
        (answer.status == 401).then_some(())
    })
    .await;
    assert_eq!(project.get("/api/1/items").await.status, 401);
    erased(&app).await;
    for table in [
        "projects",
        "items",
        "fingerprints",
        "item_hours",
        "occurrences",
        "tokens",
    ] {
        let theirs = if table == "projects" {
            "id"
        } else {
            "project_id"
        };
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE {theirs} = {}",
            project.id
        );
        assert_eq!(app.database.number(&sql).await, 0, "{table}");
    }
    let left = format!(
        "SELECT count(*) FROM occurrences WHERE project_id = {}",
        other.id
    );
    assert_eq!(app.database.number(&left).await, 5);
    // The name is free again.
    assert_eq!(
        admin
            .post("/projects", &[("name", "Shop")])
            .await
            .location(),
        "/p/shop/start"
    );
}

#[tokio::test]
async fn partitions_that_were_there_before_get_the_index() {
    // Without a program that runs: its keeper makes the indexes too.
    let database = Database::make().await;
    let indexes = "SELECT count(*) FROM pg_inherits \
                   WHERE inhparent = 'occurrences_by_person'::regclass";
    let partitions = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'occurrences'::regclass";
    let wanted = database.number(partitions).await;
    assert!(wanted > 1);
    assert_eq!(database.number(indexes).await, wanted);
    // As an instance has it that was there before the index.
    for statement in [
        "DROP INDEX occurrences_by_person",
        "CREATE INDEX occurrences_by_person ON ONLY occurrences (project_id, person, received_at DESC) \
         WHERE person IS NOT NULL",
    ] {
        database.execute(statement).await;
    }
    assert_eq!(database.number(indexes).await, 0);
    let made = rollcage_server::store::partitions::complete_indexes(database.db())
        .await
        .expect("indexes are made");
    assert_eq!(i64::try_from(made).expect("few"), wanted);
    assert_eq!(database.number(indexes).await, wanted);
    let valid = "SELECT count(*) FROM pg_index \
                 WHERE indexrelid = 'occurrences_by_person'::regclass AND indisvalid";
    assert_eq!(database.number(valid).await, 1);
}

async fn erased(app: &App) {
    until("everything is erased", async || {
        let open = "SELECT count(*) FROM erasures WHERE done_at IS NULL";
        (app.database.number(open).await == 0).then_some(())
    })
    .await;
}
