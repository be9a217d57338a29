//! Limits on what is kept of one occurrence.
//!
//! What is cut leaves a mark where a person sees it. The limits are above what SDKs send for
//! ordinary failures, and only bound what a runaway recursion or a dumped table can take.

use std::borrow::Cow;

use crate::model::{
    json::{Fields, Node, Text},
    occurrence::{Body, Frame, Notifier, Occurrence, Thread, Trace},
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
/// Threads of one process.
const THREADS_MAX: usize = 200;
/// Frames kept of all threads together: those of the one that failed come first.
const THREAD_FRAMES_MAX: usize = 2_000;
/// What happened before: as many as rollbar.js keeps.
const TELEMETRY_MAX: usize = 100;
/// Parts of a fingerprint.
const FINGERPRINT_MAX: usize = 32;

/// What ends a text that was cut.
pub(super) const CUT: &str = "… [cut]";

/// Trims the lists that have a meaning of their own; texts and other values are trimmed as they
/// are scrubbed.
pub(super) fn occurrence(occurrence: &mut Occurrence<'_>) {
    let mut traces_cut = 0;
    if let Body::Traces(traces) = &mut occurrence.body {
        traces_cut = traces.len().saturating_sub(TRACES_MAX);
        traces.truncate(TRACES_MAX);
        traces.iter_mut().for_each(trace);
    }
    if let Body::Message(message) = &mut occurrence.body {
        let frames_cut = frames(&mut message.frames);
        note(&mut message.extra, "frames_cut", frames_cut);
    }
    let threads_cut = threads(&mut occurrence.threads);
    let telemetry_cut = occurrence.telemetry.len().saturating_sub(TELEMETRY_MAX);
    occurrence.telemetry.drain(..telemetry_cut);
    occurrence.fingerprint.truncate(FINGERPRINT_MAX);
    for part in &mut occurrence.fingerprint {
        shorten(part, NAME_MAX_BYTES);
    }
    for part in occurrence
        .code_version
        .iter_mut()
        .chain(notifier_texts(occurrence.notifier.as_mut()))
    {
        shorten(part, NAME_MAX_BYTES);
    }
    note(&mut occurrence.extra, "traces_cut", traces_cut);
    note(&mut occurrence.extra, "threads_cut", threads_cut);
    note(&mut occurrence.extra, "telemetry_cut", telemetry_cut);
}

fn notifier_texts<'n, 't>(
    notifier: Option<&'n mut Notifier<'t>>,
) -> impl Iterator<Item = &'n mut Text<'t>> {
    notifier
        .into_iter()
        .flat_map(|notifier| notifier.name.iter_mut().chain(&mut notifier.version))
}

fn trace(trace: &mut Trace<'_>) {
    let frames_cut = frames(&mut trace.frames);
    note(&mut trace.extra, "frames_cut", frames_cut);
}

/// Keeps the first threads, of which those that failed or reported come first: how many are gone.
fn threads(threads: &mut Vec<Thread<'_>>) -> usize {
    let cut = threads.len().saturating_sub(THREADS_MAX);
    if cut > 0 {
        threads.sort_by_key(|thread| !(thread.crashed || thread.current));
        threads.truncate(THREADS_MAX);
    }
    let mut left = THREAD_FRAMES_MAX;
    for thread in threads {
        let mut frames_cut = frames(&mut thread.frames);
        let over = thread.frames.len().saturating_sub(left);
        thread.frames.drain(..over);
        frames_cut += over;
        left -= thread.frames.len();
        note(&mut thread.extra, "frames_cut", frames_cut);
    }
    cut
}

/// Keeps both ends of a stack, where it began and where it broke: how many frames are gone.
fn frames(frames: &mut Vec<Frame<'_>>) -> usize {
    let cut = frames.len().saturating_sub(OUTER_FRAMES + INNER_FRAMES);
    if cut > 0 {
        frames.drain(OUTER_FRAMES..OUTER_FRAMES + cut);
    }
    frames.iter_mut().for_each(frame);
    cut
}

fn frame(frame: &mut Frame<'_>) {
    // The lines nearest to the frame's own are the last before it and the first after it.
    frame.pre.drain(..frame.pre.len().saturating_sub(LINES_MAX));
    frame.post.truncate(LINES_MAX);
    frame.arguments.truncate(ARGUMENTS_MAX);
}

/// Cuts a text to at most that many bytes.
pub(super) fn shorten(text: &mut Text<'_>, max_bytes: usize) {
    let length = cut(text, max_bytes).len();
    match text {
        Cow::Borrowed(text) => *text = text.get(..length).unwrap_or_default(),
        Cow::Owned(text) => text.truncate(length),
    }
}

fn note(extra: &mut Fields<'_>, key: &'static str, cut: usize) {
    if cut > 0 {
        extra.insert(key, cut);
    }
}

/// Keeps the first entries; the last one left tells how many are gone.
pub(super) fn list(list: &mut Vec<Node<'_>>) {
    if list.len() > ENTRIES_MAX {
        let gone = list.len() - (ENTRIES_MAX - 1);
        list.truncate(ENTRIES_MAX - 1);
        list.push(format!("… [{gone} more cut]").into());
    }
}

/// Keeps the first entries; one more tells how many are gone.
pub(super) fn map(map: &mut Fields<'_>) {
    if map.len() > ENTRIES_MAX {
        let gone = map.len() - (ENTRIES_MAX - 1);
        map.truncate(ENTRIES_MAX - 1);
        map.insert("…", format!("[{gone} more cut]"));
    }
}
