//! Accounts from the invitation to the deactivation, with mails through a real SMTP server and a
//! clock that the test moves.

use chrono::TimeDelta;
use reqwest::Method;
use rollcage_server::model::project::Role;
use rollcage_tests::{Answer, App, MailServer, Person, app::PASSWORD, mail::Mail, wait::until};

const NEW_PASSWORD: &str = "another long password";
const FORM: [(&str, &str); 2] = [
    ("sec-fetch-site", "same-origin"),
    ("content-type", "application/x-www-form-urlencoded"),
];

#[tokio::test]
async fn an_invitation_makes_an_account_for_its_address_and_works_once() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    invite(&owner, "New@example.test", "member").await;
    let mail = server.arrived(1).await.remove(0);
    assert_eq!(mail.to, ["New@example.test"]);
    assert!(mail.subject.contains("Shop"), "{}", mail.subject);
    let link = link(&app, &mail, "/invitations/");

    let page = app.get(&link).await;
    assert_eq!(page.status, 200);
    for wanted in ["Shop", "owner@example.test", "New@example.test", "a member"] {
        assert!(page.text().contains(wanted), "{wanted}: {}", page.text());
    }
    // What the form sends as an address is not asked for.
    let short = post(&app, &link, "password=short&email=evil@example.test").await;
    assert_eq!(short.status, 422);
    let joined = post(
        &app,
        &link,
        &format!("password={PASSWORD}&email=evil@example.test"),
    )
    .await;
    assert_eq!((joined.status, joined.location()), (303, "/p/shop/items"));
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM users WHERE email LIKE 'evil%'")
            .await,
        0
    );

    let (_, person) = Person::log_in(&app, "new@example.test", PASSWORD, "tests").await;
    let person = person.expect("the account is there");
    person.page("/p/shop/items").await;
    assert_eq!(
        person.get("/p/shop/settings/data").await.status,
        403,
        "a member, no owner"
    );

    // Used: neither a second account nor a second look.
    for answer in [
        app.get(&link).await,
        post(&app, &link, "password=whatever-it-is").await,
    ] {
        assert_eq!(answer.status, 404, "{}", answer.text());
    }
}

#[tokio::test]
async fn an_invitation_ends_by_time_and_by_taking_it_back_and_is_sent_again() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    invite(&owner, "new@example.test", "viewer").await;
    let first = link(&app, &server.arrived(1).await[0], "/invitations/");
    assert_eq!(app.get(&first).await.status, 200);

    app.advance(TimeDelta::days(7) + TimeDelta::seconds(1));
    let old = app.get(&first).await;
    assert_eq!(old.status, 410);
    assert!(old.text().contains("too old"), "{}", old.text());
    assert_eq!(
        post(&app, &first, &format!("password={PASSWORD}"))
            .await
            .status,
        410
    );

    let id = app.database.number("SELECT id FROM invitations").await;
    let again = owner
        .post(&format!("/p/shop/settings/invitations/{id}/sending"), &[])
        .await;
    assert_eq!(again.status, 303);
    let second = link(&app, &server.arrived(2).await[1], "/invitations/");
    assert_ne!(first, second, "a mail carries a secret of its own");
    for link in [&first, &second] {
        assert_eq!(app.get(link).await.status, 200, "each mail's link works");
    }

    let back = format!("/p/shop/settings/invitations/{id}/revocation");
    assert_eq!(owner.post(&back, &[]).await.status, 303);
    for link in [&first, &second] {
        assert_eq!(app.get(link).await.status, 404);
        let joined = post(&app, link, &format!("password={PASSWORD}")).await;
        assert_eq!(joined.status, 404);
    }
    assert_eq!(owner.post(&back, &[]).await.status, 404);
    assert_eq!(app.database.number("SELECT count(*) FROM users").await, 1);
}

