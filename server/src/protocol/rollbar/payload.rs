//! An occurrence in Rollbar's shape, for the API that reads.

use serde_json::{Map, Value, json};

use crate::model::{
    json::Fields,
    occurrence::{Body, Frame, Message, Occurrence, Person, Request, Thread, Trace},
};

/// The occurrence as Rollbar's `data`: what [`parse`](super::parse) reads, with all that it mended.
///
/// Frames are innermost last and each has the method that contains its line, whatever the SDK sent.
/// What was not sent is left out. Times are seconds, with a fraction where there is one. What Rollbar
/// has no key for goes by Sentry's: `tags`, `contexts`, `modules`, `logger`, and of frames `abs_path`,
/// `module`, `package`, `instruction_addr`.
pub fn payload(occurrence: &Occurrence<'_>) -> Value {
    // Unknown fields first: a known one of the same name counts.
    let mut data = Object((&occurrence.extra).into());
    data.set("uuid", occurrence.uuid);
    if let Some(at) = occurrence.happened_at {
        data.set(
            "timestamp",
            seconds(at.timestamp(), at.timestamp_subsec_micros()),
        );
    }
    data.set("level", occurrence.level);
    data.set("environment", &occurrence.environment);
    data.option("title", occurrence.title.as_ref());
    match occurrence.fingerprint.as_slice() {
        [] => {}
        [fingerprint] => data.set("fingerprint", fingerprint),
        parts => data.set("fingerprint", parts),
    }
    data.option("context", occurrence.context.as_ref());
    data.option("platform", occurrence.platform.as_ref());
    data.option("language", occurrence.language.as_ref());
    data.option("framework", occurrence.framework.as_ref());
    data.option("code_version", occurrence.code_version.as_ref());
    data.option("notifier", occurrence.notifier.as_ref());
    data.option("person", occurrence.person.as_ref().map(person));
    data.option("request", occurrence.request.as_ref().map(request));
    data.map("server", &occurrence.server);
    data.map("client", &occurrence.client);
    data.map("custom", &occurrence.custom);
    data.option("is_uncaught", occurrence.handled.map(|handled| !handled));
    data.option("logger", occurrence.logger.as_ref());
    data.map("tags", &occurrence.tags);
    data.map("contexts", &occurrence.contexts);
    data.map("modules", &occurrence.modules);
    data.set("body", body(occurrence));
    data.0.into()
}

/// An object being built; what is empty is left out of it.
struct Object(Map<String, Value>);

impl Object {
    fn set(&mut self, key: &str, value: impl serde::Serialize) {
        // Our own types have only text keys and no failing implementations.
        let value = serde_json::to_value(value).expect("plain data can be written as JSON");
        self.0.insert(key.to_owned(), value);
    }

    fn option(&mut self, key: &str, value: Option<impl serde::Serialize>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    fn map(&mut self, key: &str, fields: &Fields<'_>) {
        if !fields.is_empty() {
            self.0.insert(key.to_owned(), Value::Object(fields.into()));
        }
    }

    fn list(&mut self, key: &str, list: &[impl serde::Serialize]) {
        if !list.is_empty() {
            self.set(key, list);
        }
    }
}

fn seconds(whole: i64, micros: u32) -> Value {
    if micros == 0 {
        return whole.into();
    }
    #[expect(
        clippy::cast_precision_loss,
        reason = "seconds until the year 9999 are exact in a double"
    )]
    let seconds = whole as f64 + f64::from(micros) / 1e6;
    seconds.into()
}

fn body(occurrence: &Occurrence<'_>) -> Value {
    let mut body = Object(Map::new());
    match &occurrence.body {
        Body::Traces(traces) => match traces.as_slice() {
            [single] => body.set("trace", trace(single)),
            chain => body.set("trace_chain", chain.iter().map(trace).collect::<Vec<_>>()),
        },
        Body::Message(sent) => body.set("message", message(sent)),
        Body::CrashReport(raw) => body.set("crash_report", json!({ "raw": raw })),
    }
    let threads: Vec<Value> = occurrence.threads.iter().map(thread).collect();
    body.list("threads", &threads);
    body.list("telemetry", &occurrence.telemetry);
    body.0.into()
}

fn message(message: &Message<'_>) -> Value {
    let mut fields = Object(Map::new());
    fields.set("body", &message.text);
    fields.option("template", message.template.as_ref());
    let frames: Vec<Value> = message.frames.iter().map(frame).collect();
    fields.list("frames", &frames);
    fields.map("extra", &message.extra);
    fields.0.into()
}

fn thread(thread: &Thread<'_>) -> Value {
    let mut fields = Object((&thread.extra).into());
    fields.option("id", thread.id.as_ref());
    fields.option("name", thread.name.as_ref());
    fields.option("is_main", thread.current.then_some(true));
    fields.option("is_crashed", thread.crashed.then_some(true));
    if !thread.frames.is_empty() {
        let frames: Vec<Value> = thread.frames.iter().map(frame).collect();
        fields.set("group", json!([{ "trace_chain": [{ "frames": frames }] }]));
    }
    fields.0.into()
}

fn trace(trace: &Trace<'_>) -> Value {
    let mut exception = Object(Map::new());
    exception.set("class", trace.class.as_deref().unwrap_or("(unknown)"));
    exception.option("module", trace.module.as_ref());
    exception.map("mechanism", &trace.mechanism);
    exception.set("message", &trace.message);
    exception.option("description", trace.description.as_ref());
    let mut fields = Object(Map::new());
    fields.set("frames", trace.frames.iter().map(frame).collect::<Vec<_>>());
    fields.set("exception", exception.0);
    fields.map("extra", &trace.extra);
    fields.0.into()
}

fn frame(frame: &Frame<'_>) -> Value {
    let mut fields = Object(Map::new());
    fields.option("filename", frame.filename.as_ref());
    fields.option("lineno", frame.line);
    fields.option("colno", frame.column);
    fields.option("method", frame.method.as_ref());
    fields.option("class_name", frame.class_name.as_ref());
    fields.option("abs_path", frame.path.as_ref());
    fields.option("module", frame.module.as_ref());
    fields.option("package", frame.package.as_ref());
    fields.option("instruction_addr", frame.address.as_ref());
    fields.option("code", frame.code.as_ref());
    if !frame.pre.is_empty() || !frame.post.is_empty() {
        fields.set("context", json!({ "pre": frame.pre, "post": frame.post }));
    }
    fields.list("argspec", &frame.arguments);
    fields.list("args", &frame.argument_values);
    fields.map("locals", &frame.locals);
    fields.option("in_app", frame.in_app);
    fields.0.into()
}

fn request(request: &Request<'_>) -> Value {
    let mut fields = Object((&request.extra).into());
    fields.option("url", request.url.as_ref());
    fields.option("method", request.method.as_ref());
    fields.map("headers", &request.headers);
    fields.option("query_string", request.query_string.as_ref());
    fields.map("GET", &request.get);
    fields.map("POST", &request.post);
    fields.map("params", &request.params);
    fields.option("body", Some(&request.body).filter(|body| !body.is_null()));
    fields.option("user_ip", request.user_ip.as_ref());
    fields.0.into()
}

fn person(person: &Person<'_>) -> Value {
    let mut fields = Object((&person.extra).into());
    fields.option("id", person.id.as_ref());
    fields.option("username", person.username.as_ref());
    fields.option("email", person.email.as_ref());
    fields.0.into()
}
