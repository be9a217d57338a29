use proptest::prelude::*;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::{
    model::{filters, id::OccurrenceUuid},
    protocol::{Received, rollbar, sentry},
};

/// What is reported, as Rollbar's `data`.
fn reported(data: &Value) -> Occurrence<'static> {
    let body: &str = json!({ "data": data }).to_string().leak();
    rollbar::parse(body.as_bytes(), &Received::default())
        .expect("an item")
        .occurrence
}

fn raised(class: &str, message: &str) -> Value {
    json!({ "body": { "trace": {
        "frames": [{ "filename": "shop/cart.py", "method": "add" }],
        "exception": { "class": class, "message": message },
    } } })
}

/// `data` with another field.
fn with(mut data: Value, name: &str, value: Value) -> Value {
    data[name] = value;
    data
}

fn in_browser(agent: &str, file: &str, message: &str) -> Value {
    json!({
        "platform": "browser",
        "language": "javascript",
        "client": { "javascript": { "browser": agent } },
        "body": { "trace": {
            "frames": [
                { "filename": "https://shop.example/app.js", "method": "add" },
                { "filename": file, "method": "wrapped" },
            ],
            "exception": { "class": "TypeError", "message": message },
        } },
    })
}

fn lines(typed: &str) -> Vec<String> {
    filters::patterns(typed).expect("these are patterns")
}

const OLD: &str = "Mozilla/5.0 (Windows NT 6.1; Trident/7.0; rv:11.0) like Gecko";
const NEW: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
const BOT: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// All filters, and none that meets an ordinary occurrence.
fn all() -> Filters {
    Filters {
        environments: lines("staging*\nci"),
        versions: lines("1.*"),
        classes: lines("*Timeout\nIntegrityError\nacme.Gone"),
        messages: lines("*ResizeObserver loop*\nKeyError: 'old'"),
        hosts: lines("build-*"),
        addresses: filters::networks("203.0.113.0/24\n2001:db8::/32").expect("networks"),
        outdated_browsers: true,
        browser_extensions: true,
        crawlers: true,
        local_host: true,
    }
}

/// An ordinary occurrence with another field.
fn ordinary_with(name: &str, value: Value) -> Value {
    with(raised("KeyError", "'total'"), name, value)
}

/// What all filters together say of `data`, and none of them.
fn met(data: &Value) -> Option<(Filter, Option<String>)> {
    let occurrence = reported(data);
    assert_eq!(Judge::default().judge(&occurrence, None), None, "{data}");
    let met = Judge::new(&all()).met(&occurrence, None)?;
    Some((met.filter, met.line))
}

#[test]
fn each_list_meets_what_it_is_for() {
    let host = |name: &str| json!({ "host": name });
    let user_ip = json!({ "user_ip": "203.0.113.9" });
    let person = json!({ "id": "7", "ip_address": "2001:db8::7" });
    let message = json!({ "body": { "message": { "body": "resizeobserver loop" } } });
    for (data, filter, line) in [
        (
            ordinary_with("environment", json!("Staging-eu")),
            Filter::Environment,
            "staging*",
        ),
        (
            ordinary_with("code_version", json!("1.20.3")),
            Filter::Version,
            "1.*",
        ),
        (
            raised("requests.exceptions.ReadTimeout", "x"),
            Filter::Class,
            "*Timeout",
        ),
        (
            raised("sqlalchemy.exc.IntegrityError", "x"),
            Filter::Class,
            "IntegrityError",
        ),
        (raised("acme.Gone", "x"), Filter::Class, "acme.Gone"),
        (
            raised("Error", "A ResizeObserver loop."),
            Filter::Message,
            "*ResizeObserver loop*",
        ),
        (
            raised("KeyError", "'old'\nmore"),
            Filter::Message,
            "KeyError: 'old'",
        ),
        (message, Filter::Message, "*ResizeObserver loop*"),
        (
            ordinary_with("server", host("build-17")),
            Filter::Host,
            "build-*",
        ),
        (
            ordinary_with("request", user_ip),
            Filter::Address,
            "203.0.113.0/24",
        ),
        (
            ordinary_with("person", person),
            Filter::Address,
            "2001:db8::/32",
        ),
    ] {
        assert_eq!(met(&data), Some((filter, Some(line.to_owned()))), "{data}");
    }
    for data in [
        raised("KeyError", "'total'"),
        raised("other.Gone", "x"),
        ordinary_with("code_version", json!("2.1.3")),
        ordinary_with("server", host("web-1")),
    ] {
        assert_eq!(met(&data), None, "{data}");
    }
}

