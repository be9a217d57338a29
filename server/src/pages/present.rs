//! From what is stored to what pages show.

use chrono::{DateTime, TimeDelta, Utc};
use rollcage_web::{
    Datum, MailProgress, Offer, PendingInvitation, Role as RoleView,
    occurrence::{
        Body as BodyView, EnvironmentView, FrameView, OccurrenceView, PersonView, RequestView,
        TelemetryView, TraceView,
    },
};
use serde_json::{Map, Value};

use crate::{
    model::{
        hour::{day_of, hour_of},
        item::Status,
        occurrence::{Body, Frame, Level, Occurrence, Person, Request, Trace},
        own,
        project::Role,
    },
    protocol::{rollbar, time},
    store::{
        invitations::{Invitation, Place, Sending},
        occurrences::OccurrenceRow,
    },
};

/// Bars of a chart of hours.
const HOURS: i64 = 24;
/// Bars of a chart of days.
const DAYS: i64 = 30;
/// Bytes of JSON beyond which a page only links to it.
const RAW_MAX_BYTES: usize = 200 << 10;

/// A role, as pages show it.
pub fn role(role: Role) -> RoleView {
    match role {
        Role::Viewer => RoleView::Viewer,
        Role::Member => RoleView::Member,
        Role::Owner => RoleView::Owner,
    }
}

/// What somebody is invited to; `project` is the project's name.
pub fn offer(place: Place, project: &str) -> Offer {
    match place {
        Place::Project(_, given) => Offer::Project {
            name: project.to_owned(),
            role: role(given),
        },
        Place::Instance { is_admin } => Offer::Instance { is_admin },
    }
}

/// An invitation that was not accepted yet.
pub fn invitation(invitation: Invitation, project: &str) -> PendingInvitation {
    let mail = match invitation.mail {
        Sending {
            sent_at: Some(at), ..
        } => MailProgress::Sent { at },
        Sending {
            failed_at: Some(_),
            error,
            ..
        } => MailProgress::Failed {
            error: error.unwrap_or_default(),
        },
        Sending {
            error: Some(error), ..
        } => MailProgress::Retrying { error },
        Sending { error: None, .. } => MailProgress::Waiting,
    };
    PendingInvitation {
        id: invitation.id.0,
        offer: offer(invitation.place, project),
        email: invitation.email,
        invited_by: invitation.invited_by,
        mail,
        expires_at: invitation.expires_at,
    }
}

/// The hour of the first bar of a chart of hours that ends at `now`.
pub fn first_hour(now: DateTime<Utc>) -> DateTime<Utc> {
    hour_of(now) - TimeDelta::hours(HOURS - 1)
}

/// The day of the first bar of a chart of days that ends at `now`.
pub fn first_day(now: DateTime<Utc>) -> DateTime<Utc> {
    day_of(now) - TimeDelta::days(DAYS - 1)
}

/// 24 counts, oldest first, of `(hour, occurrences)`.
pub fn per_hour(
    counts: impl Iterator<Item = (DateTime<Utc>, i64)>,
    now: DateTime<Utc>,
) -> Vec<i64> {
    let first = first_hour(now);
    spread(counts, HOURS, |at| (hour_of(at) - first).num_hours())
}

/// 30 counts, oldest first, of `(hour, occurrences)`.
pub fn per_day(counts: impl Iterator<Item = (DateTime<Utc>, i64)>, now: DateTime<Utc>) -> Vec<i64> {
    let first = first_day(now);
    spread(counts, DAYS, |at| (day_of(at) - first).num_days())
}

fn spread(
    counts: impl Iterator<Item = (DateTime<Utc>, i64)>,
    bars: i64,
    place: impl Fn(DateTime<Utc>) -> i64,
) -> Vec<i64> {
    let mut spread = vec![0; usize::try_from(bars).unwrap_or(0)];
    for (at, count) in counts {
        if let Some(bar) = usize::try_from(place(at))
            .ok()
            .and_then(|place| spread.get_mut(place))
        {
            *bar += count;
        }
    }
    spread
}

