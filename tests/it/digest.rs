//! From the journal to Postgres: grouping, and counts that are right however many count.

use std::collections::{BTreeSet, HashSet};

use rollcage_server::{
    fingerprint,
    model::{body, evidence::Evidence},
};
use rollcage_tests::{App, Database, wait::until};
use uuid::Uuid;

#[tokio::test]
async fn the_same_bug_is_one_item_and_another_bug_another() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let first = project.occurrence().message("'total'").send().await;
    let same = project.occurrence().message("'tax'").send().await;
    let elsewhere = project
        .occurrence()
        .raised_in("shop/tax.py", "rate")
        .send()
        .await;
    let otherwise = project.occurrence().class("ValueError").send().await;
    let staging = project.occurrence().environment("staging").send().await;

    let counters = [
        first.item().await.counter,
        same.item().await.counter,
        elsewhere.item().await.counter,
        otherwise.item().await.counter,
        staging.item().await.counter,
    ];
    assert_eq!(counters, [1, 1, 2, 3, 4]);
    let item = first.item().await;
    assert_eq!(item.total, 2);
    assert_eq!(item.json["title"], "KeyError: 'total'");
    assert_eq!(item.json["environment"], "production");
}

#[tokio::test]
async fn a_fingerprint_of_the_application_decides() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for class in ["KeyError", "ValueError"] {
        let occurrence = project
            .occurrence()
            .class(class)
            .with("fingerprint", "checkout");
        occurrence.send().await;
    }
    app.digested().await;
    assert_eq!(project.only_item().await.total, 2);
}

#[tokio::test]
async fn items_are_counted_within_their_project() {
    let app = App::start().await;
    let (shop, blog) = (app.project("Shop").await, app.project("Blog").await);
    for project in [&shop, &blog] {
        for class in ["KeyError", "ValueError", "TypeError"] {
            project.occurrence().class(class).send().await;
        }
    }
    app.digested().await;
    for project in [&shop, &blog] {
        let counters: Vec<_> = project
            .items()
            .await
            .iter()
            .filter_map(|item| item["counter"].as_i64())
            .collect();
        assert_eq!(HashSet::from_iter(counters), HashSet::from([1, 2, 3]));
    }
}

