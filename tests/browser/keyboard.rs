//! Without a mouse.

use fantoccini::key::Key;
use rollcage_tests::{App, Browser, app::PASSWORD};

#[tokio::test(flavor = "multi_thread")]
async fn the_keyboard_alone_signs_in_and_opens_an_item() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    for class in ["KeyError", "ValueError", "TypeError"] {
        let occurrence = project.occurrence().class(class).message("of the keyboard");
        occurrence
            .raised_in(&format!("shop/{class}.py"), "run")
            .send()
            .await;
        app.digested().await;
    }
    app.user("ada@example.test", true).await;
    let browser = Browser::open(&app).await;

    browser.goto("/p/shop/items").await;
    browser.sees("input:focus").await;
    browser.types("ada@example.test").await;
    browser.hits(Key::Tab).await;
    browser.types(PASSWORD).await;
    browser.hits(Key::Enter).await;
    browser.is_at("/p/shop/items").await;
    browser.sees("item-list:defined").await;

    browser.types("j").await;
    assert_eq!(browser.focused().await, "TypeError: of the keyboard");
    browser.types("jj").await;
    assert_eq!(browser.focused().await, "KeyError: of the keyboard");
    browser.types("jk").await;
    assert_eq!(browser.focused().await, "ValueError: of the keyboard");
    // What selects the next item, and its link.
    browser.hits(Key::Tab).await;
    browser.sees(".item-pick input:focus").await;
    browser.hits(Key::Tab).await;
    assert_eq!(browser.focused().await, "KeyError: of the keyboard");
    browser.hits(Key::Enter).await;
    browser.is_at("/p/shop/items/1").await;
    browser.reads("h1", "KeyError: of the keyboard").await;

    // The first thing that Tab finds on a page leads past its head.
    browser.hits(Key::Tab).await;
    assert_eq!(browser.focused().await, "Skip to content");
    browser.hits(Key::Enter).await;
    browser.sees("main:focus").await;
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slash_goes_to_the_search_and_enter_searches() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    project
        .occurrence()
        .class("KeyError")
        .send()
        .await
        .item()
        .await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&app.admin().await).await;
    browser.goto("/p/shop/items").await;
    browser.sees("item-list:defined").await;
    browser.types("/nothing like j or k").await;
    browser.hits(Key::Enter).await;
    browser.reads("h2", "No item matches").await;
    browser.close().await;
}
