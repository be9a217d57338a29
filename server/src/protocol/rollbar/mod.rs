//! Rollbar's items, `POST /api/1/item/`, as the official libraries send them.
//!
//! The format is that of <https://docs.rollbar.com/reference/create-item>; what the libraries make
//! of it was recorded, and each of their oddities is named where it is dealt with. The fixtures in
//! `tests/fixtures/rollbar` have them all.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    Item, Malformed, Received, field,
    json::{self, Fields, Node},
    time,
};
use crate::model::{
    id::OccurrenceUuid,
    occurrence::{Body, Level, Notifier, Occurrence, Person, Request},
};

mod batch;
mod body;
mod form;
mod frames;
mod payload;
mod request;
#[cfg(test)]
mod tests;
mod threads;

pub use batch::{Batch, is_client, parse_batch};
pub(crate) use form::json as json_of_form;
pub use payload::payload;

/// Reads the body of a request to `/api/1/item/`: one item.
pub fn parse(bytes: &[u8], received: &Received) -> Result<Item, Malformed> {
    let bytes = json_of_form(bytes);
    let text = json::text(&bytes);
    let Node::Object(mut root) = json::parse(&text)? else {
        return Err(Malformed::NotAnItem("the body must be an object with data"));
    };
    // The whole under a key of its own, as the form has it.
    if let Some(Node::Object(payload)) = root.take("payload") {
        root = payload;
    }
    let mut access_token = None;
    if let Some(token) = root.take("access_token") {
        field::text(&mut access_token, token);
    }
    match root.take("data") {
        Some(Node::Object(data)) => Ok(Item {
            access_token,
            occurrence: occurrence(data, received)?,
        }),
        Some(_) => Err(Malformed::NotAnItem("data must be an object")),
        None => Err(Malformed::NotAnItem(
            "data is missing: the body must be an object with data",
        )),
    }
}

fn occurrence(data: Fields<'_>, received: &Received) -> Result<Occurrence, Malformed> {
    let mut draft = Draft::default();
    for (key, value) in data {
        // A field of another type than documented is kept with the unknown ones: rollbar.js on Node
        // copies the caller's custom keys to the top of `data`, over whatever is there.
        if let Some(misfit) = draft.take(&key, value, received) {
            field::keep(&mut draft.extra, key, misfit);
        }
    }
    draft.finish()
}

/// The fields of `data` as far as they have been read.
#[derive(Default)]
struct Draft<'t> {
    uuid: Option<Uuid>,
    timestamp: Option<DateTime<Utc>>,
    level: Option<Level>,
    environment: Option<String>,
    title: Option<String>,
    fingerprint: Vec<String>,
    context: Option<String>,
    platform: Option<String>,
    language: Option<String>,
    framework: Option<String>,
    code_version: Option<String>,
    notifier: Option<Notifier>,
    body: Fields<'t>,
    telemetry: Vec<Value>,
    request: Option<Request>,
    person: Option<Person>,
    server: Map<String, Value>,
    client: Map<String, Value>,
    custom: Map<String, Value>,
    handled: Option<bool>,
    extra: Map<String, Value>,
}