#[test]
fn each_switch_meets_what_it_is_for() {
    let own = "https://shop.example/cart.js";
    let page = |url: &str| json!({ "url": url });
    let agent = json!({ "headers": { "user-agent": BOT } });
    for (data, filter) in [
        (in_browser(OLD, own, "x"), Filter::OutdatedBrowser),
        (
            in_browser(NEW, "chrome-extension://abc/x.js", "x"),
            Filter::BrowserExtension,
        ),
        (
            in_browser(NEW, "safari-web-extension://abc/x.js", "x"),
            Filter::BrowserExtension,
        ),
        (
            in_browser(NEW, own, "Extension context invalidated."),
            Filter::BrowserExtension,
        ),
        (in_browser(BOT, own, "x"), Filter::Crawler),
        (ordinary_with("request", agent), Filter::Crawler),
        (
            ordinary_with("request", page("http://localhost:3000/cart")),
            Filter::LocalHost,
        ),
    ] {
        assert_eq!(met(&data), Some((filter, None)), "{data}");
    }
    for data in [
        in_browser(NEW, own, "x"),
        ordinary_with("request", page("https://shop.example/cart")),
    ] {
        assert_eq!(met(&data), None, "{data}");
    }
}

#[test]
fn events_of_sentry_are_judged_alike() {
    let raised = json!({ "values": [{
        "type": "TypeError",
        "value": "x",
        "stacktrace": { "frames": [{ "filename": "/app.js", "function": "add" }] },
    }] });
    let from_extension = json!({ "values": [{
        "type": "TypeError",
        "value": "x",
        "stacktrace": { "frames": [{ "filename": "/x.js", "abs_path": "moz-extension://4f1a/x.js" }] },
    }] });
    let in_module = json!({ "values": [{ "type": "Gone", "module": "acme", "value": "x" }] });
    let agent = |agent: &str| json!({ "headers": [["User-Agent", agent]] });
    let old = json!({ "browser": { "name": "IE", "version": "11.0" } });
    for (key, value, filter) in [
        ("environment", json!("ci"), Some(Filter::Environment)),
        ("release", json!("1.4"), Some(Filter::Version)),
        ("exception", in_module, Some(Filter::Class)),
        (
            "logentry",
            json!({ "message": "ResizeObserver loop" }),
            Some(Filter::Message),
        ),
        ("server_name", json!("build-3"), Some(Filter::Host)),
        (
            "user",
            json!({ "ip_address": "203.0.113.7" }),
            Some(Filter::Address),
        ),
        ("request", agent(OLD), Some(Filter::OutdatedBrowser)),
        ("contexts", old, Some(Filter::OutdatedBrowser)),
        ("exception", from_extension, Some(Filter::BrowserExtension)),
        ("request", agent(BOT), Some(Filter::Crawler)),
        (
            "request",
            json!({ "url": "http://[::1]:3000/" }),
            Some(Filter::LocalHost),
        ),
        ("request", agent(NEW), None),
    ] {
        let mut event = json!({ "platform": "javascript" });
        if key != "logentry" {
            event["exception"] = raised.clone();
        }
        event[key] = value;
        let body = event.to_string();
        let part = sentry::store(body.as_bytes(), &Received::default());
        let Ok(sentry::Part::Occurrence(occurrence)) = part else {
            panic!("{event} is an occurrence")
        };
        assert_eq!(
            Judge::new(&all()).judge(&occurrence, None),
            filter,
            "{event}"
        );
    }
}

