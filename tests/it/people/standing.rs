//! What somebody is and wants: their roles, their mails, their time zone.

use rollcage_server::model::project::Role;
use rollcage_tests::{App, MailServer, Person, app::PASSWORD};

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