impl<'t> Draft<'t> {
    /// Takes one field, and gives back what does not fit or is not known.
    fn take(&mut self, key: &str, value: Node<'t>, received: &Received) -> Option<Node<'t>> {
        match key {
            "uuid" => self.take_uuid(value),
            "timestamp" => self.take_timestamp(value),
            "level" => self.take_level(value),
            "environment" => field::text(&mut self.environment, value),
            "title" => field::text(&mut self.title, value),
            "fingerprint" => field::texts(&mut self.fingerprint, value),
            "context" => field::text(&mut self.context, value),
            "platform" => field::text(&mut self.platform, value),
            "language" => field::text(&mut self.language, value),
            "framework" => field::text(&mut self.framework, value),
            "code_version" => field::text(&mut self.code_version, value),
            "notifier" => self.take_notifier(value),
            "body" => self.take_body(value),
            "telemetry" => field::list(&mut self.telemetry, value),
            "request" => request::request(&mut self.request, value, received),
            "person" => request::person(&mut self.person, value),
            "server" => self.take_server(value),
            "client" => field::map(&mut self.client, value),
            "custom" => self.take_custom(value),
            // rollbar-java.
            "is_uncaught" => self.take_uncaught(value),
            _ => Some(value),
        }
    }

    /// With dashes or without them; Go, Java and Rust send none.
    fn take_uuid(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let mut text = None;
        let misfit = field::text(&mut text, value);
        if let Some(text) = text {
            self.uuid = field::uuid_of(&text);
            if self.uuid.is_none() {
                self.extra.insert("original_uuid".to_owned(), text.into());
            }
        }
        misfit
    }

    fn take_timestamp(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.timestamp = time::instant_sent(&value);
        Some(value).filter(|value| self.timestamp.is_none() && !field::is_nothing(value))
    }

    /// A word or a number; others are an error, and stay in sight.
    fn take_level(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        if field::is_nothing(&value) {
            return None;
        }
        self.level = field::level(&value);
        if self.level.is_none() {
            field::keep(&mut self.extra, "original_level", value);
        }
        None
    }

    fn take_uncaught(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        match value {
            Node::Bool(is_uncaught) => {
                self.handled = Some(!is_uncaught);
                None
            }
            other => Some(other),
        }
    }

    /// Only name and version: rollbar.js adds its settings and the raw error, several kilobytes,
    /// rollbar-gem its settings. Of all that rollbar.js 2 says whether the error was caught.
    fn take_notifier(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let mut notifier = Notifier::default();
        match value {
            Node::Object(mut object) => {
                if let Some(Node::Bool(true)) = object
                    .get("diagnostic")
                    .and_then(|diagnostic| diagnostic.get("is_uncaught"))
                {
                    self.handled = Some(false);
                }
                for (field, key) in [
                    (&mut notifier.name, "name"),
                    (&mut notifier.version, "version"),
                ] {
                    object.take(key).and_then(|value| field::text(field, value));
                }
            }
            value => {
                let misfit = field::text(&mut notifier.name, value);
                if misfit.is_some() {
                    return misfit;
                }
            }
        }
        self.notifier = (notifier != Notifier::default()).then_some(notifier);
        None
    }

    fn take_body(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        match value {
            Node::Object(fields) => {
                self.body = fields;
                None
            }
            other => Some(other).filter(|other| !field::is_nothing(other)),
        }
    }

    fn take_server(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        match value {
            Node::Text(host) if !host.is_empty() => {
                field::keep(&mut self.server, "host", Node::Text(host));
                None
            }
            value => field::map(&mut self.server, value),
        }
    }

    /// Anything that is no object goes under the key `value`.
    fn take_custom(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        if let Some(other) = field::map(&mut self.custom, value) {
            field::keep(&mut self.custom, "value", other);
        }
        None
    }

    fn finish(mut self) -> Result<Occurrence, Malformed> {
        let order = frames::Order::of(
            self.notifier.as_ref(),
            self.language.as_deref().or(self.platform.as_deref()),
        );
        let mut read = body::read(std::mem::take(&mut self.body), order)?;

        // rollbar.js on Node sends custom data twice, in `custom` and at the top of `data`; pyrollbar
        // in `custom` and beside the message's text. Once is enough.
        self.extra
            .retain(|key, value| self.custom.get(key) != Some(value));
        if let Body::Message(message) = &mut read.body {
            message
                .extra
                .retain(|key, value| self.custom.get(key) != Some(value));
        }
        for (key, value) in read.rest {
            self.extra.entry(key).or_insert(value);
        }

        // Browsers send their time with what they say of themselves.
        let happened_at = self
            .timestamp
            .or_else(|| time::instant(self.client.get("timestamp")?));
        let code_version = self
            .code_version
            .or_else(|| code_version_within(&self.client, &self.server));
        let uuid = OccurrenceUuid(self.uuid.unwrap_or_else(Uuid::now_v7));
        Ok(Occurrence {
            happened_at,
            level: self.level.unwrap_or_default(),
            environment: field::environment(self.environment.as_deref()),
            title: self.title,
            fingerprint: self.fingerprint,
            context: self.context,
            platform: self.platform,
            language: self.language,
            framework: self.framework,
            code_version,
            notifier: self.notifier,
            request: self.request,
            person: self.person,
            server: self.server,
            client: self.client,
            custom: self.custom,
            threads: read.threads,
            handled: self.handled,
            telemetry: if read.telemetry.is_empty() {
                self.telemetry
            } else {
                read.telemetry
            },
            extra: self.extra,
            ..Occurrence::new(uuid, read.body)
        })
    }
}

/// Browsers send the version with the language, `client.javascript.code_version`.
fn code_version_within(client: &Map<String, Value>, server: &Map<String, Value>) -> Option<String> {
    let languages = client.values().filter_map(Value::as_object);
    let mut places = languages.chain([client, server]);
    places.find_map(|place| match place.get("code_version")? {
        Value::String(version) if !version.is_empty() => Some(version.clone()),
        Value::Number(version) => Some(version.to_string()),
        _ => None,
    })
}
