//! Whoever can make an application fail can write into its occurrences. They must reach nothing
//! but the eyes of who reads them.

use rollcage_tests::{
    App, Browser, Occurrence,
    browser::{Scheme, Window},
};
use serde_json::{Value, json};

use crate::pages;

const SCRIPT: &str = "<script>window.isBroken = true; alert(1)</script>";
const IMAGE: &str = "\"><img src=x onerror=\"window.isBroken = true; alert(2)\">";
const LINK: &str = "javascript:window.isBroken=true;alert(3)//\u{202e}gnp.exe\u{2066}";
const TEMPLATE: &str = "{{ 7 * 7 }}</code></pre></details></main><style>*{display:none}</style>";

/// Opens all that is folded, and looks whether anything of what was sent became part of the page.
const IS_HARMLESS: &str = r#"
    document.querySelectorAll("details").forEach((details) => { details.open = true; });
    const strange = 'img, style, script:not([src]), [onerror], [href^="javascript:" i]';
    return window.isBroken === undefined && !document.querySelector(strange);
"#;

#[tokio::test(flavor = "multi_thread")]
async fn hostile_texts_are_shown_and_never_run() {
    let app = App::start().await;
    let project = app.project(&format!("Shop {SCRIPT}")).await;
    let sent = hostile(project.occurrence()).send().await;
    let item = sent.item().await;
    let browser = Browser::open(&app).await;
    browser.sign_in(&app.admin().await).await;
    let slug = &project.slug;
    browser
        .goto(&format!("/p/{slug}/items/{}/occurrences", item.counter))
        .await;
    browser.click_on("tbody a").await;
    browser.reads(".crumbs", "Occurrence").await;
    let occurrence = browser.path().await;
    let paths = [
        "/".to_owned(),
        format!("/p/{slug}/start"),
        format!("/p/{slug}/items"),
        format!("/p/{slug}/items?q=%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&status=all"),
        format!("/p/{slug}/items/{}", item.counter),
        format!("/p/{slug}/items/{}/occurrences", item.counter),
        occurrence,
        format!("/p/{slug}/settings"),
        format!("/p/{slug}/settings/tokens"),
    ];
    for window in [Window::Wide, Window::Narrow] {
        browser.window(window, Scheme::Light).await;
        for (number, path) in paths.iter().enumerate() {
            browser.goto(path).await;
            assert!(!browser.has_dialog().await, "{path} opens a dialog");
            assert_eq!(
                browser.run(IS_HARMLESS, Vec::new()).await,
                true,
                "{path} runs what was sent"
            );
            assert_eq!(
                browser.overflow().await,
                0,
                "{path} is too wide: {window:?}"
            );
            assert_eq!(browser.complaints().await, Vec::<String>::new(), "{path}");
            pages::photograph(
                &browser,
                window,
                Scheme::Light,
                &format!("hostile-{number}"),
            )
            .await;
            browser.window(window, Scheme::Light).await;
        }
    }
    browser
        .goto(&format!("/p/{slug}/items/{}", item.counter))
        .await;
    browser.reads(".trace-message", SCRIPT).await;
    browser.reads(".request-url", "javascript:").await;
    browser.close().await;
}

fn hostile(occurrence: Occurrence<'_>) -> Occurrence<'_> {
    let class = format!(
        "{}<script>alert(4)</script>",
        "VeryLongNameOfAClass".repeat(25)
    );
    let url = format!(
        "https://shop.example/{}?{IMAGE}",
        "a/very/long/path/without/end".repeat(60)
    );
    let frame = json!({
        "filename": format!("{IMAGE}/{}.py", "x".repeat(300)),
        "lineno": 1,
        "method": SCRIPT,
        "code": format!("    {TEMPLATE}{}", "long_line_of_code".repeat(40)),
        "context": { "pre": [SCRIPT], "post": [IMAGE] },
        "locals": everything(),
    });
    occurrence
        .with("title", Value::Null)
        .with("context", IMAGE)
        .with("code_version", SCRIPT)
        .environment(IMAGE)
        .with("request", json!({
            "url": LINK, "method": SCRIPT, "GET": { "next": url },
            "headers": { "Referer": url, "X-Hostile": TEMPLATE },
        }))
        .with("person", json!({ "id": SCRIPT, "username": IMAGE, "email": TEMPLATE }))
        .with("server", json!({ "host": IMAGE, "root": url }))
        .with("custom", everything())
        .with("body", json!({ "trace": {
            "exception": { "class": class, "message": format!("{SCRIPT} {LINK} {IMAGE} {TEMPLATE}") },
            "frames": [frame],
        } }))
}

/// Hostile names and values, of all lengths.
fn everything() -> Value {
    json!({
        SCRIPT: IMAGE,
        IMAGE: { LINK: [TEMPLATE, SCRIPT, { TEMPLATE: "w".repeat(3000) }] },
        "n".repeat(400): LINK,
        "\u{202e}desrever": "\u{202e}\u{2067}\u{200f}right to left",
    })
}
