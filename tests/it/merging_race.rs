//! Merging, taking out and deciding while two nodes digest the same items.
//!
//! `ROLLCAGE_MERGE_ROUNDS=1000` plays the long form.

use std::env;

use chrono::TimeDelta;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, Database, Person, Project};
use serde_json::json;
use uuid::Uuid;

/// Rounds where nothing else is asked for: some ten seconds.
const ROUNDS: usize = 60;

const CLASSES: [&str; 4] = ["KeyError", "ValueError", "TypeError", "IndexError"];

/// Occurrences of each class that a round sends to each node; a third of them are the same ones.
const OF_EACH: usize = 3;

/// Pairs that are merged, so that two at once have an item in common.
const PAIRS: [[&str; 2]; 6] = [
    ["1", "2"],
    ["2", "3"],
    ["3", "4"],
    ["4", "1"],
    ["1", "3"],
    ["2", "4"],
];

/// What may not be, each as a count of it.
const WRONG: [(&str, &str); 8] = [
    (
        "an occurrence lies in an item that is not there",
        "SELECT count(*) FROM occurrences
         WHERE NOT EXISTS (SELECT FROM items WHERE items.id = occurrences.item_id)",
    ),
    (
        "an item by itself has another total than occurrences",
        "SELECT count(*) FROM items
         WHERE total - (SELECT COALESCE(sum(total), 0) FROM items AS member WHERE merged_into = items.id)
            <> (SELECT count(*) FROM occurrences WHERE item_id = items.id)",
    ),
    (
        "an item's hours say something else",
        "SELECT count(*) FROM items
         WHERE (SELECT sum(occurrences) FROM item_hours WHERE item_id = items.id)
            <> (SELECT count(*) FROM occurrences WHERE item_id = items.id)",
    ),
    (
        "a head does not know its members",
        "SELECT count(*) FROM items
         WHERE members <> ARRAY(SELECT id FROM items AS member WHERE merged_into = items.id ORDER BY id)",
    ),
    (
        "a member's head is none",
        "SELECT count(*) FROM items AS member
         WHERE merged_into IS NOT NULL AND NOT EXISTS (
             SELECT FROM items WHERE items.id = member.merged_into AND items.merged_into IS NULL)",
    ),
    (
        "an item shows another newest occurrence than its group's",
        "SELECT count(*) FROM items
         WHERE last_occurrence_id <> (
             SELECT id FROM occurrences WHERE item_id = ANY (items.id || items.members)
             ORDER BY received_at DESC, id DESC LIMIT 1)",
    ),
    (
        "a head forgot its own newest occurrence",
        "SELECT count(*) FROM items
         WHERE members <> '{}' AND own_last_occurrence_id IS DISTINCT FROM (
             SELECT id FROM occurrences WHERE item_id = items.id
             ORDER BY received_at DESC, id DESC LIMIT 1)",
    ),
    (
        "an item that failed after it was resolved did not come back",
        "SELECT count(*) FROM items WHERE status <> 'active'",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_change_while_two_nodes_digest_lose_nothing() {
    let rounds = env::var("ROLLCAGE_MERGE_ROUNDS").map_or(ROUNDS, |rounds| {
        rounds.parse().expect("ROLLCAGE_MERGE_ROUNDS is a number")
    });
    let database = Database::make().await;
    let one = App::builder().database(&database).start().await;
    let two = App::builder().beside(&one).start().await;
    let project = one.project("Shop").await;
    two.knows(&project.tokens.read).await;
    let ada = one.member(&project, "ada@example.test", Role::Member).await;
    let bob = Person::sign_in(&two, ada.id, "ada@example.test").await;
    for class in CLASSES {
        project.occurrence().class(class).send().await;
        one.digested().await;
    }

    let mut sent = CLASSES.len();
    for round in 0..rounds {
        if round % 4 == 0 {
            let item = &project.items().await[0];
            let path = format!("/api/1/item/{}", item["id"]);
            let answer = project.patch(&path, &json!({ "status": "resolved" })).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        one.advance(TimeDelta::seconds(1));
        let shared: Vec<Uuid> = CLASSES.iter().map(|_| Uuid::new_v4()).collect();
        tokio::join!(
            report(&one, &project, &shared),
            report(&two, &project, &shared),
            regroup(&ada, &database, round),
            regroup(&bob, &database, round + 1),
        );
        sent += CLASSES.len() * (2 * OF_EACH - 1);
        one.digested().await;
        two.digested().await;
        for (what, count) in WRONG {
            assert_eq!(database.number(count).await, 0, "{what}, in round {round}");
        }
        let heads = "SELECT sum(total)::bigint FROM items WHERE merged_into IS NULL";
        let total = database.number(heads).await;
        assert_eq!(total, i64::try_from(sent).expect("few"), "in round {round}");
    }
    let dead = database.number("SELECT count(*) FROM dead_letters").await;
    let deadlocks = database
        .number("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        .await;
    println!(
        "{rounds} rounds, {sent} occurrences, {} changes of groups, {deadlocks} deadlocks",
        database
            .number("SELECT count(*) FROM changes WHERE kind IN ('merged_into', 'taken_out_of')")
            .await
    );
    assert_eq!(dead, 0);
}

/// Sends occurrences of each class to one node, the first with a UUID that the other node gets too.
async fn report(app: &App, project: &Project<'_>, shared: &[Uuid]) {
    for (class, uuid) in CLASSES.iter().zip(shared) {
        for at in 0..OF_EACH {
            let uuid = if at == 0 { *uuid } else { Uuid::new_v4() };
            let payload = project.occurrence().class(class).uuid(uuid).payload();
            let token = &project.tokens.server;
            let answer = app.post_item(token, payload.to_string()).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
}

/// Merges a pair, or takes out what is a member just now.
async fn regroup(person: &Person<'_>, database: &Database, round: usize) {
    let answer = if round % 3 < 2 {
        let [one, other] = PAIRS[round % PAIRS.len()];
        let form = [("item", one), ("item", other)];
        person.post("/p/shop/merging", &form).await
    } else {
        let members = "SELECT format('%s %s', head.counter, member.counter)
             FROM items AS member JOIN items AS head ON head.id = member.merged_into
             UNION ALL SELECT '1 2' LIMIT 1";
        let found = database.text(members).await;
        let (head, member) = found.split_once(' ').expect("two counters");
        let path = format!("/p/shop/items/{head}/separation");
        person.post(&path, &[("group", member)]).await
    };
    // 422: they are one group already.
    assert!(
        matches!(answer.status, 303 | 422),
        "{} {}",
        answer.status,
        answer.text()
    );
}