/// A level, as pages show it.
pub fn level(level: Level) -> rollcage_web::Level {
    match level {
        Level::Critical => rollcage_web::Level::Critical,
        Level::Error => rollcage_web::Level::Error,
        Level::Warning => rollcage_web::Level::Warning,
        Level::Info => rollcage_web::Level::Info,
        Level::Debug => rollcage_web::Level::Debug,
    }
}

/// A status, as pages show it.
pub fn status(status: Status) -> rollcage_web::Status {
    match status {
        Status::Active => rollcage_web::Status::Active,
        Status::Resolved => rollcage_web::Status::Resolved,
        Status::Muted => rollcage_web::Status::Muted,
    }
}

/// A whole occurrence.
pub fn occurrence(row: &OccurrenceRow, occurrence: Occurrence) -> OccurrenceView {
    let raw =
        serde_json::to_string_pretty(&rollbar::payload(&occurrence)).expect("a payload is plain");
    let environment = environment(&occurrence);
    let platform = occurrence
        .language
        .as_deref()
        .and_then(|language| language.split_whitespace().next());
    let platform = platform.map(str::to_ascii_lowercase);
    OccurrenceView {
        id: row.id.0,
        uuid: Some(row.uuid.to_string()),
        received_at: row.received_at,
        happened_at: row.happened_at,
        level: level(row.level),
        body: body(occurrence.body, platform.as_deref()),
        request: occurrence.request.map(request),
        person: occurrence.person.map(person),
        environment,
        tags: Vec::new(),
        custom: object(occurrence.custom),
        telemetry: occurrence.telemetry.into_iter().map(telemetry).collect(),
        raw_json: (raw.len() <= RAW_MAX_BYTES).then_some(raw),
    }
}

fn body(body: Body, platform: Option<&str>) -> BodyView {
    match body {
        Body::Traces(traces) => {
            BodyView::Traces(traces.into_iter().map(|one| trace(one, platform)).collect())
        }
        Body::Message(message) => BodyView::Message {
            text: message.text,
            data: object(message.extra),
        },
        Body::CrashReport(raw) => BodyView::CrashReport(raw),
    }
}

fn trace(trace: Trace, platform: Option<&str>) -> TraceView {
    let message = match trace.description {
        Some(description) if trace.message.is_empty() => description,
        Some(description) if description != trace.message => {
            format!("{}\n{description}", trace.message)
        }
        _ => trace.message,
    };
    TraceView {
        class: trace.class.unwrap_or_default(),
        message,
        frames: trace
            .frames
            .into_iter()
            .map(|one| frame(one, platform))
            .collect(),
    }
}

fn frame(frame: Frame, platform: Option<&str>) -> FrameView {
    let in_app = own::is_own_frame(&frame, platform);
    let mut locals = frame.locals;
    let mut arguments: Vec<(String, Datum)> = frame
        .arguments
        .into_iter()
        .filter_map(|name| locals.shift_remove(&name).map(|value| (name, datum(value))))
        .collect();
    let values = frame.argument_values.into_iter().enumerate();
    arguments.extend(values.map(|(at, value)| ((at + 1).to_string(), datum(value))));
    let function = match (frame.class_name, frame.method) {
        (Some(class), Some(method)) => Some(format!("{class}.{method}")),
        (_, method) => method,
    };
    FrameView {
        file: frame.filename.unwrap_or_default(),
        line: frame.line.map(i64::from),
        column: frame.column.map(i64::from),
        function,
        in_app,
        pre: frame.pre,
        code: frame.code,
        post: frame.post,
        arguments,
        locals: locals
            .into_iter()
            .map(|(name, value)| (name, datum(value)))
            .collect(),
    }
}