#[tokio::test]
async fn an_invitation_is_for_its_address_and_nobody_else() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let invited = app.stranger("ann@example.test").await;
    let other = app.stranger("bob@example.test").await;
    invite(&owner, "ann@example.test", "owner").await;
    let link = link(&app, &server.arrived(1).await[0], "/invitations/");

    // Signed out: to sign in, and back; the account's password is not replaced.
    assert!(
        app.get(&link)
            .await
            .text()
            .contains("/login?next=%2Finvitations%2F")
    );
    let attempt = post(&app, &link, &format!("password={NEW_PASSWORD}")).await;
    assert_eq!(attempt.status, 422);
    assert!(
        Person::log_in(&app, "ann@example.test", NEW_PASSWORD, "")
            .await
            .1
            .is_none()
    );
    // Somebody else who got hold of the link.
    let page = other.get(&link).await.text();
    assert!(
        page.contains("bob@example.test") && page.contains("ann@example.test"),
        "{page}"
    );
    assert_eq!(other.post(&link, &[]).await.status, 422);
    assert_eq!(other.get("/p/shop/items").await.status, 404);
    // Whom it is for.
    let joined = invited.post(&link, &[]).await;
    assert_eq!((joined.status, joined.location()), (303, "/p/shop/items"));
    invited.page("/p/shop/settings/data").await;
    assert_eq!(invited.post(&link, &[]).await.status, 404, "it works once");
}

#[tokio::test]
async fn two_who_accept_at_once_make_one_account() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    invite(&owner, "new@example.test", "viewer").await;
    let link = link(&app, &server.arrived(1).await[0], "/invitations/");
    let form = format!("password={PASSWORD}");
    let (one, other) = tokio::join!(post(&app, &link, &form), post(&app, &link, &form));
    let signed_in = [&one, &other]
        .into_iter()
        .filter(|answer| !answer.header("set-cookie").is_empty())
        .count();
    assert_eq!(signed_in, 1, "{} and {}", one.status, other.status);
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM memberships")
            .await,
        2
    );
}

#[tokio::test]
async fn who_is_invited_to_the_instance_has_no_project_yet() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let admin = app.admin().await;
    for (email, is_admin) in [("ann@example.test", "false"), ("bob@example.test", "true")] {
        let form = [("email", email), ("admin", is_admin)];
        assert_eq!(admin.post("/admin/invitations", &form).await.status, 303);
    }
    let mails = server.arrived(2).await;
    for (email, sees_users) in [("ann@example.test", 404), ("bob@example.test", 200)] {
        let mail = mails
            .iter()
            .find(|mail| mail.to == [email])
            .expect("a mail for each");
        let link = link(&app, mail, "/invitations/");
        let joined = post(&app, &link, &format!("password={PASSWORD}")).await;
        assert_eq!((joined.status, joined.location()), (303, "/"));
        let (_, person) = Person::log_in(&app, email, PASSWORD, "").await;
        let person = person.expect("the account is there");
        person.page("/").await;
        assert_eq!(
            person.get("/admin/users").await.status,
            sees_users,
            "{email}"
        );
    }
    let taken = [("email", "ann@example.test"), ("admin", "false")];
    assert_eq!(admin.post("/admin/invitations", &taken).await.status, 422);
}

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
    // After all that was asked for comes the answer to one more, which an hour later is sent.
    app.advance(TimeDelta::hours(1));
    ask_for_reset(&app, "ann@example.test").await;
    let resets = "SELECT count(*) FROM outbox WHERE kind = 'password_reset'";
    until("the sixth is there", async || {
        (app.database.number(resets).await >= 6).then_some(())
    })
    .await;
    let mails = server.arrived(6).await;
    assert!(
        mails.iter().all(|mail| mail.to == ["ann@example.test"]),
        "{mails:#?}"
    );
    assert_eq!(app.database.number(resets).await, 6);
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

#[tokio::test]
async fn sessions_are_seen_ended_and_end_by_themselves() {
    let app = App::start().await;
    app.user("ann@example.test", false).await;
    app.user("bob@example.test", false).await;
    let ann = log_in(&app, "ann@example.test", "one").await;
    let other = log_in(&app, "ann@example.test", "two").await;
    let third = log_in(&app, "ann@example.test", "three").await;
    let bob = log_in(&app, "bob@example.test", "his").await;
    let id = |agent: &str| format!("SELECT id FROM sessions WHERE agent = '{agent}'");
    let two = app.database.number(&id("two")).await;
    let his = app.database.number(&id("his")).await;

    let end = |id: i64| format!("/account/sessions/{id}/end");
    assert_eq!(
        ann.post(&end(his), &[]).await.status,
        404,
        "somebody else's"
    );
    bob.page("/account").await;
    assert_eq!(ann.post(&end(two), &[]).await.status, 303);
    assert_eq!(other.get("/account").await.status, 303);
    third.page("/account").await;
    assert_eq!(
        ann.post("/account/sessions/end-others", &[]).await.status,
        303
    );
    assert_eq!(third.get("/account").await.status, 303);
    ann.page("/account").await;
    bob.page("/account").await;

    // Seen, to some minutes.
    app.advance(TimeDelta::days(29));
    ann.page("/account").await;
    let seen = "SELECT extract(epoch FROM max(seen_at) - max(created_at))::bigint FROM sessions \
                WHERE agent = 'one'";
    let days = app.database.number(seen).await / 86_400;
    assert_eq!(days, 29);
    app.advance(TimeDelta::days(1) + TimeDelta::minutes(1));
    assert_eq!(ann.get("/account").await.status, 303, "30 days are over");
    let out = bob.post("/logout", &[]).await;
    assert_eq!(out.status, 303);
}

