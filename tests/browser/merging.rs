//! Merging items of the list, and taking them out again.

use rollcage_server::model::project::Role;
use rollcage_tests::{
    App, Browser, Project,
    browser::{Scheme, Window},
};

use crate::pages;

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_selects_items_and_one_button_merges_them() {
    let app = App::start().await;
    let project = three_items(&app).await;
    let person = app.member(&project, "ada@example.test", Role::Member).await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&person).await;
    browser.goto("/p/shop/items").await;
    browser.sees("item-selection:defined").await;
    let no_bar: Vec<String> = Vec::new();
    assert_eq!(browser.texts(".selection").await, no_bar);

    browser.types("jx").await;
    browser.reads(".selection", "1 item selected").await;
    browser.sees(".selection .button-main:disabled").await;
    browser.types("jjx").await;
    browser.reads(".selection", "2 items selected").await;
    look(&browser, "selection").await;
    browser.press("Clear").await;
    browser.sees(".selection .button-main:disabled").await;
    assert_eq!(browser.texts(".selection").await, no_bar);

    browser.press("Select item #1").await;
    browser.press("Select item #2").await;
    browser.press("Select item #3").await;
    browser.reads(".selection", "3 items selected").await;
    browser.press("Merge").await;
    browser.is_at("/p/shop/items/1?merged=2_3").await;
    browser.reads(".notice", "Merged #2 and #3").await;
    browser.reads(".group", "TypeError").await;
    look(&browser, "merged").await;
    browser.press("Take out #3").await;
    browser.reads(".notice", "Took #3 out").await;
    assert_eq!(browser.count(".group li").await, 2);
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_one_merges_and_undoes_it() {
    let app = App::start().await;
    let project = three_items(&app).await;
    let person = app.member(&project, "ada@example.test", Role::Member).await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&person).await;
    browser.forbid_scripts().await;
    browser.goto("/p/shop/items").await;
    browser.press("Select item #2").await;
    browser.press("Merge").await;
    browser.reads("h1", "cannot be merged").await;

    browser.goto("/p/shop/items").await;
    browser.press("Select item #2").await;
    browser.press("Select item #3").await;
    browser.press("Merge").await;
    browser.is_at("/p/shop/items/2?merged=3").await;
    browser.press("Undo").await;
    browser.is_at("/p/shop/items/2?apart=3").await;
    browser.reads(".notice", "Took #3 out").await;
    assert_eq!(browser.count(".group").await, 0);
    browser.close().await;
}

async fn three_items(app: &App) -> Project<'_> {
    let project = app.project("Shop").await;
    for class in ["KeyError", "TypeError", "ValueError"] {
        project.occurrence().class(class).send().await;
        app.digested().await;
    }
    project
}

/// Looks at the page wide and narrow, light and dark.
async fn look(browser: &Browser, name: &str) {
    for window in [Window::Wide, Window::Narrow] {
        for scheme in [Scheme::Light, Scheme::Dark] {
            browser.window(window, scheme).await;
            let overflow = browser.overflow().await;
            assert_eq!(overflow, 0, "{name} is wider than its window");
            pages::photograph(browser, window, scheme, name).await;
        }
    }
    browser.window(Window::Wide, Scheme::Light).await;
}
