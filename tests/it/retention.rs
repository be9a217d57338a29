//! Retention: partitions are dropped whole, whatever interrupts it, and what is counted stays.

use chrono::{NaiveDate, TimeDelta};
use rollcage_server::{
    keeper::{self, Retained},
    model::project::Role,
    store::{self, Db, partitions},
};
use rollcage_tests::{App, Database, Envelope, Project, envelope::event, wait::until};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection};
use uuid::Uuid;

/// Days for which most of these tests keep what was sent.
const WEEK: i32 = 7;

/// Runs the keeper's retention, once the app's own is through with it.
async fn retained(app: &App, days: i32) -> Retained {
    until("nobody else is at it", async || {
        keeper::retain(app.database.db(), &app.clock, days)
            .await
            .expect("nothing is in the way")
    })
    .await
}

/// Moves the app's clock 20 days back, which the digest believes, to a noon: the day then.
fn twenty_days_ago(app: &App) -> NaiveDate {
    let now = app.clock.now();
    let day = now.date_naive() - TimeDelta::days(20);
    let noon = day.and_hms_opt(12, 0, 0).expect("a time").and_utc();
    app.advance(noon - now);
    day
}

/// Moves it to the real time again.
fn today(app: &App) {
    let real = rollcage_server::clock::Clock::default().now();
    app.advance(real - app.clock.now());
}

fn partition(table: &str, day: NaiveDate) -> String {
    format!("{table}_{}", day.format("%Y%m%d"))
}

/// Whether a table is there, as a partition or not.
async fn is_there(db: &Database, table: &str) -> bool {
    let sql = format!("SELECT count(*) FROM pg_class WHERE relname = '{table}'");
    db.number(&sql).await == 1
}

/// Reports an event with a file and feedback.
async fn send_in_full(project: &Project<'_>) -> Uuid {
    let uuid = Uuid::now_v7();
    let feedback = json!({ "contexts": { "feedback": {
        "message": "It broke", "associated_event_id": uuid.simple().to_string(),
    } } });
    let envelope = Envelope::of(uuid)
        .event(&event("KeyError", "'A1'", "shop/cart.py", "find"))
        .attachment("cart.txt", b"two of them");
    let answer = project.post_envelope(&envelope).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let said = Envelope::of(Uuid::now_v7()).item(
        &json!({ "type": "feedback" }),
        feedback.to_string().as_bytes(),
    );
    let answer = project.post_envelope(&said).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    uuid
}

/// A partition of 20 days ago with an occurrence in it, and the clock back at the real time.
async fn with_an_old_partition(app: &App, project: &Project<'_>) -> NaiveDate {
    let day = twenty_days_ago(app);
    project.occurrence().send().await;
    app.digested().await;
    today(app);
    day
}

