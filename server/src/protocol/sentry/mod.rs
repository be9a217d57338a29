//! Sentry's events and envelopes, as its official libraries send them.
//!
//! The format is that of <https://develop.sentry.dev/sdk/data-model/>; what the libraries make of it
//! was recorded, and each of their oddities is named where it is dealt with. The fixtures in
//! `tests/fixtures/sentry` have them all.

use uuid::Uuid;

use super::{Malformed, Received, json};
use crate::model::{
    id::OccurrenceUuid,
    json::Node,
    occurrence::Occurrence,
    tally::{Dropped, ItemKind},
};

mod dsn;
mod envelope;
mod event;
mod exceptions;
mod feedback;
mod frames;
#[cfg(test)]
mod recorded;
mod report;
mod request;
#[cfg(test)]
mod tests;

pub use dsn::Dsn;
pub use envelope::{Envelope, Header, envelope, header};

/// Bytes of one event; larger ones are refused.
///
/// The limit that Sentry documents, and ours for Rollbar's items.
pub const EVENT_MAX_BYTES: usize = 1 << 20;

/// What an envelope's item, or the body of `/store/`, comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Part<'t> {
    /// A failure.
    Occurrence(Box<Occurrence<'t>>),
    /// A file that belongs to one.
    Attachment(NewAttachment),
    /// What a person says.
    Feedback(NewFeedback),
    /// What the SDK says that it dropped, with how many.
    Dropped(Vec<(Dropped, u32)>),
    /// Nothing that is stored; it was not read.
    Skipped(ItemKind),
    /// It should have been stored and cannot be. The other parts count all the same.
    Malformed(ItemKind, Malformed),
}

/// A file that belongs to an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAttachment {
    /// The occurrence; it may have come in another envelope, or never come.
    pub occurrence: OccurrenceUuid,
    /// Its name as sent, cut; for people, never a path of ours.
    pub name: String,
    /// What the SDK says it is.
    pub media_type: Option<String>,
    /// What it is for: `attachment_type`, where that is not the usual `event.attachment`.
    pub purpose: Option<String>,
    /// The file.
    pub bytes: Vec<u8>,
}

/// What a person says about an occurrence, or about the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFeedback {
    /// The SDK's UUID of the feedback, or ours.
    pub uuid: Uuid,
    /// The occurrence that it is about; `None` where it is about none.
    pub occurrence: Option<OccurrenceUuid>,
    /// What they are called.
    pub name: Option<String>,
    /// Their mail address, as they typed it.
    pub email: Option<String>,
    /// What they say.
    pub message: String,
    /// The page they were on.
    pub url: Option<String>,
}

/// Reads the body of a request to `/store/`: one event, after decompression.
pub fn store<'t>(bytes: &'t [u8], received: &Received) -> Result<Part<'t>, Malformed> {
    event(bytes, None, received)
}

/// Reads an event: of an envelope with the UUID that the envelope has for it.
fn event<'t>(
    bytes: &'t [u8],
    uuid: Option<Uuid>,
    received: &Received,
) -> Result<Part<'t>, Malformed> {
    if bytes.len() > EVENT_MAX_BYTES {
        return Err(Malformed::TooLarge {
            max_bytes: EVENT_MAX_BYTES,
        });
    }
    let Node::Object(fields) = json::parse(bytes)? else {
        return Err(Malformed::NotAnItem("an event must be an object"));
    };
    // sentry-python sends feedback as an item of type `event`, and old libraries transactions.
    match fields.get("type").and_then(Node::as_str) {
        None | Some("" | "error" | "default" | "event") => {
            let occurrence = event::occurrence(fields, uuid, received);
            Ok(Part::Occurrence(Box::new(occurrence)))
        }
        Some("feedback") => feedback::feedback(fields, uuid).map(Part::Feedback),
        Some(other) => Ok(Part::Skipped(ItemKind::named(other))),
    }
}

/// Whether a body is zlib's format in base64 without saying so: raven-ruby, raven-node, raven-go.
///
/// zlib's first byte is 0x78 and its second one of four, one for each strength; in base64 these are
/// `eA`, `eF`, `eJ` (the usual one) and `eN`. Neither JSON nor zlib itself begins with an `e`.
pub fn is_undeclared_zlib(bytes: &[u8]) -> bool {
    matches!(bytes, [b'e', b'A' | b'F' | b'J' | b'N', ..])
}
