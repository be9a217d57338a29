//! A bridge for `log`: records become occurrences and breadcrumbs, and go on to another logger.
//!
//! Records of the level `Error` are captured. Others down to `Info` are kept as breadcrumbs, and go
//! along with what is captured later in the same scope.
//!
//! ```
//! # #[derive(Default)]
//! # struct MyLogger;
//! # impl log::Log for MyLogger {
//! #     fn enabled(&self, _: &log::Metadata<'_>) -> bool { true }
//! #     fn log(&self, _: &log::Record<'_>) {}
//! #     fn flush(&self) {}
//! # }
//! // `env_logger::Builder::from_default_env().build()`, or any other; its own filter stays.
//! let logger = MyLogger::default();
//! rollcage::log::Bridge::before(logger, log::LevelFilter::Debug).install()?;
//!
//! log::info!("order placed"); // a breadcrumb
//! log::error!(order = 17; "cannot send the order"); // an occurrence, `order` as custom data
//! # Ok::<(), log::SetLoggerError>(())
//! ```
//!
//! What varies belongs into key-values: occurrences are grouped by their text. A program that uses
//! `tracing` needs this only for crates that use `log`, and not where `tracing-log` brings those
//! over already.

use std::fmt;

use log::{LevelFilter, Log, Metadata, Record, SetLoggerError, kv};
use serde_json::Value;

use crate::{Breadcrumb, Level, Occurrence, capture, client, quiet, scope};

/// The bridge: see the [module](self).
#[must_use = "`install` makes it the logger of the process"]
pub struct Bridge {
    inner: Option<Box<dyn Log>>,
    inner_takes: LevelFilter,
    occurrences: LevelFilter,
    breadcrumbs: LevelFilter,
}

impl Bridge {
    /// Without another logger.
    pub fn new() -> Self {
        Self {
            inner: None,
            inner_takes: LevelFilter::Off,
            occurrences: LevelFilter::Error,
            breadcrumbs: LevelFilter::Info,
        }
    }

    /// Hands every record on to `inner`, which takes records down to `level`.
    pub fn before(inner: impl Log + 'static, level: LevelFilter) -> Self {
        Self {
            inner: Some(Box::new(inner)),
            inner_takes: level,
            ..Self::new()
        }
    }

    /// Captures records of this level and above; `LevelFilter::Off` captures none.
    pub fn occurrences(mut self, from: LevelFilter) -> Self {
        self.occurrences = from;
        self
    }

    /// Keeps records of this level and above as breadcrumbs, unless they are captured.
    pub fn breadcrumbs(mut self, from: LevelFilter) -> Self {
        self.breadcrumbs = from;
        self
    }

    /// Makes it the logger of the process, and lets through what it or the other logger takes.
    pub fn install(self) -> Result<(), SetLoggerError> {
        let most = self.inner_takes.max(self.occurrences).max(self.breadcrumbs);
        log::set_boxed_logger(Box::new(self))?;
        log::set_max_level(most);
        Ok(())
    }

    fn take(&self, record: &Record<'_>) {
        if !client::is_on() || quiet::is_quiet() {
            return;
        }
        // A value that logs while it is formatted would not come to an end.
        quiet::during(|| {
            if record.level() <= self.occurrences {
                captured(record);
            } else if record.level() <= self.breadcrumbs {
                kept(record);
            }
        });
    }
}

impl Default for Bridge {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Bridge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bridge")
            .field("occurrences", &self.occurrences)
            .field("breadcrumbs", &self.breadcrumbs)
            .finish_non_exhaustive()
    }
}

impl Log for Bridge {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= self.occurrences
            || metadata.level() <= self.breadcrumbs
            || self
                .inner
                .as_ref()
                .is_some_and(|inner| inner.enabled(metadata))
    }

    fn log(&self, record: &Record<'_>) {
        if let Some(inner) = &self.inner {
            // Asked again: we are asked for more than it takes.
            if record.level() <= self.inner_takes && inner.enabled(record.metadata()) {
                inner.log(record);
            }
        }
        self.take(record);
    }

    fn flush(&self) {
        if let Some(inner) = &self.inner {
            inner.flush();
        }
    }
}

fn captured(record: &Record<'_>) {
    let message = record.args().to_string();
    let mut occurrence =
        Occurrence::message(level(record.level()), message).logger(record.target());
    if let (Some(file), Some(line)) = (record.file(), record.line()) {
        occurrence = occurrence.location(file.to_owned(), line);
    }
    for (name, value) in values(record) {
        occurrence = occurrence.custom(name, value);
    }
    capture::capture(occurrence);
}

fn kept(record: &Record<'_>) {
    let message = record.args().to_string();
    let mut breadcrumb =
        Breadcrumb::log(level(record.level()), message).with("logger", record.target());
    for (name, value) in values(record) {
        breadcrumb = breadcrumb.with(name, value);
    }
    scope::add_breadcrumb(breadcrumb);
}

/// The key-values of a record.
fn values(record: &Record<'_>) -> Vec<(String, Value)> {
    let mut values = Values(Vec::new());
    // This visitor refuses nothing; a source that fails has given what it could.
    let _ = record.key_values().visit(&mut values);
    values.0
}

struct Values(Vec<(String, Value)>);

impl<'kvs> kv::VisitSource<'kvs> for Values {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let value = if let Some(is) = value.to_bool() {
            is.into()
        } else if let Some(number) = value.to_i64() {
            number.into()
        } else if let Some(number) = value.to_u64() {
            number.into()
        } else if let Some(number) = value.to_f64() {
            number.into()
        } else {
            value.to_string().into()
        };
        self.0.push((key.as_str().to_owned(), value));
        Ok(())
    }
}

fn level(level: log::Level) -> Level {
    match level {
        log::Level::Error => Level::Error,
        log::Level::Warn => Level::Warning,
        log::Level::Info => Level::Info,
        log::Level::Debug | log::Level::Trace => Level::Debug,
    }
}