#[tokio::test]
async fn what_is_older_goes_whole_and_what_was_counted_stays() {
    let app = App::builder()
        .config(|config| config.retention_days = WEEK)
        .start()
        .await;
    let project = app.project("Shop").await;
    let day = twenty_days_ago(&app);
    let uuid = send_in_full(&project).await;
    app.digested().await;
    let old = project.only_item().await;
    let instance = project.instances(&old).await[0]["id"].clone();
    today(&app);
    project
        .occurrence()
        .class("TypeError")
        .times(2)
        .send()
        .await;
    app.digested().await;

    let gone = retained(&app, WEEK).await;
    for table in ["occurrences", "attachments", "feedback"] {
        let name = partition(table, day);
        // The app's own keeper may have been faster.
        assert!(!is_there(&app.database, &name).await, "{name}: {gone:?}");
        assert!(
            is_there(
                &app.database,
                &partition(table, app.clock.now().date_naive())
            )
            .await
        );
    }
    for (sql, left) in [
        ("SELECT count(*) FROM occurrences", 2),
        ("SELECT count(*) FROM attachments", 0),
        ("SELECT count(*) FROM feedback", 0),
        ("SELECT sum(total)::bigint FROM items", 3),
        ("SELECT sum(occurrences)::bigint FROM item_hours", 3),
        ("SELECT sum(occurrences)::bigint FROM project_hours", 3),
    ] {
        assert_eq!(app.database.number(sql).await, left, "{sql}");
    }

    // The item without an occurrence, everywhere it is met.
    let viewer = app.member(&project, "v@example.test", Role::Viewer).await;
    let page = viewer.page("/p/shop/items/1").await;
    assert!(
        page.contains("Its occurrences are older than 7 days"),
        "{page}"
    );
    let list = viewer.page("/p/shop/items/1/occurrences").await;
    assert!(
        list.contains("Its occurrences are older than 7 days"),
        "{list}"
    );
    assert!(viewer.page("/p/shop/items").await.contains("KeyError"));
    assert!(viewer.page("/p/shop/feedback").await.contains("<h1"));
    let occurrence = format!("/p/shop/items/1/occurrences/{instance}");
    for path in [
        occurrence.clone(),
        format!("{occurrence}/raw.json"),
        format!("/item/uuid/?uuid={uuid}"),
        format!("/occurrence/uuid/?uuid={uuid}"),
        format!("/p/shop/occurrences/{uuid}/attachments/1"),
    ] {
        assert_eq!(viewer.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(old.reload().await.total, 1);
    assert_eq!(
        project.instances(&old).await,
        Vec::<serde_json::Value>::new()
    );
    let instance = format!("/api/1/instance/{instance}");
    assert_eq!(project.get(&instance).await.status, 404);

    // It fails again, and is the same item.
    send_in_full(&project).await;
    app.digested().await;
    assert_eq!(old.reload().await.total, 2);
    let page = viewer.page("/p/shop/items/1").await;
    assert!(page.contains("Newest occurrence"), "{page}");
}

#[tokio::test]
async fn a_detach_that_was_killed_is_finished_by_the_next_run() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let day = with_an_old_partition(&app, &project).await;
    let name = partition("occurrences", day);
    retained(&app, 90).await;

    // A transaction that began before and has looked at the table: what a detach waits for.
    let db = app.database.db();
    let mut older = db.begin().await.expect("Postgres answers");
    sqlx::query("SELECT FROM occurrences LIMIT 1")
        .execute(&mut *older)
        .await
        .expect("Postgres answers");
    let killed = async {
        until("the detach waits, and is killed", async || {
            let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                          AND query LIKE 'ALTER TABLE occurrences DETACH PARTITION %'";
            (app.database.number(kill).await > 0).then_some(())
        })
        .await;
    };
    let (failed, ()) = tokio::join!(keeper::retain(db, &app.clock, WEEK), killed);
    failed.expect_err("its connection was killed");
    let pending = "SELECT count(*) FROM pg_inherits WHERE inhdetachpending";
    assert_eq!(app.database.number(pending).await, 1);
    // Meanwhile everything goes on: what is half detached is seen by nobody who begins now.
    let stored = "SELECT count(*) FROM occurrences";
    assert_eq!(app.database.number(stored).await, 0);
    project.occurrence().send().await;
    app.digested().await;
    assert_eq!(app.database.number(stored).await, 1);

    older.commit().await.expect("Postgres answers");
    let next = retained(&app, WEEK).await;
    assert!(next.partitions.contains(&name), "{next:?}");
    assert_eq!(app.database.number(pending).await, 0);
    assert!(!is_there(&app.database, &name).await);
    assert_eq!(project.only_item().await.total, 2);
}

#[tokio::test]
async fn what_was_detached_and_not_dropped_is_dropped_unless_a_person_did_it() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let day = with_an_old_partition(&app, &project).await;
    retained(&app, 90).await;
    let kept = partition("occurrences", day);
    let sql = format!("ALTER TABLE occurrences DETACH PARTITION {kept}");
    sqlx::query(AssertSqlSafe(sql))
        .execute(app.database.db())
        .await
        .expect("Postgres answers");
    let ours = partition("feedback", day);
    let mut connection = alone(app.database.db()).await;
    let since = app.clock.now().date_naive() - TimeDelta::days(7);
    let step = partitions::retire_next(&mut connection, partitions::Parent::Feedback, since)
        .await
        .expect("nothing is in the way");
    assert_eq!(step, Some(partitions::Step::Detached(ours.clone())));
    drop(connection);

    let gone = retained(&app, WEEK).await;
    assert!(gone.partitions.contains(&ours), "{gone:?}");
    assert!(!is_there(&app.database, &ours).await);
    let rows = format!("SELECT count(*) FROM {kept}");
    assert_eq!(app.database.number(&rows).await, 1);
}

