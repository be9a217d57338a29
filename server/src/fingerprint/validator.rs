//! Texts of validators that are JSON: a list of what is wrong with which field.

use serde_json::Value;

use super::message::Normal;

/// Keys under which validators name the field, most telling first: zod's `path`, pydantic's `loc`,
/// ajv's `instancePath`, JSON:API's `pointer`.
const FIELD_KEYS: [&str; 7] = [
    "path",
    "loc",
    "instancePath",
    "pointer",
    "field",
    "param",
    "property",
];
/// Keys under which anything else names what is wrong.
const KIND_KEYS: [&str; 5] = ["code", "type", "keyword", "error", "message"];

/// The field of the first complaint in a text that is JSON; `None` for any other text.
///
/// How a value is wrong depends on the value, which field is wrong on the program.
pub(super) fn fields(text: &str) -> Option<Normal> {
    let text = text.trim();
    if !text.starts_with(['[', '{']) {
        return None;
    }
    let first = match serde_json::from_str(text).ok()? {
        Value::Array(list) => list.into_iter().next()?,
        Value::Object(mut object) => {
            match object.remove("errors").or_else(|| object.remove("issues")) {
                Some(Value::Array(list)) => list.into_iter().next()?,
                _ => Value::Object(object),
            }
        }
        _ => return None,
    };
    let named = |keys: &[&str]| {
        keys.iter()
            .find_map(|key| first.get(key))
            .map(name)
            .filter(|name| !name.is_empty())
    };
    let text = match (named(&FIELD_KEYS), named(&KIND_KEYS)) {
        (Some(field), _) => format!("field {field}"),
        (None, Some(kind)) => super::message::normal(&kind).text,
        (None, None) => return None,
    };
    Some(Normal {
        text,
        ..Normal::default()
    })
}

/// A path as text, without the positions in lists.
fn name(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(steps) => steps
            .iter()
            .filter_map(Value::as_str)
            .collect::<Vec<_>>()
            .join("."),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_field_is_what_is_wrong() {
        let table = [
            (
                r#"[{"code":"invalid_type","path":["items",3,"zip"],"message":"expected string"}]"#,
                Some("field items.zip"),
            ),
            (
                r#"{"errors":[{"loc":["body","zip"],"type":"missing"}]}"#,
                Some("field body.zip"),
            ),
            (r#"{"code":"no_funds","amount":17}"#, Some("no_funds")),
            (r#"{"amount":17}"#, None),
            ("[Errno 2] no such file", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                fields(text).map(|normal| normal.text).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
