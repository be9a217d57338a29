//! Each recorded client of Rollbar's and Sentry's SDKs that comes from a registry of its language.

use rollcage_tests::App;
use serde_json::Value;

use crate::client::Client;

#[tokio::test(flavor = "multi_thread")]
async fn rollbar_for_python_reports_from_a_script() {
    let app = App::start().await;
    let project = app.project("Script").await;
    let client = Client("rollbar-python-script");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rollbar_for_python_reports_from_django() {
    let app = App::start().await;
    let project = app.project("Django").await;
    let client = Client("rollbar-python-django");
    let shown = client.reports_what_it_is_known_to(&app, &project).await;
    let (item, occurrence) = shown.only("url_parameter_key_error");
    assert_eq!(item["framework"], "django");
    assert_eq!(occurrence["data"]["context"], "book-detail");
}

#[tokio::test(flavor = "multi_thread")]
async fn rollbar_for_python_reports_from_flask() {
    let app = App::start().await;
    let project = app.project("Flask").await;
    let client = Client("rollbar-python-flask");
    let shown = client.reports_what_it_is_known_to(&app, &project).await;
    let (item, occurrence) = shown.only("get_key_error");
    assert_eq!(item["framework"], "flask");
    the_cart(&occurrence["data"]);

    // The same bugs again: each adds to its item.
    let before = project.items().await.len();
    client.run(&app, &project).await;
    app.digested().await;
    let items = project.items().await;
    assert_eq!(items.len(), before, "{items:#?}");
    let totals: Vec<i64> = items
        .iter()
        .filter_map(|item| item["total_occurrences"].as_i64())
        .collect();
    let reported = i64::try_from(client.expected().len()).expect("a list is short");
    assert_eq!(totals.iter().sum::<i64>(), 2 * reported);
    assert!(totals.iter().all(|total| total % 2 == 0), "{totals:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rollbar_for_node_reports_from_a_script() {
    let app = App::start().await;
    let project = app.project("Script").await;
    let client = Client("rollbar-node-script");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rollbar_for_node_reports_from_express() {
    let app = App::start().await;
    let project = app.project("Express").await;
    let client = Client("rollbar-node-express");
    let shown = client.reports_what_it_is_known_to(&app, &project).await;
    let (_, occurrence) = shown.only("get_type_error");
    let request = &occurrence["data"]["request"];
    assert_eq!(request["method"], "GET", "{request}");
    assert!(
        request["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("http://shop.example.test/cart/ZZ9?qty=2")),
        "{request}"
    );
    assert!(!occurrence.to_string().contains("s3cr3t"), "{request}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rollbar_for_browsers_reports_from_another_origin() {
    let app = App::start().await;
    let project = app.project("Browser").await;
    let client = Client("rollbar-browser");
    let shown = client.reports_what_it_is_known_to(&app, &project).await;
    for (_, occurrence) in &shown.occurrences {
        // The page says `$remote_ip_anonymize`: all but the last number of who posted.
        let address = &occurrence["data"]["request"]["user_ip"];
        assert_eq!(address, "127.0.0.0", "{occurrence}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rollbar_for_python_of_2022_reports() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("rollbar-python-old");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_python_reports_from_a_script() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-python-script");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_python_reports_from_flask() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-python-flask");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_python_reports_from_fastapi() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-python-fastapi");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_python_1_reports() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-python-old");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn raven_for_python_reports() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("raven-python");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_node_reports_from_a_script() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-node-script");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_node_10_reports_from_express() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-node10-express");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_node_8_reports_from_express() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-node8-express");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_node_5_reports_from_a_script() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-node5-script");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_browsers_reports_from_another_origin() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-browser");
    client.reports_what_it_is_known_to(&app, &project).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sentry_for_vue_reports_from_another_origin() {
    let app = App::start().await;
    let project = app.project("Shop").await;
    let client = Client("sentry-vue");
    client.reports_what_it_is_known_to(&app, &project).await;
}

/// What is known of the request that failed, in full.
fn the_cart(data: &Value) {
    let frames = data["body"]["trace"]["frames"]
        .as_array()
        .expect("a trace has frames");
    let innermost = frames.last().expect("a trace has frames");
    assert_eq!(innermost["method"], "price");
    assert_eq!(innermost["locals"]["sku"], "ZZ9");
    assert!(innermost["locals"]["table"].is_object(), "{innermost}");
    assert!(
        innermost["code"]
            .as_str()
            .is_some_and(|code| code.contains("return table[sku]"))
    );
    let request = &data["request"];
    assert!(
        request["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("http://shop.example.test/cart/ZZ9?qty=2"))
    );
    assert_eq!(request["method"], "GET");
    assert_eq!(
        request["headers"]["User-Agent"],
        "Mozilla/5.0 (X11; Linux x86_64) Demo/1.0"
    );
    assert_eq!(
        request["headers"]["Referer"],
        "http://shop.example.test/start"
    );
    assert_eq!(data["person"]["id"], "77");
    // The cookie that the browser sent along is not for us.
    assert!(!data.to_string().contains("s3cr3t"), "{request}");
}
