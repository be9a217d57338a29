//! An occurrence in Rollbar's format.

use serde_json::{Map, Value, json};

use crate::{
    Breadcrumb, Options, Person, Request,
    drops::Counts,
    occurrence::{Body, Link},
    pipe::Job,
    scope::Data,
};

/// Under which key of the custom data it says how many further occurrences one stands for.
const REPEATS: &str = "rollcage_repeats";
/// Under which key of the custom data it says how many occurrences were dropped before it.
const DROPPED: &str = "rollcage_dropped";

/// `data` of the item.
pub(crate) fn data(options: &Options, job: &Job, frames: &[Value]) -> Map<String, Value> {
    let none = Data::default();
    let own = job.scope.data().unwrap_or(&none);
    let process = job.process.data().unwrap_or(&none);
    let occurrence = &job.occurrence;
    let first = |own: &Option<String>, scope: &Option<String>, process: &Option<String>| {
        own.clone()
            .or_else(|| scope.clone())
            .or_else(|| process.clone())
    };
    let mut data = Map::new();
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            data.insert(key.to_owned(), value);
        }
    };

    put("uuid", Some(job.uuid.to_string().into()));
    put("timestamp", Some((job.at_ms / 1000).into()));
    put("environment", Some(options.environment.clone().into()));
    let level = own.level.or(process.level).unwrap_or(occurrence.level);
    put("level", Some(level.as_str().into()));
    put("language", Some("rust".into()));
    put("platform", Some(std::env::consts::OS.into()));
    put(
        "code_version",
        options.code_version.clone().map(Value::from),
    );
    let served = job.scope.served();
    let framework = first(&occurrence.framework, &own.framework, &process.framework)
        .or_else(|| served.and_then(|served| served.framework().map(str::to_owned)))
        .or_else(|| options.framework.clone());
    put("framework", framework.map(Value::from));
    let title = first(&occurrence.title, &own.title, &process.title);
    put("title", title.map(Value::from));
    let route = served.and_then(|served| served.context().map(str::to_owned));
    let context = first(&occurrence.context, &own.context, &route);
    let context = context.or_else(|| process.context.clone());
    put("context", context.map(Value::from));
    let fingerprint = first(
        &occurrence.fingerprint,
        &own.fingerprint,
        &process.fingerprint,
    );
    put("fingerprint", fingerprint.map(Value::from));
    let person = own.person.as_ref().or(process.person.as_ref());
    put("person", person.map(Person::to_json));
    let request = own.request.as_ref().map(Request::to_json);
    let request = request
        .or_else(|| served.map(|served| served.request().to_json()))
        .or_else(|| process.request.as_ref().map(Request::to_json));
    put("request", request);
    put("server", Some(server(options)));
    put("notifier", Some(notifier()));
    put("custom", Some(custom(job, process, own)));
    put("body", Some(body(job, frames)));
    data
}

/// Adds what was dropped before: where Rollbar's SDKs say such things, and in the custom data,
/// where people see it.
pub(crate) fn report(drops: &Counts, data: &mut Value) {
    if drops.is_empty() {
        return;
    }
    let counts = drops.to_json();
    if let Some(notifier) = data.get_mut("notifier").and_then(Value::as_object_mut) {
        notifier.insert("diagnostic".to_owned(), json!({ "dropped": counts }));
    }
    if let Some(data) = data.as_object_mut() {
        let custom = data.entry("custom").or_insert_with(|| json!({}));
        if let Some(custom) = custom.as_object_mut() {
            custom.insert(DROPPED.to_owned(), counts);
        }
    }
}

fn notifier() -> Value {
    json!({ "name": "rollcage", "version": env!("CARGO_PKG_VERSION") })
}

fn server(options: &Options) -> Value {
    let mut server = Map::new();
    let texts = [
        ("host", &options.host),
        ("root", &options.root),
        ("branch", &options.branch),
        ("code_version", &options.code_version),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            server.insert(key.to_owned(), json!(text));
        }
    }
    server.insert("pid".to_owned(), std::process::id().into());
    server.into()
}

fn custom(job: &Job, process: &Data, own: &Data) -> Value {
    let mut custom = process.custom.clone();
    custom.extend(own.custom.clone());
    custom.extend(job.occurrence.custom.clone());
    if let Some(thread) = &job.thread {
        custom
            .entry("thread")
            .or_insert_with(|| thread.as_str().into());
    }
    if job.repeats > 0 {
        custom.insert(REPEATS.to_owned(), job.repeats.into());
    }
    custom.into()
}

fn body(job: &Job, frames: &[Value]) -> Value {
    let mut body = Map::new();
    match &job.occurrence.body {
        Body::Error(chain) => match chain.as_slice() {
            [only] => {
                let mut trace = trace(only, frames);
                describe(&mut trace, job);
                body.insert("trace".to_owned(), trace);
            }
            chain => {
                let mut frames = Some(frames);
                let mut traces = chain
                    .iter()
                    .map(|link| trace(link, frames.take().unwrap_or_default()))
                    .collect::<Vec<_>>();
                if let Some(reported) = traces.first_mut() {
                    describe(reported, job);
                }
                body.insert("trace_chain".to_owned(), traces.into());
            }
        },
        Body::Panic(message) => {
            let link = Link {
                class: "panic".to_owned(),
                message: message.clone(),
            };
            body.insert("trace".to_owned(), trace(&link, frames));
        }
        Body::Message(message) => {
            body.insert("message".to_owned(), json!({ "body": message }));
        }
    }
    let breadcrumbs = job.process.breadcrumbs().chain(job.scope.breadcrumbs());
    let breadcrumbs: Vec<Value> = breadcrumbs.map(Breadcrumb::to_json).collect();
    if !breadcrumbs.is_empty() {
        body.insert("telemetry".to_owned(), breadcrumbs.into());
    }
    body.into()
}

fn describe(trace: &mut Value, job: &Job) {
    if let Some(description) = &job.occurrence.description {
        trace["exception"]["description"] = json!(description);
    }
}

fn trace(link: &Link, frames: &[Value]) -> Value {
    json!({
        "frames": frames,
        "exception": { "class": link.class, "message": link.message },
    })
}
