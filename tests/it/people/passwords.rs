//! Passwords: forgotten, reset, changed.

use chrono::TimeDelta;
use rollcage_tests::{Answer, App, MailServer, Person, app::PASSWORD, wait::until};

use super::{NEW_PASSWORD, ask_for_reset, link, log_in, post};

#[tokio::test]
async fn a_forgotten_password_is_reset_once_within_the_hour() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let id = app.user("ann@example.test", false).await;
    let before = Person::sign_in(&app, id, "ann@example.test").await;
    let known = ask_for_reset(&app, "Ann@example.test").await;
    let unknown = ask_for_reset(&app, "nobody@example.test").await;
    assert_eq!((known.status, unknown.status), (200, 200));
    let told = |answer: &Answer| answer.text().replace("Ann@", "nobody@");
    assert_eq!(
        told(&known),
        told(&unknown),
        "nobody learns who has an account"
    );

    let mail = server.arrived(1).await.remove(0);
    assert_eq!(mail.to, ["ann@example.test"], "not as it was typed");
    let first = link(&app, &mail, "/password/");
    assert!(app.get(&first).await.text().contains("ann@example.test"));
    app.advance(TimeDelta::hours(1) + TimeDelta::seconds(1));
    let old = app.get(&first).await;
    assert_eq!(old.status, 410);
    assert!(old.text().contains("too old"), "{}", old.text());
    assert_eq!(
        post(&app, &first, &format!("password={NEW_PASSWORD}"))
            .await
            .status,
        410
    );

    ask_for_reset(&app, "ann@example.test").await;
    let second = link(&app, &server.arrived(2).await[1], "/password/");
    assert_eq!(post(&app, &second, "password=short").await.status, 422);
    let done = post(&app, &second, &format!("password={NEW_PASSWORD}")).await;
    assert_eq!(
        (done.status, done.location()),
        (303, "/login?done=password")
    );
    assert_eq!(
        post(&app, &second, "password=and-once-more").await.status,
        404,
        "once"
    );

    assert_eq!(
        before.get("/account").await.status,
        303,
        "all sessions are ended"
    );
    assert!(
        Person::log_in(&app, "ann@example.test", PASSWORD, "")
            .await
            .1
            .is_none()
    );
    assert!(
        Person::log_in(&app, "ann@example.test", NEW_PASSWORD, "")
            .await
            .1
            .is_some()
    );
    let told = server.arrived(3).await.remove(2);
    assert!(told.subject.contains("was changed"), "{}", told.subject);
}

#[tokio::test]
async fn nobody_is_flooded_with_resets_and_the_deactivated_get_none() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    app.user("ann@example.test", false).await;
    let gone = app.user("gone@example.test", false).await;
    let admin = app.admin().await;
    let disabled = format!("/admin/users/{gone}/disabled");
    assert_eq!(
        admin.post(&disabled, &[("disabled", "true")]).await.status,
        303
    );
    ask_for_reset(&app, "gone@example.test").await;
    for _ in 0..8 {
        assert_eq!(ask_for_reset(&app, "ann@example.test").await.status, 200);
        app.advance(TimeDelta::minutes(1));
    }
    // Requests are answered before their mails are made, and those of an hour are five whatever their
    // order.
    let resets = "SELECT count(*) FROM outbox WHERE kind = 'password_reset'";
    let there = async |count| {
        until("as many resets", async || {
            (app.database.number(resets).await >= count).then_some(())
        })
        .await;
    };
    there(5).await;
    // After all that was asked for comes the answer to one more, which an hour later is sent.
    app.advance(TimeDelta::hours(1));
    ask_for_reset(&app, "ann@example.test").await;
    there(6).await;
    let mails = server.arrived(6).await;
    assert!(
        mails.iter().all(|mail| mail.to == ["ann@example.test"]),
        "{mails:#?}"
    );
    assert_eq!(app.database.number(resets).await, 6);
}

#[tokio::test]
async fn a_reset_goes_to_the_account_and_not_to_what_looks_like_its_address() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    app.user("admin@kite.example.test", true).await;
    // Postgres may take these letters for the same in lower case: a dotted I, the sign of Kelvin.
    for typed in [
        "adm%C4%B0n@kite.example.test",
        "admin@%E2%84%AAite.example.test",
    ] {
        let answer = post(&app, "/password", &format!("email={typed}")).await;
        assert!(matches!(answer.status, 200 | 422), "{}", answer.text());
    }
    ask_for_reset(&app, "ADMIN@kite.example.test").await;
    let recipients = "SELECT count(*) FROM outbox WHERE recipient = 'admin@kite.example.test'";
    until("the last is asked for", async || {
        (app.database.number(recipients).await > 0).then_some(())
    })
    .await;
    let others = "SELECT count(*) FROM outbox WHERE recipient <> 'admin@kite.example.test'";
    assert_eq!(app.database.number(others).await, 0);
}

#[tokio::test]
async fn a_reset_that_waits_is_void_once_the_password_is_changed() {
    let mut server = MailServer::down().await;
    let app = App::builder().mail(&server).start().await;
    app.user("ann@example.test", false).await;
    let ann = log_in(&app, "ann@example.test", "").await;
    ask_for_reset(&app, "ann@example.test").await;
    until("the reset waits", async || {
        let waiting = "SELECT count(*) FROM outbox WHERE error IS NOT NULL";
        (app.database.number(waiting).await == 1).then_some(())
    })
    .await;
    app.advance(TimeDelta::seconds(1));
    let form = [("current", PASSWORD), ("password", NEW_PASSWORD)];
    assert_eq!(ann.post("/account/password", &form).await.status, 303);
    server.up();
    app.advance(TimeDelta::days(1));
    app.wake_mailer().await;
    until("nothing waits any more", async || {
        let waiting = "SELECT count(*) FROM outbox WHERE sent_at IS NULL";
        (app.database.number(waiting).await == 0).then_some(())
    })
    .await;
    let mails = server.arrived(1).await;
    assert!(
        mails[0].subject.contains("was changed"),
        "{}",
        mails[0].subject
    );
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM mail_secrets")
            .await,
        0
    );
}

#[tokio::test]
async fn a_password_change_ends_the_other_sessions() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    app.user("ann@example.test", false).await;
    let ann = log_in(
        &app,
        "ann@example.test",
        "Mozilla/5.0 (X11; Linux) Firefox/140.0",
    )
    .await;
    let phone = log_in(
        &app,
        "ann@example.test",
        "Mozilla/5.0 (iPhone) Safari/604.1",
    )
    .await;
    let page = ann.page("/account").await;
    assert!(
        page.contains("Firefox on Linux") && page.contains("Safari on iPhone"),
        "{page}"
    );

    let change = async |current: &str, password: &str| {
        let form = [("current", current), ("password", password)];
        ann.post("/account/password", &form).await
    };
    assert_eq!(change("wrong password", NEW_PASSWORD).await.status, 422);
    assert_eq!(change(PASSWORD, "short").await.status, 422);
    phone.page("/account").await;
    let done = change(PASSWORD, NEW_PASSWORD).await;
    assert_eq!(
        (done.status, done.location()),
        (303, "/account?done=password")
    );
    let again = Person::of_cookie(&app, ann.id, "ann@example.test", &done).expect("signed in");
    again.page(done.location()).await;
    for ended in [&ann, &phone] {
        assert_eq!(ended.get("/account").await.status, 303);
    }
    assert!(
        Person::log_in(&app, "ann@example.test", PASSWORD, "")
            .await
            .1
            .is_none()
    );
    assert_eq!(server.arrived(1).await[0].to, ["ann@example.test"]);
}
