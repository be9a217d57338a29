//! What people say: feedback in its two forms.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::{EVENT_MAX_BYTES, NewFeedback, Part};
use crate::{
    model::{id::OccurrenceUuid, text::cut},
    protocol::{Malformed, field, json},
};

/// Bytes of what somebody says: Sentry's limit of 4,096 characters, in up to four bytes each.
const MESSAGE_MAX_BYTES: usize = 16 << 10;
/// Bytes of a name, an address or a URL.
const NAME_MAX_BYTES: usize = 2_048;

/// Reads an item of type `feedback`.
pub(super) fn read(bytes: &[u8], uuid: Option<Uuid>) -> Result<Part, Malformed> {
    feedback(object(bytes)?, uuid).map(Part::Feedback)
}

/// An event with a context `feedback`: today's form.
pub(super) fn feedback(
    mut fields: Map<String, Value>,
    uuid: Option<Uuid>,
) -> Result<NewFeedback, Malformed> {
    let uuid = fields.get("event_id").and_then(field::uuid).or(uuid);
    let context = fields
        .get_mut("contexts")
        .and_then(|contexts| contexts.get_mut("feedback"))
        .map(Value::take);
    let Some(Value::Object(mut context)) = context else {
        return Err(Malformed::NotAnItem(
            "feedback must have contexts.feedback, an object",
        ));
    };
    Ok(NewFeedback {
        uuid: uuid.unwrap_or_else(Uuid::now_v7),
        occurrence: context
            .get("associated_event_id")
            .and_then(field::uuid)
            .map(OccurrenceUuid),
        name: text(&mut context, "name", NAME_MAX_BYTES),
        email: text(&mut context, "contact_email", NAME_MAX_BYTES),
        message: text(&mut context, "message", MESSAGE_MAX_BYTES).unwrap_or_default(),
        url: text(&mut context, "url", NAME_MAX_BYTES),
    })
}

/// Reads an item of type `user_report`: the older form, always about an event.
pub(super) fn user_report(bytes: &[u8], event_id: Option<Uuid>) -> Result<Part, Malformed> {
    let mut fields = object(bytes)?;
    let occurrence = fields.get("event_id").and_then(field::uuid).or(event_id);
    Ok(Part::Feedback(NewFeedback {
        uuid: Uuid::now_v7(),
        occurrence: occurrence.map(OccurrenceUuid),
        name: text(&mut fields, "name", NAME_MAX_BYTES),
        email: text(&mut fields, "email", NAME_MAX_BYTES),
        message: text(&mut fields, "comments", MESSAGE_MAX_BYTES).unwrap_or_default(),
        url: None,
    }))
}

fn object(bytes: &[u8]) -> Result<Map<String, Value>, Malformed> {
    if bytes.len() > EVENT_MAX_BYTES {
        return Err(Malformed::TooLarge {
            max_bytes: EVENT_MAX_BYTES,
        });
    }
    match json::parse(bytes)? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Malformed::NotAnItem("feedback must be an object")),
    }
}

fn text(fields: &mut Map<String, Value>, key: &str, max_bytes: usize) -> Option<String> {
    let mut text = None;
    if let Some(value) = fields.get_mut(key) {
        field::text(&mut text, value.take());
    }
    text.map(|text| cut(&text, max_bytes).to_owned())
}
