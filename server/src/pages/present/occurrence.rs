//! One occurrence in full.

use rollcage_web::{
    Datum,
    occurrence::{
        AttachmentView, Body as BodyView, ContextView, EnvironmentView, FeedbackView,
        OccurrenceView, PersonView, RequestView, TemplateView, ThreadView,
    },
};

use super::{crumb::crumb, datum, entries, frame, level, named, object, owned, plain};
use crate::{
    model::{
        json::Node,
        occurrence::{Body, Message, Occurrence, Person, Request, Thread},
    },
    protocol::rollbar,
    store::occurrences::OccurrenceRow,
};

/// Bytes of JSON beyond which a page only links to it.
const RAW_MAX_BYTES: usize = 200 << 10;

/// Under which Sentry's messages keep what the logger put into their template.
const PARAMETERS: &str = "params";

/// A whole occurrence, with what belongs to it.
pub fn occurrence(
    row: &OccurrenceRow,
    occurrence: Occurrence<'_>,
    feedback: Vec<FeedbackView>,
    attachments: Vec<AttachmentView>,
) -> OccurrenceView {
    let raw =
        serde_json::to_string_pretty(&rollbar::payload(&occurrence)).expect("a payload is plain");
    let environment = environment(&occurrence);
    let platform = occurrence
        .language
        .as_deref()
        .or(occurrence.platform.as_deref())
        .and_then(|language| language.split_whitespace().next());
    let platform = platform.map(str::to_ascii_lowercase);
    let platform = platform.as_deref();
    OccurrenceView {
        id: row.id.0,
        uuid: Some(row.uuid.to_string()),
        received_at: row.received_at,
        happened_at: row.happened_at,
        level: level(row.level),
        handled: occurrence.handled,
        logger: owned(occurrence.logger),
        body: body(occurrence.body, platform),
        request: occurrence.request.map(request),
        person: occurrence.person.map(person),
        environment,
        tags: named(occurrence.tags, plain),
        contexts: occurrence
            .contexts
            .into_iter()
            .map(|(name, value)| context(name.into_owned(), value))
            .collect(),
        custom: object(occurrence.custom),
        crumbs: occurrence.telemetry.into_iter().map(crumb).collect(),
        threads: occurrence
            .threads
            .into_iter()
            .map(|one| thread(one, platform))
            .collect(),
        modules: named(occurrence.modules, plain),
        feedback,
        attachments,
        raw_json: (raw.len() <= RAW_MAX_BYTES).then_some(raw),
    }
}

fn body(body: Body<'_>, platform: Option<&str>) -> BodyView {
    match body {
        Body::Traces(traces) => BodyView::Traces(
            traces
                .into_iter()
                .map(|one| frame::trace(one, platform))
                .collect(),
        ),
        Body::Message(message) => message_body(message, platform),
        Body::CrashReport(raw) => BodyView::CrashReport(raw.into_owned()),
    }
}

fn message_body(mut message: Message<'_>, platform: Option<&str>) -> BodyView {
    let template = message
        .template
        .filter(|template| *template != message.text)
        .map(|text| TemplateView {
            text: text.into_owned(),
            parameters: message.extra.take(PARAMETERS).map(datum),
        });
    BodyView::Message {
        text: message.text.into_owned(),
        data: object(message.extra),
        template,
        frames: frame::frames(message.frames, platform),
    }
}

fn context(name: String, value: Node<'_>) -> ContextView {
    let entries = match value {
        Node::Object(map) => entries(map),
        other => vec![("value".to_owned(), datum(other))],
    };
    ContextView { name, entries }
}

fn thread(thread: Thread<'_>, platform: Option<&str>) -> ThreadView {
    ThreadView {
        id: owned(thread.id),
        name: owned(thread.name),
        is_crashed: thread.crashed,
        is_current: thread.current,
        frames: frame::frames(thread.frames, platform),
        extra: object(thread.extra),
    }
}

fn request(request: Request<'_>) -> RequestView {
    let query = object(request.get).or_else(|| request.query_string.map(Datum::text));
    RequestView {
        method: owned(request.method),
        url: owned(request.url),
        client_address: owned(request.user_ip),
        params: object(request.params),
        query,
        headers: object(request.headers),
        form: object(request.post),
        body: (!request.body.is_null()).then(|| datum(request.body)),
        extra: object(request.extra),
    }
}

fn person(person: Person<'_>) -> PersonView {
    PersonView {
        id: owned(person.id),
        username: owned(person.username),
        email: owned(person.email),
        extra: object(person.extra),
    }
}

fn environment(occurrence: &Occurrence<'_>) -> EnvironmentView {
    let of_server = |key: &str| {
        let value = occurrence.server.get(key).and_then(Node::as_str);
        value.map(str::to_owned)
    };
    let javascript = occurrence
        .client
        .get("javascript")
        .and_then(Node::as_object);
    let sdk = occurrence.notifier.as_ref().and_then(|notifier| {
        let name = notifier.name.as_ref()?;
        let version = notifier.version.as_ref();
        Some(version.map_or_else(|| name.to_string(), |version| format!("{name} {version}")))
    });
    let shown = ["host", "root", "branch"];
    let mut extra = occurrence.server.clone();
    extra.retain(|key, _| !shown.contains(&key));
    for (name, value) in [
        ("context", &occurrence.context),
        ("title", &occurrence.title),
    ] {
        if let Some(value) = value {
            extra.insert(name, value.clone());
        }
    }
    for (name, map) in [("client", &occurrence.client), ("more", &occurrence.extra)] {
        if !map.is_empty() {
            extra.insert(name, map.clone());
        }
    }
    EnvironmentView {
        environment: occurrence.environment.to_string(),
        code_version: owned(occurrence.code_version.clone()),
        host: of_server("host"),
        platform: owned(occurrence.platform.clone()),
        language: owned(occurrence.language.clone()),
        framework: owned(occurrence.framework.clone()),
        browser: javascript
            .and_then(|javascript| javascript.get("browser"))
            .and_then(Node::as_str)
            .map(str::to_owned),
        os: None,
        root: of_server("root"),
        branch: of_server("branch"),
        sdk,
        extra: object(extra),
    }
}
