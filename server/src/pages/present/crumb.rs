//! What happened before: Sentry's breadcrumbs and Rollbar's telemetry, one shape.

use rollcage_web::{
    Datum, Level,
    occurrence::{Crumb, CrumbKind},
};

use super::{entries, plain};
use crate::{
    model::json::{Fields, Node},
    protocol::time,
};

/// One thing that happened before, as it was sent.
pub(super) fn crumb(sent: Node<'_>) -> Crumb {
    let Node::Object(mut sent) = sent else {
        return Crumb {
            message: plain(sent),
            ..nothing()
        };
    };
    let at = ["timestamp", "timestamp_ms"]
        .into_iter()
        .find_map(|key| time::instant(&sent.take(key)?));
    let level = text(&mut sent, "level").and_then(|word| Level::parse(&word));
    let kind = text(&mut sent, "type").unwrap_or_default();
    let crumb = match sent.take("body") {
        Some(body) => of_rollbar(&kind, body, &mut sent),
        None => of_sentry(&kind, &mut sent),
    };
    Crumb { at, level, ..crumb }
}

fn nothing() -> Crumb {
    Crumb {
        at: None,
        kind: CrumbKind::default(),
        level: None,
        category: None,
        message: String::new(),
        data: Vec::new(),
    }
}

/// `type`, `category`, `message` and `data`, each of which may be missing.
fn of_sentry(kind: &str, sent: &mut Fields<'_>) -> Crumb {
    let category = text(sent, "category");
    let message = text(sent, "message");
    let mut data = map(sent.take("data").unwrap_or_default());
    let kind = CrumbKind::named(kind, category.as_deref().unwrap_or_default());
    let message = message.unwrap_or_else(|| summary(kind, &mut data));
    Crumb {
        kind,
        category,
        message,
        data: rest(data, std::mem::take(sent)),
        ..nothing()
    }
}

/// `type`, `source` and a `body` of a shape that goes by the type.
fn of_rollbar(kind: &str, body: Node<'_>, sent: &mut Fields<'_>) -> Crumb {
    // Its own name for the entry, which nobody looks for.
    sent.take("uuid");
    let source = text(sent, "source");
    let mut body = map(body);
    let shown = CrumbKind::named(kind, "");
    let category = match (kind, source) {
        ("", source) => source,
        (kind, _) => Some(kind.to_owned()),
    };
    let message = text(&mut body, "message").unwrap_or_else(|| summary(shown, &mut body));
    Crumb {
        kind: shown,
        category,
        message,
        data: rest(body, std::mem::take(sent)),
        ..nothing()
    }
}

/// What a person reads first of an entry without a message.
fn summary(kind: CrumbKind, data: &mut Fields<'_>) -> String {
    let mut take = |keys: &[&str]| keys.iter().find_map(|key| text(data, key));
    let words = match kind {
        CrumbKind::Http => [
            take(&["method", "http.method"]),
            take(&["url", "http.url"]),
            take(&["status_code", "http.response.status_code"]),
        ],
        CrumbKind::Navigation => {
            let (from, to) = (take(&["from"]), take(&["to"]));
            [from, to.as_ref().map(|_| "→".to_owned()), to]
        }
        CrumbKind::Ui => [take(&["subtype"]), take(&["element", "target"]), None],
        CrumbKind::Query => [take(&["query", "db.statement"]), None, None],
        _ => [None, None, None],
    };
    let words: Vec<String> = words.into_iter().flatten().collect();
    words.join(" ")
}

fn rest(data: Fields<'_>, more: Fields<'_>) -> Vec<(String, Datum)> {
    let mut rest = entries(data);
    rest.extend(entries(more));
    rest.retain(|(_, value)| *value != Datum::Null);
    rest
}

fn map(value: Node<'_>) -> Fields<'_> {
    match value {
        Node::Object(map) => map,
        Node::Null => Fields::new(),
        other => Fields::from_iter([("data".into(), other)]),
    }
}

/// Takes out a text or a number; blanks are nothing.
fn text(map: &mut Fields<'_>, key: &str) -> Option<String> {
    let is_plain = matches!(map.get(key)?, Node::Text(_) | Node::Number(_));
    is_plain
        .then(|| map.take(key).map(plain))
        .flatten()
        .filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn both_protocols_say_the_same() {
        let table = [
            (
                json!({"type": "http", "category": "fetch", "timestamp": 1_795_375_611.5,
                       "data": {"method": "GET", "url": "/cart", "status_code": 500}}),
                "GET /cart 500",
            ),
            (
                json!({"type": "network", "timestamp_ms": 1_795_375_611_500_i64, "level": "info",
                       "body": {"method": "GET", "url": "/cart", "status_code": 500}}),
                "GET /cart 500",
            ),
            (
                json!({"category": "navigation", "timestamp": "2026-11-23T00:00:00Z",
                       "data": {"from": "/a", "to": "/b"}}),
                "/a → /b",
            ),
            (
                json!({"type": "navigation", "timestamp_ms": 1, "body": {"from": "/a", "to": "/b"}}),
                "/a → /b",
            ),
            (
                json!({"type": "dom", "timestamp_ms": 1, "body": {"subtype": "click", "element": "button#buy"}}),
                "click button#buy",
            ),
            (
                json!({"category": "console", "timestamp": 1.0, "message": "slow", "level": "warning"}),
                "slow",
            ),
        ];
        for (sent, message) in table {
            let read = crumb(sent.clone().into());
            assert_eq!(read.message, message, "{sent}");
            assert!(read.at.is_some(), "{sent}");
            assert_ne!(read.kind, CrumbKind::Other, "{sent}");
        }
    }

    #[test]
    fn what_is_odd_is_shown_and_no_panic() {
        for sent in [
            json!(null),
            json!("text"),
            json!([1, 2]),
            json!({}),
            json!({"type": 7, "category": null, "data": [1], "timestamp": {}}),
            json!({"body": "text", "type": null}),
            json!({"message": {"a": 1}}),
        ] {
            crumb(sent.into());
        }
        let kept = crumb(json!({"message": "x", "data": {"a": 1}, "own": true}).into());
        let names: Vec<&str> = kept.data.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a", "own"]);
    }
}
