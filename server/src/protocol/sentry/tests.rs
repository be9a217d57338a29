use serde_json::{Value, json};

use super::*;
use crate::model::json::Fields;
use crate::model::occurrence::{Body, Frame, Level, Message, Thread, Trace};

#[expect(clippy::needless_pass_by_value, reason = "called with `json!`")]
fn read(event: Value) -> Occurrence<'static> {
    let received = Received {
        peer: Some("203.0.113.7".parse().expect("an address")),
    };
    let body: &str = event.to_string().leak();
    match store(body.as_bytes(), &received) {
        Ok(Part::Occurrence(occurrence)) => *occurrence,
        other => panic!("{event}: {other:?}"),
    }
}

fn traces(event: Value) -> Vec<Trace<'static>> {
    match read(event).body {
        Body::Traces(traces) => traces,
        other => panic!("{other:?}"),
    }
}

fn message(event: Value) -> Message<'static> {
    match read(event).body {
        Body::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_reported_exception_comes_first_and_its_innermost_frame_last() {
    let sent = json!({"exception": {"values": [
        {"type": "KeyError", "value": "'gateways'", "module": "builtins"},
        null,
        {"type": "PaymentError", "value": "settlement failed", "mechanism": {"handled": false},
         "thread_id": 7, "stacktrace": {"frames": [
            {"filename": "main.py", "abs_path": "/srv/app/main.py", "function": "main",
             "lineno": "19", "in_app": true, "vars": {"c": "1"}, "pre_context": ["a"],
             "context_line": "b", "post_context": ["c"]},
            null,
            {"abs_path": "/srv/app/billing.go", "instruction_addr": "0x7f", "package": "x.so",
             "module": "main", "symbol_addr": "0x70", "lineno": 0, "colno": 3},
        ], "registers": {"rip": "0x7f"}}},
    ]}, "platform": "python"});
    let occurrence = read(sent.clone());
    assert_eq!(occurrence.handled, Some(false));
    assert_eq!(occurrence.level, Level::Error);
    assert_eq!(occurrence.environment.as_str(), "production");
    let [reported, cause] = <[Trace; 2]>::try_from(traces(sent)).expect("two");
    assert_eq!(cause.class.as_deref(), Some("KeyError"));
    assert_eq!(reported.class.as_deref(), Some("PaymentError"));
    assert_eq!(
        reported.frames,
        [
            Frame {
                filename: Some("main.py".into()),
                path: Some("/srv/app/main.py".into()),
                method: Some("main".into()),
                line: Some(19),
                in_app: Some(true),
                code: Some("b".into()),
                pre: vec!["a".into()],
                post: vec!["c".into()],
                locals: Fields::from_iter([("c".into(), "1".into())]),
                ..Frame::default()
            },
            Frame {
                filename: Some("/srv/app/billing.go".into()),
                module: Some("main".into()),
                package: Some("x.so".into()),
                address: Some("0x7f".into()),
                column: Some(3),
                ..Frame::default()
            },
        ]
    );
    assert_eq!(
        reported.extra,
        json!({"thread_id": 7, "registers": {"rip": "0x7f"}, "frames": {"1": {"symbol_addr": "0x70"}}})
    );
}

#[test]
fn exceptions_come_in_three_containers() {
    for exception in [
        json!({"type": "E", "value": "v"}),
        json!([{"type": "E", "value": "v"}]),
        json!({"values": [{"type": "E", "value": "v"}]}),
    ] {
        for key in ["exception", "sentry.interfaces.Exception"] {
            let traces = traces(json!({ key: exception }));
            assert_eq!(traces.len(), 1);
            assert_eq!(traces[0].class.as_deref(), Some("E"));
            assert_eq!(traces[0].message, "v");
        }
    }
}

#[test]
fn a_message_has_the_loggers_template_and_the_stack_of_its_thread() {
    let sent = json!({
        "message": "ignored",
        "logentry": {"message": "disk %s at %d%%", "params": ["sda", 93], "formatted": "disk sda at 93%"},
        "threads": {"values": [
            {"id": 1, "name": "main", "stacktrace": {"frames": [{"function": "idle"}]}},
            {"id": 2, "current": true, "stacktrace": {"frames": [{"function": "warn"}]}},
        ]},
        "level": "log",
    });
    let occurrence = read(sent);
    assert_eq!(occurrence.level, Level::Info);
    let frame = |function: &'static str| Frame {
        method: Some(function.into()),
        ..Frame::default()
    };
    assert_eq!(
        occurrence.body,
        Body::Message(Message {
            text: "disk sda at 93%".into(),
            template: Some("disk %s at %d%%".into()),
            frames: vec![frame("warn")],
            extra: Fields::from_iter([("params".into(), json!(["sda", 93]).into())]),
        })
    );
    assert_eq!(
        occurrence.threads,
        [
            Thread {
                id: Some("1".into()),
                name: Some("main".into()),
                frames: vec![frame("idle")],
                ..Thread::default()
            },
            Thread {
                id: Some("2".into()),
                current: true,
                ..Thread::default()
            },
        ]
    );
    assert_eq!(
        message(json!({"message": {"message": "m %s"}})).text,
        "m %s"
    );
    assert_eq!(message(json!({})).text, "");
}

#[test]
fn a_message_that_comes_as_an_exception_is_a_message() {
    let sent = json!({
        "exception": {"values": [{"value": "cart opened",
            "mechanism": {"type": "generic", "handled": true, "synthetic": true},
            "stacktrace": {"frames": [{"function": "open"}]}}]},
        "message": "cart opened",
    });
    let message = message(sent);
    assert_eq!(message.text, "cart opened");
    assert_eq!(message.frames.len(), 1);
    let thrown = json!({"exception": {"values": [{"value": "a text"}]}});
    assert_eq!(traces(thrown)[0].class, None);
}

#[test]
fn the_sentence_beside_an_exception_is_its_description() {
    let described = |sentence: &str| {
        let sent = json!({"exception": [{"type": "E", "value": "v"}], "message": sentence});
        traces(sent).remove(0).description
    };
    assert_eq!(described("could not pay").as_deref(), Some("could not pay"));
    assert_eq!(described("v"), None);
    assert_eq!(described("E: v"), None);
}
