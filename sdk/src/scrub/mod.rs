//! Removal of secrets before anything leaves the process or touches the disk.
//!
//! Secrets are known by the name they go under or by their own shape, wherever text is, by the
//! server's own rules: `cards`, `keys`, `pairs` and `shapes` are its files, and a test holds them
//! to it. What is different is what is read, here the JSON that would be sent.

use serde_json::{Map, Value};

mod cards;
mod keys;
mod pairs;
mod shapes;
mod text;

pub(crate) use keys::ScrubKeys;

use keys::Secrecy;
use text::Kind;

/// What stands where a secret was.
const SCRUBBED: &str = "[scrubbed]";

/// Deepest nesting that is read. What is below is not sent.
const DEPTH_MAX: usize = 100;

/// What the application chose to group and identify by, and what the SDK itself says.
const LEFT_ALONE: [&str; 8] = [
    "uuid",
    "timestamp",
    "environment",
    "level",
    "fingerprint",
    "code_version",
    "notifier",
    "language",
];

/// Removes secrets from `data`.
pub(crate) fn scrub(data: &mut Map<String, Value>, keys: &ScrubKeys) {
    let scrubber = Scrubber { keys };
    for (key, value) in data.iter_mut() {
        if !LEFT_ALONE.contains(&key.as_str()) {
            scrubber.value(value, Kind::Prose, 0);
        }
    }
}

struct Scrubber<'k> {
    keys: &'k ScrubKeys,
}

impl Scrubber<'_> {
    fn value(&self, value: &mut Value, kind: Kind, depth: usize) {
        match value {
            Value::String(text) => text::scrub(text, self.keys, kind),
            Value::Array(_) | Value::Object(_) if depth == DEPTH_MAX => *value = Value::Null,
            Value::Array(list) => self.list(list, kind, depth + 1),
            Value::Object(map) => self.map(map, depth + 1),
            Value::Number(number) => {
                if number.as_u64().is_some_and(cards::is_card_number) {
                    *value = SCRUBBED.into();
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn list(&self, list: &mut [Value], kind: Kind, depth: usize) {
        // A list of two that begins with a secret's name is a pair.
        if let [Value::String(name), value] = list {
            hide(value, self.keys.secrecy(name));
        }
        let mut after_flag = false;
        for value in list {
            // A command line's `--password`, with the value in the next argument.
            let is_flag = value.as_str().is_some_and(|text| self.is_secret_flag(text));
            if after_flag && !is_flag {
                hide(value, Secrecy::Secret);
            }
            after_flag = is_flag;
            self.value(value, kind, depth);
        }
    }

    fn is_secret_flag(&self, text: &str) -> bool {
        text.len() < 64
            && text.starts_with('-')
            && !text.contains(['=', ' ', ':'])
            && self.keys.secrecy(text) == Secrecy::Secret
    }

    fn map(&self, map: &mut Map<String, Value>, depth: usize) {
        for (key, value) in map.iter_mut() {
            if !hide(value, self.keys.secrecy(key)) {
                // Frames have lines of source.
                let kind = match key.as_str() {
                    "code" | "pre" | "post" => Kind::Code,
                    _ => Kind::Prose,
                };
                self.value(value, kind, depth);
            }
        }
        // An object such as `{"name": "Authorization", "value": "…"}`.
        let name = ["name", "key"]
            .iter()
            .find_map(|key| map.get(*key)?.as_str());
        let secrecy = name.map_or(Secrecy::Open, |name| self.keys.secrecy(name));
        if let Some(value) = map.get_mut("value") {
            hide(value, secrecy);
        }
    }
}

/// Replaces a value that goes under a secret's name; tells whether it did.
///
/// What says nothing stays: that a password is null or empty helps whoever looks for the mistake.
fn hide(value: &mut Value, secrecy: Secrecy) -> bool {
    let hidden = match (secrecy, &*value) {
        (Secrecy::Open, _)
        | (_, Value::Null | Value::Bool(_))
        | (Secrecy::Count, Value::Number(_)) => false,
        (_, Value::Number(_)) => true,
        (_, Value::String(text)) => !text.is_empty(),
        (_, Value::Array(list)) => !list.is_empty(),
        (_, Value::Object(map)) => !map.is_empty(),
    };
    if hidden {
        *value = SCRUBBED.into();
    }
    hidden
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn scrubbed(data: Value) -> Value {
        let Value::Object(mut data) = data else {
            panic!("data is an object");
        };
        scrub(&mut data, &ScrubKeys::new(&["iban".to_owned()]));
        data.into()
    }

    #[test]
    fn secrets_go_by_name_and_by_shape_wherever_they_are() {
        let data = scrubbed(json!({
            "uuid": "4242424242424242",
            "custom": {
                "password": "hunter2",
                "customer_iban": "DE89",
                "tokens": 3,
                "token": null,
                "nested": [{ "name": "Authorization", "value": "x y z" }],
                "arguments": ["--password", "hunter2"],
                "card": 4_242_424_242_424_242_u64,
            },
            "request": { "url": "https://ada:hunter2@shop.example/?api_key=hunter2&page=2" },
            "body": { "trace": {
                "exception": { "message": "no route to postgres://ada:hunter2@db/shop" },
                "frames": [{ "code": "let token = request.headers();" }],
            } },
        }));
        assert!(!data.to_string().contains("hunter2"), "{data}");
        assert!(!data.to_string().contains("DE89"), "{data}");
        assert_eq!(data["uuid"], "4242424242424242");
        assert_eq!(data["custom"]["tokens"], 3);
        assert_eq!(data["custom"]["token"], Value::Null);
        assert_eq!(data["custom"]["card"], SCRUBBED);
        assert_eq!(
            data["body"]["trace"]["frames"][0]["code"],
            "let token = request.headers();"
        );
    }

    #[test]
    fn nesting_without_end_is_cut() {
        let mut deep = json!("bottom");
        for _ in 0..1_000 {
            deep = Value::Array(vec![deep]);
        }
        let data = scrubbed(json!({ "custom": deep }));
        assert!(!data.to_string().contains("bottom"));
    }
}
