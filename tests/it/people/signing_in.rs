//! Signing in, its limits, and sessions.

use chrono::TimeDelta;
use reqwest::Method;
use rollcage_server::model::project::Role;
use rollcage_tests::{App, app::PASSWORD};

use super::{FORM, ask_for_reset, log_in, post};

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
