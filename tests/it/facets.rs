//! Facets: counted once whichever protocol they came by, bounded, and gone with what they are of.

use chrono::TimeDelta;
use rollcage_server::{keeper, model::project::Role};
use rollcage_tests::{App, Envelope, Project, envelope::event, wait::until};
use serde_json::{Value, json};
use uuid::Uuid;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// What is counted of a key on all days: values with their counts, in order.
async fn counted(app: &App, key: &str) -> Vec<(String, i64)> {
    app.facets_counted().await;
    sqlx::query_as(
        "SELECT value, sum(count)::bigint FROM item_facets WHERE key = $1 GROUP BY value ORDER BY 1",
    )
    .bind(key)
    .fetch_all(app.database.db())
    .await
    .expect("Postgres answers")
}

fn values(values: &[(&str, i64)]) -> Vec<(String, i64)> {
    let owned = |(value, count): &(&str, i64)| ((*value).to_owned(), *count);
    values.iter().map(owned).collect()
}

/// An event of Sentry's Python SDK in a request of person 42.
fn sentry_event() -> Value {
    let mut payload = event("KeyError", "'A1'", "shop/cart.py", "find");
    payload["release"] = json!("2.4.1");
    payload["server_name"] = json!("web-1");
    payload["user"] = json!({ "id": 42 });
    payload["tags"] = json!({ "plan": "pro" });
    payload["extra"] = json!({ "step": 3, "took": 0.25 });
    payload["contexts"] = json!({
        "runtime": { "name": "CPython", "version": "3.11.2" },
        "os": { "name": "Debian", "version": "12.11\n" },
    });
    payload["request"] = json!({
        "url": "https://shop.example/orders/8812",
        "headers": { "User-Agent": FIREFOX },
    });
    payload
}

async fn send_event(project: &Project<'_>, uuid: Uuid, payload: &Value) {
    let answer = project
        .post_envelope(&Envelope::of(uuid).event(payload))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

/// Moves the clock to a noon some days ago: no day ends while a test runs, and the digest believes
/// it.
fn at_noon(app: &App) {
    let now = app.clock.now();
    let noon = now.date_naive().and_hms_opt(12, 0, 0).expect("a time");
    app.advance(noon.and_utc() - TimeDelta::days(10) - now);
}

/// How many people item 1 met.
async fn people(app: &App) -> i64 {
    let sql = "SELECT people FROM item_people JOIN items ON id = item_id WHERE counter = 1";
    app.database.number(sql).await
}

#[tokio::test]
async fn people_are_counted_once_by_what_is_known_of_them() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let met_by = async |person: Option<u32>, address: &str| {
        let mut payload = sentry_event();
        payload["user"] = match person {
            Some(id) => json!({ "id": id, "ip_address": address }),
            None => json!({ "ip_address": address }),
        };
        send_event(&project, Uuid::now_v7(), &payload).await;
    };
    for person in [1, 2, 1] {
        met_by(Some(person), "192.0.2.1").await;
    }
    app.digested().await;
    app.facets_counted().await;
    assert_eq!(people(&app).await, 2);
    // Who is known is not counted by address, and comes back later.
    for (person, address) in [
        (Some(2), "192.0.2.7"),
        (None, "192.0.2.8"),
        (None, "192.0.2.8"),
    ] {
        met_by(person, address).await;
    }
    app.digested().await;
    app.facets_counted().await;
    assert_eq!(people(&app).await, 3);
    let viewer = app.member(&project, "v@example.test", Role::Viewer).await;
    let page = viewer.page("/p/shop/items/1").await;
    assert!(page.contains("<dd title=\"3\">3</dd>"), "{page}");
    let addresses = "SELECT count(*) FROM item_facets WHERE key = 'client' OR value LIKE '192.%'";
    assert_eq!(app.database.number(addresses).await, 0);

    let rows = "SELECT count(*) FROM item_people";
    assert_eq!(app.database.number(rows).await, 1);
    let items = sqlx::query("DELETE FROM items")
        .execute(app.database.db())
        .await;
    assert_eq!(items.expect("Postgres answers").rows_affected(), 1);
    assert_eq!(app.database.number(rows).await, 0);
}

