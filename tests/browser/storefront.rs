//! A page of the shop that reports by Sentry's SDK for browsers: with breadcrumbs, contexts, a file,
//! and a customer who says what happened.

use chrono::{DateTime, TimeDelta, Utc};
use rollcage_tests::{Envelope, Project};
use serde_json::{Value, json};
use uuid::Uuid;

/// Reports; the number of the item.
pub async fn fails(project: &Project<'_>) -> i64 {
    let now = project.app().clock.now();
    let uuid = Uuid::now_v7();
    let report = json!({
        "event_id": uuid.simple().to_string(),
        "name": "Grace Hopper",
        "email": "grace@customer.example",
        "comments": "I pressed “Buy” twice and nothing happened. The voucher was SPRING.",
    });
    let dropped = json!({ "discarded_events": [
        { "reason": "sample_rate", "category": "transaction", "quantity": 120 },
        { "reason": "network_error", "category": "error", "quantity": 3 },
    ] });
    let envelope = Envelope::of(uuid)
        .event(&event(now))
        .attachment("state.json", br#"{"cart": 3, "step": "pay"}"#)
        .item(
            &json!({ "type": "user_report" }),
            report.to_string().as_bytes(),
        )
        .item(&json!({ "type": "session" }), b"{}")
        .item(
            &json!({ "type": "client_report" }),
            dropped.to_string().as_bytes(),
        );
    let answer = project.post_envelope(&envelope).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let general = json!({ "contexts": { "feedback": {
        "message": "The new checkout is much faster, thank you!",
        "contact_email": "ada@customer.example",
        "url": "https://shop.example/checkout/done",
    } } });
    let envelope = Envelope::of(Uuid::now_v7()).item(
        &json!({ "type": "feedback" }),
        general.to_string().as_bytes(),
    );
    let answer = project.post_envelope(&envelope).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    project.app().digested().await;
    newest(project).await
}

/// Makes an item that is then discarded for ever.
pub async fn is_discarded(project: &Project<'_>) {
    project
        .occurrence()
        .level("warning")
        .with(
            "body",
            json!({ "message": {
            "body": "ResizeObserver loop completed with undelivered notifications.",
        } }),
        )
        .send()
        .await;
    project.app().digested().await;
    let items = project.items().await;
    let id = &items.first().expect("an item is there")["id"];
    let change = json!({ "status": "discarded" });
    let path = format!("/api/1/item/{id}");
    assert_eq!(project.patch(&path, &change).await.status, 200);
}

async fn newest(project: &Project<'_>) -> i64 {
    let items = project.items().await;
    let counters = items.iter().filter_map(|item| item["counter"].as_i64());
    counters.max().expect("an item is there")
}

fn event(now: DateTime<Utc>) -> Value {
    let at = |seconds: f64| {
        #[expect(clippy::cast_possible_truncation, reason = "some seconds")]
        let before = TimeDelta::milliseconds((seconds * 1_000.0) as i64);
        (now - before).to_rfc3339()
    };
    let vue = "https://shop.example/node_modules/.vite/deps/vue.js";
    let cart = "https://shop.example/src/cart/CartSummary.vue";
    json!({
        "platform": "javascript", "level": "error", "environment": "production", "release": "shop@2.4.0",
        "timestamp": at(0.0), "transaction": "/checkout", "logger": "shop.cart",
        "sdk": { "name": "sentry.javascript.vue", "version": "11.11.0" },
        "tags": { "tenant": "north", "voucher": "SPRING", "beta": "yes" },
        "user": { "id": "198", "username": "grace", "email": "grace@customer.example" },
        "request": {
            "url": "https://shop.example/checkout?step=pay",
            "headers": { "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0" },
        },
        "contexts": {
            "browser": { "name": "Firefox", "version": "145.0" },
            "os": { "name": "Linux", "version": "6.1" },
            "device": { "family": "Desktop", "screen_resolution": "1920x1080" },
            "trace": { "trace_id": "771a43a4192642f0b136d5159a501700", "op": "ui.action.click" },
            "cart": { "lines": 3, "total": 128.4, "currency": "EUR" },
        },
        "modules": { "vue": "3.5.22", "pinia": "3.0.3", "vue-router": "4.6.3" },
        "extra": { "feature_flags": ["new-vouchers"] },
        "breadcrumbs": [
            { "category": "navigation", "data": { "from": "/cart", "to": "/checkout" }, "timestamp": at(41.0) },
            { "category": "fetch", "type": "http", "timestamp": at(12.4),
              "data": { "method": "GET", "url": "/api/vouchers/SPRING", "status_code": 200 } },
            { "category": "ui.click", "message": "button#apply-voucher", "timestamp": at(8.1) },
            { "category": "console", "level": "warning", "message": "voucher has no percent", "timestamp": at(8.0) },
            { "category": "ui.click", "message": "button#buy", "timestamp": at(0.3) },
        ],
        "exception": { "values": [
            { "type": "TypeError", "value": "can't access property \"percent\", voucher is null",
              "mechanism": { "type": "chained", "handled": false, "exception_id": 1, "parent_id": 0, "source": "cause" },
              "stacktrace": { "frames": [
                  { "filename": vue, "function": "callWithErrorHandling", "lineno": 2271, "colno": 19, "in_app": false },
                  { "filename": cart, "function": "rebate", "lineno": 48, "colno": 23, "in_app": true,
                    "pre_context": ["function rebate(voucher: Voucher | null) {"],
                    "context_line": "  return net.value * voucher.percent / 100",
                    "post_context": ["}"] },
              ] } },
            { "type": "CheckoutError", "value": "could not work out the total",
              "mechanism": { "type": "vue", "handled": false, "exception_id": 0 },
              "stacktrace": { "frames": [
                  { "filename": vue, "function": "callWithAsyncErrorHandling", "lineno": 2278, "colno": 17, "in_app": false },
                  { "filename": cart, "function": "total", "lineno": 61, "colno": 11, "in_app": true,
                    "context_line": "    throw new CheckoutError('could not work out the total', { cause })" },
              ] } },
        ] },
    })
}

/// What somebody pastes into the test box.
pub fn pasted() -> String {
    let mut event = event(DateTime::UNIX_EPOCH);
    event["extra"]["password"] = "hunter2".into();
    event.to_string()
}
