//! What real SDKs sent, compared with what is in it; and the oddities one by one.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::{
    model::occurrence::{Thread, Trace},
    protocol::{
        NotJson,
        recordings::{self, Recording},
    },
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/rollbar");

fn received() -> Received {
    Received {
        peer: Some([203, 0, 113, 77].into()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "called with `json!`")]
fn read(data: Value) -> Occurrence<'static> {
    let body: &str = serde_json::json!({ "data": data }).to_string().leak();
    parse(body.as_bytes(), &received())
        .unwrap_or_else(|error| panic!("{body}: {error}"))
        .occurrence
}

/// An item with a message and, beside it, the entries of `more`.
fn message(more: Value) -> Occurrence<'static> {
    let mut data = serde_json::json!({ "body": { "message": { "body": "hello" } } });
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    read(data)
}

#[expect(clippy::needless_pass_by_value, reason = "called with `json!`")]
fn exception(fields: Value, frames: Value, more: Value) -> Trace<'static> {
    let mut data =
        serde_json::json!({ "body": { "trace": { "exception": fields, "frames": frames } } });
    if let (Value::Object(data), Value::Object(more)) = (&mut data, more) {
        data.extend(more);
    }
    match read(data).body {
        Body::Traces(mut traces) => traces.remove(0),
        other => panic!("{other:?}"),
    }
}

fn recordings() -> Vec<Recording> {
    recordings::all(Path::new(FIXTURES))
}

/// Without what was replaced: the expectations write U+FFFD for it, and not always as often.
fn plain(text: &str) -> String {
    text.replace('\u{fffd}', "")
}

#[test]
fn every_recorded_item_is_read_as_expected() {
    for Recording { name, json, body } in recordings() {
        let expected = &json["expect"];
        let result = parse(&body, &received());
        match (expected["outcome"].as_str(), result) {
            (Some("event"), Ok(item)) => compare(&name, &expected["events"][0], &item),
            (Some("any" | "preflight"), _) | (Some("reject"), Err(_)) => {}
            // Refused for their tokens, which is not decided here.
            (Some("reject"), Ok(_)) if name.contains("token") => {}
            (outcome, result) => panic!("{name}: {outcome:?}, got {result:?}"),
        }
    }
}

fn compare(name: &str, expected: &Value, item: &Item) {
    let occurrence = &item.occurrence;
    let text = |key: &str| expected[key].as_str().map(plain);
    let same = |what: &str, expected: Option<String>, got: Option<&str>| {
        assert_eq!(got.map(plain), expected, "{name}: {what}");
    };
    let if_any = |what: &str, got: Option<&str>| {
        if expected.get(what).is_some() {
            same(what, text(what).filter(|text| !text.is_empty()), got);
        }
    };

    let level = text("level").and_then(|level| Level::named(&level));
    assert_eq!(Some(occurrence.level), level, "{name}: level");
    same(
        "environment",
        text("environment").or(Some("production".to_owned())),
        Some(occurrence.environment.as_str()),
    );
    if_any("code_version", occurrence.code_version.as_deref());
    if_any("language", occurrence.language.as_deref());
    if_any("context", occurrence.context.as_deref());
    if_any(
        "fingerprint",
        occurrence.fingerprint.first().map(|part| &**part),
    );
    if_any(
        "notifier",
        occurrence
            .notifier
            .as_ref()
            .and_then(|notifier| notifier.name.as_deref()),
    );
    if_any(
        "person_id",
        occurrence
            .person
            .as_ref()
            .and_then(|person| person.id.as_deref()),
    );
    if_any("title_given", occurrence.title.as_deref());
    if_any(
        "request_url",
        occurrence
            .request
            .as_ref()
            .and_then(|request| request.url.as_deref()),
    );
    if_any(
        "request_method",
        occurrence
            .request
            .as_ref()
            .and_then(|request| request.method.as_deref()),
    );
    if_any("host", occurrence.server.get("host").and_then(Node::as_str));
    if let Some(uuid) = expected["uuid"].as_str() {
        assert_eq!(occurrence.uuid.to_string(), uuid, "{name}: uuid");
    }
    if let Some(in_body) = expected["token_in_body"].as_bool() {
        assert_eq!(item.access_token.is_some(), in_body, "{name}: token");
    }

    let traces: &[Trace] = match (&occurrence.body, expected["kind"].as_str()) {
        (Body::Traces(traces), Some("error")) => traces,
        (Body::Message(message), Some("message")) => {
            same("message", text("message"), Some(&message.text));
            &[]
        }
        (Body::CrashReport(raw), Some("crash_report")) => {
            assert!(!raw.is_empty(), "{name}");
            &[]
        }
        (body, kind) => panic!("{name}: {kind:?}, got {body:?}"),
    };
    if let Some(length) = expected["chain_length"].as_u64() {
        assert_eq!(traces.len() as u64, length, "{name}: chain");
    }
    if let Some(causes) = expected["causes"].as_array() {
        let classes: Vec<_> = traces
            .iter()
            .skip(1)
            .filter_map(|trace| trace.class.clone())
            .map(Value::from)
            .collect();
        assert_eq!(&classes, causes, "{name}: causes");
    }
    if let Some(trace) = traces.first() {
        compare_trace(name, expected, trace);
    }
}