#[tokio::test]
async fn demotion_removal_and_deactivation_work_at_the_next_request() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let ann = app.member(&project, "ann@example.test", Role::Owner).await;
    let admin = app.admin().await;
    let second = app.user("second@example.test", true).await;
    let second = Person::sign_in(&app, second, "second@example.test").await;
    let member = format!("/p/shop/settings/members/{}", ann.id);

    ann.page("/p/shop/settings/data").await;
    let demoted = owner
        .post(&format!("{member}/role"), &[("role", "viewer")])
        .await;
    assert_eq!(demoted.status, 303);
    assert_eq!(ann.get("/p/shop/settings/data").await.status, 403);
    assert_eq!(
        ann.post("/p/shop/settings/data/project", &[("name", "Shop")])
            .await
            .status,
        403
    );
    ann.page("/p/shop/items").await;
    assert_eq!(
        owner.post(&format!("{member}/removal"), &[]).await.status,
        303
    );
    assert_eq!(ann.get("/p/shop/items").await.status, 404);
    assert_eq!(
        owner.post(&format!("{member}/removal"), &[]).await.status,
        404
    );

    second.page("/admin/users").await;
    let demote = format!("/admin/users/{}/admin", second.id);
    assert_eq!(admin.post(&demote, &[("admin", "false")]).await.status, 303);
    assert_eq!(second.get("/admin/users").await.status, 404);
    assert_eq!(second.get("/p/shop/items").await.status, 404);

    let disable = format!("/admin/users/{}/disabled", second.id);
    assert_eq!(
        admin.post(&disable, &[("disabled", "true")]).await.status,
        303
    );
    assert_eq!(second.get("/").await.status, 303, "to sign in");
    let (refused, _) = Person::log_in(&app, "second@example.test", PASSWORD, "").await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        admin.post(&disable, &[("disabled", "false")]).await.status,
        303
    );
    assert!(
        Person::log_in(&app, "second@example.test", PASSWORD, "")
            .await
            .1
            .is_some()
    );
}

#[tokio::test]
async fn the_last_owner_and_the_last_admin_stay() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let admin = app.admin().await;
    let me = format!("/p/shop/settings/members/{}", owner.id);
    for (path, form) in [("role", vec![("role", "member")]), ("removal", vec![])] {
        let answer = owner.post(&format!("{me}/{path}"), &form).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert!(
            answer.text().contains("at least one owner"),
            "{}",
            answer.text()
        );
    }
    for (path, form) in [
        ("admin", ("admin", "false")),
        ("disabled", ("disabled", "true")),
    ] {
        let answer = admin
            .post(&format!("/admin/users/{}/{path}", admin.id), &[form])
            .await;
        assert_eq!(answer.status, 422);
        assert!(
            answer.text().contains("at least one admin"),
            "{}",
            answer.text()
        );
    }
    // Two who leave at once: one of them stays.
    let other = app
        .member(&project, "other@example.test", Role::Owner)
        .await;
    let paths = [owner.id, other.id].map(|id| format!("/p/shop/settings/members/{id}/removal"));
    tokio::join!(owner.post(&paths[0], &[]), other.post(&paths[1], &[]));
    assert_eq!(
        app.database
            .number("SELECT count(*) FROM memberships")
            .await,
        1
    );
}

