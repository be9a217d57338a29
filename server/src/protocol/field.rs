//! Taking a payload's values for fields of ours.
//!
//! Each function puts a value where it belongs and gives back what does not fit, so that the caller
//! can keep that elsewhere. Nothing (null, empty text, empty list or object) fits everywhere and
//! leaves the field as it was: PHP sends `[]` for an empty object, and any field may be null.

use std::borrow::Cow;

use uuid::Uuid;

use crate::model::{
    json::{Fields, Node, Text},
    occurrence::Level,
    text::Environment,
};

/// A text; also a number or a boolean, as text.
pub(crate) fn text<'t>(field: &mut Option<Text<'t>>, value: Node<'t>) -> Option<Node<'t>> {
    match value {
        value if value.is_nothing() => None,
        Node::Text(_) | Node::Number(_) | Node::Bool(_) => {
            *field = Some(as_text(value));
            None
        }
        value => Some(value),
    }
}

/// An object; what the field held before stays beside it.
pub(crate) fn map<'t>(field: &mut Fields<'t>, value: Node<'t>) -> Option<Node<'t>> {
    match value {
        value if value.is_nothing() => None,
        Node::Object(fields) => {
            field.extend(fields);
            None
        }
        value => Some(value),
    }
}

/// A list.
pub(crate) fn list<'t>(field: &mut Vec<Node<'t>>, value: Node<'t>) -> Option<Node<'t>> {
    match value {
        value if value.is_nothing() => None,
        Node::List(list) => {
            *field = list;
            None
        }
        value => Some(value),
    }
}

/// A list of texts, or a single one.
pub(crate) fn texts<'t>(field: &mut Vec<Text<'t>>, value: Node<'t>) -> Option<Node<'t>> {
    match value {
        value if value.is_nothing() => None,
        Node::List(list) => {
            *field = list.into_iter().map(as_text).collect();
            None
        }
        Node::Object(_) => Some(value),
        value => {
            *field = vec![as_text(value)];
            None
        }
    }
}

/// A whole number that is not negative, also written as text.
pub(crate) fn count<'t>(field: &mut Option<u32>, value: Node<'t>) -> Option<Node<'t>> {
    let count = match &value {
        value if value.is_nothing() => return None,
        Node::Number(number) => number
            .as_u64()
            .and_then(|number| u32::try_from(number).ok()),
        Node::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    if count.is_none() {
        return Some(value);
    }
    *field = count;
    None
}

/// An object, or a list of pairs; pairs without a name are left out.
pub(crate) fn pairs<'t>(field: &mut Fields<'t>, value: Node<'t>) -> Option<Node<'t>> {
    let Node::List(list) = value else {
        return map(field, value);
    };
    let is_pair = |value: &Node<'_>| matches!(value, Node::List(pair) if pair.len() == 2);
    if !list.iter().all(is_pair) {
        return Some(Node::List(list));
    }
    field.extend(list.into_iter().filter_map(pair).collect());
    None
}

fn pair(value: Node<'_>) -> Option<(Text<'_>, Node<'_>)> {
    let Node::List(pair) = value else {
        return None;
    };
    let [name, value] = <[Node<'_>; 2]>::try_from(pair).ok()?;
    (!name.is_nothing()).then(|| (as_text(name), value))
}

/// What a list comes wrapped in, `{"values": […]}`, unwrapped; other values as they are.
pub(crate) fn values(value: Node<'_>) -> Node<'_> {
    match value {
        Node::Object(mut fields) => match fields.take("values") {
            Some(values) => values,
            None => Node::Object(fields),
        },
        value => value,
    }
}

/// A UUID, with dashes or without them.
///
/// All zeros or ones are what a client has that could not make one; as the identity of an occurrence
/// they would make every further one a repetition.
pub(crate) fn uuid(value: &Node<'_>) -> Option<Uuid> {
    uuid_of(value.as_str()?)
}

/// The same of a text.
pub(crate) fn uuid_of(text: &str) -> Option<Uuid> {
    Uuid::try_parse(text.trim())
        .ok()
        .filter(|uuid| !uuid.is_nil() && !uuid.is_max())
}

/// A level's word or number: the levels' own words and those that loggers have beside them, PHP's
/// (PSR-3) and Sentry's.
pub(crate) fn level(value: &Node<'_>) -> Option<Level> {
    match value {
        Node::Text(word) => level_named(word.trim()),
        Node::Number(number) => number.as_i64().and_then(level_numbered),
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
pub(crate) fn as_text(value: Node<'_>) -> Text<'_> {
    match value {
        Node::Text(text) => text,
        Node::Null => Cow::Borrowed(""),
        value => Cow::Owned(value.to_string()),
    }
}
