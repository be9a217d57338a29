//! What people say: feedback in its two forms.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{EVENT_MAX_BYTES, NewFeedback, Part};
use crate::{
    model::{
        id::OccurrenceUuid,
        json::{Fields, Node},
        text::cut,
    },
    protocol::{Malformed, field, json},
};

/// Bytes of what somebody says: Sentry's limit of 4,096 characters, in up to four bytes each.
const MESSAGE_MAX_BYTES: usize = 16 << 10;
/// Bytes of a name, an address or a URL.
const NAME_MAX_BYTES: usize = 2_048;

/// Reads an item of type `feedback`.
pub(super) fn read(bytes: &[u8], uuid: Option<Uuid>) -> Result<Part<'_>, Malformed> {
    feedback(object(bytes)?, uuid).map(Part::Feedback)
}

/// An event with a context `feedback`: today's form.
pub(super) fn feedback(
    mut fields: Fields<'_>,
    uuid: Option<Uuid>,
) -> Result<NewFeedback, Malformed> {
    let uuid = fields.get("event_id").and_then(field::uuid).or(uuid);
    let context = fields.take("contexts").and_then(|contexts| match contexts {
        Node::Object(mut contexts) => contexts.take("feedback"),
        _ => None,
    });
    let Some(Node::Object(mut context)) = context else {
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
        name: take(&mut context, "name", NAME_MAX_BYTES),
        email: take(&mut context, "contact_email", NAME_MAX_BYTES),
        message: take(&mut context, "message", MESSAGE_MAX_BYTES).unwrap_or_default(),
        url: take(&mut context, "url", NAME_MAX_BYTES),
    })
}

/// Reads an item of type `user_report`: the older form, always about an event.
pub(super) fn user_report(bytes: &[u8], event_id: Option<Uuid>) -> Result<Part<'_>, Malformed> {
    let mut fields = object(bytes)?;
    let occurrence = fields.get("event_id").and_then(field::uuid).or(event_id);
    Ok(Part::Feedback(NewFeedback {
        uuid: made_of(bytes),
        occurrence: occurrence.map(OccurrenceUuid),
        name: take(&mut fields, "name", NAME_MAX_BYTES),
        email: take(&mut fields, "email", NAME_MAX_BYTES),
        message: take(&mut fields, "comments", MESSAGE_MAX_BYTES).unwrap_or_default(),
        url: None,
    }))
}

/// A UUID for what has none: the same report sent again gets the same.
fn made_of(bytes: &[u8]) -> Uuid {
    let hash: [u8; 32] = Sha256::digest(bytes).into();
    let first = hash.first_chunk().copied().unwrap_or_default();
    uuid::Builder::from_custom_bytes(first).into_uuid()
}

fn object(bytes: &[u8]) -> Result<Fields<'_>, Malformed> {
    if bytes.len() > EVENT_MAX_BYTES {
        return Err(Malformed::TooLarge {
            max_bytes: EVENT_MAX_BYTES,
        });
    }
    match json::parse(bytes)? {
        Node::Object(fields) => Ok(fields),
        _ => Err(Malformed::NotAnItem("feedback must be an object")),
    }
}

fn take(fields: &mut Fields<'_>, key: &str, max_bytes: usize) -> Option<String> {
    let mut text = None;
    if let Some(value) = fields.take(key) {
        field::text(&mut text, value);
    }
    text.map(|text| cut(&text, max_bytes).to_owned())
}
