//! What one project may send, so that no other suffers from it: rates, its share of the journal,
//! environments, new items.

use chrono::TimeDelta;
use reqwest::Method;
use rollcage_server::model::project::Role;
use rollcage_tests::{Answer, App, Envelope, Person, Project, envelope::event, wait::until};
use serde_json::json;
use uuid::Uuid;

/// Sets what a project may send, and waits until ingest knows.
async fn limit(app: &App, project: &Project<'_>, per_minute: &str, new_items: &str) {
    let owner = owner(app, project).await;
    let form = [
        ("per_minute", per_minute),
        ("new_items_per_minute", new_items),
    ];
    let path = format!("/p/{}/settings/limits", project.slug);
    let saved = owner.post(&path, &form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    // Ingest reads all tokens at once: who knows a later one knows the limit.
    app.project(&format!("Later {}", Uuid::now_v7())).await;
}

async fn owner<'a>(app: &'a App, project: &Project<'_>) -> Person<'a> {
    let email = format!("{}@example.test", Uuid::now_v7());
    app.member(project, &email, Role::Owner).await
}

/// Moves the clock to the beginning of a minute: none ends while a test sends some occurrences.
fn at_full_minute(app: &App) {
    let now = app.clock.now();
    app.advance(TimeDelta::milliseconds(
        60_000 - now.timestamp_millis() % 60_000,
    ));
}

fn envelope(class: &str) -> Envelope {
    Envelope::of(Uuid::now_v7()).event(&event(class, "'A1'", "shop/cart.py", "find"))
}

/// What the usage page says once it says `text`.
async fn usage_with(person: &Person<'_>, project: &Project<'_>, text: &str) -> String {
    let path = format!("/p/{}/usage", project.slug);
    until("the usage page says it", async || {
        let page = person.page(&path).await;
        page.contains(text).then_some(page)
    })
    .await
}

#[tokio::test]
async fn all_tokens_of_a_project_share_its_rate_in_both_protocols() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let other = app.project("Other").await;
    limit(&app, &project, "1", "").await;
    let payload = project.occurrence().payload().to_string();
    let first = project.post(payload.clone()).await;
    assert_eq!(first.status, 200);
    assert_eq!(first.header("x-rate-limit-limit"), "1");
    assert_eq!(first.header("x-rate-limit-remaining"), "0");

    for token in [&project.tokens.server, &project.tokens.client] {
        let over = app.post_item(token, payload.clone()).await;
        assert_eq!(over.status, 429, "{}", over.text());
        let said = "the project of this access token may send 1 occurrences a minute";
        assert_eq!(over.json()["message"], said);
        assert_eq!(over.header("x-rate-limit-limit"), "1");
        assert_eq!(over.header("x-rate-limit-remaining"), "0");
        let seconds: u64 = over.header("retry-after").parse().expect("seconds");
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    let over = project.post_envelope(&envelope("KeyError")).await;
    assert_eq!(over.status, 429, "{}", over.text());
    assert_eq!(
        over.header("x-sentry-rate-limits"),
        format!(
            "{}:error;default;security;attachment;feedback:project",
            over.header("retry-after")
        )
    );

    // Others do not notice, and it is told what was refused.
    let free = other.post(payload).await;
    assert_eq!(
        (free.status, free.header("x-rate-limit-limit")),
        (200, "6000000")
    );
    let owner = owner(&app, &project).await;
    usage_with(&owner, &project, "Rate-limited: project").await;
    let refused =
        "SELECT sum(count)::bigint FROM usage_hours WHERE outcome = 'project_rate_limited'";
    assert_eq!(app.database.number(refused).await, 3);
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1);
}

#[tokio::test]
async fn what_of_an_envelope_is_over_the_rate_is_told_beside_what_is_stored() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    limit(&app, &project, "1", "").await;
    let both = envelope("KeyError").event(&event("TypeError", "'B2'", "shop/till.py", "pay"));
    let answer = project.post_envelope(&both).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let limits = answer.header("x-sentry-rate-limits");
    let (seconds, rest) = limits.split_once(':').expect("seconds first");
    assert!((1..=60).contains(&seconds.parse::<u64>().expect("seconds")));
    assert_eq!(rest, "error;default;security;attachment;feedback:project");
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1);
}