#[tokio::test]
async fn both_protocols_count_the_same_facts() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project
        .occurrence()
        .version("2.4.1")
        .with("server", json!({ "host": "web-2" }))
        .with("person", json!({ "id": 43 }))
        .with("custom", json!({ "step": 3, "took": 0.5 }))
        .with(
            "request",
            json!({
                "url": "https://shop.example/orders/17?token=s3cr3t",
                "headers": { "user-agent": FIREFOX },
            }),
        )
        .times(3)
        .send()
        .await;
    for _ in 0..2 {
        send_event(&project, Uuid::now_v7(), &sentry_event()).await;
    }
    app.digested().await;
    for (key, expected) in [
        ("version", values(&[("2.4.1", 5)])),
        ("browser", values(&[("Firefox 140", 5)])),
        ("os", values(&[("Debian 12", 2), ("Linux", 3)])),
        ("url", values(&[("shop.example/orders/*", 5)])),
        ("host", values(&[("web-1", 2), ("web-2", 3)])),
        ("person", values(&[("42", 2), ("43", 3)])),
        ("custom.step", values(&[("3", 5)])),
        ("custom.took", values(&[])),
        ("tags.plan", values(&[("pro", 2)])),
        (
            "runtime",
            values(&[("CPython 3.11.2", 2), ("python 3.11.2", 3)]),
        ),
    ] {
        assert_eq!(counted(&app, key).await, expected, "{key}");
    }
    let left = app.database.number("SELECT count(*) FROM facet_batches");
    assert_eq!(left.await, 0, "what is counted lies there no more");
}

#[tokio::test]
async fn what_is_sent_again_is_counted_once() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let uuid = Uuid::now_v7();
    for _ in 0..3 {
        send_event(&project, uuid, &sentry_event()).await;
        project
            .occurrence()
            .version("2.4.1")
            .uuid(Uuid::from_u128(uuid.as_u128() + 1))
            .send()
            .await;
        app.digested().await;
    }
    assert_eq!(counted(&app, "version").await, values(&[("2.4.1", 2)]));
}

#[tokio::test]
async fn two_that_count_at_once_count_once() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for _ in 0..5 {
        project.occurrence().version("1").times(4).send().await;
        app.digested().await;
        tokio::join!(
            app.facets_counted(),
            app.facets_counted(),
            app.facets_counted()
        );
    }
    assert_eq!(counted(&app, "version").await, values(&[("1", 20)]));
}

#[tokio::test]
async fn a_flood_of_random_values_and_names_stays_bounded() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for round in 0..4 {
        for number in 0..50 {
            let mut custom = json!({ "request": Uuid::now_v7().to_string(), "steady": "yes" });
            custom[format!("name {round} {number}")] = json!(1);
            project.occurrence().with("custom", custom).send().await;
        }
        app.digested().await;
        app.facets_counted().await;
    }
    let requests = counted(&app, "custom.request").await;
    assert_eq!(requests.len(), 51, "fifty and the others");
    assert_eq!(requests.iter().map(|(_, count)| count).sum::<i64>(), 200);
    assert_eq!(requests[0].0, "", "the others");
    assert_eq!(
        counted(&app, "custom.steady").await,
        values(&[("yes", 200)])
    );
    let keys = "SELECT count(DISTINCT key) FROM item_facets WHERE key LIKE 'custom.%'";
    assert_eq!(app.database.number(keys).await, 30);
}

#[tokio::test]
async fn a_person_is_forgotten_and_their_occurrences_stay_counted() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let other = app.project("Other").await;
    let owner = app.member(&project, "o@example.test", Role::Owner).await;
    for (project, person, times) in [(&project, "42", 2), (&project, "43", 1), (&other, "42", 1)] {
        project
            .occurrence()
            .with("person", json!({ "id": person }))
            .with("custom", json!({ "buyer": person, "answer": 42 }))
            .times(times)
            .send()
            .await;
    }
    app.digested().await;
    app.facets_counted().await;
    let form = [("person", "42")];
    let answer = owner.post("/p/shop/settings/data/person", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    until("nothing names them", async || {
        let named = format!(
            "SELECT count(*) FROM item_facets WHERE value = '42' AND project_id = {}",
            project.id
        );
        (app.database.number(&named).await == 0).then_some(())
    })
    .await;
    assert_eq!(
        counted(&app, "person").await,
        values(&[("", 2), ("42", 1), ("43", 1)]),
        "the others are of this project, 42 is of another"
    );
    assert_eq!(
        counted(&app, "custom.buyer").await,
        values(&[("", 2), ("42", 1), ("43", 1)])
    );
}

