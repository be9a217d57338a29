//! What is sent: recorded bodies of real SDKs, as distinct errors, each time with an id of its own.

use std::path::Path;

use anyhow::{Context, ensure};
use clap::ValueEnum;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    gzip::Zipped,
    recordings::{self, Recording},
};

/// Whose bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Protocol {
    /// Envelopes, gzipped: some 12 KB of JSON.
    Sentry,
    /// Rollbar's items, plain: some 7 KB.
    Rollbar,
}

/// Which errors are sent to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// Many errors of one project
    Ordinary,
    /// One error, again and again
    Hot,
    /// Many small projects
    Projects,
    /// Errors whose kinds were not sent while it warmed up, nor trained on
    Unknown,
}

/// What stands where a body's id goes.
const NO_ID: &str = "00000000000000000000000000000000";
/// The same as Rollbar's SDKs write it.
const NO_HYPHENATED_ID: &str = "00000000-0000-0000-0000-000000000000";

/// A body with gaps for its id.
pub struct Body {
    /// The JSON that is stored: an event, or an item.
    pub json: Vec<u8>,
    sent: Sent,
}

enum Sent {
    Zipped(Box<Zipped>),
    Plain { bytes: Vec<u8>, gap: usize },
}

impl Body {
    /// Bytes as sent.
    pub fn len(&self) -> usize {
        match &self.sent {
            Sent::Zipped(zipped) => zipped.len(),
            Sent::Plain { bytes, .. } => bytes.len(),
        }
    }

    /// Appends it to `out`, as sent, with `id`.
    pub fn write_to(&self, out: &mut Vec<u8>, id: Uuid) {
        match &self.sent {
            Sent::Zipped(zipped) => {
                let mut digits = [0; NO_ID.len()];
                id.simple().encode_lower(&mut digits);
                zipped.write_to(out, digits);
            }
            Sent::Plain { bytes, gap } => {
                let gap = out.len() + gap;
                out.extend_from_slice(bytes);
                id.hyphenated()
                    .encode_lower(&mut out[gap..gap + NO_HYPHENATED_ID.len()]);
            }
        }
    }
}

/// The bodies of a run.
pub struct Bodies {
    /// Sent to warm up, and what dictionaries are trained on.
    pub known: Vec<Body>,
    /// What is measured, where it is something else.
    pub unknown: Option<Vec<Body>>,
}

/// The bodies of a run with so many distinct errors.
pub fn bodies(protocol: Protocol, mode: Mode, errors: usize) -> anyhow::Result<Bodies> {
    let recordings = recorded(protocol);
    match mode {
        Mode::Ordinary | Mode::Projects => Ok(Bodies {
            known: distinct(protocol, &recordings, errors)?,
            unknown: None,
        }),
        Mode::Hot => Ok(Bodies {
            known: distinct(protocol, &[typical(protocol)?], 1)?,
            unknown: None,
        }),
        Mode::Unknown => {
            let (even, odd): (Vec<_>, Vec<_>) = recordings
                .into_iter()
                .enumerate()
                .partition(|(at, _)| at % 2 == 0);
            let chosen = |half: Vec<(usize, Recording)>| -> Vec<_> {
                half.into_iter().map(|(_, recording)| recording).collect()
            };
            Ok(Bodies {
                known: distinct(protocol, &chosen(even), errors)?,
                unknown: Some(distinct(protocol, &chosen(odd), errors)?),
            })
        }
    }
}

/// The JSON of the recording whose size is nearest to the mean.
pub fn typical_json(protocol: Protocol) -> anyhow::Result<Vec<u8>> {
    let recording = typical(protocol)?;
    Ok(serde_json::to_vec(&payload(protocol, &recording)?)?)
}

fn typical(protocol: Protocol) -> anyhow::Result<Recording> {
    let recordings = recorded(protocol);
    let mean = recordings.iter().map(|one| one.body.len()).sum::<usize>() / recordings.len();
    recordings
        .into_iter()
        .min_by_key(|recording| recording.body.len().abs_diff(mean))
        .context("there are recordings")
}

