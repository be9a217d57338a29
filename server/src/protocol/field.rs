//! Taking a payload's values for fields of ours.
//!
//! Each function puts a value where it belongs and gives back what does not fit, so that the caller
//! can keep that elsewhere. Nothing (null, empty text, empty list or object) fits everywhere and
//! leaves the field as it was: PHP sends `[]` for an empty object, and any field may be null.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::model::{occurrence::Level, text::Environment};

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

/// An object, or a list of pairs; pairs without a name are left out.
pub(crate) fn pairs(field: &mut Map<String, Value>, value: Value) -> Option<Value> {
    let Value::Array(list) = value else {
        return map(field, value);
    };
    let is_pair = |value: &Value| matches!(value.as_array().map(Vec::as_slice), Some([_, _]));
    if !list.iter().all(is_pair) {
        return Some(Value::Array(list));
    }
    for pair in list {
        if let Value::Array(pair) = pair
            && let Ok([name, value]) = <[Value; 2]>::try_from(pair)
            && !is_nothing(&name)
        {
            field.insert(as_text(name), value);
        }
    }
    None
}

/// What a list comes wrapped in, `{"values": […]}`, unwrapped; other values as they are.
pub(crate) fn values(value: Value) -> Value {
    match value {
        Value::Object(mut object) if object.contains_key("values") => {
            object.remove("values").unwrap_or_default()
        }
        value => value,
    }
}

/// A UUID, with dashes or without them.
///
/// All zeros or ones are what a client has that could not make one; as the identity of an occurrence
/// they would make every further one a repetition.
pub(crate) fn uuid(value: &Value) -> Option<Uuid> {
    Uuid::try_parse(value.as_str()?.trim())
        .ok()
        .filter(|uuid| !uuid.is_nil() && !uuid.is_max())
}

/// A level's word or number: the levels' own words and those that loggers have beside them, PHP's
/// (PSR-3) and Sentry's.
pub(crate) fn level(value: &Value) -> Option<Level> {
    match value {
        Value::String(word) => level_named(word.trim()),
        Value::Number(number) => number.as_i64().and_then(level_numbered),
        _ => None,
    }
}

fn level_named(word: &str) -> Option<Level> {
    Level::named(word).or_else(|| match word.to_ascii_lowercase().as_str() {
        "trace" => Some(Level::Debug),
        "notice" | "log" => Some(Level::Info),
        "warn" => Some(Level::Warning),
        "alert" | "emergency" | "fatal" => Some(Level::Critical),
        number => level_numbered(number.parse().ok()?),
    })
}

fn level_numbered(number: i64) -> Option<Level> {
    Level::ALL
        .into_iter()
        .find(|level| i64::from(level.number()) == number)
}

/// The environment of that name; of none, which pyrollbar sends as null, the default.
pub(crate) fn environment(sent: Option<&str>) -> Environment {
    let environment = Environment::new(sent.unwrap_or_default());
    if environment.as_str().is_empty() {
        Environment::default()
    } else {
        environment
    }
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