fn request(request: Request) -> RequestView {
    let query = object(request.get).or_else(|| request.query_string.map(Datum::text));
    RequestView {
        method: request.method,
        url: request.url,
        client_address: request.user_ip,
        params: object(request.params),
        query,
        headers: object(request.headers),
        form: object(request.post),
        body: (!request.body.is_null()).then(|| datum(request.body)),
        extra: object(request.extra),
    }
}

fn person(person: Person) -> PersonView {
    PersonView {
        id: person.id,
        username: person.username,
        email: person.email,
        extra: object(person.extra),
    }
}

fn environment(occurrence: &Occurrence) -> EnvironmentView {
    let of_server = |key: &str| {
        occurrence
            .server
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let javascript = occurrence
        .client
        .get("javascript")
        .and_then(Value::as_object);
    let sdk = occurrence.notifier.as_ref().and_then(|notifier| {
        let name = notifier.name.clone()?;
        Some(
            notifier
                .version
                .as_ref()
                .map_or_else(|| name.clone(), |version| format!("{name} {version}")),
        )
    });
    let shown = ["host", "root", "branch"];
    let mut extra = occurrence.server.clone();
    extra.retain(|key, _| !shown.contains(&key.as_str()));
    for (name, value) in [
        ("context", &occurrence.context),
        ("title", &occurrence.title),
    ] {
        if let Some(value) = value {
            extra.insert(name.to_owned(), Value::from(value.as_str()));
        }
    }
    for (name, map) in [("client", &occurrence.client), ("more", &occurrence.extra)] {
        if !map.is_empty() {
            extra.insert(name.to_owned(), Value::Object(map.clone()));
        }
    }
    EnvironmentView {
        environment: occurrence.environment.to_string(),
        code_version: occurrence.code_version.clone(),
        host: of_server("host"),
        platform: occurrence.platform.clone(),
        language: occurrence.language.clone(),
        framework: occurrence.framework.clone(),
        browser: javascript
            .and_then(|javascript| javascript.get("browser"))
            .and_then(Value::as_str)
            .map(str::to_owned),
        os: None,
        root: of_server("root"),
        branch: of_server("branch"),
        sdk,
        extra: object(extra),
    }
}

fn telemetry(entry: Value) -> TelemetryView {
    let Value::Object(mut entry) = entry else {
        return TelemetryView {
            at: None,
            level: None,
            kind: String::new(),
            text: entry.to_string(),
            detail: None,
        };
    };
    let at = entry.get("timestamp_ms").and_then(time::instant);
    let level = entry
        .get("level")
        .and_then(Value::as_str)
        .and_then(rollcage_web::Level::parse);
    let kind = entry
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or("manual")
        .to_owned();
    let body = entry.remove("body").unwrap_or_default();
    let field = |name: &str| body.get(name).and_then(Value::as_str);
    let text = match kind.as_str() {
        "network" => [field("method"), field("url")]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        "navigation" => format!(
            "{} → {}",
            field("from").unwrap_or("?"),
            field("to").unwrap_or("?")
        ),
        "dom" => [field("subtype"), field("element")]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
        _ => field("message").unwrap_or_default().to_owned(),
    };
    TelemetryView {
        at,
        level,
        kind,
        text,
        detail: (!body.is_null()).then(|| datum(body)),
    }
}

fn object(map: Map<String, Value>) -> Option<Datum> {
    (!map.is_empty()).then(|| datum(Value::Object(map)))
}

/// A value, as pages show it.
pub fn datum(value: Value) -> Datum {
    match value {
        Value::Null => Datum::Null,
        Value::Bool(value) => Datum::Bool(value),
        Value::Number(number) => Datum::Number(number.to_string()),
        Value::String(text) => Datum::Text(text),
        Value::Array(values) => Datum::List(values.into_iter().map(datum).collect()),
        Value::Object(map) => Datum::Object(
            map.into_iter()
                .map(|(key, value)| (key, datum(value)))
                .collect(),
        ),
    }
}
