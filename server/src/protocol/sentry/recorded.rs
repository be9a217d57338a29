//! What real SDKs sent, compared with what is in it.

use std::path::Path;

use serde_json::Value;

use super::*;
use crate::{
    model::{
        json::Text,
        occurrence::{Body, Frame, Trace},
        own,
    },
    protocol::{
        field,
        recordings::{self, Recording},
    },
};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/sentry");

#[test]
fn every_recorded_request_is_read_as_expected() {
    let received = Received {
        peer: Some([203, 0, 113, 77].into()),
    };
    let mut mistakes = Vec::new();
    for Recording { name, json, body } in recordings::all(Path::new(FIXTURES)) {
        let expected = &json["expect"];
        let path = json["request"]["path"].as_str().expect("a path");
        let parts = if path.contains("/store") {
            store(&body, &received).map(|part| vec![part])
        } else {
            envelope(&body, &received).map(|envelope| envelope.parts)
        };
        let outcome = expected["outcome"].as_str().expect("an outcome");
        let parts = match (outcome, parts) {
            ("preflight", _) | ("reject", Err(_)) => continue,
            // Refused for its project, which is not decided here.
            ("reject", Ok(_)) if name.contains("wrong_project") => continue,
            (_, Ok(parts)) => parts,
            (_, Err(malformed)) => panic!("{name}: {outcome} wanted, got {malformed}"),
        };
        let mut occurrences = Vec::new();
        for part in parts {
            match part {
                Part::Occurrence(occurrence) => occurrences.push(occurrence),
                Part::Malformed(kind, malformed) => {
                    mistakes.push(format!("{name}: {}: {malformed}", kind.as_str()));
                }
                _ => {}
            }
        }
        let events = expected["events"].as_array().expect("a list");
        if outcome != "any" && events.len() != occurrences.len() {
            mistakes.push(format!("{name}: {} occurrences", occurrences.len()));
        }
        for (event, occurrence) in events.iter().zip(&occurrences) {
            for (what, wanted, got) in compare(event, occurrence) {
                mistakes.push(format!("{name}: {what} wanted {wanted:?}, got {got:?}"));
            }
        }
    }
    assert!(
        mistakes.is_empty(),
        "{} mistakes:\n{}",
        mistakes.len(),
        mistakes.join("\n")
    );
}

/// What differs: its name, what was wanted, and what was got.
#[expect(clippy::too_many_lines, reason = "a table")]
fn compare(event: &Value, got: &Occurrence<'_>) -> Vec<(&'static str, String, String)> {
    let mut different = Vec::new();
    let mut same = |what, wanted: &Value, got: Option<Text<'_>>| {
        let (wanted, got) = (plain(&text(wanted)), plain(&got.unwrap_or_default()));
        if wanted != got {
            different.push((what, wanted, got));
        }
    };
    let request = got.request.as_ref();
    let notifier = got.notifier.as_ref();
    let sent = event["level"].to_string();
    let sent = json::parse(sent.as_bytes()).expect("JSON");
    let level = field::level(&sent).expect("a level").to_string();
    same("level", &level.into(), Some(got.level.as_str().into()));
    same(
        "environment",
        &event["environment"],
        Some(got.environment.to_string().into()),
    );
    if event.get("release").is_some() {
        same("release", &event["release"], got.code_version.clone());
        same(
            "dist",
            &event["dist"],
            got.extra.get("dist").cloned().map(field::as_text),
        );
        same("platform", &event["platform"], got.platform.clone());
        same(
            "server_name",
            &event["server_name"],
            got.server.get("host").cloned().map(field::as_text),
        );
        same("transaction", &event["transaction"], got.context.clone());
        same("logger", &event["logger"], got.logger.clone());
        same(
            "sdk",
            &event["sdk"],
            notifier.and_then(|sdk| sdk.name.clone()),
        );
        same(
            "person_id",
            &event["person_id"],
            got.person.as_ref().and_then(|person| person.id.clone()),
        );
        same(
            "request_url",
            &event["request_url"],
            request.and_then(|request| request.url.clone()),
        );
        same(
            "request_method",
            &event["request_method"],
            request.and_then(|request| request.method.clone()),
        );
        same(
            "event_id",
            &event["event_id"],
            Some(got.uuid.0.simple().to_string().into()),
        );
        let parts: Vec<String> = got.fingerprint.iter().map(ToString::to_string).collect();
        let wanted = event["fingerprint"].as_array().cloned();
        same(
            "fingerprint",
            &wanted.unwrap_or_default().into(),
            Some(Value::from(parts).to_string().into()),
        );
    }
    let none = Vec::new();
    let (class, message, frames, causes) = match &got.body {
        Body::Traces(traces) => (
            traces.first().and_then(|trace| trace.class.clone()),
            traces.first().map(|trace| trace.message.clone()),
            traces.first().map_or(&none, |trace| &trace.frames),
            traces.get(1..).unwrap_or_default(),
        ),
        Body::Message(message) => (None, Some(message.text.clone()), &message.frames, &[][..]),
        Body::CrashReport(_) => panic!("Sentry has none"),
    };
    same("exception_class", &event["exception_class"], class);
    same("message", &event["message"], message);
    if event["kind"] == "error" {
        same(
            "chain_length",
            &event["chain_length"],
            Some((1 + causes.len()).to_string().into()).filter(|_| event["chain_length"].is_u64()),
        );
    }
    if event["frame_count"].is_u64() {
        same(
            "frame_count",
            &event["frame_count"],
            Some(frames.len().to_string().into()),
        );
    }
    if let Some(wanted) = event["causes"].as_array() {
        let classes = |cause: &Trace<'_>| cause.class.as_deref().unwrap_or_default().to_owned();
        let causes: Vec<_> = causes.iter().map(classes).collect();
        same(
            "causes",
            &Value::from(wanted.clone()),
            Some(Value::from(causes).to_string().into()),
        );
        same(
            "handled",
            &event["handled"],
            got.handled.map(|handled| handled.to_string().into()),
        );
    }
    let language = got.language.as_deref();
    let own = |frame: &&Frame<'_>| own::is_own_frame(frame, language);
    for (which, frame) in [
        ("innermost", frames.last()),
        ("app_frame", frames.iter().rfind(own)),
    ] {
        let wanted = &event[which];
        if wanted.is_object() {
            same(
                which,
                &wanted["file"],
                frame.and_then(|frame| frame.filename.clone()),
            );
            same(
                which,
                &wanted["line"],
                frame
                    .and_then(|frame| frame.line)
                    .map(|line| line.to_string().into()),
            );
            same(
                which,
                &wanted["function"],
                frame.and_then(|frame| frame.method.clone()),
            );
        }
    }
    different
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Without what the expectations write U+FFFD for, and not always as often.
fn plain(text: &str) -> String {
    text.replace(['\u{fffd}', '\0'], "")
}
