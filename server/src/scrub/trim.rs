//! Limits on what is kept of one occurrence.
//!
//! What is cut leaves a mark where a person sees it. The limits are above what SDKs send for
//! ordinary failures, and only bound what a runaway recursion or a dumped table can take.

use serde_json::{Map, Value};

use crate::model::{
    occurrence::{Body, Frame, Occurrence, Trace},
    text::cut,
};

/// A message or any other text. Libraries send messages of 96 kB whole; nobody reads past this.
pub const TEXT_MAX_BYTES: usize = 64 * 1024;
/// Titles, file names, functions, keys: wide enough for a long URL.
pub const NAME_MAX_BYTES: usize = 1024;
/// A line of source; more is minified code, of which the column tells the place.
pub const CODE_MAX_BYTES: usize = 2 * 1024;
/// Entries of one list or object.
pub const ENTRIES_MAX: usize = 1_000;
/// Lines of source before or after a frame's own.
const LINES_MAX: usize = 50;
/// Names of one function's arguments.
const ARGUMENTS_MAX: usize = 100;
/// Exceptions of one chain.
const TRACES_MAX: usize = 50;
/// Frames kept of the outer end of a stack, where it began. Recursions send 1,000 and more.
const OUTER_FRAMES: usize = 50;
/// Frames kept of the inner end, where it broke.
const INNER_FRAMES: usize = 250;
/// What happened before: as many as rollbar.js keeps.
const TELEMETRY_MAX: usize = 100;
/// Parts of a fingerprint.
const FINGERPRINT_MAX: usize = 32;

/// What ends a text that was cut.
pub(super) const CUT: &str = "… [cut]";

/// Trims the lists that have a meaning of their own; texts and other values are trimmed as they
/// are scrubbed.
pub(super) fn occurrence(occurrence: &mut Occurrence) {
    let mut traces_cut = 0;
    if let Body::Traces(traces) = &mut occurrence.body {
        traces_cut = traces.len().saturating_sub(TRACES_MAX);
        traces.truncate(TRACES_MAX);
        traces.iter_mut().for_each(trace);
    }
    let telemetry_cut = occurrence.telemetry.len().saturating_sub(TELEMETRY_MAX);
    occurrence.telemetry.drain(..telemetry_cut);
    occurrence.fingerprint.truncate(FINGERPRINT_MAX);
    for part in &mut occurrence.fingerprint {
        part.truncate(cut(part, NAME_MAX_BYTES).len());
    }
    for part in occurrence
        .code_version
        .iter_mut()
        .chain(notifier_texts(occurrence.notifier.as_mut()))
    {
        part.truncate(cut(part, NAME_MAX_BYTES).len());
    }
    note(&mut occurrence.extra, "traces_cut", traces_cut);
    note(&mut occurrence.extra, "telemetry_cut", telemetry_cut);
}

fn notifier_texts(
    notifier: Option<&mut crate::model::occurrence::Notifier>,
) -> impl Iterator<Item = &mut String> {
    notifier
        .into_iter()
        .flat_map(|notifier| notifier.name.iter_mut().chain(&mut notifier.version))
}

/// Keeps both ends of a stack: where it began, and where it broke.
fn trace(trace: &mut Trace) {
    let frames_cut = trace
        .frames
        .len()
        .saturating_sub(OUTER_FRAMES + INNER_FRAMES);
    if frames_cut > 0 {
        trace.frames.drain(OUTER_FRAMES..OUTER_FRAMES + frames_cut);
    }
    note(&mut trace.extra, "frames_cut", frames_cut);
    trace.frames.iter_mut().for_each(frame);
}

fn frame(frame: &mut Frame) {
    // The lines nearest to the frame's own are the last before it and the first after it.
    frame.pre.drain(..frame.pre.len().saturating_sub(LINES_MAX));
    frame.post.truncate(LINES_MAX);
    frame.arguments.truncate(ARGUMENTS_MAX);
}

fn note(extra: &mut Map<String, Value>, key: &str, cut: usize) {
    if cut > 0 {
        extra.insert(key.to_owned(), cut.into());
    }
}

/// Keeps the first entries; the last one left tells how many are gone.
pub(super) fn list(list: &mut Vec<Value>) {
    if list.len() > ENTRIES_MAX {
        let gone = list.len() - (ENTRIES_MAX - 1);
        list.truncate(ENTRIES_MAX - 1);
        list.push(format!("… [{gone} more cut]").into());
    }
}

/// Keeps the first entries; one more tells how many are gone.
pub(super) fn map(map: &mut Map<String, Value>) {
    if map.len() > ENTRIES_MAX {
        let gone = map.len() - (ENTRIES_MAX - 1);
        *map = std::mem::take(map)
            .into_iter()
            .take(ENTRIES_MAX - 1)
            .collect();
        map.insert("…".to_owned(), format!("[{gone} more cut]").into());
    }
}
