//! What the model reads of a body: what one groups by, borrowed, and nothing else.

use std::borrow::Cow;

use libdeflater::Decompressor;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Bytes of an unpacked body.
const UNPACKED_MAX_BYTES: usize = 1 << 20;

/// What was read.
pub struct Read {
    /// The SDK's id.
    pub uuid: Option<Uuid>,
    /// The same for the same failure of the same sender.
    pub group: i64,
}

/// Unpacks `zipped` at one go, for its trailer says how long it is.
pub fn gunzip(unpacker: &mut Decompressor, zipped: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let length = u32::from_le_bytes(*zipped.last_chunk()?) as usize;
    if length > UNPACKED_MAX_BYTES {
        return None;
    }
    out.resize(length, 0);
    (unpacker.gzip_decompress(zipped, out).ok()? == length).then_some(())
}

/// The event of an envelope that has nothing else.
pub fn event_of(envelope: &[u8]) -> Option<&[u8]> {
    #[derive(Deserialize)]
    struct Header {
        length: usize,
    }
    let mut lines = envelope.splitn(3, |byte| *byte == b'\n').skip(1);
    let header: Header = serde_json::from_slice(lines.next()?).ok()?;
    lines.next()?.get(..header.length)
}

/// A text that is borrowed where it was written plainly; behind an `Option` serde borrows only a type
/// of its own.
#[derive(Deserialize)]
struct Text<'t>(#[serde(borrow)] Cow<'t, str>);

#[derive(Deserialize)]
struct Event<'t> {
    #[serde(borrow, rename = "event_id")]
    id: Option<Text<'t>>,
    #[serde(borrow)]
    environment: Option<Text<'t>>,
    #[serde(borrow)]
    exception: Exceptions<'t>,
}

#[derive(Deserialize)]
struct Exceptions<'t> {
    #[serde(borrow)]
    values: Vec<Exception<'t>>,
}

#[derive(Deserialize)]
struct Exception<'t> {
    #[serde(borrow, rename = "type")]
    class: Option<Text<'t>>,
    #[serde(borrow)]
    stacktrace: Option<Stack<'t>>,
}

#[derive(Deserialize)]
struct Stack<'t> {
    #[serde(borrow)]
    frames: Vec<Frame<'t>>,
}

#[derive(Deserialize)]
struct Frame<'t> {
    #[serde(borrow)]
    filename: Option<Text<'t>>,
    /// Sentry's word for it, and Rollbar's.
    #[serde(borrow, alias = "method")]
    function: Option<Text<'t>>,
    in_app: Option<bool>,
}

/// Reads a Sentry event.
pub fn sentry(event: &[u8], sender: &[u8]) -> Option<Read> {
    let event: Event<'_> = serde_json::from_slice(event).ok()?;
    let mut group = Group::new(sender, event.environment.as_ref());
    for exception in &event.exception.values {
        let frames = exception.stacktrace.as_ref();
        group.add(exception.class.as_ref(), frames.map(|stack| &*stack.frames));
    }
    Some(Read {
        uuid: event.id.and_then(|id| id.0.parse().ok()),
        group: group.finish(),
    })
}

#[derive(Deserialize)]
struct Item<'t> {
    #[serde(borrow)]
    data: Data<'t>,
}

#[derive(Deserialize)]
struct Data<'t> {
    #[serde(borrow)]
    uuid: Option<Text<'t>>,
    #[serde(borrow)]
    environment: Option<Text<'t>>,
    #[serde(borrow)]
    body: Body<'t>,
}

#[derive(Deserialize)]
struct Body<'t> {
    #[serde(borrow)]
    trace: Option<Trace<'t>>,
    #[serde(borrow, default)]
    trace_chain: Vec<Trace<'t>>,
}

#[derive(Deserialize)]
struct Trace<'t> {
    #[serde(borrow, default)]
    frames: Vec<Frame<'t>>,
    #[serde(borrow)]
    exception: Named<'t>,
}

#[derive(Deserialize)]
struct Named<'t> {
    #[serde(borrow)]
    class: Option<Text<'t>>,
}

/// Reads a Rollbar item.
pub fn rollbar(item: &[u8], sender: &[u8]) -> Option<Read> {
    let Item { data } = serde_json::from_slice(item).ok()?;
    let mut group = Group::new(sender, data.environment.as_ref());
    for trace in data.body.trace.iter().chain(&data.body.trace_chain) {
        group.add(trace.exception.class.as_ref(), Some(&trace.frames));
    }
    Some(Read {
        uuid: data.uuid.and_then(|uuid| uuid.0.parse().ok()),
        group: group.finish(),
    })
}

/// The hash of what one groups by.
struct Group(Sha256);

impl Group {
    fn new(sender: &[u8], environment: Option<&Text<'_>>) -> Self {
        let mut group = Self(Sha256::new());
        group.part(sender);
        group.text(environment);
        group
    }

    /// Adds a class, and the innermost frame of the application.
    fn add(&mut self, class: Option<&Text<'_>>, frames: Option<&[Frame<'_>]>) {
        self.text(class);
        let frames = frames.unwrap_or_default();
        let own = frames.iter().rfind(|frame| frame.in_app != Some(false));
        if let Some(frame) = own.or(frames.last()) {
            self.text(frame.filename.as_ref());
            self.text(frame.function.as_ref());
        }
    }

    fn text(&mut self, text: Option<&Text<'_>>) {
        self.part(text.map_or(&[][..], |text| text.0.as_bytes()));
    }

    fn part(&mut self, part: &[u8]) {
        self.0.update(part.len().to_le_bytes());
        self.0.update(part);
    }

    fn finish(self) -> i64 {
        let hash: [u8; 32] = self.0.finalize().into();
        let [first, ..] = *hash.as_chunks::<8>().0 else {
            unreachable!("32 bytes are four times 8");
        };
        i64::from_le_bytes(first)
    }
}