#[tokio::test]
async fn every_count_is_the_number_of_occurrences() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project.occurrence().times(7).send().await;
    project
        .occurrence()
        .environment("staging")
        .level("warning")
        .times(3)
        .send()
        .await;
    app.digested().await;
    agree(&app.database, 10).await;
    let by_level: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT environment, level, sum(occurrences)::bigint FROM project_hours
         GROUP BY 1, 2 ORDER BY 1",
    )
    .fetch_all(app.database.db())
    .await
    .expect("Postgres answers");
    let wanted = [("production", "error", 7), ("staging", "warning", 3)];
    assert_eq!(
        by_level,
        wanted.map(|(one, two, count)| (one.to_owned(), two.to_owned(), count))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_digest_the_same_bugs_lose_no_count() {
    let database = Database::make().await;
    let one = App::builder().database(&database).start().await;
    let two = App::builder().beside(&one).start().await;
    let project = one.project("Shop").await;
    two.knows(&project.tokens.read).await;
    // Retries that reach the other node, and the same few items on both.
    let uuids: Vec<Uuid> = (0..400).map(|_| Uuid::new_v4()).collect();
    let send = async |app: &App, uuids: &[Uuid]| {
        for (at, uuid) in uuids.iter().enumerate() {
            let class = ["KeyError", "ValueError", "TypeError", "IndexError"][at % 4];
            let payload = project.occurrence().class(class).uuid(*uuid).payload();
            let answer = app
                .post_item(&project.tokens.server, payload.to_string())
                .await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    };
    // 0..250 to one node, 150..400 to the other: a hundred to both.
    tokio::join!(send(&one, &uuids[..250]), send(&two, &uuids[150..]));
    one.digested().await;
    two.digested().await;

    agree(&database, 400).await;
    let items = project.items().await;
    assert_eq!(items.len(), 4, "{items:#?}");
    let totals: i64 = items
        .iter()
        .filter_map(|item| item["total_occurrences"].as_i64())
        .sum();
    assert_eq!(totals, 400);
    let duplicates = database
        .number("SELECT sum(count)::bigint FROM usage_hours WHERE outcome = 'duplicate'")
        .await;
    assert_eq!(duplicates, 100);
    assert_eq!(
        database.number("SELECT count(*) FROM dead_letters").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_that_meet_a_bug_first_make_one_item() {
    let database = Database::make().await;
    let one = App::builder().database(&database).start().await;
    let two = App::builder().beside(&one).start().await;
    let project = one.project("Shop").await;
    two.knows(&project.tokens.read).await;
    for round in 0..20 {
        let payload = project
            .occurrence()
            .class(&format!("Error{}", letters(round)))
            .payload()
            .to_string();
        let (left, right) = tokio::join!(
            one.post_item(&project.tokens.server, payload.clone()),
            two.post_item(&project.tokens.server, payload.clone()),
        );
        assert_eq!((left.status, right.status), (200, 200));
    }
    one.digested().await;
    two.digested().await;
    let items = project.items().await;
    assert_eq!(items.len(), 20, "{items:#?}");
    assert!(
        items.iter().all(|item| item["total_occurrences"] == 2),
        "{items:#?}"
    );
    let counters: BTreeSet<i64> = items
        .iter()
        .filter_map(|item| item["counter"].as_i64())
        .collect();
    assert_eq!(
        counters.into_iter().collect::<Vec<_>>(),
        (1..=20).collect::<Vec<i64>>()
    );
    agree(&database, 40).await;
}

#[tokio::test]
async fn what_is_in_the_journal_is_digested_by_the_next_start() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let payload = project.occurrence().payload().to_string();
    let token = project.tokens.server.clone();
    app.database.refuse_digest().await;
    for _ in 0..5 {
        assert_eq!(app.post_item(&token, payload.clone()).await.status, 200);
    }
    let (database, data_dir) = app.stop().await;
    assert_eq!(database.number("SELECT count(*) FROM occurrences").await, 0);

    database.allow_digest().await;
    let app = App::builder()
        .database(&database)
        .data_dir(data_dir)
        .start()
        .await;
    app.digested().await;
    agree(&database, 5).await;
}

#[tokio::test]
async fn a_record_that_cannot_be_applied_is_a_dead_letter_and_stops_nobody() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    // As if a migration had gone wrong: this environment cannot be stored.
    app.database
        .execute("ALTER TABLE items ADD CONSTRAINT refused CHECK (environment <> 'cursed')")
        .await;
    let admin = app.admin().await;
    for at in 0..10 {
        let environment = if at == 4 { "cursed" } else { "production" };
        project.occurrence().environment(environment).send().await;
    }
    app.digested().await;
    assert_eq!(project.only_item().await.total, 9);
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM dead_letters")
            .await,
        1
    );
    assert!(admin.page("/admin/system").await.contains("refused"));
}

#[tokio::test]
async fn a_project_that_is_gone_takes_its_occurrences_along() {
    let app = App::start().await;
    let (shop, blog) = (app.project("Shop").await, app.project("Blog").await);
    shop.occurrence().send().await;
    app.digested().await;
    // Ingest still knows the token: the occurrence belongs to nobody by the time it is digested.
    app.database
        .execute("DELETE FROM projects WHERE slug = 'shop'")
        .await;
    shop.occurrence().send().await;
    blog.occurrence().send().await;
    app.digested().await;
    assert_eq!(blog.only_item().await.total, 1);
    until("ingest forgets the token", async || {
        rollcage_server::accounts::announce_tokens(app.database.db()).await;
        (shop.post("{}").await.status == 401).then_some(())
    })
    .await;
}

/// Checks that all counts are that number.
pub async fn agree(database: &Database, occurrences: i64) {
    for sql in [
        "SELECT count(*) FROM occurrences",
        "SELECT count(DISTINCT (project_id, uuid)) FROM occurrences",
        "SELECT COALESCE(sum(total), 0)::bigint FROM items",
        "SELECT COALESCE(sum(occurrences), 0)::bigint FROM item_hours",
        "SELECT COALESCE(sum(occurrences), 0)::bigint FROM project_hours",
        "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours WHERE outcome = 'accepted'",
    ] {
        assert_eq!(database.number(sql).await, occurrences, "{sql}");
    }
}

/// A number in letters: grouping takes digits out of names.
fn letters(number: u8) -> String {
    format!(
        "{}{}",
        char::from(b'A' + number / 10),
        char::from(b'A' + number % 10)
    )
}

#[tokio::test]
async fn a_change_of_the_rules_splits_no_item() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let item = project.occurrence().class("KeyError").send().await;
    let item = item.item().await;
    // As an instance has it whose items were made by the rules before.
    let body: Vec<u8> = sqlx::query_scalar("SELECT body FROM occurrences")
        .fetch_one(app.database.db())
        .await
        .expect("Postgres answers");
    let occurrence = body::decode(&body, None).expect("what was stored is readable");
    let (version, older) = fingerprint::older(&Evidence::from(&occurrence))
        .next()
        .expect("there are older rules");
    assert_ne!(version, fingerprint::VERSION);
    sqlx::query("UPDATE fingerprints SET sha256 = $1, version = $2")
        .bind(older.0.as_slice())
        .bind(version.cast_signed())
        .execute(app.database.db())
        .await
        .expect("Postgres answers");

    project.occurrence().class("KeyError").times(2).send().await;
    app.digested().await;
    let only = project.only_item().await;
    assert_eq!((only.id, only.total), (item.id, 3));
    let versions = "SELECT string_agg(version::text, ' ' ORDER BY version) FROM fingerprints";
    let wanted = format!("{version} {}", fingerprint::VERSION);
    assert_eq!(app.database.text(versions).await, wanted);
    let page = app.admin().await.page("/p/shop/items/1").await;
    assert!(
        page.contains(&older.to_string()[..12]),
        "the page says what else leads to the item"
    );
}