#[tokio::test]
async fn keepers_that_run_at_once_drop_each_partition_once() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let day = with_an_old_partition(&app, &project).await;
    retained(&app, 90).await;
    let run = || keeper::retain(app.database.db(), &app.clock, WEEK);
    let (one, two, three) = tokio::join!(run(), run(), run());
    let mut dropped: Vec<String> = [one, two, three]
        .into_iter()
        .filter_map(|run| run.expect("nobody is in another's way"))
        .flat_map(|run| run.partitions)
        .collect();
    dropped.sort();
    let unstored = partition("unstored", day);
    let rest = ["attachments", "feedback", "occurrences"].map(|table| partition(table, day));
    dropped.retain(|name| *name != unstored);
    assert_eq!(dropped, rest);
}

#[tokio::test]
async fn a_backlog_from_before_is_stored_once_more_and_goes_again() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let day = with_an_old_partition(&app, &project).await;
    retained(&app, WEEK).await;
    let name = partition("occurrences", day);
    assert!(!is_there(&app.database, &name).await);
    // The digest has met that day, and believes its partition is there.
    twenty_days_ago(&app);
    project.occurrence().times(3).send().await;
    app.digested().await;
    today(&app);
    let stored = "SELECT count(*) FROM occurrences";
    assert_eq!(app.database.number(stored).await, 3);
    let lost = "SELECT count(*) FROM dead_letters";
    assert_eq!(app.database.number(lost).await, 0);
    assert_eq!(project.only_item().await.total, 4);
    retained(&app, WEEK).await;
    assert_eq!(app.database.number(stored).await, 0);
    assert_eq!(project.only_item().await.total, 4);
}

#[tokio::test]
async fn a_clock_that_is_ahead_deletes_nothing() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project.occurrence().times(2).send().await;
    app.digested().await;
    app.advance(TimeDelta::days(4_000));
    assert_eq!(retained(&app, WEEK).await, Retained::default());
    let stored = "SELECT count(*) FROM occurrences";
    assert_eq!(app.database.number(stored).await, 2);
}

#[tokio::test]
async fn hours_stay_for_thirteen_months() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project.occurrence().send().await;
    app.digested().await;
    let db = app.database.db();
    let now = app.clock.now();
    for days in [390, 430] {
        let at = now - TimeDelta::days(days);
        partitions::ensure(db, at.date_naive())
            .await
            .expect("partitions are made");
        for sql in [
            "INSERT INTO item_hours SELECT project_id, item_id, $1, 1 FROM item_hours LIMIT 1",
            "INSERT INTO project_hours SELECT project_id, environment, level, $1, 1
             FROM project_hours LIMIT 1",
            "INSERT INTO usage_hours VALUES (0, $1, 'unauthorized', 1)",
        ] {
            sqlx::query(sql)
                .bind(at)
                .execute(db)
                .await
                .expect("Postgres answers");
        }
    }
    // Who did it is left open: the app's own keeper may have been faster.
    retained(&app, WEEK).await;
    let first = "SELECT (now()::date - min(hour)::date)::bigint FROM";
    for table in ["item_hours", "project_hours", "usage_hours"] {
        let days = app.database.number(&format!("{first} {table}")).await;
        assert!((389..=391).contains(&days), "{table}: {days}");
    }
}