fn compare_trace(name: &str, expected: &Value, trace: &Trace) {
    let text = |key: &str| expected[key].as_str().map(plain);
    let class = text("exception_class").filter(|class| class != "(unknown)");
    assert_eq!(trace.class.as_deref().map(plain), class, "{name}: class");
    match text("message").as_deref() {
        Some("<no message>") => assert_eq!(trace.message, "", "{name}"),
        Some("description() is deprecated; use Display") => {
            assert_eq!(
                Some(trace.message.to_string()),
                text("description"),
                "{name}"
            );
        }
        Some(message) => assert_eq!(plain(&trace.message), message, "{name}: message"),
        None => {}
    }
    if let Some(count) = expected["frame_count"].as_u64() {
        assert_eq!(trace.frames.len() as u64, count, "{name}: frames");
    }
    let (Some(frame), Some(innermost)) = (trace.frames.last(), expected["innermost"].as_object())
    else {
        return;
    };
    assert_eq!(
        frame.filename.as_deref(),
        innermost["file"].as_str(),
        "{name}: file"
    );
    assert_eq!(
        frame.line.map(u64::from),
        innermost["line"].as_u64(),
        "{name}: line"
    );
    // The expectation has the method as it was sent, for PHP none.
    if !name.starts_with("rollbar-php") {
        assert_eq!(
            frame.method.as_deref(),
            innermost["function"].as_str(),
            "{name}: function"
        );
    }
}

#[test]
fn an_item_written_and_read_again_is_the_same() {
    for Recording { name, body, .. } in recordings() {
        let Ok(Item { mut occurrence, .. }) = parse(&body, &received()) else {
            continue;
        };
        // What tells the order of the SDK's frames; ours are in one order.
        occurrence.notifier = None;
        occurrence.language = None;
        occurrence.platform = None;
        let again = read(payload(&occurrence));
        assert_eq!(again, occurrence, "{name}");
    }
}

#[test]
fn a_read_items_json_is_read_back() {
    for Recording { name, body, .. } in recordings() {
        let Ok(Item { occurrence, .. }) = parse(&body, &received()) else {
            continue;
        };
        let json = serde_json::to_string(&occurrence).unwrap();
        assert_eq!(
            serde_json::from_str::<Occurrence>(&json).unwrap(),
            occurrence,
            "{name}"
        );
    }
}

