//! What happened before: Rollbar's telemetry.

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use serde_json::{Map, Value, json};

use crate::{Level, clock, text};

/// Longest text of a breadcrumb; the rest is cut. A line of a log is far below.
const MESSAGE_MAX_BYTES: usize = 1024;
/// Most bytes that the fields of one breadcrumb may take; what comes after is left out.
const FIELDS_MAX_BYTES: usize = 4 * 1024;

/// Something that happened, worth knowing if something fails later.
///
/// ```
/// use rollcage::{Breadcrumb, Level};
///
/// rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, "cart loaded").with("lines", 3));
/// ```
#[derive(Clone, Debug)]
pub struct Breadcrumb {
    kind: &'static str,
    level: Level,
    at_ms: u64,
    fields: Vec<(Cow<'static, str>, Value)>,
    bytes: usize,
}

impl Breadcrumb {
    /// A line of a log.
    pub fn log(level: Level, message: impl Into<String>) -> Self {
        Self::of("log", level).with_message(message)
    }

    /// Anything else.
    pub fn manual(message: impl Into<String>) -> Self {
        Self::of("manual", Level::Info).with_message(message)
    }

    /// A request that the program made of another, with its answer's status.
    pub fn network(method: impl Into<String>, url: impl Into<String>, status: u16) -> Self {
        let level = if status < 400 {
            Level::Info
        } else {
            Level::Warning
        };
        Self::of("network", level)
            .with("method", method.into())
            .with("url", url.into())
            .with("status_code", status)
    }

    fn of(kind: &'static str, level: Level) -> Self {
        Self {
            kind,
            level,
            at_ms: clock::unix_ms(),
            fields: Vec::new(),
            bytes: 0,
        }
    }

    fn with_message(self, message: impl Into<String>) -> Self {
        let mut message = message.into();
        text::cut(&mut message, MESSAGE_MAX_BYTES);
        self.with("message", message)
    }

    /// With a level of its own.
    #[must_use]
    pub fn with_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// With one more field. Beyond 4 KiB in all a field is left out.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        let (name, value) = (name.into(), value.into());
        let bytes = name.len() + text::json_bytes(&value);
        if self.bytes + bytes <= FIELDS_MAX_BYTES {
            self.bytes += bytes;
            self.fields.push((name, value));
        }
        self
    }

    /// As Rollbar's format has it.
    pub(crate) fn to_json(&self) -> Value {
        let fields: Map<String, Value> = self
            .fields
            .iter()
            .map(|(name, value)| (name.clone().into_owned(), value.clone()))
            .collect();
        json!({
            "level": self.level.as_str(),
            "type": self.kind,
            "source": "server",
            "timestamp_ms": self.at_ms,
            "body": fields,
        })
    }
}

/// The newest breadcrumbs of a scope, oldest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ring {
    /// Each shared, so that a fork that adds its own does not copy the others.
    newest: VecDeque<Arc<Breadcrumb>>,
    bytes: usize,
}

impl Ring {
    pub(crate) fn push(&mut self, breadcrumb: Breadcrumb, most: usize) {
        self.bytes += breadcrumb.bytes;
        self.newest.push_back(Arc::new(breadcrumb));
        while self.newest.len() > most {
            if let Some(oldest) = self.newest.pop_front() {
                self.bytes -= oldest.bytes;
            }
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Breadcrumb> {
        self.newest.iter().map(AsRef::as_ref)
    }

    /// About how much memory they take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.newest.len() * size_of::<Breadcrumb>()
    }
}
