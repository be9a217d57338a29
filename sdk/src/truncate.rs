//! Making an occurrence fit.
//!
//! What tells least goes first: long texts, custom data, breadcrumbs; of the trace only the middle
//! of very long ones. The exception, its place and who is concerned stay.

use serde_json::{Map, Value, json};

use crate::text;

/// Cuts `data` until it has at most `max_bytes` as JSON, and tells whether it does then.
pub(crate) fn fit(data: &mut Value, max_bytes: usize) -> bool {
    // Counted once more after each step; most occurrences fit before the first.
    for step in STEPS {
        if data.to_string().len() <= max_bytes {
            return true;
        }
        step(data);
    }
    data.to_string().len() <= max_bytes
}

const STEPS: [fn(&mut Value); 9] = [
    |data| cut_texts(data, 16 * 1024),
    |data| keep_newest_breadcrumbs(data, 20),
    |data| cut_texts(data, 1024),
    |data| keep_frames(data, 50),
    |data| remove(data, &["custom"]),
    |data| remove(data, &["request", "params"]),
    |data| keep_newest_breadcrumbs(data, 0),
    |data| cut_texts(data, 256),
    |data| keep_essence(data),
];

/// Cuts every text within.
fn cut_texts(value: &mut Value, max_bytes: usize) {
    match value {
        Value::String(string) => text::cut(string, max_bytes),
        Value::Array(list) => {
            for value in list {
                cut_texts(value, max_bytes);
            }
        }
        Value::Object(map) => {
            for (_, value) in map.iter_mut() {
                cut_texts(value, max_bytes);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn keep_newest_breadcrumbs(data: &mut Value, most: usize) {
    if let Some(list) = data
        .pointer_mut("/body/telemetry")
        .and_then(Value::as_array_mut)
    {
        list.drain(..list.len().saturating_sub(most));
    }
}

/// Keeps so many frames of each trace: half of them where it began, half where it was raised.
fn keep_frames(data: &mut Value, most: usize) {
    let Some(body) = data.get_mut("body") else {
        return;
    };
    let chain = body.get_mut("trace_chain").and_then(Value::as_array_mut);
    let mut traces: Vec<&mut Value> = match chain {
        Some(chain) => chain.iter_mut().collect(),
        None => body.get_mut("trace").into_iter().collect(),
    };
    for trace in &mut traces {
        if let Some(frames) = trace.get_mut("frames").and_then(Value::as_array_mut)
            && frames.len() > most
        {
            frames.drain(most / 2..frames.len() - (most - most / 2));
        }
    }
}

fn remove(data: &mut Value, path: &[&str]) {
    let Some((last, before)) = path.split_last() else {
        return;
    };
    let mut at = data;
    for key in before {
        let Some(within) = at.get_mut(*key) else {
            return;
        };
        at = within;
    }
    if let Some(map) = at.as_object_mut() {
        map.remove(*last);
    }
}

/// Keeps what every occurrence has, and of that little.
fn keep_essence(data: &mut Value) {
    const KEPT: [&str; 10] = [
        "uuid",
        "timestamp",
        "environment",
        "level",
        "language",
        "notifier",
        "body",
        "title",
        "code_version",
        "fingerprint",
    ];
    keep_frames(data, 10);
    let Some(map) = data.as_object_mut() else {
        return;
    };
    let kept: Map<String, Value> = KEPT
        .iter()
        .filter_map(|key| map.remove_entry(*key))
        .collect();
    *map = kept;
    let chain = data
        .pointer_mut("/body/trace_chain")
        .and_then(Value::as_array_mut);
    if let Some(chain) = chain {
        chain.truncate(4);
    }
    // What `before_send` may have put there.
    if let Some(body) = data.get_mut("body").and_then(Value::as_object_mut) {
        body.retain(|key, _| matches!(key.as_str(), "trace" | "trace_chain" | "message"));
    }
    if data["notifier"].to_string().len() > 4096 {
        data["notifier"] = json!({ "name": "rollcage" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large() -> Value {
        let frame = json!({ "filename": "src/cart.rs", "lineno": 27, "method": "shop::total" });
        json!({
            "uuid": "u",
            "environment": "test",
            "custom": { "blob": "x".repeat(3_000_000), "small": 1 },
            "body": {
                "telemetry": vec![json!({ "body": { "message": "m".repeat(1024) } }); 100],
                "trace": {
                    "frames": vec![frame; 200],
                    "exception": { "class": "E", "message": "ü".repeat(100_000) },
                },
            },
        })
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        let mut data = json!({ "custom": { "text": "x".repeat(100_000) } });
        let before = data.clone();
        assert!(fit(&mut data, 1024 * 1024));
        assert_eq!(data, before);
    }

    #[test]
    fn the_trace_stays() {
        for (max_bytes, frames) in [
            (1024 * 1024, 200),
            (100_000, 200),
            (16_384, 50),
            (3_000, 10),
        ] {
            let mut data = large();
            assert!(fit(&mut data, max_bytes), "{max_bytes}");
            assert!(data.to_string().len() <= max_bytes);
            let trace = &data["body"]["trace"];
            let kept = trace["frames"].as_array().expect("frames").len();
            assert_eq!(kept, frames, "{max_bytes}");
            assert_eq!(trace["exception"]["class"], "E");
            assert_eq!(data["uuid"], "u");
        }
    }

    #[test]
    fn what_cannot_fit_is_told() {
        let mut data = large();
        assert!(!fit(&mut data, 100));
    }
}
