//! A layer for `tracing`: events become occurrences and breadcrumbs.
//!
//! Events of the level `ERROR` are captured. Others down to `INFO` are kept as breadcrumbs, and go
//! along with what is captured later in the same scope.
//!
//! ```
//! use tracing_subscriber::layer::SubscriberExt;
//!
//! # let run = || -> Result<(), std::io::Error> { Err(std::io::Error::other("no route")) };
//! let subscriber = tracing_subscriber::registry().with(rollcage::tracing::layer());
//! # tracing::subscriber::with_default(subscriber, || {
//! tracing::info!(order = 17, "order placed"); // a breadcrumb
//! if let Err(error) = run() {
//!     // An occurrence: the error with its causes, and `order` as custom data.
//!     tracing::error!(
//!         order = 17,
//!         error = &error as &dyn std::error::Error,
//!         "cannot send the order",
//!     );
//! }
//! # });
//! ```
//!
//! - A field that was recorded as an error (`&dyn Error`) is what failed, with its causes and a
//!   backtrace; the event's text is its description. Without one the text is what is reported.
//! - What varies belongs into fields: occurrences without an error are grouped by their text.
//! - Fields are custom data. So are the spans around the event, outermost first, as `spans`, each
//!   with its fields; the event's target is `logger`.
//! - What the SDK and its HTTP client log while they send is not taken.

use std::fmt;

use serde_json::{Map, Value, json};
use tracing_core::{
    Event, LevelFilter, Metadata, Subscriber,
    span::{Attributes, Id, Record},
};
use tracing_subscriber::{layer::Context, registry::LookupSpan};

mod fields;

use crate::{Breadcrumb, Level, Occurrence, capture, client, quiet, scope};
use fields::{Failure, Fields};

