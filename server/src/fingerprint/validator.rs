//! Texts of validators: a list of what is wrong with which field.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::{
    message::{self, Normal},
    rules::{Rule, Rules},
};

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

/// The field of the first complaint in a validator's text; `None` for any other text.
///
/// How a value is wrong depends on the value, which field is wrong on the program.
pub(super) fn fields(text: &str, rules: Rules) -> Option<Normal> {
    let text = text.trim();
    let text = in_json(text, rules)
        .or_else(|| in_words(text).filter(|_| rules.has(Rule::MoreValidators)))?;
    Some(Normal {
        text,
        ..Normal::default()
    })
}

/// A list or an object in JSON: zod, ajv, JSON:API.
fn in_json(text: &str, rules: Rules) -> Option<String> {
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
    match (named(&FIELD_KEYS), named(&KIND_KEYS)) {
        (Some(field), _) => Some(format!("field {field}")),
        (None, Some(kind)) => Some(message::normal(message::first_line(&kind), rules).text),
        (None, None) => None,
    }
}

/// Other notations that name a field in a place of its own.
fn in_words(text: &str) -> Option<String> {
    static NOTATIONS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        [
            // pydantic: `1 validation error for Booking`, and the field alone on the next line.
            r"^\d+ validation errors? for (?<of>\S+)\s*\n(?<field>\S+)\s*\n",
            // FastAPI: the list of complaints as Python writes it.
            r"^\[\{.*?'loc': \((?<field>[^)]*)\)",
            // Django, marshmallow, Cerberus: complaints by field as Python writes them.
            r"^\{'(?<field>[^']{1,60})': [\[{]",
            // jsonschema: the rule that failed, and where in the schema it is.
            r"(?m)^Failed validating '(?<of>\w+)' in schema(?<field>\S*):$",
            // voluptuous: `expected int @ data['guests']`.
            r" @ data(?<field>(\['?[\w ]+'?\])+)$",
            // Fastify and others that use ajv: `body/guests must be integer`.
            r"^(?<field>\w+(/\w+)+) (must|should) ",
            r"^(?<of>[\w/]+) must have required property '(?<field>\w+)'$",
        ]
        .map(|notation| Regex::new(notation).expect("the notations are constants"))
        .into()
    });
    // Cheap, and true of few texts.
    const TELLING: [&str; 7] = [
        "validation error",
        "'loc': (",
        "{'",
        "Failed validating '",
        " @ data[",
        " must ",
        " should ",
    ];
    if !TELLING.iter().any(|words| text.contains(words)) {
        return None;
    }
    let found = NOTATIONS
        .iter()
        .find_map(|notation| notation.captures(text))?;
    let of = found.name("of").map_or("", |of| of.as_str());
    let field = found.name("field").map_or("", |field| field.as_str());
    let words = [of, field]
        .into_iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_'));
    // Positions in lists are data.
    let names: Vec<&str> = words
        .filter(|word| word.contains(|c: char| !c.is_ascii_digit()))
        .collect();
    (!names.is_empty()).then(|| format!("field {}", names.join(".")))
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
            (
                "2 validation errors for Booking\nguests.0.age\n  Input should be a valid integer [type=int_parsing]",
                Some("field Booking.guests.age"),
            ),
            (
                "[{'type': 'missing', 'loc': ('body', 'guests'), 'msg': 'Field required'}]",
                Some("field body.guests"),
            ),
            (
                "{'age': ['Not a valid integer.'], 'name': ['x']}",
                Some("field age"),
            ),
            (
                "'x' is not of type 'integer'\n\nFailed validating 'type' in schema['properties']['age']:\n    {}",
                Some("field type.properties.age"),
            ),
            (
                "expected int for dictionary value @ data['rooms'][3]['age']",
                Some("field rooms.age"),
            ),
            (
                "body/guests/0/age must be integer",
                Some("field body.guests.age"),
            ),
            ("{'a b c'} is not known", None),
            ("[Errno 2] no such file", None),
            ("", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                fields(text, Rules::of(2))
                    .map(|normal| normal.text)
                    .as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