#[tokio::test]
async fn limits_are_numbers_that_everybody_may_see() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = owner(&app, &project).await;
    let viewer = app.member(&project, "v@example.test", Role::Viewer).await;
    for wrong in ["0", "-1", "many", "1.5", "99999999999"] {
        for form in [
            [("per_minute", wrong), ("new_items_per_minute", "")],
            [("per_minute", ""), ("new_items_per_minute", wrong)],
        ] {
            let answer = owner.post("/p/shop/settings/limits", &form).await;
            assert_eq!(answer.status, 422, "{wrong}");
            assert!(answer.text().contains("Enter numbers"), "{wrong}");
            assert!(answer.text().contains(&format!("value=\"{wrong}\"")));
        }
    }
    let page = viewer.page("/p/shop/settings").await;
    assert!(page.contains("<dd>no limit</dd>") && page.contains("<dd>500</dd>"));
    let many = [("per_minute", "10001"), ("new_items_per_minute", "10001")];
    let answer = owner.post("/p/shop/settings/limits", &many).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    limit(&app, &project, " 600 ", "20").await;
    let page = viewer.page("/p/shop/settings").await;
    assert!(page.contains("<dd>600</dd>") && page.contains("<dd>20</dd>"));
    limit(&app, &project, "", "").await;
    let page = viewer.page("/p/shop/settings").await;
    assert!(page.contains("<dd>no limit</dd>") && page.contains("<dd>500</dd>"));
}

/// An occurrence with a file of 200 KB.
async fn send_much(project: &Project<'_>) -> Answer {
    let much = envelope("KeyError").attachment("core", &vec![7; 200_000]);
    project.post_envelope(&much).await
}

/// Sends much until the project may not send more: how often it could.
async fn fill(project: &Project<'_>) -> i64 {
    for sent in 0..100 {
        let answer = send_much(project).await;
        match answer.status {
            200 => {}
            429 => {
                assert_eq!(answer.header("retry-after"), "30");
                assert_eq!(
                    answer.header("x-sentry-rate-limits"),
                    "30:error;default;security;attachment;feedback:project"
                );
                return sent;
            }
            other => panic!("{other} after {sent}: {}", answer.text()),
        }
    }
    panic!("nobody stopped it");
}

#[tokio::test]
async fn one_project_does_not_fill_the_journal_for_all() {
    let app = App::builder()
        .config(|config| config.journal_max_bytes = 8 << 20)
        .start()
        .await;
    let [greedy, second, third] = [
        app.project("Greedy").await,
        app.project("Second").await,
        app.project("Third").await,
    ];
    app.database.refuse_digest().await;
    // Half of the journal, and no more; then a quarter; and there is room left for others.
    let by_greedy = fill(&greedy).await;
    assert!((18..=23).contains(&by_greedy), "{by_greedy}");
    let by_second = fill(&second).await;
    assert!((9..=12).contains(&by_second), "{by_second}");
    assert_eq!(send_much(&third).await.status, 200);
    third.occurrence().send().await;
    let refused = greedy.post(greedy.occurrence().payload().to_string()).await;
    assert_eq!(refused.status, 429, "{}", refused.text());
    assert_eq!(
        refused.json()["message"],
        "too much of this project waits to be stored: try again later"
    );
    assert_eq!(refused.header("retry-after"), "30");

    app.database.allow_digest().await;
    app.digested().await;
    assert_eq!(send_much(&greedy).await.status, 200);
    app.digested().await;
    assert_eq!(greedy.only_item().await.total, by_greedy + 1);
    assert_eq!(second.only_item().await.total, by_second);
    let owner = owner(&app, &greedy).await;
    usage_with(&owner, &greedy, "Over its share").await;
    let refused = format!(
        "SELECT sum(count)::bigint FROM usage_hours
         WHERE outcome = 'project_backlog' AND project_id = {}",
        greedy.id
    );
    assert_eq!(app.database.number(&refused).await, 2);
}

