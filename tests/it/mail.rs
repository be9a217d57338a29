//! Mails about items, as they arrive at a real SMTP server.

use std::collections::HashSet;

use chrono::TimeDelta;
use rollcage_server::{model::project::Role, store::outbox};
use rollcage_tests::{App, Database, MailServer, mail, wait::until};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn a_new_item_is_told_to_every_member_with_what_they_need() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    app.member(&project, "ann@example.test", Role::Viewer).await;
    app.member(&project, "bob@example.test", Role::Owner).await;
    app.stranger("eve@example.test").await;
    let frames = json!([{
        "filename": "shop/cart.py", "lineno": 27, "method": "total",
        "code": "return prices[key]",
        "context": { "pre": ["def total(cart, key):"], "post": ["# not <reached>"] },
    }]);
    let body = json!({ "trace": { "frames": frames, "exception": { "class": "KeyError", "message": "'<total>'" } } });
    project
        .occurrence()
        .with("body", body)
        .version("2.4.1")
        .times(3)
        .send()
        .await;

    let mails = server.arrived(2).await;
    let to: HashSet<&str> = mails
        .iter()
        .flat_map(|mail| &mail.to)
        .map(String::as_str)
        .collect();
    assert_eq!(to, HashSet::from(["ann@example.test", "bob@example.test"]));
    let link = format!("{}/p/shop/items/1", app.url());
    for mail in &mails {
        assert_eq!(mail.subject, "[Shop] New: KeyError: '<total>' (#1)");
        for part in [&mail.text, &mail.html] {
            for wanted in [
                "shop/cart.py",
                "total",
                "production",
                "2.4.1",
                "def total(cart, key):",
                "return prices[key]",
                &link,
            ] {
                assert!(part.contains(wanted), "{wanted}: {part}");
            }
        }
        assert!(mail.text.contains("KeyError: '<total>'"), "{}", mail.text);
        assert!(
            !mail.html.contains("<total>"),
            "what was sent is escaped: {}",
            mail.html
        );
    }
    let ids: HashSet<&str> = mails.iter().map(|mail| mail.message_id.as_str()).collect();
    assert_eq!(ids.len(), 2, "one each");
    // Two more of the same tell nobody anything new.
    app.stop().await;
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test]
async fn a_mail_waits_for_its_server_and_keeps_its_message_id() {
    let mut server = MailServer::down().await;
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "bob@example.test", Role::Owner).await;
    project.occurrence().send().await;
    failed_attempts(&app.database, 1).await;
    assert!(
        owner
            .page("/p/shop/settings")
            .await
            .contains("bob@example.test"),
        "the settings tell"
    );

    // Not before its time: the worker that looks finds nothing.
    server.up();
    app.wake_mailer().await;
    // While it is up it refuses once in the middle: the client cannot tell whether it was taken.
    let gate = server.hold();
    app.advance(TimeDelta::seconds(11));
    app.wake_mailer().await;
    server.is_held().await;
    server.stop().await;
    failed_attempts(&app.database, 2).await;
    gate.add_permits(100);
    server.up();
    app.advance(TimeDelta::seconds(31));
    app.wake_mailer().await;
    let mails = server.arrived(1).await;
    assert_eq!(mails.len(), 1);
    assert_eq!(mails[0].subject, "[Shop] New: KeyError: 'total' (#1)");
    let (key,): (String,) = sqlx::query_as("SELECT dedupe_key FROM outbox")
        .fetch_one(app.database.db())
        .await
        .expect("there is one");
    let id = rollcage_server::secrets::hex(&rollcage_server::secrets::sha256(&key)[..16]);
    assert_eq!(
        mails[0].message_id,
        format!("{id}@localhost"),
        "it is that of the outbox's row"
    );
}

