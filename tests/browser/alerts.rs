//! An alert rule: made without scripts, switched, and deleted after a question.

use rollcage_server::model::project::Role;
use rollcage_tests::{
    App, Browser,
    browser::{Scheme, Window},
};

use crate::axe;

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_is_made_switched_and_deleted() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let owner = app.member(&project, "ada@example.test", Role::Owner).await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&owner).await;
    browser.forbid_scripts().await;
    browser.window(Window::Narrow, Scheme::Light).await;
    browser.goto("/p/shop/settings").await;
    browser.press("Alert rules").await;
    browser.press("New rule").await;
    browser.fill("Name", "Checkout fails").await;
    browser.click_on("input[value=rate]").await;
    browser.click_on("input[name=count]").await;
    browser.types("5000").await;
    browser.click_on("input[name=minutes]").await;
    browser.types("5").await;
    browser.press("Make the rule").await;
    browser.reads(".form-error", "A rate is 1 to 1000").await;
    browser.click_on("input[name=count]").await;
    // What was typed is still there: the cursor is somewhere in it.
    for _ in 0..4 {
        browser.hits(fantoccini::key::Key::Delete).await;
        browser.hits(fantoccini::key::Key::Backspace).await;
    }
    browser.types("50").await;
    browser.press("Make the rule").await;
    browser.reads(".notice", "The rule is saved.").await;
    browser
        .reads("dd", "An item fails 50 times within 5 minutes")
        .await;
    browser.close().await;

    let browser = Browser::open(&app).await;
    browser.sign_in(&owner).await;
    browser.goto("/p/shop/settings/rules").await;
    assert_eq!(browser.count(".rules .row").await, 3);
    browser.click_on(".row:last-child .toggle").await;
    browser
        .sees(".row:last-child .toggle[aria-checked=false]")
        .await;
    assert_eq!(axe::violations(&browser).await, Vec::<String>::new());
    browser.press("Checkout fails").await;
    browser.reads(".rule-heading", "off").await;
    browser.press("Delete").await;
    browser.sees("dialog[open]").await;
    assert_eq!(axe::violations(&browser).await, Vec::<String>::new());
    browser.press("Delete the rule").await;
    browser.is_at("/p/shop/settings/rules").await;
    assert_eq!(browser.count(".rules .row").await, 2);
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}
