//! Envelopes: a line of JSON, then items, each a line of JSON and its bytes.
//!
//! <https://develop.sentry.dev/sdk/data-model/envelopes/>. An item's length is in its header
//! (Python, Rust, Go, attachments of JavaScript), or it ends with its line (JSON of JavaScript and
//! Ruby). Of items that are not stored nothing is read but their type.

use uuid::Uuid;

use super::{Dsn, NewAttachment, Part, event, feedback, report};
use crate::{
    model::{
        attachment::{ATTACHMENT_MAX_BYTES, ATTACHMENTS_MAX},
        id::OccurrenceUuid,
        json::{Fields, Node, Text},
        tally::ItemKind,
        text::cut,
    },
    protocol::{Malformed, Received, field, json},
};

#[cfg(test)]
mod tests;

/// Items of one envelope; what lies behind is not read.
///
/// Sentry's own limit. SDKs send up to three beside attachments.
const ITEMS_MAX: usize = 100;
/// Events of one envelope. The protocol has one; each may take some 10 MB once it is read.
const EVENTS_MAX: usize = 5;
/// Bytes of an envelope's or an item's header. The longest recorded has 500.
const HEADER_MAX_BYTES: usize = 64 << 10;
/// Bytes of an attachment's name: what file systems allow.
const NAME_MAX_BYTES: usize = 255;

/// What lies in front of an envelope's items.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The event that the items are, or belong to.
    pub event_id: Option<OccurrenceUuid>,
    /// Where it is for: the only authentication of what comes through a tunnel.
    pub dsn: Option<Dsn>,
}

/// An envelope, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope<'t> {
    /// What lies in front of the items.
    pub header: Header,
    /// What the items come to, in their order.
    pub parts: Vec<Part<'t>>,
}

/// Reads only the header.
pub fn header(bytes: &[u8]) -> Result<Header, Malformed> {
    Ok(split_header(bytes)?.0)
}

/// Reads an envelope. It is an error only if its header is none.
pub fn envelope<'t>(bytes: &'t [u8], received: &Received) -> Result<Envelope<'t>, Malformed> {
    let (header, rest) = split_header(bytes)?;
    let mut parts = Vec::new();
    let mut attachments = Vec::new();
    let mut events = 0;
    let mut event_id = header.event_id.map(|uuid| uuid.0);
    for item in (Items { rest }) {
        let item = match item {
            Ok(item) => item,
            Err(malformed) => {
                parts.push(Part::Malformed(ItemKind::UNKNOWN, malformed));
                break;
            }
        };
        if parts.len() + attachments.len() == ITEMS_MAX {
            parts.push(item.one_too_many(ITEMS_MAX));
            break;
        }
        if item.kind == "attachment" {
            attachments.push(item);
            continue;
        }
        events += usize::from(item.kind == "event");
        if item.kind == "event" && events > EVENTS_MAX {
            parts.push(item.one_too_many(EVENTS_MAX));
            continue;
        }
        let part = item.read(event_id, received);
        if let Part::Occurrence(occurrence) = &part {
            event_id = Some(occurrence.uuid.0);
        }
        parts.push(part);
    }
    // Behind the event, wherever they lay: its UUID is theirs, also if it is ours.
    let mut stored = 0;
    for attachment in attachments {
        let part = attachment.attachment(event_id, stored);
        stored += usize::from(matches!(part, Part::Attachment(_)));
        parts.push(part);
    }
    Ok(Envelope { header, parts })
}

fn split_header(bytes: &[u8]) -> Result<(Header, &[u8]), Malformed> {
    let (line, rest) = line(bytes);
    let mut fields = object(line)?;
    let header = Header {
        event_id: fields
            .get("event_id")
            .and_then(field::uuid)
            .map(OccurrenceUuid),
        dsn: match fields.take("dsn") {
            Some(Node::Text(dsn)) => Dsn::parse(&dsn),
            _ => None,
        },
    };
    Ok((header, rest))
}

