use chrono::Utc;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::model::{
    id::{OccurrenceUuid, ProjectId},
    occurrence::{Body, Message, Person, Request},
};

fn occurrence() -> Occurrence<'static> {
    Occurrence::new(
        OccurrenceUuid(Uuid::nil()),
        Body::Message(Message::default()),
    )
}

fn fields(value: Value) -> Fields<'static> {
    match Node::from(value) {
        Node::Object(fields) => fields,
        other => panic!("an object, not {other:?}"),
    }
}

fn facets(occurrence: &Occurrence<'_>) -> Vec<(String, String)> {
    let head = Head::new(
        ProjectId(1),
        chrono::DateTime::<Utc>::UNIX_EPOCH,
        occurrence,
    );
    of(&head)
        .map(|(key, value)| (key.to_owned(), value.into_owned()))
        .collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn a_browser_of_rollbars_sdk() {
    let mut one = occurrence();
    one.code_version = Some("2.4.1".into());
    one.language = Some("javascript".into());
    one.person = Some(Person {
        email: Some("ann@shop.example".into()),
        username: Some("ann".into()),
        ..Person::default()
    });
    one.request = Some(Request {
        url: Some("https://shop.example/orders/12?token=1".into()),
        ..Request::default()
    });
    one.client = fields(json!({ "javascript": {
        "browser": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    } }));
    assert_eq!(
        facets(&one),
        pairs(&[
            ("version", "2.4.1"),
            ("person", "ann@shop.example"),
            ("url", "shop.example/orders/*"),
            ("browser", "Firefox 140"),
            ("os", "Linux"),
        ])
    );
}

#[test]
fn a_server_of_sentrys_sdk() {
    let mut one = occurrence();
    one.server = fields(json!({ "host": "web-1" }));
    one.contexts = fields(json!({
        "os": { "name": "Debian", "version": "12.11\n" },
        "runtime": { "name": "node", "version": "v20.20.2" },
        "device": { "arch": "x64" },
    }));
    assert_eq!(
        facets(&one),
        pairs(&[
            ("host", "web-1"),
            ("os", "Debian 12"),
            ("runtime", "node 20.20.2")
        ])
    );
    // As sentry-ruby says them.
    one.contexts = fields(json!({
        "os": { "name": "Linux", "version": "#1 SMP PREEMPT_DYNAMIC" },
        "runtime": { "name": "ruby3.1", "version": "ruby 3.1.7p261" },
        "browser": { "name": "Chrome", "version": "141.0.1" },
        "device": { "model": "Pixel 9", "family": "Pixel" },
    }));
    assert_eq!(
        facets(&one),
        pairs(&[
            ("host", "web-1"),
            ("browser", "Chrome 141"),
            ("os", "Linux"),
            ("device", "Pixel 9"),
            ("runtime", "ruby3.1"),
        ])
    );
}

#[test]
fn of_its_own_data_only_short_scalars_are_facets() {
    let mut one = occurrence();
    one.language = Some("python 3.11.2".into());
    one.tags = fields(json!({ "plan": "pro", "browser": "mine", "empty": " " }));
    one.custom = fields(json!({
        "step": 3, "is_new": true, "took": 0.25, "cart": { "lines": 2 }, "list": [1],
        "none": null, "essay": "x".repeat(VALUE_MAX_BYTES + 1), "two\nlines": "a\u{0}\tb",
        "n".repeat(KEY_MAX_BYTES): 1,
    }));
    assert_eq!(
        facets(&one),
        pairs(&[
            ("runtime", "python 3.11.2"),
            ("tags.plan", "pro"),
            ("tags.browser", "mine"),
            ("custom.step", "3"),
            ("custom.is_new", "true"),
            ("custom.two lines", "a b"),
        ])
    );
}

#[test]
fn how_many_and_how_long_they_are_is_bounded() {
    let mut one = occurrence();
    for number in 0..1_000 {
        one.tags.push(format!("tag {number}"), Node::from("x"));
    }
    one.code_version = Some("v".repeat(5_000).into());
    one.server = fields(json!({ "host": " \u{1b} " }));
    let facets = facets(&one);
    assert_eq!(facets.len(), 1 + OWN_KEYS_MAX);
    assert_eq!(facets[0].1.len(), VALUE_MAX_BYTES);
}

#[test]
fn a_head_of_before_facets_is_read() {
    let head = Head::new(
        ProjectId(1),
        chrono::DateTime::<Utc>::UNIX_EPOCH,
        &occurrence(),
    );
    let mut json = serde_json::to_value(&head).expect("a head is JSON");
    assert!(
        json.as_object_mut()
            .expect("an object")
            .remove("facets")
            .is_none()
    );
    let read: Head = serde_json::from_value(json).expect("it is read");
    assert_eq!(read, head);
}
