//! The bridge for `log`.

use std::sync::{Arc, Mutex};

use log::{Level, LevelFilter, Log, Metadata, Record, kv};
use rollcage::log::Bridge;

/// A logger that takes what it gets, from warnings up.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {}", record.level(), record.args());
        self.0.lock().expect("nothing panics here").push(line);
    }

    fn flush(&self) {}
}

fn log(bridge: &Bridge, level: Level, text: &str) {
    let values: &[(&str, kv::Value<'_>)] = &[
        ("order", kv::Value::from(17)),
        ("paid", kv::Value::from(true)),
        ("shop", kv::Value::from("north")),
    ];
    bridge.log(
        &Record::builder()
            .level(level)
            .target("shop::orders")
            .file(Some("src/orders.rs"))
            .line(Some(3))
            .args(format_args!("{text}"))
            .key_values(&values)
            .build(),
    );
}

#[test]
fn errors_are_captured_others_are_breadcrumbs_and_all_go_on() {
    let (recorder, scope) = super::recorder();
    let lines = Lines::default();
    let bridge = Bridge::before(lines.clone(), LevelFilter::Info);
    let (_scope, ()) = scope.run(|| {
        log(&bridge, Level::Debug, "not of interest");
        log(&bridge, Level::Info, "order placed");
        log(&bridge, Level::Warn, "stock is low");
        log(&bridge, Level::Error, "cannot send the order");
    });

    let occurrences = recorder.occurrences();
    let [occurrence] = &occurrences[..] else {
        panic!("one is captured: {occurrences:#?}");
    };
    assert_eq!(
        occurrence["body"]["message"]["body"],
        "cannot send the order"
    );
    assert_eq!(occurrence["level"], "error");
    let custom = &occurrence["custom"];
    assert_eq!(custom["logger"], "shop::orders");
    assert_eq!(custom["order"], 17);
    assert_eq!(custom["paid"], true);
    assert_eq!(custom["shop"], "north");
    let telemetry = occurrence["body"]["telemetry"]
        .as_array()
        .expect("two went before");
    let told: Vec<_> = telemetry
        .iter()
        .map(|breadcrumb| (&breadcrumb["level"], &breadcrumb["body"]["message"]))
        .map(|(level, message)| format!("{level} {message}"))
        .collect();
    assert_eq!(
        told,
        [r#""info" "order placed""#, r#""warning" "stock is low""#]
    );
    assert_eq!(telemetry[0]["body"]["order"], 17);

    let lines = lines.0.lock().expect("nothing panics here").clone();
    assert_eq!(lines, ["WARN stock is low", "ERROR cannot send the order"]);
}

#[test]
fn levels_can_be_chosen() {
    let (recorder, scope) = super::recorder();
    let bridge = Bridge::new()
        .occurrences(LevelFilter::Off)
        .breadcrumbs(LevelFilter::Trace);
    let (_scope, ()) = scope.run(|| {
        log(&bridge, Level::Error, "only a breadcrumb");
        log(&bridge, Level::Trace, "this too");
        rollcage::warning("now");
    });
    let occurrences = recorder.occurrences();
    assert_eq!(occurrences.len(), 1);
    let telemetry = occurrences[0]["body"]["telemetry"].as_array();
    assert_eq!(telemetry.map(Vec::len), Some(2));
}

#[test]
fn a_value_that_logs_while_it_is_formatted_comes_to_an_end() {
    struct Chatty<'b>(&'b Bridge);
    impl std::fmt::Display for Chatty<'_> {
        fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            let nested = Chatty(self.0);
            self.0.log(
                &Record::builder()
                    .level(Level::Error)
                    .args(format_args!("{nested}"))
                    .build(),
            );
            formatter.write_str("chatty")
        }
    }
    let (recorder, scope) = super::recorder();
    let bridge = Bridge::new();
    let (_scope, ()) = scope.run(|| {
        let record = format!("{}", Chatty(&bridge));
        assert_eq!(record, "chatty");
    });
    assert_eq!(recorder.occurrences().len(), 1);
}
