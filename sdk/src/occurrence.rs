//! An occurrence, before it is captured.

use std::{borrow::Cow, error::Error, panic::Location};

use serde_json::{Map, Value};

use crate::{Level, class, text};

/// Longest text of an error or message that is kept.
const TEXT_MAX_BYTES: usize = 64 * 1024;
/// Most errors of a chain. Longer ones are circular, or made by something that is.
const CHAIN_MAX: usize = 32;

/// One report, put together by hand: for what [`capture_error`](crate::capture_error) and
/// [`capture_message`](crate::capture_message) do not say.
///
/// ```
/// use rollcage::{Level, Occurrence};
///
/// let error = "x".parse::<u16>().unwrap_err();
/// rollcage::capture(
///     Occurrence::error(&error)
///         .level(Level::Warning)
///         .custom("line", 3)
///         .without_backtrace(),
/// );
/// ```
#[derive(Debug)]
#[must_use = "`capture` takes it"]
pub struct Occurrence {
    pub(crate) body: Body,
    pub(crate) level: Level,
    pub(crate) custom: Map<String, Value>,
    pub(crate) context: Option<String>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) title: Option<String>,
    /// What whoever reports the error says about it.
    pub(crate) description: Option<String>,
    pub(crate) framework: Option<String>,
    pub(crate) location: Option<Place>,
    /// None where the options decide.
    pub(crate) backtrace: Option<bool>,
    /// A backtrace of the error's own, as std displays it.
    pub(crate) own_backtrace: Option<String>,
}

/// What is reported.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// An error and its causes, the reported one first.
    Error(Vec<Link>),
    Message(String),
    Panic(String),
}

/// An error of a chain.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) class: String,
    pub(crate) message: String,
}

/// Where in the sources.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: Cow<'static, str>,
    pub(crate) line: u32,
    pub(crate) column: Option<u32>,
}

impl From<&'static Location<'static>> for Place {
    fn from(location: &'static Location<'static>) -> Self {
        Self {
            file: location.file().into(),
            line: location.line(),
            column: Some(location.column()),
        }
    }
}

impl Occurrence {
    /// An error with all its causes, of the level `error`.
    #[track_caller]
    pub fn error<E: Error + ?Sized>(error: &E) -> Self {
        Self::chain(class::of(error), error)
    }

    /// The same, where the type is not known.
    #[cfg(any(feature = "tower", feature = "tracing"))]
    #[track_caller]
    pub(crate) fn dyn_error(error: &(dyn Error + 'static)) -> Self {
        Self::chain(class::of_dyn(error), error)
    }

    #[track_caller]
    fn chain<E: Error + ?Sized>(class: String, error: &E) -> Self {
        let mut chain = vec![Link {
            class,
            message: display(error),
        }];
        let mut cause = error.source();
        while let Some(error) = cause
            && chain.len() < CHAIN_MAX
        {
            chain.push(Link {
                class: class::of_dyn(error),
                message: display(error),
            });
            cause = error.source();
        }
        Self::new(Body::Error(chain), Level::Error, Location::caller().into())
    }

    /// A text, without a backtrace.
    #[track_caller]
    pub fn message(level: Level, message: impl Into<String>) -> Self {
        let mut message = message.into();
        text::cut(&mut message, TEXT_MAX_BYTES);
        Self::new(Body::Message(message), level, Location::caller().into()).without_backtrace()
    }

    /// A panic that somebody caught: what [`std::thread::JoinHandle::join`] and tokio's
    /// `JoinError` give. The panic hook has captured it already where it is installed.
    #[track_caller]
    pub fn panic(message: impl Into<String>) -> Self {
        let mut message = message.into();
        text::cut(&mut message, TEXT_MAX_BYTES);
        let place = Location::caller().into();
        Self::new(Body::Panic(message), Level::Critical, place)
    }

    fn new(body: Body, level: Level, location: Place) -> Self {
        Self {
            body,
            level,
            custom: Map::new(),
            context: None,
            fingerprint: None,
            title: None,
            description: None,
            framework: None,
            location: Some(location),
            backtrace: None,
            own_backtrace: None,
        }
    }

    /// As bad as that.
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// With a value of custom data of its own.
    pub fn custom(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.custom.insert(key.into(), value.into());
        self
    }

    /// With the name of what logged it, as `logger` in the custom data.
    pub fn logger(self, name: impl Into<String>) -> Self {
        self.custom("logger", name.into())
    }

    /// Where in the application: a route, a job.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into());
        self
    }

    /// What it is grouped by.
    pub fn fingerprint(mut self, fingerprint: impl Into<String>) -> Self {
        self.fingerprint = Some(fingerprint.into());
        self
    }

    /// Its title.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// What is to be said about the error beside its own text: `cannot show the order`.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        let mut description = description.into();
        text::cut(&mut description, TEXT_MAX_BYTES);
        self.description = Some(description);
        self
    }

    /// What the application is built on.
    pub fn framework(mut self, framework: impl Into<String>) -> Self {
        self.framework = Some(framework.into());
        self
    }

    /// Where in the sources, in place of where it was made.
    pub fn location(mut self, file: impl Into<Cow<'static, str>>, line: u32) -> Self {
        self.location = Some(Place {
            file: file.into(),
            line,
            column: None,
        });
        self
    }

    /// With a backtrace of where it is captured, whatever the options say. A message keeps none.
    pub fn with_backtrace(mut self) -> Self {
        self.backtrace = Some(true);
        self
    }

    /// Without a backtrace.
    pub fn without_backtrace(mut self) -> Self {
        self.backtrace = Some(false);
        self
    }

    /// With the backtrace that the error itself carries.
    #[cfg(any(feature = "anyhow", feature = "eyre"))]
    pub(crate) fn own_backtrace(mut self, displayed: String) -> Self {
        self.own_backtrace = Some(displayed);
        self
    }

    /// About how much memory it takes.
    pub(crate) fn bytes(&self) -> usize {
        let body = match &self.body {
            Body::Error(chain) => chain
                .iter()
                .map(|link| link.class.len() + link.message.len() + size_of::<Link>())
                .sum(),
            Body::Message(text) | Body::Panic(text) => text.len(),
        };
        let custom = self.custom.iter();
        size_of::<Self>()
            + body
            + self.own_backtrace.as_ref().map_or(0, String::len)
            + self.description.as_ref().map_or(0, String::len)
            + custom
                .map(|(key, value)| key.len() + text::json_bytes(value))
                .sum::<usize>()
    }
}

fn display<E: Error + ?Sized>(error: &E) -> String {
    text::write_head(format_args!("{error}"), TEXT_MAX_BYTES)
}
