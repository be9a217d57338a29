//! One report of one failure, in our own shape, whichever SDK sent it.
//!
//! The protocols build it, `scrub` cleans it, the journal and Postgres keep it as JSON, and pages
//! and API read it back. Its JSON is stored for as long as occurrences are kept: fields may be
//! added, and a name that was used once keeps its meaning.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{id::OccurrenceUuid, text::Environment};

/// One report of one failure, as sent by an SDK.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    /// The SDK's UUID, or ours where it sent none that can be read.
    pub uuid: OccurrenceUuid,
    /// When the SDK says it happened. Only shown: clocks of clients are wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub happened_at: Option<DateTime<Utc>>,
    /// How bad.
    pub level: Level,
    /// Where: `production`, `staging`.
    pub environment: Environment,
    /// The title that the application gave; none for most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The fingerprint that the application gave, as its parts; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fingerprint: Vec<String>,
    /// Route, job or transaction: `/cart/<sku>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// `linux`, `browser`, a whole `uname` line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// `python 3.11.2`, `javascript`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// `flask`, `node-js`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<String>,
    /// The version of the application's code: a release or a revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_version: Option<String>,
    /// The SDK's name and version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifier: Option<Notifier>,
    /// What went wrong.
    pub body: Body,
    /// The web request during which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request>,
    /// Whom it happened to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// The machine or process: `host`, `root`, `branch` and whatever else was sent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub server: Map<String, Value>,
    /// The browser or device, as sent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub client: Map<String, Value>,
    /// The application's own data.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub custom: Map<String, Value>,
    /// What happened before, oldest first, as sent: Rollbar's telemetry, Sentry's breadcrumbs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub telemetry: Vec<Value>,
    /// Short names and values that the application wants to search by.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub tags: Map<String, Value>,
    /// What surrounded it: `browser`, `os`, `device`, `runtime`, `app`, `trace` and the
    /// application's own, each an object.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub contexts: Map<String, Value>,
    /// Installed packages, each with its version.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub modules: Map<String, Value>,
    /// The threads of the process, as far as they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<Thread>,
    /// The logger's name: `shop.billing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logger: Option<String>,
    /// Whether the application caught it, where the SDK says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
    /// Whatever else was sent beside the known fields.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

impl Occurrence {
    /// An occurrence of which nothing is known but what went wrong.
    pub fn new(uuid: OccurrenceUuid, body: Body) -> Self {
        Self {
            uuid,
            happened_at: None,
            level: Level::default(),
            environment: Environment::default(),
            title: None,
            fingerprint: Vec::new(),
            context: None,
            platform: None,
            language: None,
            framework: None,
            code_version: None,
            notifier: None,
            body,
            request: None,
            person: None,
            server: Map::new(),
            client: Map::new(),
            custom: Map::new(),
            telemetry: Vec::new(),
            tags: Map::new(),
            contexts: Map::new(),
            modules: Map::new(),
            threads: Vec::new(),
            logger: None,
            handled: None,
            extra: Map::new(),
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Exceptions: the reported (outermost) one first, its cause next, and so on. Never empty.
    Traces(Vec<Trace>),
    /// A message without an exception.
    Message(Message),
    /// A crash report of a device, as text.
    CrashReport(String),
}

/// A message that was reported, and its stack where one was sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The text as a person reads it.
    pub text: String,
    /// The logger's template, `user %s not found`, where it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Where it was reported from, oldest call first, where the SDK sent a stack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// Whatever was sent beside the text.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// One exception with its stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace {
    /// `KeyError`; none for a thrown text or an unknown class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The package or module of the class, where it was sent apart: `sqlalchemy.exc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The exception's text; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The sentence of whoever reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The stack, oldest call first: the last frame is where the exception was raised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// How it was captured, and which exception of a group it is: Sentry's `mechanism`, as sent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub mechanism: Map<String, Value>,
    /// Whatever else was sent with the trace.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// One thread of the process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Thread {
    /// Its id, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether it is the one that failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crashed: bool,
    /// Whether it is the one that reported.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub current: bool,
    /// Its stack, oldest call first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// Whatever else was sent: state, priority, held locks.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// One line of a stack trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// File, URL or module path, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The whole path or URL, where it was sent beside a shorter `filename`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Module or package of the function, where it was sent apart: `shop.billing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The binary or archive that holds the code, where it was sent: `libshop.so`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The instruction's address in native code, as sent: `0x7f3a…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The function that contains the line, as sent; none at module level or where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The class of the function, where it was sent apart (Java).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_name: Option<String>,
    /// Line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column as sent: from 0 or 1, depending on the SDK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The line's source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The lines before it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pre: Vec<String>,
    /// The lines after it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post: Vec<String>,
    /// Names of positional arguments, in order; their values are in `locals`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<String>,
    /// Values of arguments, where only those were sent (PHP).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argument_values: Vec<Value>,
    /// Local variables.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub locals: Map<String, Value>,
    /// What the SDK says of the frame: the application's own code or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
}

/// The web request during which it happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The whole address, with its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `GET`, `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Headers, names as sent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub headers: Map<String, Value>,
    /// The query, where it was sent apart from the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_string: Option<String>,
    /// Parameters of the query.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub get: Map<String, Value>,
    /// Parameters of the form.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub post: Map<String, Value>,
    /// Parameters of the route.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Value>,
    /// The body: text, or what it was parsed to.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub body: Value,
    /// The address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_ip: Option<String>,
    /// Cookies, session, files and whatever else was sent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// Whom it happened to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The application's id of the person, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The name they are known by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// Their mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whatever else was sent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// The SDK that reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notifier {
    /// `pyrollbar`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `1.5.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

/// How bad an occurrence is; ordered, `Debug` least.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    sqlx::Type,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
#[expect(missing_docs, reason = "the field's own words")]
pub enum Level {
    Debug,
    Info,
    Warning,
    #[default]
    Error,
    Critical,
}

impl Level {
    /// All of them, worst first: the order in which people choose.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::Error,
        Self::Warning,
        Self::Info,
        Self::Debug,
    ];

    /// The word for it, as in Rollbar's protocol.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    /// The level of that name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str().eq_ignore_ascii_case(name))
    }

    /// Rollbar's number for it: 10 for debug to 50 for critical.
    pub fn number(self) -> i32 {
        (self as i32 + 1) * 10
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
