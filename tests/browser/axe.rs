//! axe-core, which finds what people with other eyes, hands and ears would stumble over.
//!
//! `axe.min.js` is axe-core 4.14.1 from npm, under the Mozilla Public License 2.0, unchanged; its
//! notice is at its top.

use rollcage_tests::Browser;
use serde_json::{Value, json};

const AXE: &str = include_str!("axe.min.js");

/// Runs it, and says what is not right in a line each; shrugs at what is called minor.
const RUN: &str = r"
    const done = arguments[arguments.length - 1];
    axe.run(document, { resultTypes: ['violations'], ...arguments[0] }).then(
        ({ violations }) => done(violations
            .filter(({ impact }) => impact !== 'minor')
            .flatMap(({ id, impact, nodes }) => nodes.map(({ target, failureSummary }) =>
                `${impact} ${id}: ${target.join(' ')}: ${failureSummary}`))),
        (error) => done([`axe itself: ${error}`]),
    );
";

/// What is wrong with the page that is open.
pub async fn violations(browser: &Browser) -> Vec<String> {
    run(browser, json!({})).await
}

/// What of it cannot be read for its colours: all that differs between light and dark.
pub async fn contrasts(browser: &Browser) -> Vec<String> {
    run(browser, json!({ "runOnly": ["color-contrast"] })).await
}

async fn run(browser: &Browser, options: Value) -> Vec<String> {
    // Scripts of WebDriver's get a function around them, where `this` is the window.
    browser
        .run(&format!("if (!window.axe) {{ {AXE} }}"), Vec::new())
        .await;
    let found = browser.run_async(RUN, vec![options]).await;
    let found = found.as_array().cloned().unwrap_or_default();
    found
        .iter()
        .map(|line| {
            line.as_str()
                .map_or_else(|| line.to_string(), str::to_owned)
        })
        .collect::<Vec<String>>()
}
