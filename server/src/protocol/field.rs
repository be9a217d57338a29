//! Taking a payload's values for fields of ours.
//!
//! Each function puts a value where it belongs and gives back what does not fit, so that the caller
//! can keep that elsewhere. Nothing (null, empty text, empty list or object) fits everywhere and
//! leaves the field as it was: PHP sends `[]` for an empty object, and any field may be null.

use serde_json::{Map, Value};

/// A text; also a number or a boolean, as text.
pub(crate) fn text(field: &mut Option<String>, value: Value) -> Option<Value> {
    match value {
        value if is_nothing(&value) => None,
        Value::String(text) => {
            *field = Some(text);
            None
        }
        Value::Number(_) | Value::Bool(_) => {
            *field = Some(value.to_string());
            None
        }
        value => Some(value),
    }
}

/// An object; what the field held before stays beside it.
pub(crate) fn map(field: &mut Map<String, Value>, value: Value) -> Option<Value> {
    match value {
        value if is_nothing(&value) => None,
        Value::Object(object) if field.is_empty() => {
            *field = object;
            None
        }
        Value::Object(object) => {
            field.extend(object);
            None
        }
        value => Some(value),
    }
}

/// A list.
pub(crate) fn list(field: &mut Vec<Value>, value: Value) -> Option<Value> {
    match value {
        value if is_nothing(&value) => None,
        Value::Array(list) => {
            *field = list;
            None
        }
        value => Some(value),
    }
}

/// A list of texts, or a single one.
pub(crate) fn texts(field: &mut Vec<String>, value: Value) -> Option<Value> {
    match value {
        value if is_nothing(&value) => None,
        Value::Array(list) => {
            *field = list.into_iter().map(as_text).collect();
            None
        }
        Value::Object(_) => Some(value),
        value => {
            *field = vec![as_text(value)];
            None
        }
    }
}

/// A whole number that is not negative, also written as text.
pub(crate) fn count(field: &mut Option<u32>, value: Value) -> Option<Value> {
    let count = match &value {
        value if is_nothing(value) => return None,
        Value::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok()),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    if count.is_none() {
        return Some(value);
    }
    *field = count;
    None
}

/// Any value as a text; nothing is the empty text, a list or an object is its JSON.
pub(crate) fn as_text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        value => value.to_string(),
    }
}

/// Whether a value says nothing.
pub(crate) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