#[test]
fn what_is_no_item_is_refused_with_a_reason() {
    let body = "data.body must hold one of trace, trace_chain, message, crash_report";
    let cases = [
        ("[1,2,3]", "the body must be an object with data"),
        (
            r#"{"access_token": "x"}"#,
            "data is missing: the body must be an object with data",
        ),
        (r#"{"data": "x"}"#, "data must be an object"),
        (r#"{"data": {}}"#, body),
        (r#"{"data": {"body": []}}"#, body),
        (
            r#"{"data": {"body": {"trace": null, "trace_chain": [], "message": null}}}"#,
            body,
        ),
        (r#"{"data": {"body": {"trace_chain": [null, 1]}}}"#, body),
        (
            r#"{"data": {"body": {"crash_report": {}}}}"#,
            "data.body.crash_report must hold raw, the text of the report",
        ),
    ];
    for (text, reason) in cases {
        let error = parse(text.as_bytes(), &received()).expect_err(text);
        assert_eq!(error, Malformed::NotAnItem(reason), "{text}");
    }
    assert_eq!(
        parse(b"", &received()).unwrap_err(),
        Malformed::Json(NotJson::Empty)
    );
    assert!(matches!(
        parse(b"hunter2", &received()),
        Err(Malformed::Json(_))
    ));
}

#[test]
fn levels_are_read_as_words_and_numbers() {
    let cases = [
        (serde_json::json!("WARNING"), Level::Warning),
        (serde_json::json!("warn"), Level::Warning),
        (serde_json::json!("notice"), Level::Info),
        (serde_json::json!("emergency"), Level::Critical),
        (serde_json::json!(40), Level::Error),
        (serde_json::json!(50), Level::Critical),
        (serde_json::json!(null), Level::Error),
        (serde_json::json!("panic"), Level::Error),
        (serde_json::json!(7), Level::Error),
    ];
    for (sent, level) in cases {
        assert_eq!(
            message(serde_json::json!({ "level": sent })).level,
            level,
            "{sent}"
        );
    }
    assert_eq!(
        message(serde_json::json!({ "level": "panic" })).extra["original_level"],
        "panic"
    );
}

#[test]
fn a_uuid_that_cannot_be_read_is_replaced_and_kept() {
    for garbage in ["not-a-uuid", "00000000-0000-0000-0000-000000000000"] {
        let occurrence = message(serde_json::json!({ "uuid": garbage }));
        assert_eq!(occurrence.uuid.0.get_version_num(), 7);
        assert_eq!(occurrence.extra["original_uuid"], garbage);
    }
    let occurrence = message(serde_json::json!({ "uuid": "0123456789abcdef0123456789abcdef" }));
    assert_eq!(
        occurrence.uuid.to_string(),
        "01234567-89ab-cdef-0123-456789abcdef"
    );
}

#[test]
fn browsers_get_their_time_version_and_address() {
    let occurrence = message(serde_json::json!({
        "client": { "timestamp": 1_700_000_000, "javascript": { "code_version": "9f8e" } },
        "request": { "user_ip": "$remote_ip_anonymize", "query_string": "?a=b" },
    }));
    assert_eq!(occurrence.happened_at.unwrap().timestamp(), 1_700_000_000);
    assert_eq!(occurrence.code_version.as_deref(), Some("9f8e"));
    let request = occurrence.request.unwrap();
    assert_eq!(request.user_ip.as_deref(), Some("203.0.113.0"));
    assert_eq!(request.query_string.as_deref(), Some("a=b"));

    let from = |peer: Option<&str>, sent: &str| {
        let body = serde_json::json!({ "data": { "body": { "message": "x" }, "request": { "user_ip": sent } } });
        let received = Received {
            peer: peer.map(|peer| peer.parse().unwrap()),
        };
        parse(body.to_string().as_bytes(), &received)
            .unwrap()
            .occurrence
            .request
            .and_then(|request| request.user_ip)
            .map(Text::into_owned)
    };
    assert_eq!(
        from(Some("2001:db8:1:2::3"), "$remote_ip").as_deref(),
        Some("2001:db8:1:2::3")
    );
    assert_eq!(
        from(Some("2001:db8:1:2::3"), "$remote_ip_anonymize").as_deref(),
        Some("2001:db8:1::")
    );
    assert_eq!(
        from(Some("::ffff:10.0.0.9"), "$remote_ip").as_deref(),
        Some("10.0.0.9")
    );
    assert_eq!(from(None, "$remote_ip"), None);
    assert_eq!(from(None, "192.0.2.1").as_deref(), Some("192.0.2.1"));
}

#[test]
fn wrong_containers_are_tolerated() {
    let occurrence = message(serde_json::json!({
        "custom": [], "server": [], "request": { "GET": [], "POST": [], "headers": [["Host", "x"]] }, "person": [],
        "context": { "cart": 1 }, "title": null, "fingerprint": "", "code_version": 7,
    }));
    assert!(
        occurrence.custom.is_empty() && occurrence.server.is_empty() && occurrence.person.is_none()
    );
    assert_eq!(occurrence.request.unwrap().headers["Host"], "x");
    assert_eq!(
        occurrence.extra["context"],
        serde_json::json!({ "cart": 1 })
    );
    assert!(occurrence.context.is_none() && occurrence.fingerprint.is_empty());
    assert_eq!(occurrence.code_version.as_deref(), Some("7"));

    let occurrence =
        message(serde_json::json!({ "custom": [1, 2], "server": "web-1", "person": 17 }));
    assert_eq!(occurrence.custom["value"], serde_json::json!([1, 2]));
    assert_eq!(occurrence.server["host"], "web-1");
    assert_eq!(occurrence.person.unwrap().id.as_deref(), Some("17"));
}

#[test]
fn custom_data_that_was_sent_twice_is_kept_once() {
    let occurrence = read(serde_json::json!({
        "cart": 1, "other": 2, "custom": { "cart": 1, "other": 3, "sku": "ZZ9" },
        "body": { "message": { "body": "hello", "sku": "ZZ9", "extra": { "ms": 12 } } },
    }));
    assert_eq!(occurrence.extra, serde_json::json!({ "other": 2 }));
    let Body::Message(message) = occurrence.body else {
        panic!()
    };
    assert_eq!(message.extra, serde_json::json!({ "ms": 12 }));
}

#[test]
fn exceptions_without_class_or_message_are_understood() {
    let cases = [
        (
            serde_json::json!({ "class": "(unknown)", "message": "thrown", "description": "thrown" }),
            None,
            "thrown",
            None,
        ),
        (
            serde_json::json!({ "class": "Error", "message": "<no message>" }),
            Some("Error"),
            "",
            None,
        ),
        (
            serde_json::json!({ "class": "E", "message": null }),
            Some("E"),
            "",
            None,
        ),
        (
            serde_json::json!({ "class": "E", "message": { "a": 1 } }),
            Some("E"),
            r#"{"a":1}"#,
            None,
        ),
        (serde_json::json!("boom"), None, "boom", None),
        (serde_json::json!(null), None, "", None),
        (
            serde_json::json!({ "class": "app::E", "message": "description() is deprecated; use Display", "description": "E(1)" }),
            Some("app::E"),
            "E(1)",
            None,
        ),
        (
            serde_json::json!({ "class": "E", "message": "m", "description": "could not check out" }),
            Some("E"),
            "m",
            Some("could not check out"),
        ),
    ];
    for (fields, class, message, description) in cases {
        let trace = exception(fields.clone(), Value::Null, Value::Null);
        assert_eq!(
            (
                trace.class.as_deref(),
                &*trace.message,
                trace.description.as_deref()
            ),
            (class, message, description),
            "{fields}"
        );
    }
}

#[test]
fn frames_are_put_in_order_per_sdk() {
    let frames = serde_json::json!([
        { "filename": "a", "lineno": "1", "method": "f", "args": [1] },
        { "filename": "b", "lineno": 2, "method": "g", "args": [2] },
        { "filename": "c", "lineno": 3, "method": null },
    ]);
    let of = |more: Value| -> Vec<String> {
        let trace = exception(serde_json::json!({ "class": "E" }), frames.clone(), more);
        let shown = |frame: &crate::model::occurrence::Frame| {
            let arguments: Vec<_> = frame
                .argument_values
                .iter()
                .map(ToString::to_string)
                .collect();
            format!(
                "{}:{}({})",
                frame.filename.as_deref().unwrap(),
                frame.method.as_deref().unwrap_or("-"),
                arguments.join(",")
            )
        };
        trace.frames.iter().map(shown).collect()
    };
    assert_eq!(
        of(serde_json::json!({ "language": "python 3.11" })),
        ["a:f(1)", "b:g(2)", "c:-()"]
    );
    assert_eq!(
        of(serde_json::json!({ "language": "go" })),
        ["c:-()", "b:g(2)", "a:f(1)"]
    );
    assert_eq!(
        of(serde_json::json!({ "notifier": { "name": "rollbar/rollbar-go" } })),
        ["c:-()", "b:g(2)", "a:f(1)"]
    );
    assert_eq!(
        of(serde_json::json!({ "platform": "rust" })),
        ["c:-()", "b:g(2)", "a:f(1)"]
    );
    assert_eq!(
        of(serde_json::json!({ "language": "rust", "notifier": { "name": "rollcage" } })),
        ["a:f(1)", "b:g(2)", "c:-()"]
    );
    assert_eq!(
        of(serde_json::json!({ "language": "php" })),
        ["a:-()", "b:f(1)", "c:g(2)"]
    );
}

#[test]
fn frames_that_are_lines_of_the_message_are_not_the_applications() {
    let trace = exception(
        serde_json::json!({ "class": "Error", "message": "first\n    at not.a.frame (nowhere.js:1:1)" }),
        serde_json::json!([
            { "filename": "/srv/app/main.js", "method": "main", "lineno": 26, "colno": 9 },
            { "filename": "nowhere.js", "method": "not.a.frame", "lineno": 1, "colno": 0 },
        ]),
        serde_json::json!({ "language": "javascript" }),
    );
    let flags: Vec<_> = trace.frames.iter().map(|frame| frame.in_app).collect();
    assert_eq!(flags, [None, Some(false)]);
}

#[test]
fn threads_of_java_are_threads() {
    let stack = serde_json::json!([{ "filename": "Shop.java", "method": "buy", "lineno": 7 }]);
    let group = serde_json::json!([{ "trace_chain": [{ "frames": stack, "exception": {} }] }]);
    let occurrence = read(serde_json::json!({
        "is_uncaught": true,
        "body": {
            "trace": { "frames": stack, "exception": { "class": "E" } },
            "threads": [
                { "id": "1", "name": "main", "is_main": true, "state": "RUNNABLE", "group": group },
                { "id": 2, "group": [{ "trace_chain": [{ "frames": [{ "method": "idle" }] }] }] },
            ],
        },
    }));
    assert_eq!(occurrence.handled, Some(false));
    let [own, other] = <[Thread; 2]>::try_from(occurrence.threads).expect("two");
    assert!(own.frames.is_empty(), "it is the trace's");
    assert_eq!((own.current, own.name.as_deref()), (true, Some("main")));
    assert_eq!(own.extra["state"], "RUNNABLE");
    assert_eq!((other.id.as_deref(), other.frames.len()), (Some("2"), 1));
}

#[test]
fn a_form_or_a_wrapping_holds_the_item() {
    let item = r#"{"access_token":"t","data":{"body":{"message":{"body":"a b"}}}}"#;
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("x", "1")
        .append_pair("payload", item)
        .finish();
    for body in [form, format!(r#"{{"payload": {item}}}"#)] {
        let json = json_of_form(body.as_bytes());
        let read = parse(&json, &received()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(read.access_token.as_deref(), Some("t"));
        assert_eq!(
            read.occurrence.body,
            self::read(serde_json::json!({"body": {"message": {"body": "a b"}}})).body
        );
    }
}

#[test]
fn what_has_no_place_of_its_own_is_kept() {
    let occurrence = read(serde_json::json!({
        "is_uncaught": "yes",
        "body": {
            "extra": { "cart_id": 991 }, "threads": ["1"], "telemetry": [{ "type": "log" }],
            "trace": { "frames": [], "exception": { "class": "E", "code": 7 }, "extra": { "case": "x" } },
        },
    }));
    assert_eq!(occurrence.extra["is_uncaught"], "yes");
    assert_eq!(occurrence.extra["threads"], serde_json::json!(["1"]));
    assert_eq!(occurrence.telemetry.len(), 1);
    let Body::Traces(traces) = occurrence.body else {
        panic!()
    };
    assert_eq!(
        traces[0].extra,
        serde_json::json!({ "code": 7, "case": "x", "cart_id": 991 })
    );
}
