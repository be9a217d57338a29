//! A request that was recorded from a real SDK, as a person sees it.

use rollcage_tests::{App, Browser, fixture};

const FIXTURE: &str = "pyrollbar-flask-1.5.0/post_form_value_error";

#[tokio::test(flavor = "multi_thread")]
async fn an_occurrence_of_flask_shows_all_that_was_sent_but_no_secrets() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let body = fixture::folder("rollbar").join(format!("{FIXTURE}.body"));
    let body = std::fs::read(body).expect("the fixture is there");
    assert_eq!(project.post(body).await.status, 200);
    app.digested().await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&app.admin().await).await;

    browser.goto("/p/shop/items/1").await;
    browser.reads(".trace-class", "ValueError").await;
    browser
        .reads(
            ".trace-message",
            "invalid literal for int() with base 10: 'two'",
        )
        .await;
    browser
        .reads(".frame-in-app", "/srv/app/main.py:37 in cart")
        .await;
    browser
        .reads(
            ".source-current",
            "quantity = int(request.values.get(\"qty\", \"1\"))",
        )
        .await;
    browser.reads(".frame-in-app .entries", "sku\nA1").await;
    library_frames_are_folded_and_open(&browser).await;
    browser
        .reads(".request-line", "POST http://shop.example.test/cart/A1")
        .await;
    let entries = entries(&browser).await;
    for entry in [
        "qty two",
        "note été",
        "User-Agent Mozilla/5.0 (X11; Linux x86_64) Demo/1.0",
        "Referer http://shop.example.test/start",
        "password [scrubbed]",
        "Cookie [scrubbed]",
    ] {
        assert!(
            entries.iter().any(|found| found == entry),
            "{entry}: {entries:#?}"
        );
    }
    let source = browser
        .run("return document.documentElement.outerHTML", Vec::new())
        .await;
    assert!(
        !source.to_string().contains("s3cr3t"),
        "a cookie is on the page"
    );
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

async fn library_frames_are_folded_and_open(browser: &Browser) {
    let inner = ".frame-library .frames-inner > .frame";
    assert_eq!(browser.count(inner).await, 4);
    assert_eq!(
        browser.texts(inner).await,
        Vec::<String>::new(),
        "they are folded"
    );
    browser.click_on(".frame-library summary").await;
    for function in ["wsgi_app", "full_dispatch_request", "dispatch_request"] {
        browser.reads(inner, function).await;
    }
    assert_eq!(browser.texts(inner).await.len(), 4);
}

/// Names with their values, a line each; folds are opened first.
async fn entries(browser: &Browser) -> Vec<String> {
    let open =
        "document.querySelectorAll('details').forEach((details) => { details.open = true; })";
    browser.run(open, Vec::new()).await;
    let entries = browser.texts(".entries > div").await;
    entries
        .iter()
        .map(|entry| entry.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}