#[test]
fn a_cause_is_as_good_as_the_reported_exception() {
    let judge = Judge::new(&all());
    let chain = |classes: [&str; 2]| {
        let traces: Vec<Value> = classes
            .into_iter()
            .map(|class| json!({ "frames": [], "exception": { "class": class, "message": "'old'" } }))
            .collect();
        reported(&json!({ "body": { "trace_chain": traces } }))
    };
    let wrapped = chain(["OrderFailed", "ReadTimeout"]);
    assert_eq!(judge.judge(&wrapped, None), Some(Filter::Class));
    // But of texts only the reported one counts.
    assert_eq!(judge.judge(&chain(["OrderFailed", "KeyError"]), None), None);

    let mut apart = chain(["OrderFailed", "Gone"]);
    if let Body::Traces(traces) = &mut apart.body {
        traces[1].module = Some("acme".into());
    }
    assert_eq!(judge.judge(&apart, None), Some(Filter::Class));
}

#[test]
fn the_sender_stands_in_for_a_client_that_is_not_told() {
    let judge = Judge::new(&all());
    let inside = "203.0.113.200".parse().ok();
    let occurrence = reported(&raised("KeyError", "'x'"));
    assert_eq!(judge.judge(&occurrence, inside), Some(Filter::Address));
    let told = with(
        raised("KeyError", "'x'"),
        "request",
        json!({ "user_ip": "198.51.100.1" }),
    );
    assert_eq!(judge.judge(&reported(&told), inside), None);
    let nonsense = with(
        raised("KeyError", "'x'"),
        "request",
        json!({ "user_ip": "somewhere" }),
    );
    assert_eq!(
        judge.judge(&reported(&nonsense), inside),
        Some(Filter::Address)
    );
}

#[test]
fn what_fails_on_a_server_is_not_the_browsers_fault() {
    let judge = Judge::new(&all());
    let asked = |language: &str, message: &str| {
        let request = json!({ "headers": { "User-Agent": OLD } });
        let data = with(raised("ValueError", message), "request", request);
        reported(&with(data, "language", json!(language)))
    };
    for (language, message, met) in [
        ("python 3.11.2", "x", None),
        ("python 3.11.2", "Extension context invalidated.", None),
        ("javascript", "x", Some(Filter::OutdatedBrowser)),
    ] {
        assert_eq!(
            judge.judge(&asked(language, message), None),
            met,
            "{language} {message}"
        );
    }
    let mut node = asked("javascript", "x");
    node.framework = Some("node-js".into());
    assert_eq!(judge.judge(&node, None), None);
}

#[test]
fn an_extension_that_only_called_the_page_is_not_to_blame() {
    let judge = Judge::new(&all());
    let mut occurrence = reported(&in_browser(NEW, "chrome-extension://abc/x.js", "x"));
    let Body::Traces(traces) = &mut occurrence.body else {
        panic!("a trace was sent")
    };
    traces[0].frames.push(crate::model::occurrence::Frame {
        filename: Some("<anonymous>".into()),
        ..Default::default()
    });
    assert_eq!(
        judge.judge(&occurrence, None),
        Some(Filter::BrowserExtension),
        "a frame without a place says nothing"
    );
    let Body::Traces(traces) = &mut occurrence.body else {
        panic!("a trace was sent")
    };
    traces[0].frames.reverse();
    traces[0].frames.push(crate::model::occurrence::Frame {
        filename: Some("https://shop.example/app.js".into()),
        ..Default::default()
    });
    assert_eq!(judge.judge(&occurrence, None), None);
}

proptest! {
    #[test]
    fn any_occurrence_is_judged(
        agent in "(?s).{0,60}", file in "(?s).{0,60}", url in "(?s).{0,60}", text in "(?s).{0,60}",
    ) {
        let mut occurrence = Occurrence::new(
            OccurrenceUuid(Uuid::nil()),
            Body::Message(crate::model::occurrence::Message {
                text: text.into(),
                frames: vec![crate::model::occurrence::Frame {
                    filename: Some(file.into()),
                    ..Default::default()
                }],
                ..Default::default()
            }),
        );
        let headers = [("User-Agent", &agent), ("Host", &url)];
        occurrence.request = Some(crate::model::occurrence::Request {
            url: Some(url.as_str().into()),
            headers: headers
                .map(|(name, value)| (name.into(), value.as_str().into()))
                .into_iter()
                .collect(),
            ..Default::default()
        });
        Judge::new(&all()).judge(&occurrence, None);
    }
}