#[tokio::test]
async fn facets_go_with_their_item_also_those_that_are_not_counted_yet() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "o@example.test", Role::Owner).await;
    for _ in 0..2 {
        project.occurrence().version("1").send().await;
        app.digested().await;
        app.facets_counted().await;
    }
    let kept = project.occurrence().class("TypeError").version("2");
    kept.send().await.item().await;
    // Nothing counts this one before the item is gone.
    let mut tx = app.database.db().begin().await.expect("Postgres answers");
    sqlx::query("SELECT pg_advisory_xact_lock(hashtext('rollcage facets'))")
        .execute(&mut *tx)
        .await
        .expect("Postgres answers");
    project.occurrence().version("1").send().await;
    app.digested().await;
    let gone = owner.post("/p/shop/items/1/deletion", &[]).await;
    assert_eq!(gone.status, 303);
    tx.commit().await.expect("Postgres answers");
    until("its facets are gone", async || {
        (counted(&app, "version").await == values(&[("2", 1)])).then_some(())
    })
    .await;

    let gone = owner
        .post("/p/shop/settings/data/project", &[("name", "Shop")])
        .await;
    assert_eq!(gone.status, 303, "{}", gone.text());
    until("all facets are gone", async || {
        (app.database
            .number("SELECT count(*) FROM item_facets")
            .await
            == 0)
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_item_page_shows_what_its_occurrences_have_in_common() {
    let app = App::start().await;
    at_noon(&app);
    let project = app.project("Shop").await;
    let viewer = app.member(&project, "v@example.test", Role::Viewer).await;
    project.occurrence().version("1.0").times(3).send().await;
    app.digested().await;
    app.facets_counted().await;
    app.advance(TimeDelta::days(2));
    project.occurrence().version("2.0").send().await;
    app.digested().await;
    app.facets_counted().await;
    let lines = |page: &str| -> Vec<String> {
        let titles = page.split("class=\"facet-line\" title=\"").skip(1);
        titles
            .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned()))
            .collect()
    };
    let page = viewer.page("/p/shop/items/1").await;
    assert_eq!(
        lines(&page),
        [
            "1.0: 3 occurrences",
            "2.0: 1 occurrence",
            "python 3.11.2: 4 occurrences"
        ]
    );
    assert!(page.contains("75%") && page.contains("25%"), "{page}");
    let recent = viewer.page("/p/shop/items/1?facets=2d").await;
    assert_eq!(
        lines(&recent),
        ["2.0: 1 occurrence", "python 3.11.2: 1 occurrence"]
    );
    app.advance(TimeDelta::days(20));
    let nothing = viewer.page("/p/shop/items/1?facets=14d").await;
    assert!(nothing.contains("Nothing was counted in the last 14 days"));
    let unknown = viewer.page("/p/shop/items/1?facets=%00").await;
    assert!(unknown.contains("Nothing was counted in the last 14 days"));
}

#[tokio::test]
async fn the_keeper_forgets_what_nobody_can_look_at() {
    let app = App::start().await;
    at_noon(&app);
    let project = app.project("Shop").await;
    project.occurrence().version("1").send().await;
    app.digested().await;
    app.facets_counted().await;
    for (days, count) in [(90, 1), (1, 0)] {
        app.advance(TimeDelta::days(days));
        keeper::forget_facets(app.database.db(), app.clock.now(), 90)
            .await
            .expect("Postgres answers");
        let left = "SELECT count(*) FROM item_facets WHERE key = 'version'";
        assert_eq!(app.database.number(left).await, count, "{days}");
    }
}
