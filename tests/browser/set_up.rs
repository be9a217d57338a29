//! The set-up of every SDK, and the tabs between them.

use rollcage_tests::{
    App, Browser,
    browser::{Scheme, Window},
};
use rollcage_web::snippets;

use crate::{axe, pages};

#[tokio::test(flavor = "multi_thread")]
async fn the_set_up_of_every_sdk_is_sound() {
    let app = App::start().await;
    app.project("Shop").await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&app.admin().await).await;
    let mut faults = Vec::new();
    for (window, scheme) in [
        (Window::Wide, Scheme::Light),
        (Window::Narrow, Scheme::Dark),
    ] {
        browser.window(window, scheme).await;
        for sdk in snippets::all() {
            browser.goto(&format!("/p/shop/start?sdk={}", sdk.id)).await;
            browser.reads(".sdk[aria-current]", sdk.name).await;
            let here = format!("{} {window:?}", sdk.id);
            let found = match scheme {
                Scheme::Light => axe::violations(&browser).await,
                Scheme::Dark => axe::contrasts(&browser).await,
            };
            faults.extend(found.into_iter().map(|fault| format!("{here}: {fault}")));
            let overflow = browser.overflow().await;
            if overflow > 0 {
                faults.push(format!("{here}: {overflow} px stick out"));
            }
            pages::photograph(&browser, window, scheme, &format!("set-up-{}", sdk.id)).await;
            browser.window(window, scheme).await;
        }
    }
    browser.close().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_is_remembered_without_scripts() {
    let app = App::start().await;
    app.project("Shop").await;
    app.project("Warehouse").await;
    let browser = Browser::open(&app).await;
    browser.forbid_scripts().await;
    browser.sign_in(&app.admin().await).await;
    browser.goto("/p/shop/start").await;
    browser.press("FastAPI").await;
    browser.reads("h2", "FastAPI").await;
    browser.is_at("/p/shop/start").await;
    browser.goto("/p/warehouse/start").await;
    browser.reads("h2", "FastAPI").await;
    browser.close().await;
}
