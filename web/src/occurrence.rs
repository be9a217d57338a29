//! One occurrence in full, as the pages of an occurrence and of its item show it.

use chrono::{DateTime, Utc};

use crate::{
    crumb::Timeline,
    datum::Datum,
    format,
    level::Level,
    trace::chain::{self, Link},
};

pub use crate::{
    belongings::{AttachmentView, FeedbackView},
    context::ContextView,
    crumb::{Crumb, CrumbKind},
    thread::ThreadView,
    trace::{FrameView, Mechanism, TraceView},
};

/// Characters of what failed in the line that ends the timeline.
const WHAT_MAX_CHARS: usize = 200;

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
    /// Whether the application caught it itself, where the SDK says so.
    pub handled: Option<bool>,
    /// The logger that it came through: `shop.billing`.
    pub logger: Option<String>,
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
    /// What surrounded it: browser, system, device, and the application's own.
    pub contexts: Vec<ContextView>,
    /// What the application added.
    pub custom: Option<Datum>,
    /// What happened before, oldest first.
    pub crumbs: Vec<Crumb>,
    /// The threads of the process, as far as they were sent.
    pub threads: Vec<ThreadView>,
    /// Installed packages, each with its version.
    pub modules: Vec<(String, String)>,
    /// What people say about it, newest first.
    pub feedback: Vec<FeedbackView>,
    /// The files that came with it.
    pub attachments: Vec<AttachmentView>,
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
        /// What the logger made it of, where that was sent.
        template: Option<TemplateView>,
        /// Where it was reported from, oldest call first; empty where no stack was sent.
        frames: Vec<FrameView>,
    },
    /// A crash report, as text.
    CrashReport(String),
}

/// What a logger made a message of.
#[derive(Clone, Debug)]
pub struct TemplateView {
    /// `user %s not found`.
    pub text: String,
    /// What it put in: a list, or an object where they have names.
    pub parameters: Option<Datum>,
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

impl OccurrenceView {
    /// The exception chain, each with how it hangs on the others; empty for messages and crash
    /// reports.
    pub(crate) fn chain(&self) -> Vec<Link<'_>> {
        match &self.body {
            Body::Traces(traces) => chain::of(traces),
            Body::Message { .. } | Body::CrashReport(_) => Vec::new(),
        }
    }

    /// What happened before.
    pub(crate) fn timeline(&self) -> Timeline<'_> {
        Timeline::of(&self.crumbs)
    }

    /// When it happened, for telling what was how long before: by the sender's clock, as the times
    /// of what happened before are.
    pub(crate) fn error_at(&self) -> &DateTime<Utc> {
        self.happened_at.as_ref().unwrap_or(&self.received_at)
    }

    /// What failed, in a line.
    pub(crate) fn what(&self) -> String {
        let text = match &self.body {
            Body::Traces(traces) => {
                let Some(trace) = traces.first() else {
                    return String::new();
                };
                let message = format::first_line(&trace.message);
                match (trace.class.as_str(), message) {
                    (class, "") => class.to_owned(),
                    ("", message) => message.to_owned(),
                    (class, message) => format!("{class}: {message}"),
                }
            }
            Body::Message { text, .. } | Body::CrashReport(text) => {
                format::first_line(text).to_owned()
            }
        };
        format::cut(&text, WHAT_MAX_CHARS)
    }

    /// The surroundings that can be said in a few words, for the top of the page.
    pub(crate) fn glances(&self) -> Vec<(&ContextView, String)> {
        self.contexts
            .iter()
            .filter_map(|context| Some((context, context.summary()?)))
            .collect()
    }

    /// `118 modules`
    pub(crate) fn modules_text(&self) -> String {
        let number = i64::try_from(self.modules.len()).unwrap_or(i64::MAX);
        format::counted(number, "module", "modules")
    }

    /// Whether the application did not catch it.
    pub(crate) fn is_unhandled(&self) -> bool {
        self.handled == Some(false)
    }

    /// The sections that there are, by anchor and heading, for the list of contents.
    pub(crate) fn sections(&self) -> Vec<(&'static str, &'static str)> {
        let body = match self.body {
            Body::Traces(_) => ("trace", "Trace"),
            Body::Message { .. } => ("message", "Message"),
            Body::CrashReport(_) => ("crash-report", "Crash report"),
        };
        let has_custom = self.custom.as_ref().is_some_and(|data| !data.is_empty());
        [
            (!self.tags.is_empty(), ("tags", "Tags")),
            (true, body),
            (!self.feedback.is_empty(), ("feedback", "Feedback")),
            (!self.crumbs.is_empty(), ("before", "What happened before")),
            (self.request.is_some(), ("request", "Request")),
            (self.person.is_some(), ("person", "Person")),
            (!self.contexts.is_empty(), ("contexts", "Contexts")),
            (has_custom, ("custom", "Custom data")),
            (!self.attachments.is_empty(), ("attachments", "Attachments")),
            (!self.threads.is_empty(), ("threads", "Threads")),
            (true, ("environment", "Environment")),
            (!self.modules.is_empty(), ("modules", "Modules")),
            (true, ("raw", "Raw")),
        ]
        .into_iter()
        .filter_map(|(is_there, section)| is_there.then_some(section))
        .collect()
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
