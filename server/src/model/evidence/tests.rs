//! What is taken from an occurrence, and in what form.

use serde_json::{Value, json};

use super::*;

fn map(value: Value) -> Fields<'static> {
    match value.into() {
        Node::Object(fields) => fields,
        other => panic!("an object, not {other:?}"),
    }
}

fn numbered(id: u64, parent: Option<u64>) -> Trace<'static> {
    let mechanism = match parent {
        Some(parent) => json!({"exception_id": id, "parent_id": parent}),
        None => json!({"exception_id": id}),
    };
    Trace {
        mechanism: map(mechanism),
        ..Trace::default()
    }
}

#[test]
fn members_of_a_group_but_the_first_are_beside() {
    // A group of two; the first member has a cause, the second one too.
    let group = [
        numbered(0, None),
        numbered(1, Some(0)),
        numbered(2, Some(1)),
        numbered(3, Some(0)),
        numbered(4, Some(3)),
    ];
    assert_eq!(beside(&group), BTreeSet::from([3, 4]));
    let chain = [numbered(0, None), numbered(1, Some(0))];
    assert_eq!(beside(&chain), BTreeSet::new());
    assert_eq!(
        beside(&[Trace::default(), Trace::default()]),
        BTreeSet::new()
    );
    // One that is its own cause.
    assert_eq!(beside(&[numbered(0, Some(0))]), BTreeSet::new());
}

#[test]
fn the_package_counts_where_no_folder_tells() {
    let frame = |filename: &str, path: Option<&str>| {
        let frame = Frame {
            filename: Some(filename.into()),
            path: path.map(Into::into),
            module: Some("com.acme.Shop".into()),
            method: Some("buy".into()),
            ..Frame::default()
        };
        FrameEvidence::from(&frame).method.unwrap_or_default()
    };
    assert_eq!(frame("Shop.java", None), "com.acme.Shop.buy");
    assert_eq!(frame("shop.py", Some("/srv/shop.py")), "buy");
    assert_eq!(frame("/srv/shop.js", None), "buy");
}

#[test]
fn what_a_logger_filled_in_is_found_whichever_sdk_sent_it() {
    let message = |extra: Value| Message {
        extra: map(extra),
        ..Message::default()
    };
    let none = Fields::new();
    let handler = json!({"args": ["a", 7], "record": {}});
    let table = [
        (filled_in(&message(json!({"params": ["a", 7]})), &none), 2),
        (
            filled_in(&message(json!({"params": {"name": "a"}})), &none),
            1,
        ),
        (filled_in(&message(handler.clone()), &none), 2),
        (filled_in(&message(json!({})), &map(handler)), 2),
        // The application's own word.
        (
            filled_in(&message(json!({})), &map(json!({"args": ["a"]}))),
            0,
        ),
    ];
    for (found, expected) in table {
        assert_eq!(found.len(), expected, "{found:?}");
    }
}

#[test]
fn what_rollbar_js_took_for_a_class_is_a_part_of_the_text() {
    let trace = |class: &str, message: &str, description: &str| {
        let trace = Trace {
            class: Some(class.into()),
            message: message.into(),
            description: Some(description.into()),
            ..Trace::default()
        };
        whole(&trace)
    };
    let zone = "Uncaught RangeError: Invalid time zone: Local";
    assert_eq!(
        trace("RangeError", "Local", zone).as_deref(),
        Some("Invalid time zone: Local")
    );
    assert_eq!(trace("RangeError", "Invalid time zone: Local", zone), None);
    assert_eq!(trace("TypeError", "Local", zone), None);
    assert_eq!(trace("RangeError", "", "RangeError: x"), None);
}

#[test]
fn rubys_own_methods_name_their_callers_line() {
    let frame = |method: &'static str, line: u32| Frame {
        filename: Some("loans.rb".into()),
        method: Some(method.into()),
        line: Some(line),
        ..Frame::default()
    };
    let stack = Trace {
        frames: vec![
            frame("lend", 7),
            frame("by_member", 35),
            frame("each", 35),
            frame("block in by_member", 35),
            frame("fetch", 35),
        ],
        ..Trace::default()
    };
    let found: Vec<bool> = TraceEvidence::from(&stack)
        .frames
        .iter()
        .map(|frame| frame.builtin)
        .collect();
    assert_eq!(found, [false, false, true, false, true]);
}

#[test]
fn of_a_deep_stack_both_ends_are_kept() {
    assert_eq!(kept_frames(60).count(), 60);
    let kept: Vec<usize> = kept_frames(1_000).collect();
    assert_eq!((kept.len(), kept[9], kept[10]), (60, 9, 950));
}