#[tokio::test]
async fn an_item_that_comes_back_is_told_and_a_muted_one_is_not() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    app.member(&project, "bob@example.test", Role::Member).await;
    let item = project.occurrence().send().await.item().await;
    server.arrived(1).await;

    item.resolve_in("2.4.1").await;
    app.advance(TimeDelta::seconds(1));
    project.occurrence().version("2.4.2").send().await;
    let mails = server.arrived(2).await;
    assert_eq!(mails[1].subject, "[Shop] Came back: KeyError: 'total' (#1)");
    let sentence = "Item #1 came back in 2.4.2. It was resolved in 2.4.1.";
    assert!(mails[1].text.contains(sentence), "{}", mails[1].text);
    assert_ne!(mails[0].message_id, mails[1].message_id);

    item.mute().await;
    app.advance(TimeDelta::seconds(1));
    project.occurrence().times(20).send().await;
    app.stop().await;
    assert_eq!(server.mails().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_send_each_mail_once() {
    let server = MailServer::start();
    let database = Database::make().await;
    let one = App::builder()
        .database(&database)
        .mail(&server)
        .start()
        .await;
    let two = App::builder()
        .database(&database)
        .mail(&server)
        .start()
        .await;
    let project = one.project("Shop").await;
    one.member(&project, "bob@example.test", Role::Member).await;
    database
        .execute("UPDATE rules SET mails_per_hour = 1000")
        .await;
    two.knows(&project.tokens.read).await;
    for at in 0..40_u8 {
        let class = format!(
            "Error{}{}",
            char::from(b'A' + at / 8),
            char::from(b'A' + at % 8)
        );
        let payload = project.occurrence().class(&class).payload().to_string();
        let app = if at % 2 == 0 { &one } else { &two };
        assert_eq!(
            app.post_item(&project.tokens.server, payload).await.status,
            200
        );
    }
    server.arrived(40).await;
    one.stop().await;
    two.stop().await;
    let mails = server.mails();
    let ids: HashSet<String> = mails.iter().map(|mail| mail.message_id.clone()).collect();
    assert_eq!((mails.len(), ids.len()), (40, 40));
    assert_eq!(
        database
            .number("SELECT count(*) FROM outbox WHERE sent_at IS NULL")
            .await,
        0
    );
}

#[tokio::test]
async fn a_mail_is_completed_only_by_whoever_has_its_lease() {
    let server = MailServer::start();
    let gate = server.hold();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    app.member(&project, "bob@example.test", Role::Member).await;
    project.occurrence().send().await;
    server.is_held().await;

    // The worker has it and waits for the server; meanwhile its lease ends, and another takes it.
    let database = app.database.clone();
    let db = database.db();
    let (lease, now) = (Uuid::new_v4(), app.clock.now());
    let none = outbox::lease(db, lease, now, now + TimeDelta::minutes(3), 10).await;
    assert!(none.expect("Postgres answers").is_empty(), "it is leased");
    let later = now + TimeDelta::minutes(4);
    let leased = outbox::lease(db, lease, later, later + TimeDelta::minutes(3), 10).await;
    let leased = leased.expect("Postgres answers");
    assert_eq!((leased.len(), leased[0].attempts), (1, 2));

    gate.add_permits(1);
    server.arrived(1).await;
    app.stop().await;
    let sent = "SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL";
    assert_eq!(
        database.number(sent).await,
        0,
        "the first worker has no say any more"
    );
    let done = outbox::complete(database.db(), leased[0].id, lease, later).await;
    assert!(done.expect("Postgres answers"), "the second has");
    assert_eq!(database.number(sent).await, 1);
}

#[tokio::test]
async fn without_a_server_mails_are_files() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    app.member(&project, "bob@example.test", Role::Member).await;
    project.occurrence().send().await;
    let folder = app.data_dir().join("mail");
    let file = until("there is a mail", async || {
        let files = std::fs::read_dir(&folder).ok()?.flatten();
        let mut paths = files.map(|entry| entry.path());
        paths.find(|path| path.extension().is_some_and(|end| end == "eml"))
    })
    .await;
    let read = mail::read(&std::fs::read(file).expect("it is complete"), Vec::new());
    assert_eq!(read.subject, "[Shop] New: KeyError: 'total' (#1)");
    assert!(
        read.text.contains("shop/cart.py:27 in total"),
        "{}",
        read.text
    );
}

#[tokio::test]
async fn the_text_and_html_of_a_mail_are_as_they_were_reviewed() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    app.member(&project, "bob@example.test", Role::Member).await;
    project.occurrence().version("2.4.1").send().await;
    let mail = server.arrived(1).await.remove(0);
    let text = redacted(&mail.text, &app.url());
    insta::assert_snapshot!("mail_of_a_new_item", format!("{}\n\n{text}", mail.subject));
}

/// Without what differs from run to run: the port and the time.
fn redacted(text: &str, url: &str) -> String {
    text.replace(url, "https://rollcage.example.test")
        .lines()
        .map(|line| match line.split_once("Time: ") {
            Some((before, _)) => format!("{before}Time: [time]"),
            None => line.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Waits until an attempt to send the only mail has failed, that many times in all.
async fn failed_attempts(database: &Database, attempts: i64) {
    until("an attempt to send has failed", async || {
        let sql = "SELECT COALESCE(max(attempts), 0)::bigint FROM outbox WHERE error IS NOT NULL AND lease IS NULL";
        (database.number(sql).await == attempts).then_some(())
    })
    .await;
}
