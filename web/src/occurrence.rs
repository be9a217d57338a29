//! One occurrence in full, as the pages of an occurrence and of its item show it.

use chrono::{DateTime, Utc};

use crate::{datum::Datum, level::Level};

pub use crate::trace::{FrameView, TraceView};

/// One occurrence in full.
#[derive(Clone, Debug)]
pub struct OccurrenceView {
    /// Our number for it, as in its URL.
    pub id: i64,
    /// The SDK's own name for it.
    pub uuid: Option<String>,
    /// When we received it, by our clock.
    pub received_at: DateTime<Utc>,
    /// When the SDK says it happened.
    pub happened_at: Option<DateTime<Utc>>,
    /// How bad it says it is.
    pub level: Level,
    /// What failed.
    pub body: Body,
    /// The HTTP request during which it happened.
    pub request: Option<RequestView>,
    /// Who it happened to.
    pub person: Option<PersonView>,
    /// Where it happened.
    pub environment: EnvironmentView,
    /// Names and values that the application put on it to find it by.
    pub tags: Vec<(String, String)>,
    /// What the application added.
    pub custom: Option<Datum>,
    /// What happened before, oldest first.
    pub telemetry: Vec<TelemetryView>,
    /// The whole occurrence as stored, as indented JSON; `None` where it is too long for a page.
    pub raw_json: Option<String>,
}

/// What failed.
#[derive(Clone, Debug)]
pub enum Body {
    /// An exception and its causes: first the one that was reported, each next the cause of the
    /// one before.
    Traces(Vec<TraceView>),
    /// A message without a trace.
    Message {
        /// The message, which may have several lines.
        text: String,
        /// What was sent along with it.
        data: Option<Datum>,
    },
    /// A crash report, as text.
    CrashReport(String),
}

/// The HTTP request during which it happened.
#[derive(Clone, Debug, Default)]
pub struct RequestView {
    /// `GET`, `POST`, …
    pub method: Option<String>,
    /// The URL, without secrets.
    pub url: Option<String>,
    /// The address of whoever asked.
    pub client_address: Option<String>,
    /// Parameters that the route took from the path.
    pub params: Option<Datum>,
    /// The query string, or its parameters.
    pub query: Option<Datum>,
    /// The headers.
    pub headers: Option<Datum>,
    /// The fields of a posted form.
    pub form: Option<Datum>,
    /// The body, where it was sent.
    pub body: Option<Datum>,
    /// Whatever else the SDK said of the request.
    pub extra: Option<Datum>,
}

/// Who it happened to.
#[derive(Clone, Debug, Default)]
pub struct PersonView {
    /// The application's id for them.
    pub id: Option<String>,
    /// Their name.
    pub username: Option<String>,
    /// Their mail address.
    pub email: Option<String>,
    /// Whatever else was said of them.
    pub extra: Option<Datum>,
}

/// Where it happened.
#[derive(Clone, Debug, Default)]
pub struct EnvironmentView {
    /// `production`, …
    pub environment: String,
    /// The version of the application.
    pub code_version: Option<String>,
    /// The name of the machine.
    pub host: Option<String>,
    /// `linux`, `browser`, `android`, …
    pub platform: Option<String>,
    /// The language, with its version where known.
    pub language: Option<String>,
    /// The framework.
    pub framework: Option<String>,
    /// The browser or runtime.
    pub browser: Option<String>,
    /// The operating system.
    pub os: Option<String>,
    /// The folder the application runs in.
    pub root: Option<String>,
    /// The branch of the code.
    pub branch: Option<String>,
    /// The SDK and its version.
    pub sdk: Option<String>,
    /// Whatever else was said of the server or client.
    pub extra: Option<Datum>,
}

/// Something that happened before the occurrence.
#[derive(Clone, Debug)]
pub struct TelemetryView {
    /// When.
    pub at: Option<DateTime<Utc>>,
    /// How bad.
    pub level: Option<Level>,
    /// `log`, `network`, `dom`, `navigation`, `error`, `manual`, …
    pub kind: String,
    /// One line that says what happened.
    pub text: String,
    /// What else was said.
    pub detail: Option<Datum>,
}

impl OccurrenceView {
    /// The exception chain; empty for messages and crash reports.
    pub(crate) fn traces(&self) -> &[TraceView] {
        match &self.body {
            Body::Traces(traces) => traces,
            Body::Message { .. } | Body::CrashReport(_) => &[],
        }
    }

    /// The sections that there are, by anchor and heading, for the list of contents.
    pub(crate) fn sections(&self) -> Vec<(&'static str, &'static str)> {
        let body = match self.body {
            Body::Traces(_) => ("trace", "Trace"),
            Body::Message { .. } => ("message", "Message"),
            Body::CrashReport(_) => ("crash-report", "Crash report"),
        };
        let mut sections = vec![body];
        if self.request.is_some() {
            sections.push(("request", "Request"));
        }
        if self.person.is_some() {
            sections.push(("person", "Person"));
        }
        if !self.telemetry.is_empty() {
            sections.push(("telemetry", "Telemetry"));
        }
        if self
            .custom
            .as_ref()
            .is_some_and(|custom| !custom.is_empty())
        {
            sections.push(("custom", "Custom data"));
        }
        if !self.tags.is_empty() {
            sections.push(("tags", "Tags"));
        }
        sections.extend([("environment", "Environment"), ("raw", "Raw")]);
        sections
    }
}

impl RequestView {
    /// The parts of the request that have something to show, by name.
    pub(crate) fn parts(&self) -> Vec<(&'static str, &Datum)> {
        [
            ("Query", &self.query),
            ("Form", &self.form),
            ("Body", &self.body),
            ("Route", &self.params),
            ("Headers", &self.headers),
            ("More", &self.extra),
        ]
        .into_iter()
        .filter_map(|(name, datum)| Some((name, datum.as_ref()?)))
        .filter(|(_, datum)| !datum.is_empty())
        .collect()
    }
}

impl PersonView {
    /// What is known of them, by name.
    pub(crate) fn facts(&self) -> Vec<(&'static str, &str)> {
        [
            ("Id", &self.id),
            ("Name", &self.username),
            ("Mail", &self.email),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .collect()
    }
}

impl EnvironmentView {
    /// What is known of where it happened, by name.
    pub(crate) fn facts(&self) -> Vec<(&'static str, &str)> {
        let mut facts = vec![("Environment", self.environment.as_str())];
        let known = [
            ("Code version", &self.code_version),
            ("Host", &self.host),
            ("Platform", &self.platform),
            ("Language", &self.language),
            ("Framework", &self.framework),
            ("Browser", &self.browser),
            ("System", &self.os),
            ("Folder", &self.root),
            ("Branch", &self.branch),
            ("SDK", &self.sdk),
        ];
        facts.extend(
            known
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_deref()?))),
        );
        facts
    }
}