/// A line without its end, and what comes behind it.
fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let (line, rest) = match end.and_then(|end| bytes.split_at_checked(end)) {
        Some((line, rest)) => (line, rest.get(1..).unwrap_or_default()),
        None => (bytes, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

fn object(line: &[u8]) -> Result<Fields<'_>, Malformed> {
    if line.len() > HEADER_MAX_BYTES {
        return Err(Malformed::TooLarge {
            max_bytes: HEADER_MAX_BYTES,
        });
    }
    match json::parse(line)? {
        Node::Object(fields) => Ok(fields),
        _ => Err(Malformed::NotAnItem(
            "the header of an envelope or an item must be an object",
        )),
    }
}

/// The items of an envelope, as they lie in it.
struct Items<'b> {
    rest: &'b [u8],
}

/// One of them.
struct Item<'b> {
    kind: String,
    filename: Option<String>,
    media_type: Option<String>,
    purpose: Option<String>,
    payload: &'b [u8],
}

impl<'b> Iterator for Items<'b> {
    /// An error is the last one: where the next item begins is not known.
    type Item = Result<Item<'b>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        // An item that ends with a line break and has a length is followed by another.
        while let Some((b'\n' | b'\r', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
        if self.rest.is_empty() {
            return None;
        }
        let item = self.item();
        if item.is_err() {
            self.rest = &[];
        }
        Some(item)
    }
}

impl<'b> Items<'b> {
    fn item(&mut self) -> Result<Item<'b>, Malformed> {
        let (first, rest) = line(self.rest);
        let mut header = object(first)?;
        let mut length = None;
        if let Some(value) = header.take("length") {
            field::count(&mut length, value);
        }
        let mut text = |key| {
            let mut text = None;
            if let Some(value) = header.take(key) {
                field::text(&mut text, value);
            }
            text.map(|text: Text<'_>| cut(&text, NAME_MAX_BYTES).to_owned())
        };
        let payload;
        (payload, self.rest) = match length {
            None => line(rest),
            Some(length) => rest
                .split_at_checked(length as usize)
                .ok_or(Malformed::NotAnItem(
                    "an item's length is more than what is there",
                ))?,
        };
        Ok(Item {
            kind: text("type").unwrap_or_default(),
            filename: text("filename"),
            media_type: text("content_type"),
            purpose: text("attachment_type"),
            payload,
        })
    }
}

impl<'b> Item<'b> {
    fn one_too_many(&self, max: usize) -> Part<'b> {
        Part::Malformed(ItemKind::named(&self.kind), Malformed::TooManyItems { max })
    }

    /// What it comes to, if it is no attachment.
    fn read(self, event_id: Option<Uuid>, received: &Received) -> Part<'b> {
        let read = match self.kind.as_str() {
            "event" => event(self.payload, event_id, received),
            "feedback" => feedback::read(self.payload, event_id),
            "user_report" => feedback::user_report(self.payload, event_id),
            "client_report" => report::dropped(self.payload),
            other => return Part::Skipped(ItemKind::named(other)),
        };
        read.unwrap_or_else(|malformed| Part::Malformed(ItemKind::named(&self.kind), malformed))
    }

    /// The attachment, if there is room for it beside `stored` others.
    fn attachment(self, event_id: Option<Uuid>, stored: usize) -> Part<'b> {
        let Some(uuid) = event_id
            .filter(|_| stored < ATTACHMENTS_MAX && self.payload.len() <= ATTACHMENT_MAX_BYTES)
        else {
            return Part::Skipped(ItemKind::ATTACHMENT);
        };
        Part::Attachment(NewAttachment {
            occurrence: OccurrenceUuid(uuid),
            name: self.filename.unwrap_or_else(|| "attachment".to_owned()),
            media_type: self.media_type,
            purpose: self.purpose.filter(|purpose| purpose != "event.attachment"),
            bytes: self.payload.to_vec(),
        })
    }
}
