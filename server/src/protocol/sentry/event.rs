//! An event's fields.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::{
    exceptions::{self, Sentence, Told},
    request,
};
use crate::{
    model::{
        id::OccurrenceUuid,
        occurrence::{Level, Notifier, Occurrence, Person, Request},
    },
    protocol::{
        Received, field,
        json::{Fields, Node},
        time,
    },
};

/// The occurrence that an event tells of. Any object is one: an empty one is an empty message.
pub(super) fn occurrence(
    fields: Fields<'_>,
    uuid: Option<Uuid>,
    received: &Received,
) -> Occurrence {
    let mut draft = Draft::default();
    for (key, value) in fields {
        if let Some(misfit) = draft.take(&key, value, received) {
            field::keep(&mut draft.extra, key, misfit);
        }
    }
    draft.uuid = draft.uuid.or(uuid);
    draft.finish()
}

/// The fields of an event as far as they have been read.
#[derive(Default)]
struct Draft {
    uuid: Option<Uuid>,
    timestamp: Option<DateTime<Utc>>,
    level: Option<Level>,
    environment: Option<String>,
    release: Option<String>,
    server_name: Option<String>,
    transaction: Option<String>,
    culprit: Option<String>,
    platform: Option<String>,
    logger: Option<String>,
    fingerprint: Vec<String>,
    checksum: Option<String>,
    notifier: Notifier,
    told: Told,
    request: Option<Request>,
    person: Option<Person>,
    custom: Map<String, Value>,
    telemetry: Vec<Value>,
    tags: Map<String, Value>,
    contexts: Map<String, Value>,
    modules: Map<String, Value>,
    extra: Map<String, Value>,
}