/// `ERROR` becomes occurrences, and everything else down to `INFO` breadcrumbs.
pub fn layer() -> Layer {
    Layer {
        occurrences: LevelFilter::ERROR,
        breadcrumbs: LevelFilter::INFO,
        choice: None,
    }
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Take {
    /// It is captured.
    Occurrence,
    /// It goes along with what is captured later.
    Breadcrumb,
    /// Nothing.
    Nothing,
}

/// The layer: see the [module](self).
#[must_use = "a layer does nothing until it is part of a subscriber"]
pub struct Layer {
    occurrences: LevelFilter,
    breadcrumbs: LevelFilter,
    choice: Option<Box<Choice>>,
}

type Choice = dyn Fn(&Metadata<'_>) -> Take + Send + Sync;

impl Layer {
    /// Captures events of this level and above; `LevelFilter::OFF` captures none.
    pub fn occurrences(mut self, from: impl Into<LevelFilter>) -> Self {
        self.occurrences = from.into();
        self
    }

    /// Keeps events of this level and above as breadcrumbs, unless they are captured.
    pub fn breadcrumbs(mut self, from: impl Into<LevelFilter>) -> Self {
        self.breadcrumbs = from.into();
        self
    }

    /// Chooses for each event by what is known of it beforehand, in place of the levels.
    pub fn choose(
        mut self,
        choice: impl Fn(&Metadata<'_>) -> Take + Send + Sync + 'static,
    ) -> Self {
        self.choice = Some(Box::new(choice));
        self
    }

    fn take(&self, metadata: &Metadata<'_>) -> Take {
        match &self.choice {
            Some(choice) => choice(metadata),
            None if *metadata.level() <= self.occurrences => Take::Occurrence,
            None if *metadata.level() <= self.breadcrumbs => Take::Breadcrumb,
            None => Take::Nothing,
        }
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Layer")
            .field("occurrences", &self.occurrences)
            .field("breadcrumbs", &self.breadcrumbs)
            .finish_non_exhaustive()
    }
}

impl<S> tracing_subscriber::Layer<S> for Layer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !client::is_on() || quiet::is_quiet() {
            return;
        }
        let Some(span) = context.span(id) else {
            return;
        };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        // Values may format themselves by looking at spans: nothing is borrowed meanwhile.
        let fields = span.extensions_mut().remove::<Fields>();
        if let Some(mut fields) = fields {
            record.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !client::is_on() || quiet::is_quiet() {
            return;
        }
        // A value that logs while it is formatted would not come to an end.
        quiet::during(|| match self.take(event.metadata()) {
            Take::Occurrence => captured(event, &context),
            Take::Breadcrumb => kept(event),
            Take::Nothing => {}
        });
    }
}

fn captured<S>(event: &Event<'_>, context: &Context<'_, S>)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let mut failure = Failure::default();
    event.record(&mut failure);
    let Failure { error, mut fields } = failure;
    let source = Source::of(event.metadata(), &mut fields);

    let mut occurrence = match (error, fields.message) {
        (Some(error), Some(message)) => error.description(message),
        (Some(error), None) => error,
        (None, Some(message)) => Occurrence::message(Level::Error, message),
        (None, None) => Occurrence::message(Level::Error, format!("event of {}", source.logger)),
    };
    occurrence = occurrence
        .level(level(event.metadata()))
        .logger(source.logger);
    if let Some((file, line)) = source.place {
        occurrence = occurrence.location(file, line);
    }
    for (name, value) in fields.values {
        occurrence = occurrence.custom(name, value);
    }
    let spans = spans(event, context);
    if !spans.is_empty() {
        occurrence = occurrence.custom("spans", spans);
    }
    capture::capture(occurrence);
}

fn kept(event: &Event<'_>) {
    let mut fields = Fields::default();
    event.record(&mut fields);
    let source = Source::of(event.metadata(), &mut fields);
    let message = fields.message.unwrap_or_default();
    let mut breadcrumb =
        Breadcrumb::log(level(event.metadata()), message).with("logger", source.logger);
    for (name, value) in fields.values {
        breadcrumb = breadcrumb.with(name, value);
    }
    scope::add_breadcrumb(breadcrumb);
}

/// The spans around an event, outermost first.
fn spans<S>(event: &Event<'_>, context: &Context<'_, S>) -> Vec<Value>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let Some(scope) = context.event_scope(event) else {
        return Vec::new();
    };
    scope
        .from_root()
        .map(|span| {
            let mut shown = Map::new();
            shown.insert("name".into(), span.name().into());
            shown.insert("target".into(), span.metadata().target().into());
            if let Some(fields) = span.extensions().get::<Fields>() {
                let values = fields.values.iter().cloned();
                let mut values: Map<String, Value> = values
                    .map(|(name, value)| (name.to_owned(), value))
                    .collect();
                if let Some(message) = &fields.message {
                    values.insert("message".into(), json!(message));
                }
                if !values.is_empty() {
                    shown.insert("fields".into(), values.into());
                }
            }
            shown.into()
        })
        .collect()
}

/// Where in the program an event comes from.
struct Source {
    logger: String,
    place: Option<(String, u32)>,
}

impl Source {
    /// What came over from `log` (by `tracing-log`) says in fields what others say beforehand.
    fn of(metadata: &Metadata<'_>, fields: &mut Fields) -> Self {
        let known = Self {
            logger: metadata.target().to_owned(),
            place: metadata.file().map(str::to_owned).zip(metadata.line()),
        };
        if metadata.target() != "log" {
            return known;
        }
        fields.take("log.module_path");
        let logger = fields.take("log.target");
        let (file, line) = (fields.take("log.file"), fields.take("log.line"));
        let file = file.as_ref().and_then(Value::as_str).map(str::to_owned);
        let line = line.as_ref().and_then(Value::as_u64);
        let line = line.and_then(|line| u32::try_from(line).ok());
        Self {
            logger: logger
                .as_ref()
                .and_then(Value::as_str)
                .map_or(known.logger, str::to_owned),
            place: file.zip(line),
        }
    }
}

fn level(metadata: &Metadata<'_>) -> Level {
    match *metadata.level() {
        tracing_core::Level::ERROR => Level::Error,
        tracing_core::Level::WARN => Level::Warning,
        tracing_core::Level::INFO => Level::Info,
        _ => Level::Debug,
    }
}
