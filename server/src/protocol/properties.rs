//! What must hold of the parsers whatever is sent: made-up objects with the keys of both protocols,
//! and recordings with something broken in them.

use std::{path::Path, sync::LazyLock};

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value;

use super::{
    Received, recordings, rollbar,
    sentry::{self, Part},
    unwrap,
};
use crate::model::occurrence::{Body, Occurrence};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures");

/// Keys that mean something to one of the parsers.
const KEYS: [&str; 60] = [
    "data",
    "payload",
    "access_token",
    "uuid",
    "timestamp",
    "level",
    "environment",
    "title",
    "fingerprint",
    "context",
    "platform",
    "language",
    "notifier",
    "name",
    "version",
    "body",
    "trace",
    "trace_chain",
    "message",
    "crash_report",
    "raw",
    "frames",
    "exception",
    "class",
    "description",
    "telemetry",
    "threads",
    "group",
    "request",
    "headers",
    "person",
    "server",
    "client",
    "custom",
    "extra",
    "filename",
    "lineno",
    "method",
    "context_line",
    "locals",
    "event_id",
    "type",
    "value",
    "values",
    "stacktrace",
    "mechanism",
    "logentry",
    "formatted",
    "params",
    "breadcrumbs",
    "tags",
    "contexts",
    "modules",
    "sdk",
    "user",
    "ip_address",
    "env",
    "crashed",
    "vars",
    "abs_path",
];

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        select(&["error", "event", "python", "{{auto}}", "40", "1e9"][..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::from),
            vec((select(&KEYS[..]), inner), 0..8).prop_map(object),
        ]
    })
}

fn any_object() -> impl Strategy<Value = Value> {
    vec((select(&KEYS[..]), any_value()), 0..12).prop_map(object)
}

fn object(fields: Vec<(&str, Value)>) -> Value {
    let fields = fields
        .into_iter()
        .map(|(key, value)| (key.to_owned(), value));
    Value::Object(fields.collect())
}

/// Recorded bodies that are short enough to be broken many times.
static RECORDED: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let recorded =
        ["rollbar", "sentry"].map(|name| recordings::all(&Path::new(FIXTURES).join(name)));
    let bodies = recorded
        .into_iter()
        .flatten()
        .map(|recording| recording.body);
    bodies.filter(|body| body.len() < 8 << 10).collect()
});

/// What is true of all that is taken.
fn is_sound(occurrence: &Occurrence<'_>) -> Result<(), TestCaseError> {
    if let Body::Traces(traces) = &occurrence.body {
        prop_assert!(!traces.is_empty());
    }
    let stored = serde_json::to_string(occurrence).expect("it can be written");
    // A NUL, not the text of its escape.
    prop_assert!(!stored.replace("\\\\", "").contains("\\u0000"));
    let read: Occurrence<'_> = serde_json::from_str(&stored).expect("it can be read");
    prop_assert_eq!(read.uuid, occurrence.uuid);
    // Of a key that was written twice one value is read.
    let texts = |json: &str| json.matches('"').count();
    let again = serde_json::to_string(&read).expect("it can be written");
    prop_assert_eq!(texts(&again), texts(&stored));
    rollbar::payload(occurrence);
    Ok(())
}

proptest! {
    #[test]
    fn any_object_is_an_event_or_of_another_kind(object in any_object()) {
        let of_another_kind = match &object["type"] {
            Value::String(kind) => !matches!(kind.as_str(), "" | "error" | "default" | "event"),
            _ => false,
        };
        match sentry::store(object.to_string().as_bytes(), &Received::default()) {
            Ok(Part::Occurrence(occurrence)) => is_sound(&occurrence)?,
            other => prop_assert!(of_another_kind, "{:?}", other),
        }
    }

    #[test]
    fn any_data_is_an_item_or_refused(data in any_object()) {
        let body = format!("{{\"data\": {data}}}");
        if let Ok(item) = rollbar::parse(body.as_bytes(), &Received::default()) {
            is_sound(&item.occurrence)?;
        }
        let batch = format!("[{data}, {data}]");
        let batch = rollbar::parse_batch(batch.as_bytes(), &Received::default());
        prop_assert_eq!(batch.map(|batch| batch.items.len()), Ok(2));
    }

    #[test]
    fn what_is_broken_on_the_way_is_read_or_refused(
        at in any::<proptest::sample::Index>(),
        from in any::<proptest::sample::Index>(),
        gone in 0_usize..20,
        put in vec(any::<u8>(), 0..8),
    ) {
        let mut body = at.get(&RECORDED).clone();
        if !body.is_empty() {
            let from = from.index(body.len());
            let to = (from + gone).min(body.len());
            body.splice(from..to, put);
        }
        let unwrapped = unwrap(&body);
        if let Ok(body) = &unwrapped && let Ok(read) = body.read(&Received::default()) {
            for part in &read.parts {
                if let Part::Occurrence(occurrence) = part {
                    is_sound(occurrence)?;
                }
            }
        }
    }
}