#[tokio::test]
async fn a_project_may_keep_less() {
    let app = App::start().await;
    let brief = app.project("Brief").await;
    let shop = app.project("Shop").await;
    let owner = app.member(&brief, "o@example.test", Role::Owner).await;
    twenty_days_ago(&app);
    for project in [&brief, &shop] {
        send_in_full(project).await;
        project.occurrence().class("TypeError").send().await;
    }
    app.digested().await;
    app.facets_counted().await;
    today(&app);
    brief.occurrence().class("ValueError").send().await;
    app.digested().await;
    let form = [("retention_days", "7"), ("stored_per_hour", "")];
    let saved = owner.post("/p/brief/settings/data/retention", &form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    assert!(
        owner
            .page("/p/brief/settings/data")
            .await
            .contains("value=\"7\"")
    );

    retained(&app, 90).await;
    let count = async |table: &str, project: &Project<'_>| {
        let sql = format!(
            "SELECT count(*) FROM {table} WHERE project_id = {}",
            project.id
        );
        app.database.number(&sql).await
    };
    for (table, left, others) in [
        ("occurrences", 1, 2),
        ("attachments", 0, 1),
        ("feedback", 0, 1),
        ("items", 3, 2),
        ("item_hours", 3, 2),
    ] {
        assert_eq!(count(table, &brief).await, left, "{table}");
        assert_eq!(count(table, &shop).await, others, "{table}");
    }
    let old_facets =
        "SELECT count(*) FROM item_facets WHERE day < now()::date - 7 AND project_id =";
    for (project, are_left) in [(&brief, false), (&shop, true)] {
        let left = app
            .database
            .number(&format!("{old_facets} {}", project.id))
            .await;
        assert_eq!(left > 0, are_left, "{}", project.slug);
    }
    let page = owner.page("/p/brief/items/1").await;
    assert!(
        page.contains("Its occurrences are older than 7 days"),
        "{page}"
    );
}

#[tokio::test]
async fn what_is_typed_about_retention_is_checked() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "o@example.test", Role::Owner).await;
    for (days, per_hour) in [
        ("0", ""),
        ("-1", ""),
        ("soon", ""),
        ("99999999999999999999", ""),
        ("", "0"),
        ("", "1.5"),
        ("36501", ""),
    ] {
        let form = [("retention_days", days), ("stored_per_hour", per_hour)];
        let refused = owner.post("/p/shop/settings/data/retention", &form).await;
        assert_eq!(refused.status, 422, "{days:?} {per_hour:?}");
        let typed = if days.is_empty() { per_hour } else { days };
        assert!(
            refused.text().contains(&format!("value=\"{typed}\"")),
            "{typed}"
        );
    }
    let set = "SELECT count(*) FROM projects WHERE retention_days IS NOT NULL \
               OR stored_per_hour IS NOT NULL";
    assert_eq!(app.database.number(set).await, 0);
    let form = [("retention_days", " 30 "), ("stored_per_hour", "1000")];
    let saved = owner.post("/p/shop/settings/data/retention", &form).await;
    assert_eq!(saved.status, 303);
    assert_eq!(app.database.number(set).await, 1);
    let form = [("retention_days", ""), ("stored_per_hour", "")];
    let saved = owner.post("/p/shop/settings/data/retention", &form).await;
    assert_eq!(saved.status, 303);
    assert_eq!(app.database.number(set).await, 0);
}

/// The connection that retention works on, once the app's own keeper is through with it.
async fn alone(db: &Db) -> PgConnection {
    until("nobody else is at it", async || {
        let connection: store::Result<Option<PgConnection>> = partitions::retire_alone(db).await;
        connection.expect("Postgres answers")
    })
    .await
}
