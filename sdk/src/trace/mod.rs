//! A stack: its addresses on the capturing thread, its names on the worker.

mod displayed;
mod own;
mod path;
mod source;
mod symbol;
mod trim;

use backtrace::{Backtrace, BacktraceFrame};
use serde_json::{Map, Value};

use crate::{
    Options,
    occurrence::{Occurrence, Place},
};

/// Most frames that are kept, from the innermost on. A deep recursion is told by the first of them.
const FRAMES_MAX: usize = 256;

/// A stack as it was captured.
pub(crate) enum Trace {
    None,
    /// Addresses, without names.
    Raw(Vec<BacktraceFrame>),
}

/// A call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Frame {
    function: Option<String>,
    /// As the compiler wrote it down.
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
}

impl Trace {
    /// The stack of whoever calls this, as addresses.
    pub(crate) fn capture() -> Self {
        let mut frames = Vec::with_capacity(64);
        backtrace::trace(|frame| {
            frames.push(frame.clone().into());
            frames.len() < FRAMES_MAX
        });
        Self::Raw(frames)
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Raw(frames) => frames.capacity() * size_of::<BacktraceFrame>(),
        }
    }

    fn resolve(&self) -> Vec<Frame> {
        let Self::Raw(frames) = self else {
            return Vec::new();
        };
        let mut backtrace = Backtrace::from(frames.clone());
        backtrace.resolve();
        backtrace
            .frames()
            .iter()
            .flat_map(BacktraceFrame::symbols)
            .map(|symbol| Frame {
                // With `#` the hash at its end is left out.
                function: symbol.name().map(|name| format!("{name:#}")),
                file: symbol.filename().map(|file| file.display().to_string()),
                line: symbol.lineno(),
                column: symbol.colno(),
            })
            .collect()
    }
}

/// The frames of an occurrence in Rollbar's format, innermost last.
pub(crate) fn frames(options: &Options, occurrence: &Occurrence, trace: &Trace) -> Vec<Value> {
    let mut frames = match &occurrence.own_backtrace {
        Some(text) => displayed::read(text),
        None => trace.resolve(),
    };
    for frame in &mut frames {
        if let Some(function) = &mut frame.function {
            *function = symbol::short(function);
        }
    }
    let paths = path::Roots::new(options.root.as_deref());
    let own = own::Rules::new(options);
    let mut frames = trim::trim(frames, &own);
    // Of a program without symbols there is nothing to tell but where it was captured.
    if frames.iter().all(|frame| frame.function.is_none()) {
        frames = occurrence.location.iter().map(Frame::from).collect();
    }
    frames
        .iter()
        .rev()
        .map(|frame| json(frame, &own, &paths, options.source_context))
        .collect()
}

fn json(frame: &Frame, own: &own::Rules, paths: &path::Roots, with_source: bool) -> Value {
    let mut json = Map::new();
    let file = frame.file.as_deref();
    let shown = file.map_or_else(|| "<unknown>".to_owned(), |file| paths.shown(file));
    json.insert("filename".to_owned(), shown.into());
    json.insert("lineno".to_owned(), frame.line.into());
    if let Some(column) = frame.column {
        json.insert("colno".to_owned(), column.into());
    }
    json.insert("method".to_owned(), frame.function.clone().into());
    let is_own = own.is_own(frame);
    json.insert("in_app".to_owned(), is_own.into());
    if with_source
        && is_own
        && let (Some(file), Some(line)) = (file, frame.line)
        && let Some(around) = source::around(&paths.on_disk(file), line)
    {
        json.insert("code".to_owned(), around.code.into());
        json.insert(
            "context".to_owned(),
            serde_json::json!({ "pre": around.before, "post": around.after }),
        );
    }
    json.into()
}

impl From<&Place> for Frame {
    fn from(place: &Place) -> Self {
        Self {
            function: None,
            file: Some(place.file.clone().into_owned()),
            line: Some(place.line),
            column: place.column,
        }
    }
}