impl Draft {
    /// Takes one field, and gives back what does not fit, is not known, or is only kept: `dist`,
    /// `debug_meta`, `_meta`, `errors`.
    ///
    /// raven-python calls some by the names of Sentry's own modules, `sentry.interfaces.Message`.
    fn take<'t>(&mut self, key: &str, value: Node<'t>, received: &Received) -> Option<Node<'t>> {
        let known = key.strip_prefix("sentry.interfaces.").unwrap_or(key);
        match known {
            "event_id" => self.take_uuid(value),
            "timestamp" => self.take_timestamp(value),
            "level" => self.take_level(value),
            "environment" => field::text(&mut self.environment, value),
            "release" => field::text(&mut self.release, value),
            "server_name" => field::text(&mut self.server_name, value),
            "transaction" => field::text(&mut self.transaction, value),
            "culprit" => field::text(&mut self.culprit, value),
            "platform" => field::text(&mut self.platform, value),
            "logger" => field::text(&mut self.logger, value),
            "fingerprint" => self.take_fingerprint(value),
            // What there was before `fingerprint`.
            "checksum" => field::text(&mut self.checksum, value),
            "sdk" => self.take_sdk(value),
            "exception" | "Exception" => self.told.take_exceptions(value),
            "threads" => self.told.take_threads(value),
            "stacktrace" | "Stacktrace" => self.told.take_stack(value),
            "logentry" | "Message" => self.told.take_sentence(value, Sentence::of_logger),
            "message" => self.told.take_sentence(value, Sentence::of_event),
            "request" | "Http" => request::request(&mut self.request, value),
            "user" | "User" => request::person(&mut self.person, value, received),
            "extra" => self.take_custom(value),
            "breadcrumbs" | "Breadcrumbs" => self.take_breadcrumbs(value),
            "tags" => field::pairs(&mut self.tags, value),
            "contexts" | "Contexts" => self.take_contexts(value),
            "modules" => field::map(&mut self.modules, value),
            _ => Some(value),
        }
        .filter(|misfit| !field::is_nothing(misfit))
    }

    fn take_uuid<'t>(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.uuid = field::uuid(&value);
        if self.uuid.is_none() && !field::is_nothing(&value) {
            field::keep(&mut self.extra, "original_event_id", value);
        }
        None
    }

    fn take_timestamp<'t>(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.timestamp = time::instant_sent(&value);
        Some(value).filter(|_| self.timestamp.is_none())
    }

    /// A word or a number; others are an error, and stay in sight.
    fn take_level<'t>(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.level = field::level(&value);
        if self.level.is_none() && !field::is_nothing(&value) {
            field::keep(&mut self.extra, "original_level", value);
        }
        None
    }

    fn take_fingerprint<'t>(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let misfit = field::texts(&mut self.fingerprint, value);
        self.fingerprint.retain(|part| !part.is_empty());
        misfit
    }

    /// Name and version are the notifier; packages and integrations are kept.
    fn take_sdk<'t>(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        match value {
            Node::Object(mut sdk) => {
                for (field, key) in [
                    (&mut self.notifier.name, "name"),
                    (&mut self.notifier.version, "version"),
                ] {
                    sdk.take(key).and_then(|value| field::text(field, value));
                }
                Some(Node::Object(sdk))
            }
            value => field::text(&mut self.notifier.name, value),
        }
    }

    /// Anything that is no object goes under the key `value`.
    fn take_custom<'t>(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        if let Some(other) = field::map(&mut self.custom, value) {
            field::keep(&mut self.custom, "value", other);
        }
        None
    }

    /// A list, or an object with `values`.
    fn take_breadcrumbs<'t>(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let misfit = field::list(&mut self.telemetry, field::values(value));
        self.telemetry.retain(|crumb| !field::is_empty(crumb));
        misfit
    }

    /// What is no object goes under the key `value` of one.
    fn take_contexts<'t>(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let misfit = field::map(&mut self.contexts, value);
        self.contexts.retain(|_, context| !field::is_empty(context));
        for context in self.contexts.values_mut() {
            if !context.is_object() {
                *context = Value::Object(Map::from_iter([("value".to_owned(), context.take())]));
            }
        }
        misfit
    }

    fn finish(mut self) -> Occurrence {
        let mut server = Map::new();
        if let Some(host) = self.server_name {
            server.insert("host".to_owned(), host.into());
        }
        let read = exceptions::read(self.told);
        if let Some(root) = read.root {
            server.insert("root".to_owned(), root.into());
        }
        if self.fingerprint.is_empty() {
            self.fingerprint.extend(self.checksum);
        } else if let Some(checksum) = self.checksum {
            self.extra.insert("checksum".to_owned(), checksum.into());
        }
        let context = match (self.transaction, self.culprit) {
            (Some(transaction), Some(culprit)) => {
                self.extra.insert("culprit".to_owned(), culprit.into());
                Some(transaction)
            }
            (transaction, culprit) => transaction.or(culprit),
        };
        let language = language(self.platform.as_deref(), self.notifier.name.as_deref());
        let uuid = OccurrenceUuid(self.uuid.unwrap_or_else(Uuid::now_v7));
        Occurrence {
            happened_at: self.timestamp,
            level: self.level.unwrap_or_default(),
            environment: field::environment(self.environment.as_deref()),
            fingerprint: self.fingerprint,
            context,
            language,
            platform: self.platform,
            code_version: self.release,
            notifier: (self.notifier != Notifier::default()).then_some(self.notifier),
            request: self.request,
            person: self.person,
            server,
            custom: self.custom,
            telemetry: self.telemetry,
            tags: self.tags,
            contexts: self.contexts,
            modules: self.modules,
            threads: read.threads,
            logger: self.logger,
            handled: read.handled,
            extra: self.extra,
            ..Occurrence::new(uuid, read.body)
        }
    }
}

/// The language in the word that Rollbar's SDKs have for it: Sentry's platforms are languages, but
/// for Node and for what is compiled.
fn language(platform: Option<&str>, sdk: Option<&str>) -> Option<String> {
    let language = match platform? {
        "node" => "javascript",
        "native" if sdk.is_some_and(|sdk| sdk.starts_with("sentry.rust")) => "rust",
        "native" | "other" => return None,
        language => language,
    };
    Some(language.to_owned())
}
