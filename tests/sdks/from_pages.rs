//! Rollbar's and Sentry's SDKs in a page, in Chromium: over their rate, on the way out, and with
//! what is not stored. Nothing of ours may show up in the console of somebody's application.

use rollcage_server::accounts;
use rollcage_tests::{App, Browser, Project, wait::until};

use crate::{
    page::{self, Page},
    program::Program,
    relay::Relay,
};

/// Lets a test report failures that differ in nothing but a number.
const ROLLBAR: &str = r#"
import Rollbar from "rollbar";
Rollbar.init({ accessToken: "TOKEN", endpoint: "ENDPOINT/api/1/item/", itemsPerMinute: 10000 });
window.report = (number) => Rollbar.error(new Error(`cart ${number} is locked`));
window.IS_READY = true;
"#;

/// As above.
const SENTRY: &str = r#"
import * as Sentry from "@sentry/browser";
Sentry.init({ dsn: "DSN" });
window.report = (number) => Sentry.captureException(new Error(`cart ${number} is locked`));
window.IS_READY = true;
"#;

/// Reports when the page is left.
const ON_THE_WAY_OUT: &str = r#"
import * as Sentry from "@sentry/browser";
Sentry.init({ dsn: "DSN" });
addEventListener("pagehide", () => Sentry.captureException(new Error("the cart was left")));
window.IS_READY = true;
"#;

/// Records the page, and measures it.
const REPLAY: &str = r#"
import * as Sentry from "@sentry/browser";
Sentry.init({
  dsn: "DSN",
  // Without one there are no sessions.
  release: "shop@1.0.0",
  tracesSampleRate: 1,
  replaysSessionSampleRate: 1,
  integrations: [Sentry.replayIntegration({ minReplayDuration: 0 }), Sentry.browserTracingIntegration()],
});
window.report = (number) => Sentry.captureException(new Error(`cart ${number} is locked`));
window.IS_READY = true;
"#;

#[tokio::test(flavor = "multi_thread")]
async fn rollbar_is_limited_and_recovers() {
    is_limited_and_recovers(ROLLBAR).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_is_limited_and_recovers() {
    is_limited_and_recovers(SENTRY).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_reports_what_happens_as_a_page_is_left() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let (browser, _) = visit(&app, &project, ON_THE_WAY_OUT).await;
    browser.goto("/elsewhere").await;
    let item = until("the report", async || project.items().await.pop()).await;
    assert_eq!(item["title"], "Error: the cart was left");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sentry_sends_besides_is_taken_and_counted() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let (browser, relay) = visit(&app, &project, REPLAY).await;
    browser.run("window.report(1)", Vec::new()).await;
    for kind in ["session", "replay_event", "replay_recording"] {
        let count = format!(
            "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours \
             WHERE project_id = {} AND outcome = 'skipped:{kind}'",
            project.id
        );
        until(kind, async || {
            (app.database.number(&count).await > 0).then_some(())
        })
        .await;
    }
    app.digested().await;
    assert_eq!(project.only_item().await.total, 1);
    let statuses = relay.statuses();
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.close().await;
}

/// Reports until that is too much, and on until it is not any more.
async fn is_limited_and_recovers(script: &str) {
    let app = App::start().await;
    let project = app.project("Shop").await;
    // One in two seconds, after thirty at once.
    app.database
        .execute("UPDATE tokens SET rate_per_minute = 30 WHERE scope = 'post_client_item'")
        .await;
    accounts::announce_tokens(app.database.db()).await;
    let (browser, relay) = visit(&app, &project, script).await;

    let mut reported = 0;
    let mut report = async || {
        reported += 1;
        let number = vec![reported.into()];
        browser.run("window.report(arguments[0])", number).await;
    };
    until("an answer with 429", async || {
        report().await;
        relay.statuses().contains(&429).then_some(())
    })
    .await;
    app.digested().await;
    let before = project.only_item().await.total;
    until("one that is taken again", async || {
        report().await;
        app.digested().await;
        (project.only_item().await.total > before).then_some(())
    })
    .await;

    // Chromium itself writes down each answer that is an error; that is all there is.
    let complaints = browser.complaints().await;
    let ours = complaints.iter().filter(|complaint| {
        !complaint.contains("Failed to load resource: the server responded with a status of 429")
    });
    assert_eq!(ours.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(!complaints.is_empty(), "the console tells of a 429");
    let mut statuses = relay.statuses();
    statuses.retain(|status| ![200, 204, 429].contains(status));
    assert_eq!(statuses, Vec::<u16>::new());
    browser.close().await;
}

/// Opens a page with that script on another origin than the program's.
async fn visit(app: &App, project: &Project<'_>, script: &str) -> (Browser, Relay) {
    let relay = Relay::to(app).await;
    let token = &project.tokens.client;
    let dsn = relay.url().replace("://", &format!("://{token}@"));
    let script = script
        .replace("DSN", &format!("{dsn}/{}", project.id))
        .replace("ENDPOINT", &relay.url())
        .replace("TOKEN", token);
    let program = Program::empty().with_node_modules().await;
    program.write("main.js", &script);
    let page = Page::with(page::bundle(&program, "main.js").await).await;
    let browser = Browser::at(page.url()).await;
    browser.goto("/").await;
    until("the script has run", async || {
        let is_ready = browser.run("return window.IS_READY", Vec::new()).await;
        (is_ready == true).then_some(())
    })
    .await;
    (browser, relay)
}