/// Recorded errors with a class, without a fingerprint of the application's own, whose sizes have
/// the means that were met in the wild: 12 KB of envelopes, 7 KB of items.
fn recorded(protocol: Protocol) -> Vec<Recording> {
    let (folder, path, sizes) = match protocol {
        Protocol::Sentry => ("sentry", "/envelope/", 4_500..60_000),
        Protocol::Rollbar => ("rollbar", "/item/", 2_500..15_000),
    };
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures");
    let mut recordings = recordings::all(&fixtures.join(folder));
    recordings.retain(|recording| {
        let events = recording.json.pointer("/expect/events");
        let [event] = events
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice)
        else {
            return false;
        };
        let sent_to = recording.json.pointer("/request/path");
        event["exception_class"].is_string()
            && event["fingerprint"].is_null()
            && sent_to
                .and_then(Value::as_str)
                .is_some_and(|sent_to| sent_to.ends_with(path))
            && sizes.contains(&recording.body.len())
            // Some are no JSON; what mending costs is measured elsewhere.
            && payload(protocol, recording).is_ok()
    });
    recordings
}

/// Recordings in turn until there are so many errors: the class of the exception differs.
fn distinct(
    protocol: Protocol,
    recordings: &[Recording],
    errors: usize,
) -> anyhow::Result<Vec<Body>> {
    let turns = recordings.iter().cycle();
    turns
        .zip(0..errors)
        .map(|(recording, number)| {
            body(protocol, recording, number).with_context(|| recording.name.clone())
        })
        .collect()
}

fn body(protocol: Protocol, recording: &Recording, number: usize) -> anyhow::Result<Body> {
    let mut payload = payload(protocol, recording)?;
    let mut changed = 0;
    for class in classes(protocol, &mut payload) {
        *class = format!("{}{}", class.as_str().unwrap_or_default(), letters(number)).into();
        changed += 1;
    }
    ensure!(changed > 0, "its exception has a class");
    let json = serde_json::to_vec(&payload)?;
    let sent = match protocol {
        Protocol::Sentry => {
            let header = json!({"event_id": NO_ID, "sent_at": "2026-01-01T00:00:00.000Z"});
            let item = json!({"type": "event", "length": json.len()});
            let mut envelope = format!("{header}\n{item}\n").into_bytes();
            envelope.extend_from_slice(&json);
            envelope.push(b'\n');
            Sent::Zipped(Box::new(Zipped::new(&envelope, NO_ID)?))
        }
        Protocol::Rollbar => {
            let text = std::str::from_utf8(&json)?;
            let gap = text.find(NO_HYPHENATED_ID).context("it has an id")?;
            let bytes = json.clone();
            Sent::Plain { bytes, gap }
        }
    };
    Ok(Body { json, sent })
}

/// The JSON that is stored, with a gap for its id.
fn payload(protocol: Protocol, recording: &Recording) -> anyhow::Result<Value> {
    match protocol {
        Protocol::Sentry => {
            let lines: Vec<_> = recording.body.split(|byte| *byte == b'\n').collect();
            let event = lines.windows(2).find_map(|pair| {
                let header: Value = serde_json::from_slice(pair[0]).ok()?;
                (header["type"] == "event").then(|| serde_json::from_slice::<Value>(pair[1]))
            });
            let mut event = event.context("the envelope has an event")??;
            let fields = event.as_object_mut().context("the event is an object")?;
            // In front, so that the gap cuts little off what is compressed.
            fields.shift_remove("event_id");
            fields.shift_insert(0, "event_id".into(), NO_ID.into());
            Ok(event)
        }
        Protocol::Rollbar => {
            let mut item: Value = serde_json::from_slice(&recording.body)?;
            item["data"]["uuid"] = NO_HYPHENATED_ID.into();
            Ok(item)
        }
    }
}

/// The classes of all exceptions of a chain.
fn classes(protocol: Protocol, payload: &mut Value) -> Vec<&mut Value> {
    let mut classes: Vec<&mut Value> = Vec::new();
    match protocol {
        Protocol::Sentry => {
            let values = payload.pointer_mut("/exception/values");
            let values = values.and_then(Value::as_array_mut).into_iter().flatten();
            classes.extend(values.filter_map(|value| value.get_mut("type")));
        }
        Protocol::Rollbar => {
            let Some(body) = payload.pointer_mut("/data/body") else {
                return classes;
            };
            if body["trace_chain"].is_array() {
                let traces = body["trace_chain"].as_array_mut().into_iter().flatten();
                classes.extend(traces.filter_map(|trace| trace.pointer_mut("/exception/class")));
            } else {
                classes.extend(body.pointer_mut("/trace/exception/class"));
            }
        }
    }
    classes
}

/// A number below ten thousand in three letters: digits in a name may be data to who groups.
fn letters(number: usize) -> String {
    [(b'A', 26 * 26), (b'a', 26), (b'a', 1)]
        .map(|(first, weight)| {
            let digit = u8::try_from(number / weight % 26).expect("below 26");
            char::from(first + digit)
        })
        .iter()
        .collect()
}
