//! The first half hour with an instance.

use rollcage_tests::{App, Browser, app::PASSWORD};

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_comes_from_the_set_up_link_to_a_resolved_item() {
    let app = App::start().await;
    let browser = Browser::open(&app).await;
    browser.goto(&world::setup_path(&app).await).await;
    browser.fill("Mail address", "ada@example.test").await;
    browser.fill("Password", PASSWORD).await;
    browser.fill("Project name", "Shop").await;
    browser.press("Make account and project").await;
    browser.is_at("/p/shop/start").await;

    browser.press("Send a test error").await;
    browser.reads(".arrival-state", "arrived").await;
    browser.press("Open the item").await;
    browser.is_at("/p/shop/items/1").await;
    browser.reads("h1", "TestError: this is a test error").await;
    browser.reads(".trace-class", "TestError").await;
    browser
        .reads(".frame-in-app", "shop/checkout.py:27 in total")
        .await;
    browser.reads(".source-current", "raise TestError").await;

    browser.press("Resolve in a version").await;
    browser.fill("Resolved in version", "1.2.3").await;
    browser.press("Resolve in this version").await;
    browser.reads(".status", "resolved").await;
    browser
        .reads(".item-why", "Resolved in 1.2.3 by ada@example.test")
        .await;
    browser.reads(".change", "1.2.3").await;
    browser.press("Reopen").await;
    browser.reads(".status", "active").await;
    browser.reads(".change", "Reopened").await;

    browser.click_on(".account summary").await;
    browser.press("Sign out").await;
    browser.is_at("/login").await;
    browser.fill("Mail address", "ada@example.test").await;
    browser.fill("Password", "not my password").await;
    browser.press("Sign in").await;
    browser.reads(".form-error", "do not belong together").await;
    browser.fill("Password", PASSWORD).await;
    browser.press("Sign in").await;
    browser.is_at("/").await;
    browser.reads(".card", "Shop").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_occurrence_shows_up_on_the_start_page_by_itself() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&app.admin().await).await;
    browser.goto("/p/shop/start").await;
    browser
        .reads(".arrival-state", "Waiting for the first occurrence")
        .await;
    browser.run("window.isTheSamePage = true", Vec::new()).await;

    project.occurrence().send().await;

    browser.reads(".arrival-state", "It arrived.").await;
    let is_the_same = browser.run("return window.isTheSamePage", Vec::new()).await;
    assert_eq!(is_the_same, true);
    browser.press("Open the item").await;
    browser.is_at("/p/shop/items/1").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}
