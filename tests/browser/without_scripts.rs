//! The essential, for people who forbid scripts.

use rollcage_tests::{App, Browser, app::PASSWORD, wait::until};

use crate::world;

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_one_sets_up_sends_a_test_error_and_resolves_it() {
    let app = App::start().await;
    let browser = Browser::open(&app).await;
    browser.forbid_scripts().await;
    browser.goto(&world::setup_path(&app).await).await;
    browser.fill("Mail address", "ada@example.test").await;
    browser.fill("Password", PASSWORD).await;
    browser.fill("Project name", "Shop").await;
    browser.press("Make account and project").await;
    browser.is_at("/p/shop/start").await;
    browser.reads(".arrival-action a", "Check again").await;
    assert_eq!(browser.count("copy-button button").await, 0, "a script ran");

    browser.press("Send a test error").await;
    until("a look at the page shows the arrival", async || {
        browser.goto("/p/shop/start").await;
        let state = browser.texts(".arrival-state").await;
        state
            .iter()
            .any(|text| text.contains("arrived"))
            .then_some(())
    })
    .await;

    browser.press("Items").await;
    browser.is_at("/p/shop/items").await;
    browser.press("TestError: this is a test error").await;
    browser.is_at("/p/shop/items/1").await;
    browser.reads(".source-current", "raise TestError").await;
    browser.press("Resolve").await;
    browser.reads(".status", "resolved").await;
    browser.press("Reopen").await;
    browser.reads(".status", "active").await;
    browser.press("Resolve in a version").await;
    browser.fill("Resolved in version", "1.2.3").await;
    browser.press("Resolve in this version").await;
    browser.reads(".item-why", "Resolved in 1.2.3").await;
    browser.close().await;
}
