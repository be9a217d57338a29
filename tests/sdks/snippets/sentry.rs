//! Sentry's SDKs for Python and JavaScript. Others are in `debian`.

/// Waits until all is sent, in Python: longer than it takes on a busy machine, in seconds.
const WAIT: &str = "\nimport sentry_sdk\n\nsentry_sdk.flush(60)\n";

/// Calls a function then, in JavaScript; in milliseconds.
const SENT: &str = "const sent = (then) => Sentry.flush(60000).then(then);\n";

#[tokio::test(flavor = "multi_thread")]
async fn python() {
    super::python("sentry-python").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn flask() {
    super::flask("sentry-flask", WAIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn django() {
    super::django("sentry-django", WAIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fastapi() {
    super::fastapi("sentry-fastapi", WAIT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn node() {
    super::node("sentry-node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn express() {
    super::express("sentry-express", SENT).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn browser() {
    super::browser("sentry-browser").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn react() {
    super::react("sentry-react").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn vue() {
    super::vue("sentry-vue", &["src/main.js"]).await;
}