#[tokio::test]
async fn one_environment_too_many_is_stored_under_another_name() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = owner(&app, &project).await;
    let send = async |project: &Project<'_>, number: usize| {
        let environment = format!("branch-{number:03}");
        project.occurrence().environment(&environment).send().await;
    };
    for number in 0..103 {
        send(&project, number).await;
    }
    let mut of_sentry = event("KeyError", "'total'", "shop/cart.py", "total");
    of_sentry["environment"] = json!("branch-200");
    let envelope = Envelope::of(Uuid::now_v7()).event(&of_sentry);
    assert_eq!(project.post_envelope(&envelope).await.status, 200);
    app.digested().await;
    let counts = async |app: &App| {
        let environments = "SELECT count(DISTINCT environment) FROM items";
        let others = "SELECT sum(total)::bigint FROM items WHERE environment = '(other)'";
        let hours =
            "SELECT sum(occurrences)::bigint FROM project_hours WHERE environment = '(other)'";
        let tally =
            "SELECT sum(count)::bigint FROM usage_hours WHERE outcome = 'beyond:environments'";
        let mut numbers = Vec::new();
        for sql in [environments, others, hours, tally] {
            numbers.push(app.database.number(sql).await);
        }
        numbers
    };
    assert_eq!(counts(&app).await, [101, 4, 4, 4]);
    let usage = usage_with(&owner, &project, "Stored elsewhere").await;
    assert!(usage.contains("is under (other)"), "{usage}");

    // Those that have items stay, whether they are remembered or looked up; and one that goes with
    // its last item makes room.
    send(&project, 7).await;
    let tokens = project.tokens.clone();
    drop((owner, project));
    let (database, data_dir) = app.stop().await;
    let app = App::builder()
        .database(&database)
        .data_dir(data_dir)
        .start()
        .await;
    let send = async |number: usize| {
        let payload = json!({ "data": {
            "environment": format!("branch-{number:03}"),
            "body": { "message": { "body": "the till is stuck" } },
        } });
        let answer = app.post_item(&tokens.server, payload.to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        app.digested().await;
    };
    for number in [7, 8, 300] {
        send(number).await;
    }
    assert_eq!(counts(&app).await, [101, 5, 5, 5]);
    app.database
        .execute("DELETE FROM fingerprints WHERE environment = 'branch-050'")
        .await;
    send(301).await;
    send(302).await;
    assert_eq!(counts(&app).await, [102, 6, 6, 6]);
}

#[tokio::test]
async fn too_many_new_items_share_one_and_have_their_own_later() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = owner(&app, &project).await;
    limit(&app, &project, "", "3").await;
    at_full_minute(&app);
    let class = |number: usize| project.occurrence().class(&format!("Made{number}Up"));
    for number in 0..3 {
        class(number).send().await;
    }
    let mut beyond = Vec::new();
    for number in 3..7 {
        beyond.extend(class(number).times(2).send().await.uuids);
    }
    let sentry = envelope("MadeOverThereUp");
    assert_eq!(project.post_envelope(&sentry).await.status, 200);
    class(8).environment("staging").send().await;
    // What is known already is not new.
    class(0).send().await;
    app.digested().await;

    let totals = async || {
        let mut items: Vec<_> = project
            .items()
            .await
            .iter()
            .map(|item| {
                let text = |name: &str| item[name].as_str().unwrap_or_default().to_owned();
                let total = item["total_occurrences"].as_i64().unwrap_or_default();
                (text("environment"), text("title"), total)
            })
            .collect();
        items.sort();
        items
    };
    let found = totals().await;
    assert_eq!(found.len(), 5, "{found:#?}");
    let shared = "Further new items: more began in a minute than this project may have";
    let overflowing: Vec<_> = found.iter().filter(|item| item.1 == shared).collect();
    assert_eq!(
        overflowing,
        [
            &("production".to_owned(), shared.to_owned(), 9),
            &("staging".to_owned(), shared.to_owned(), 1)
        ]
    );
    let mails = "SELECT count(DISTINCT detail ->> 'item') FROM outbox WHERE kind = 'new_item'";
    assert_eq!(app.database.number(mails).await, 5);
    let usage = usage_with(&owner, &project, "Stored elsewhere").await;
    assert!(usage.contains("Further new items"), "{usage}");
    let tally = "SELECT sum(count)::bigint FROM usage_hours WHERE outcome = 'beyond:new_items'";
    assert_eq!(app.database.number(tally).await, 10);

    // A minute later there is room: it has its own item when it comes again. What is only sent
    // again begins none.
    app.advance(TimeDelta::minutes(1));
    class(4).uuid(beyond[2]).send().await;
    class(5).send().await;
    class(0).send().await;
    app.digested().await;
    let found = totals().await;
    assert_eq!(found.len(), 6, "{found:#?}");
    let own = found.iter().find(|item| item.1.contains("Made5Up"));
    assert_eq!(own.map(|item| item.2), Some(1), "{found:#?}");
    let all: i64 = found.iter().map(|item| item.2).sum();
    assert_eq!(all, 16);
    assert_eq!(app.database.number(mails).await, 6);
}

#[tokio::test]
async fn a_flood_of_unknown_tokens_is_refused_and_counted() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for number in 0..200 {
        let unknown = format!("{number:032x}");
        let path = format!("/api/{}/envelope/?sentry_key={unknown}", project.id);
        let (rollbar, sentry) = tokio::join!(
            app.post_item(&unknown, "{}"),
            app.request(Method::POST, &path, &[], "{}")
        );
        assert_eq!((rollbar.status, sentry.status), (401, 401));
    }
    project.occurrence().send().await;
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1);
}
