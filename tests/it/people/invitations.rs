//! Invitations: whom they are for, how often they work, and how they end.

use chrono::TimeDelta;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, MailServer, Person, app::PASSWORD, wait::until};

use super::{NEW_PASSWORD, invite, link, post};

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
    // Neither by taking it back and inviting again. What was not sent by then never would be.
    server.arrived(5).await;
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
