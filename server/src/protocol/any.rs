//! What a person pastes: any body of any protocol, told apart by what is in it.

use std::{borrow::Cow, io::Read as _};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::read::ZlibDecoder;

use super::{
    Malformed, Received, json,
    rollbar::{self, Batch},
    sentry::{self, EVENT_MAX_BYTES, Envelope, Part},
};
use crate::model::{
    json::{Fields, Node},
    occurrence::Occurrence,
    tally::ItemKind,
};

/// What a body was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// What Rollbar's SDKs post to `item/`.
    RollbarItem,
    /// Only its `data`.
    RollbarData,
    /// What is posted to `item_batch/`.
    RollbarBatch,
    /// What Sentry's SDKs post to `store/`, or the event of an envelope.
    SentryEvent,
    /// What they post to `envelope/`.
    SentryEnvelope,
    /// An event of an old library of Sentry, compressed and in base64.
    SentryCompressed,
}

/// A body, and what it comes to.
#[derive(Clone, Debug)]
pub struct Read<'t> {
    /// What it was.
    pub format: Format,
    /// What is in it: one part, but for batches and envelopes.
    pub parts: Vec<Part<'t>>,
}

impl<'t> Read<'t> {
    /// The first occurrence in it.
    pub fn occurrence(&self) -> Option<&Occurrence<'t>> {
        self.parts.iter().find_map(|part| match part {
            Part::Occurrence(occurrence) => Some(&**occurrence),
            _ => None,
        })
    }
}

/// A body without what is wrapped around it: a form, or old libraries' base64.
pub struct Unwrapped<'b> {
    bytes: Cow<'b, [u8]>,
    was_compressed: bool,
}

/// Takes a body out of what may be wrapped around it.
pub fn unwrap(bytes: &[u8]) -> Result<Unwrapped<'_>, Malformed> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let bytes = bytes.trim_ascii();
    let was_compressed = sentry::is_undeclared_zlib(bytes);
    let bytes = if was_compressed {
        Cow::Owned(inflated(bytes)?)
    } else {
        rollbar::json_of_form(bytes)
    };
    Ok(Unwrapped {
        bytes,
        was_compressed,
    })
}

impl Unwrapped<'_> {
    /// Reads a body of any of these formats.
    pub fn read(&self, received: &Received) -> Result<Read<'_>, Malformed> {
        let bytes = &*self.bytes;
        if self.was_compressed {
            let event = sentry::store(bytes, received)?;
            return Ok(Read::one(Format::SentryCompressed, event));
        }
        let (format, fields) = match json::parse(bytes) {
            Ok(Node::Object(fields)) => (told_apart(&fields)?, fields),
            Ok(Node::List(_)) => (Format::RollbarBatch, Fields::new()),
            Ok(_) => return Err(UNKNOWN),
            // An envelope is several lines of JSON, so no JSON as a whole.
            Err(malformed) => {
                let envelope = sentry::envelope(bytes, received).map_err(|_| malformed)?;
                return Ok(Read::envelope(envelope));
            }
        };
        Ok(match format {
            Format::RollbarItem => {
                Read::occurrence_of(format, rollbar::parse(bytes, received)?.occurrence)
            }
            Format::RollbarData => {
                Read::occurrence_of(format, rollbar::occurrence(fields, received)?)
            }
            Format::RollbarBatch => Read::batch(rollbar::parse_batch(bytes, received)?),
            Format::SentryEvent | Format::SentryCompressed => {
                Read::one(format, sentry::store(bytes, received)?)
            }
            Format::SentryEnvelope => Read::envelope(sentry::envelope(bytes, received)?),
        })
    }
}

impl<'t> Read<'t> {
    fn one(format: Format, part: Part<'t>) -> Self {
        Self {
            format,
            parts: vec![part],
        }
    }

    fn occurrence_of(format: Format, occurrence: Occurrence<'t>) -> Self {
        Self::one(format, Part::Occurrence(Box::new(occurrence)))
    }

    fn batch(batch: Batch<'t>) -> Self {
        let part = |item: Result<Occurrence<'t>, Malformed>| match item {
            Ok(occurrence) => Part::Occurrence(Box::new(occurrence)),
            Err(malformed) => Part::Malformed(ItemKind::named("event"), malformed),
        };
        Self {
            format: Format::RollbarBatch,
            parts: batch.items.into_iter().map(part).collect(),
        }
    }

    fn envelope(envelope: Envelope<'t>) -> Self {
        Self {
            format: Format::SentryEnvelope,
            parts: envelope.parts,
        }
    }
}