#[tokio::test]
async fn signing_in_is_limited_per_account_and_per_address() {
    let app = App::builder()
        .config(|config| {
            config.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
        })
        .start()
        .await;
    app.user("ann@example.test", false).await;
    let attempt = async |address: &str, email: &str, password: &str| {
        let headers = [FORM[0], FORM[1], ("x-forwarded-for", address)];
        let form = format!("email={email}&password={password}");
        app.request(Method::POST, "/login", &headers, form)
            .await
            .status
    };
    // Many accounts from one address.
    for at in 0..10 {
        let email = format!("{at}@example.test");
        assert_eq!(attempt("198.51.100.1", &email, "wrong").await, 422);
    }
    assert_eq!(
        attempt("198.51.100.1", "other@example.test", "wrong").await,
        429
    );
    // Who tries Ann's account all the time from there keeps her out neither of it nor of a reset.
    for _ in 0..100 {
        assert_eq!(
            attempt("198.51.100.1", "ann@example.test", "wrong").await,
            429
        );
    }
    assert_eq!(
        attempt("192.0.2.1", "ann@example.test", PASSWORD).await,
        303
    );
    assert_ne!(ask_for_reset(&app, "ann@example.test").await.status, 429);
    // An address of version 6 stands for its neighbours.
    for at in 0..10 {
        let address = format!("2001:db8::{at}");
        assert_eq!(
            attempt(&address, &format!("{at}@example.test"), "wrong").await,
            422
        );
    }
    assert_eq!(
        attempt("2001:db8::ffff", "other@example.test", "wrong").await,
        429
    );
    assert_eq!(
        attempt("2001:db8:1::1", "other@example.test", "wrong").await,
        422
    );
    // One account from many addresses; the right password does not help then.
    app.advance(TimeDelta::minutes(1));
    let mut tried = 0;
    while attempt(&format!("203.0.113.{tried}"), "ann@example.test", "wrong").await == 422 {
        tried += 1;
        assert!(tried < 250, "no limit is met");
    }
    assert!(tried >= 60, "{tried}");
    for (address, email) in [
        ("198.18.0.1", "ann@example.test"),
        ("198.18.0.2", "ANN@example.test"),
    ] {
        assert_eq!(attempt(address, email, PASSWORD).await, 429);
    }
    // By the program's clock.
    app.advance(TimeDelta::minutes(1));
    assert_eq!(
        attempt("198.18.0.3", "ann@example.test", PASSWORD).await,
        303
    );
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
async fn what_somebody_invited_to_goes_with_their_right_to_invite() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let second = app
        .member(&project, "second@example.test", Role::Owner)
        .await;
    let admin = app.admin().await;
    let bob = app.user("bob@example.test", true).await;
    let bob = Person::sign_in(&app, bob, "bob@example.test").await;
    invite(&second, "one@example.test", "owner").await;
    bob.post(
        "/admin/invitations",
        &[("email", "two@example.test"), ("admin", "true")],
    )
    .await;
    let mails = server.arrived(2).await;
    let links: Vec<_> = mails
        .iter()
        .map(|mail| link(&app, mail, "/invitations/"))
        .collect();
    for link in &links {
        assert_eq!(app.get(link).await.status, 200);
    }
    let demotion = format!("/p/shop/settings/members/{}/role", second.id);
    assert_eq!(
        owner.post(&demotion, &[("role", "member")]).await.status,
        303
    );
    let deactivation = format!("/admin/users/{}/disabled", bob.id);
    assert_eq!(
        admin
            .post(&deactivation, &[("disabled", "true")])
            .await
            .status,
        303
    );
    for link in &links {
        assert_eq!(
            post(&app, link, &format!("password={PASSWORD}"))
                .await
                .status,
            404
        );
    }
}

#[tokio::test]
async fn nobody_is_flooded_with_invitations() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    invite(&owner, "new@example.test", "viewer").await;
    let id = app.database.number("SELECT id FROM invitations").await;
    let sending = format!("/p/shop/settings/invitations/{id}/sending");
    for _ in 0..4 {
        assert_eq!(owner.post(&sending, &[]).await.status, 303);
    }
    let refused = owner.post(&sending, &[]).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("within the hour"),
        "{}",
        refused.text()
    );
    // Neither by taking it back and inviting again.
    owner
        .post(
            &format!("/p/shop/settings/invitations/{id}/revocation"),
            &[],
        )
        .await;
    let form = [("email", "NEW@example.test"), ("role", "viewer")];
    assert_eq!(
        owner
            .post("/p/shop/settings/invitations", &form)
            .await
            .status,
        422
    );
    app.advance(TimeDelta::hours(1));
    assert_eq!(
        owner
            .post("/p/shop/settings/invitations", &form)
            .await
            .status,
        303
    );
    assert_eq!(server.arrived(6).await.len(), 6);
}

