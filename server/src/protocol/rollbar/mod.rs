//! Rollbar's items, `POST /api/1/item/`, as the official libraries send them.
//!
//! The format is that of <https://docs.rollbar.com/reference/create-item>; what the libraries make
//! of it was recorded, and each of their oddities is named where it is dealt with. The fixtures in
//! `tests/fixtures/rollbar` have them all.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Item, Malformed, Received, field, json, time};
use crate::model::{
    id::OccurrenceUuid,
    json::{Fields, Node, Text},
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
pub use form::json as json_of_form;
pub use payload::payload;

/// Reads the body of a request to `/api/1/item/`, as [`json_of_form`] gives it: one item.
pub fn parse<'t>(bytes: &'t [u8], received: &Received) -> Result<Item<'t>, Malformed> {
    let Node::Object(mut root) = json::parse(bytes)? else {
        return Err(Malformed::NotAnItem("the body must be an object with data"));
    };
    // The whole under a key of its own, as the form has it.
    if let Some(Node::Object(payload)) = root.take("payload") {
        root = payload;
    }
    let access_token = take_token(&mut root);
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

fn take_token<'t>(root: &mut Fields<'t>) -> Option<Text<'t>> {
    let mut token = None;
    field::text(&mut token, root.take("access_token")?);
    token
}

pub(super) fn occurrence<'t>(
    data: Fields<'t>,
    received: &Received,
) -> Result<Occurrence<'t>, Malformed> {
    let mut draft = Draft::default();
    for (key, value) in data {
        // A field of another type than documented is kept with the unknown ones: rollbar.js on Node
        // copies the caller's custom keys to the top of `data`, over whatever is there.
        if let Some(misfit) = draft.take(&key, value, received) {
            draft.extra.push(key, misfit);
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
    environment: Option<Text<'t>>,
    title: Option<Text<'t>>,
    fingerprint: Vec<Text<'t>>,
    context: Option<Text<'t>>,
    platform: Option<Text<'t>>,
    language: Option<Text<'t>>,
    framework: Option<Text<'t>>,
    code_version: Option<Text<'t>>,
    notifier: Option<Notifier<'t>>,
    body: Fields<'t>,
    telemetry: Vec<Node<'t>>,
    request: Option<Request<'t>>,
    person: Option<Person<'t>>,
    server: Fields<'t>,
    client: Fields<'t>,
    custom: Fields<'t>,
    handled: Option<bool>,
    extra: Fields<'t>,
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
                self.extra.insert("original_uuid", text);
            }
        }
        misfit
    }

    fn take_timestamp(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.timestamp = time::instant(&value);
        Some(value).filter(|value| self.timestamp.is_none() && !value.is_nothing())
    }

    /// A word or a number; others are an error, and stay in sight.
    fn take_level(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        if value.is_nothing() {
            return None;
        }
        self.level = field::level(&value);
        if self.level.is_none() {
            self.extra.insert("original_level", value);
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
            other => Some(other).filter(|other| !other.is_nothing()),
        }
    }

    fn take_server(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        match value {
            Node::Text(host) if !host.is_empty() => {
                self.server.insert("host", host);
                None
            }
            value => field::map(&mut self.server, value),
        }
    }

    /// Anything that is no object goes under the key `value`.
    fn take_custom(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        if let Some(other) = field::map(&mut self.custom, value) {
            self.custom.insert("value", other);
        }
        None
    }

    fn finish(mut self) -> Result<Occurrence<'t>, Malformed> {
        self.extra.unite();
        let order = frames::Order::of(
            self.notifier.as_ref(),
            self.language.as_deref().or(self.platform.as_deref()),
        );
        let mut read = body::read(std::mem::take(&mut self.body), order)?;

        // rollbar.js on Node sends custom data twice, in `custom` and at the top of `data`; pyrollbar
        // in `custom` and beside the message's text. Once is enough.
        let custom = self.custom.index();
        self.extra
            .retain(|key, value| custom.get(key) != Some(value));
        if let Body::Message(message) = &mut read.body {
            message
                .extra
                .retain(|key, value| custom.get(key) != Some(value));
        }
        self.extra.add_missing(read.rest);

        // Browsers send their time with what they say of themselves.
        let happened_at = self
            .timestamp
            .or_else(|| time::instant(self.client.get("timestamp")?));
        let code_version = self
            .code_version
            .or_else(|| code_version_within(&self.client, &self.server).map(Text::Owned));
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
fn code_version_within(client: &Fields<'_>, server: &Fields<'_>) -> Option<String> {
    let languages = client.values().filter_map(Node::as_object);
    let mut places = languages.chain([client, server]);
    places.find_map(|place| match place.get("code_version")? {
        Node::Text(version) if !version.is_empty() => Some(version.to_string()),
        Node::Number(version) => Some(version.to_string()),
        _ => None,
    })
}