const UNKNOWN: Malformed = Malformed::NotAnItem(
    "neither an item of Rollbar (an object with data, or its data with a body) nor an event or \
     envelope of Sentry",
);

/// What an object is, by the keys that only one of the formats has.
fn told_apart(fields: &Fields<'_>) -> Result<Format, Malformed> {
    let has = |keys: &[&str]| keys.iter().any(|key| fields.get(key).is_some());
    let is_body = |body: &Node<'_>| {
        ["trace", "trace_chain", "message", "crash_report"]
            .iter()
            .any(|kind| body.get(kind).is_some())
    };
    if fields
        .get("data")
        .or_else(|| fields.get("payload"))
        .is_some_and(|items| matches!(items, Node::List(_)))
    {
        Ok(Format::RollbarBatch)
    } else if has(&["data", "payload"]) {
        Ok(Format::RollbarItem)
    } else if fields.get("body").is_some_and(is_body) {
        Ok(Format::RollbarData)
    } else if has(&["sent_at", "dsn"]) {
        // Nothing but the header.
        Ok(Format::SentryEnvelope)
    } else if has(&[
        "event_id",
        "exception",
        "message",
        "logentry",
        "threads",
        "stacktrace",
    ]) || fields
        .keys()
        .any(|key| key.starts_with("sentry.interfaces."))
    {
        Ok(Format::SentryEvent)
    } else {
        Err(UNKNOWN)
    }
}

/// Base64 of zlib's format, undone within the limit of one event.
fn inflated(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    const DAMAGED: Malformed =
        Malformed::NotAnItem("it begins like an event in base64, and does not decompress");
    let packed = BASE64_STANDARD.decode(bytes).map_err(|_| DAMAGED)?;
    let mut event = Vec::new();
    ZlibDecoder::new(&packed[..])
        .take(EVENT_MAX_BYTES as u64 + 1)
        .read_to_end(&mut event)
        .map_err(|_| DAMAGED)?;
    // One byte over the limit is refused by whoever reads it.
    Ok(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<(Format, usize), Malformed> {
        let unwrapped = unwrap(text.as_bytes())?;
        let read = unwrapped.read(&Received::default())?;
        let occurrences = read
            .parts
            .iter()
            .filter(|part| matches!(part, Part::Occurrence(_)))
            .count();
        assert_eq!(read.occurrence().is_some(), occurrences > 0);
        Ok((read.format, occurrences))
    }

    #[test]
    fn formats_are_told_apart() {
        let data = r#"{"body": {"message": {"body": "x"}}}"#;
        let item = format!(r#" {{"access_token": "t", "data": {data}}}"#);
        let event = "{\n \"message\": \"x\",\n \"level\": \"info\"}";
        let line = r#"{"message": "x"}"#;
        for (text, expected) in [
            (item.clone(), (Format::RollbarItem, 1)),
            (format!("\u{feff}{data}\n"), (Format::RollbarData, 1)),
            (format!("[{data}, {item}, 7]"), (Format::RollbarBatch, 2)),
            (format!(r#"{{"data": [{data}]}}"#), (Format::RollbarBatch, 1)),
            ("payload=%7B%22data%22%3A%7B%22body%22%3A%7B%22message%22%3A%7B%22body%22%3A%22a+b%22%7D%7D%7D%7D&x=1".to_owned(), (Format::RollbarItem, 1)),
            (event.to_owned(), (Format::SentryEvent, 1)),
            (line.to_owned(), (Format::SentryEvent, 1)),
            (
                format!("{{}}\n{{\"type\": \"event\"}}\n{line}\n{{\"type\": \"session\"}}\n{{}}\n"),
                (Format::SentryEnvelope, 1),
            ),
            (r#"{"sent_at": "now"}"#.to_owned(), (Format::SentryEnvelope, 0)),
            ("eJyrVspNLS5OTE9VslJQqlCqBQAvVgU4".to_owned(), (Format::SentryCompressed, 1)),
        ] {
            assert_eq!(read(&text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "7",
            "{}",
            "hunter2",
            "eJyr",
            "{\"a\": 1}",
            "{\"a\": }",
            "payload=7",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
