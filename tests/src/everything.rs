//! One payload of each protocol with every field that has a place of its own.

use serde_json::{Value, json};

/// An event, by Sentry's names.
pub fn event() -> Value {
    let frame = json!({
        "filename": "a", "abs_path": "b", "function": "c", "module": "d", "package": "e", "lineno": 1,
        "instruction_addr": "0x1", "context_line": "f", "pre_context": ["g"], "post_context": ["h"],
        "vars": { "i": "j", "k": ["l", { "m": "n" }] }, "in_app": true,
    });
    json!({
        "platform": "python", "level": "error", "environment": "production", "release": "r",
        "dist": "d", "server_name": "s", "transaction": "t", "logger": "l", "fingerprint": ["f"],
        "logentry": { "message": "%s", "params": ["p"], "formatted": "f" },
        "exception": { "values": [
            { "type": "Cause", "value": "c", "module": "m", "stacktrace": { "frames": [frame] },
              "mechanism": { "type": "chained", "source": "__cause__", "exception_id": 1, "parent_id": 0 } },
            { "type": "Shown", "value": "v", "module": "m", "stacktrace": { "frames": [frame, frame] },
              "mechanism": { "type": "generic", "handled": false, "exception_id": 0, "data": { "a": "b" } } },
        ] },
        "threads": { "values": [{ "id": "1", "name": "n", "crashed": true, "stacktrace": { "frames": [frame] } }] },
        "breadcrumbs": { "values": [
            { "type": "http", "category": "c", "message": "m", "data": { "url": "u", "method": "g" }, "timestamp": 1.0 },
            { "type": "navigation", "category": "navigation", "data": { "from": "a", "to": "b" }, "timestamp": 2.0 },
            { "type": "default", "category": "ui.click", "message": "m", "level": "l" },
        ] },
        "tags": { "t": "u" }, "extra": { "e": { "f": ["g"] } }, "modules": { "m": "1" },
        "user": { "id": "i", "email": "e", "username": "u", "ip_address": "a", "segment": "s" },
        "request": {
            "url": "u", "method": "m", "query_string": "q", "data": { "d": "e" }, "env": { "e": "f" },
            "headers": { "User-Agent": "a", "Referer": "r" }, "cookies": { "c": "d" },
        },
        "contexts": {
            "browser": { "name": "n", "version": "v" }, "os": { "name": "n", "version": "v" },
            "device": { "model": "m", "family": "f" }, "runtime": { "name": "n" }, "app": { "app_name": "n" },
            "trace": { "trace_id": "t" }, "custom": { "c": ["d"] },
        },
        "sdk": { "name": "n", "version": "v" }, "debug_meta": { "images": [{ "code_file": "c" }] },
    })
}

/// An item, by Rollbar's names: the whole body of a request.
pub fn item() -> Value {
    let frame = json!({
        "filename": "a", "lineno": 1, "colno": 2, "method": "m", "class_name": "c", "code": "d",
        "context": { "pre": ["e"], "post": ["f"] }, "argspec": ["g"], "locals": { "g": "h", "i": ["j"] },
    });
    json!({ "data": {
        "environment": "production", "level": "error", "title": "t", "context": "c", "platform": "p",
        "language": "l", "framework": "f", "code_version": "v", "fingerprint": "f",
        "notifier": { "name": "n", "version": "v" },
        "body": {
            "trace_chain": [
                { "exception": { "class": "c", "message": "m", "description": "d" }, "frames": [frame], "extra": { "a": "b" } },
                { "exception": { "class": "c", "message": "m" }, "frames": [frame, frame] },
            ],
            "telemetry": [
                { "type": "network", "level": "info", "timestamp_ms": 1, "source": "client", "body": { "method": "m", "url": "u" } },
                { "type": "dom", "level": "info", "timestamp_ms": 2, "body": { "subtype": "s", "element": "e" } },
                { "type": "log", "level": "info", "timestamp_ms": 3, "body": { "message": "m" } },
            ],
        },
        "request": { "url": "u", "method": "m", "headers": { "h": "i" }, "query_string": "q", "GET": { "g": "h" },
                     "POST": { "p": "q" }, "params": { "r": "s" }, "body": "b", "user_ip": "1" },
        "person": { "id": "i", "username": "u", "email": "e", "plan": "p" },
        "server": { "host": "h", "root": "r", "branch": "b", "argv": ["a"] },
        "client": { "javascript": { "browser": "b", "plugins": [{ "name": "n" }] } },
        "custom": { "c": { "d": ["e"] } },
    } })
}

/// Gives each text of a payload to `change`, except those that say what the payload is.
pub fn texts(payload: &mut Value, change: &mut impl FnMut(&mut String)) {
    match payload {
        Value::String(text) => change(text),
        Value::Array(list) => list.iter_mut().for_each(|value| texts(value, change)),
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if !(WHAT_IT_IS.contains(&key.as_str()) && value.is_string()) {
                    texts(value, change);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Keys whose texts make a payload what it is.
const WHAT_IT_IS: [&str; 4] = ["type", "timestamp", "event_id", "uuid"];
