//! One report of one failure, in our own shape, whichever SDK sent it.
//!
//! The protocols build it, `scrub` cleans it, the journal and Postgres keep it as JSON, and pages
//! and API read it back. Its JSON is stored for as long as occurrences are kept: fields may be
//! added, and a name that was used once keeps its meaning.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    id::OccurrenceUuid,
    json::{Fields, Node, Text},
    text::Environment,
};

/// One report of one failure, as sent by an SDK.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occurrence<'t> {
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
    pub title: Option<Text<'t>>,
    /// The fingerprint that the application gave, as its parts; empty for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fingerprint: Vec<Text<'t>>,
    /// Route, job or transaction: `/cart/<sku>`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Text<'t>>,
    /// `linux`, `browser`, a whole `uname` line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Text<'t>>,
    /// `python 3.11.2`, `javascript`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Text<'t>>,
    /// `flask`, `node-js`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub framework: Option<Text<'t>>,
    /// The version of the application's code: a release or a revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_version: Option<Text<'t>>,
    /// The SDK's name and version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notifier: Option<Notifier<'t>>,
    /// What went wrong.
    pub body: Body<'t>,
    /// The web request during which it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Request<'t>>,
    /// Whom it happened to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person<'t>>,
    /// The machine or process: `host`, `root`, `branch` and whatever else was sent.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub server: Fields<'t>,
    /// The browser or device, as sent.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub client: Fields<'t>,
    /// The application's own data.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub custom: Fields<'t>,
    /// What happened before, oldest first, as sent: Rollbar's telemetry, Sentry's breadcrumbs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub telemetry: Vec<Node<'t>>,
    /// Short names and values that the application wants to search by.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub tags: Fields<'t>,
    /// What surrounded it: `browser`, `os`, `device`, `runtime`, `app`, `trace` and the
    /// application's own, each an object.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub contexts: Fields<'t>,
    /// Installed packages, each with its version.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub modules: Fields<'t>,
    /// The threads of the process, as far as they were sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub threads: Vec<Thread<'t>>,
    /// The logger's name: `shop.billing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logger: Option<Text<'t>>,
    /// Whether the application caught it, where the SDK says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
    /// Whatever else was sent beside the known fields.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields<'t>,
}

impl<'t> Occurrence<'t> {
    /// An occurrence of which nothing is known but what went wrong.
    pub fn new(uuid: OccurrenceUuid, body: Body<'t>) -> Self {
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
            server: Fields::new(),
            client: Fields::new(),
            custom: Fields::new(),
            telemetry: Vec::new(),
            tags: Fields::new(),
            contexts: Fields::new(),
            modules: Fields::new(),
            threads: Vec::new(),
            logger: None,
            handled: None,
            extra: Fields::new(),
        }
    }
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body<'t> {
    /// Exceptions: the reported (outermost) one first, its cause next, and so on. Never empty.
    Traces(Vec<Trace<'t>>),
    /// A message without an exception.
    Message(Message<'t>),
    /// A crash report of a device, as text.
    CrashReport(Text<'t>),
}

/// A message that was reported, and its stack where one was sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Message<'t> {
    /// The text as a person reads it.
    pub text: Text<'t>,
    /// The logger's template, `user %s not found`, where it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Text<'t>>,
    /// Where it was reported from, oldest call first, where the SDK sent a stack.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame<'t>>,
    /// Whatever was sent beside the text.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields<'t>,
}

/// One exception with its stack.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trace<'t> {
    /// `KeyError`; none for a thrown text or an unknown class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<Text<'t>>,
    /// The package or module of the class, where it was sent apart: `sqlalchemy.exc`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<Text<'t>>,
    /// The exception's text; may be empty.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub message: Text<'t>,
    /// The sentence of whoever reported it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Text<'t>>,
    /// The stack, oldest call first: the last frame is where the exception was raised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame<'t>>,
    /// How it was captured, and which exception of a group it is: Sentry's `mechanism`, as sent.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub mechanism: Fields<'t>,
    /// Whatever else was sent with the trace.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields<'t>,
}

/// One thread of the process.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Thread<'t> {
    /// Its id, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text<'t>>,
    /// Its name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'t>>,
    /// Whether it is the one that failed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub crashed: bool,
    /// Whether it is the one that reported.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub current: bool,
    /// Its stack, oldest call first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame<'t>>,
    /// Whatever else was sent: state, priority, held locks.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields<'t>,
}

/// One line of a stack trace.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Frame<'t> {
    /// File, URL or module path, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<Text<'t>>,
    /// The whole path or URL, where it was sent beside a shorter `filename`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<Text<'t>>,
    /// Module or package of the function, where it was sent apart: `shop.billing`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<Text<'t>>,
    /// The binary or archive that holds the code, where it was sent: `libshop.so`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<Text<'t>>,
    /// The instruction's address in native code, as sent: `0x7f3a…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Text<'t>>,
    /// The function that contains the line, as sent; none at module level or where unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Text<'t>>,
    /// The class of the function, where it was sent apart (Java).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_name: Option<Text<'t>>,
    /// Line, counted from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column as sent: from 0 or 1, depending on the SDK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The line's source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text<'t>>,
    /// The lines before it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pre: Vec<Text<'t>>,
    /// The lines after it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub post: Vec<Text<'t>>,
    /// Names of positional arguments, in order; their values are in `locals`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<Text<'t>>,
    /// Values of arguments, where only those were sent (PHP).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub argument_values: Vec<Node<'t>>,
    /// Local variables.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub locals: Fields<'t>,
    /// What the SDK says of the frame: the application's own code or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
}

/// The web request during which it happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Request<'t> {
    /// The whole address, with its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Text<'t>>,
    /// `GET`, `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<Text<'t>>,
    /// Headers, names as sent.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub headers: Fields<'t>,
    /// The query, where it was sent apart from the URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_string: Option<Text<'t>>,
    /// Parameters of the query.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub get: Fields<'t>,
    /// Parameters of the form.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub post: Fields<'t>,
    /// Parameters of the route.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub params: Fields<'t>,
    /// The body: text, or what it was parsed to.
    #[serde(default, skip_serializing_if = "Node::is_null")]
    pub body: Node<'t>,
    /// The address of the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_ip: Option<Text<'t>>,
    /// Cookies, session, files and whatever else was sent.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields<'t>,
}

/// Whom it happened to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Person<'t> {
    /// The application's id of the person, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text<'t>>,
    /// The name they are known by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<Text<'t>>,
    /// Their mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Text<'t>>,
    /// Whatever else was sent.
    #[serde(default, skip_serializing_if = "Fields::is_empty")]
    pub extra: Fields<'t>,
}

/// The SDK that reported.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Notifier<'t> {
    /// `pyrollbar`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<'t>>,
    /// `1.5.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Text<'t>>,
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