#[tokio::test]
async fn mails_that_lie_in_a_folder_are_for_nobody_else_to_read() {
    use std::{fs, os::unix::fs::PermissionsExt};

    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    invite(&owner, "new@example.test", "viewer").await;
    let folder = app.data_dir().join("mail");
    let mail = until("the mail is there", async || {
        fs::read_dir(&folder)
            .ok()?
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.extension().is_some_and(|end| end == "eml"))
    })
    .await;
    for path in [&folder, &mail] {
        let mode = fs::metadata(path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
}

#[tokio::test]
async fn a_nul_is_refused_and_no_fault_of_ours() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app
        .member(&project, "owner@example.test", Role::Owner)
        .await;
    let login = post(&app, "/login", "email=a%00&password=whatever-it-is").await;
    assert_eq!(login.status, 422);
    for path in [
        "/p/a%00b/items",
        "/p/shop/items?q=%00",
        "/p/shop/settings/data?person=%00",
    ] {
        let status = owner.get(path).await.status;
        assert!(matches!(status, 404 | 422), "{path}: {status}");
    }
}

#[tokio::test]
async fn mails_go_to_those_who_want_them() {
    let server = MailServer::start();
    let app = App::builder().mail(&server).start().await;
    let shop = app.project("Shop").await;
    let site = app.project("Site").await;
    let ann = app.member(&shop, "ann@example.test", Role::Member).await;
    app.join(&site, &ann, Role::Member).await;
    let bob = app.member(&shop, "bob@example.test", Role::Member).await;
    app.join(&site, &bob, Role::Member).await;
    // Ann: only what came back, of the shop. Bob: everything of the site.
    ann.post(
        "/account/mails",
        &[("reactivated_items", "true"), ("project", "shop")],
    )
    .await;
    let all = [
        ("new_items", "true"),
        ("reactivated_items", "true"),
        ("project", "site"),
    ];
    bob.post("/account/mails", &all).await;

    for project in [&shop, &site] {
        let item = project.occurrence().send().await.item().await;
        item.resolve().await;
        project.occurrence().send().await;
    }
    app.digested().await;
    let mails = server.arrived(3).await;
    let mut told: Vec<_> = mails
        .iter()
        .map(|mail| {
            let what = if mail.subject.contains("Came back") {
                "back"
            } else {
                "new"
            };
            let project = if mail.subject.contains("[Shop]") {
                "shop"
            } else {
                "site"
            };
            format!("{} {project} {what}", mail.to[0])
        })
        .collect();
    told.sort();
    assert_eq!(
        told,
        [
            "ann@example.test shop back",
            "bob@example.test site back",
            "bob@example.test site new"
        ]
    );
    assert_eq!(app.database.number("SELECT count(*) FROM outbox").await, 3);
}

#[tokio::test]
async fn times_are_shown_in_ones_own_zone() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let ann = app.member(&project, "ann@example.test", Role::Member).await;
    project.occurrence().send().await.item().await;
    assert!(ann.page("/p/shop/items/1").await.contains(" UTC"));
    let refused = ann
        .post("/account/time-zone", &[("zone", "Middle/Earth")])
        .await;
    assert_eq!(refused.status, 422);
    let done = ann
        .post("/account/time-zone", &[("zone", "Asia/Tokyo")])
        .await;
    assert_eq!(done.status, 303);
    assert!(ann.page("/p/shop/items/1").await.contains(" JST"));
}

async fn invite(owner: &Person<'_>, email: &str, role: &str) {
    let form = [("email", email), ("role", role)];
    let answer = owner.post("/p/shop/settings/invitations", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

async fn ask_for_reset(app: &App, email: &str) -> Answer {
    post(app, "/password", &format!("email={email}")).await
}

async fn post(app: &App, path: &str, form: &str) -> Answer {
    app.request(Method::POST, path, &FORM, form.to_owned())
        .await
}

async fn log_in<'a>(app: &'a App, email: &str, agent: &str) -> Person<'a> {
    let (answer, person) = Person::log_in(app, email, PASSWORD, agent).await;
    person.unwrap_or_else(|| panic!("{email} signs in: {}", answer.status))
}

/// The path that a mail's link leads to.
fn link(app: &App, mail: &Mail, path: &str) -> String {
    let begin = format!("{}{path}", app.url());
    let at = mail
        .text
        .find(&begin)
        .unwrap_or_else(|| panic!("{begin}: {}", mail.text));
    let secret: String = mail.text[at + begin.len()..]
        .chars()
        .take_while(char::is_ascii_hexdigit)
        .collect();
    assert_eq!(secret.len(), 64);
    assert!(
        mail.html.contains(&format!("{begin}{secret}")),
        "{}",
        mail.html
    );
    format!("{path}{secret}")
}
