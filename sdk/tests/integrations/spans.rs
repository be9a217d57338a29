//! The layer for `tracing`.

use std::{error::Error, io};

use rollcage::tracing::{Layer, Take};
use serde_json::{Value, json};
use tracing::{Level, level_filters::LevelFilter, subscriber::with_default};
use tracing_subscriber::layer::SubscriberExt as _;

use super::NoStock;

/// What is captured while `work` runs with `layer`.
fn captured(layer: Layer, work: impl FnOnce()) -> Vec<Value> {
    let (recorder, scope) = super::recorder();
    let subscriber = tracing_subscriber::registry().with(layer);
    let (_scope, ()) = scope.run(|| with_default(subscriber, work));
    recorder.occurrences()
}

#[test]
fn errors_are_captured_with_fields_and_others_are_breadcrumbs() {
    let occurrences = captured(rollcage::tracing::layer(), || {
        tracing::debug!("not of interest");
        tracing::info!(order = 17, "order placed");
        tracing::warn!(shop = "north", "stock is low");
        tracing::error!(order = 17, paid = true, share = 0.5, who = ?Some("ada"), "cannot send");
    });
    let [occurrence] = &occurrences[..] else {
        panic!("one is captured: {occurrences:#?}");
    };
    assert_eq!(occurrence["level"], "error");
    // The text as it stands in the source: fields are not part of it.
    assert_eq!(occurrence["body"]["message"]["body"], "cannot send");
    let custom = &occurrence["custom"];
    assert_eq!(custom["order"], 17);
    assert_eq!(custom["paid"], true);
    assert_eq!(custom["share"], 0.5);
    assert_eq!(custom["who"], r#"Some("ada")"#);
    assert_eq!(custom["logger"], module_path!());
    assert!(custom["spans"].is_null());

    let telemetry = occurrence["body"]["telemetry"]
        .as_array()
        .expect("two went before");
    assert_eq!(telemetry.len(), 2, "{telemetry:#?}");
    assert_eq!(telemetry[0]["type"], "log");
    assert_eq!(telemetry[0]["level"], "info");
    assert_eq!(telemetry[0]["body"]["message"], "order placed");
    assert_eq!(telemetry[0]["body"]["order"], 17);
    assert_eq!(telemetry[0]["body"]["logger"], module_path!());
    assert_eq!(telemetry[1]["level"], "warning");
}

#[test]
fn an_error_in_a_field_is_what_failed() {
    let error = NoStock::new();
    let other = io::Error::other("and this");
    let occurrences = captured(rollcage::tracing::layer(), || {
        tracing::error!(
            order = 17,
            error = &error as &(dyn Error + 'static),
            other = &other as &(dyn Error + 'static),
            "cannot send"
        );
    });
    let occurrence = &occurrences[0];
    let chain = &occurrence["body"]["trace_chain"];
    assert_eq!(chain[0]["exception"]["description"], "cannot send");
    assert_eq!(
        chain[1]["exception"]["message"],
        "invalid digit found in string"
    );
    assert_eq!(occurrence["custom"]["order"], 17);
    assert!(occurrence["custom"]["error"].is_null());
    assert_eq!(occurrence["custom"]["other"], "and this");
}

#[test]
fn an_error_in_a_breadcrumb_is_told_with_its_causes() {
    let error = NoStock::new();
    let occurrences = captured(rollcage::tracing::layer(), || {
        tracing::warn!(error = &error as &(dyn Error + 'static), "tried");
        tracing::error!("gave up");
    });
    let breadcrumb = &occurrences[0]["body"]["telemetry"][0]["body"];
    assert_eq!(
        breadcrumb["error"],
        "no stock: invalid digit found in string"
    );
}

#[test]
fn spans_go_along_outermost_first_with_what_was_recorded_later() {
    let occurrences = captured(rollcage::tracing::layer(), || {
        let outer = tracing::info_span!("request", id = 3, status = tracing::field::Empty);
        outer.in_scope(|| {
            let inner = tracing::debug_span!(target: "db", "query", table = "orders");
            let _entered = inner.enter();
            outer.record("status", 500);
            outer.record("id", 4);
            tracing::error!("too slow");
        });
    });
    assert_eq!(
        occurrences[0]["custom"]["spans"],
        json!([
            {
                "name": "request",
                "target": module_path!(),
                "fields": { "id": 4, "status": 500 },
            },
            { "name": "query", "target": "db", "fields": { "table": "orders" } },
        ])
    );
}

#[test]
fn levels_can_be_chosen_and_so_can_each_event() {
    let work = || {
        tracing::trace!("a");
        tracing::info!("b");
        tracing::warn!("c");
        tracing::error!(target: "noisy", "d");
        rollcage::debug("the end");
    };
    let layer = rollcage::tracing::layer()
        .occurrences(Level::WARN)
        .breadcrumbs(LevelFilter::TRACE);
    let occurrences = captured(layer, work);
    assert_eq!(occurrences.len(), 3);
    assert_eq!(occurrences[0]["level"], "warning");
    let telemetry = occurrences[2]["body"]["telemetry"].as_array();
    assert_eq!(telemetry.map(Vec::len), Some(2));

    let layer = rollcage::tracing::layer().choose(|metadata| match metadata.target() {
        "noisy" => Take::Nothing,
        _ if *metadata.level() == Level::WARN => Take::Occurrence,
        _ => Take::Breadcrumb,
    });
    let occurrences = captured(layer, work);
    assert_eq!(occurrences.len(), 2, "{occurrences:#?}");
}

#[test]
fn what_came_over_from_log_keeps_its_name() {
    let occurrences = captured(rollcage::tracing::layer(), || {
        tracing::error!(
            target: "log",
            {
                log.target = "shop::orders",
                log.module_path = "shop::orders",
                log.file = "src/orders.rs",
                log.line = 3,
            },
            "cannot send"
        );
    });
    let custom = &occurrences[0]["custom"];
    assert_eq!(custom["logger"], "shop::orders");
    let keys = custom.as_object().expect("custom data is a map").keys();
    assert!(
        keys.into_iter().all(|key| !key.starts_with("log.")),
        "{custom}"
    );
}

#[test]
fn a_value_that_logs_while_it_is_formatted_comes_to_an_end() {
    struct Chatty;
    impl std::fmt::Display for Chatty {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            tracing::error!(value = %Chatty, "again");
            formatter.write_str("chatty")
        }
    }
    // `tracing` itself lets no event through while one is dispatched on the same thread only for
    // the same dispatcher; the SDK must not depend on that.
    let occurrences = captured(rollcage::tracing::layer(), || {
        tracing::error!(value = %Chatty, "first");
    });
    assert_eq!(occurrences.len(), 1, "{occurrences:#?}");
}
