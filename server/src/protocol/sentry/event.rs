//! An event's fields.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    exceptions::{self, Sentence, Told},
    request,
};
use crate::{
    model::{
        id::OccurrenceUuid,
        json::{Fields, Node, Text},
        occurrence::{Level, Notifier, Occurrence, Person, Request},
    },
    protocol::{Received, field, time},
};

/// The occurrence that an event tells of. Any object is one: an empty one is an empty message.
pub(super) fn occurrence<'t>(
    fields: Fields<'t>,
    uuid: Option<Uuid>,
    received: &Received,
) -> Occurrence<'t> {
    let mut draft = Draft::default();
    for (key, value) in fields {
        if let Some(misfit) = draft.take(&key, value, received) {
            draft.extra.push(key, misfit);
        }
    }
    draft.uuid = draft.uuid.or(uuid);
    draft.finish()
}

/// The fields of an event as far as they have been read.
#[derive(Default)]
struct Draft<'t> {
    uuid: Option<Uuid>,
    timestamp: Option<DateTime<Utc>>,
    level: Option<Level>,
    environment: Option<Text<'t>>,
    release: Option<Text<'t>>,
    server_name: Option<Text<'t>>,
    transaction: Option<Text<'t>>,
    culprit: Option<Text<'t>>,
    platform: Option<Text<'t>>,
    logger: Option<Text<'t>>,
    fingerprint: Vec<Text<'t>>,
    checksum: Option<Text<'t>>,
    notifier: Notifier<'t>,
    told: Told<'t>,
    request: Option<Request<'t>>,
    person: Option<Person<'t>>,
    custom: Fields<'t>,
    telemetry: Vec<Node<'t>>,
    tags: Fields<'t>,
    contexts: Fields<'t>,
    modules: Fields<'t>,
    extra: Fields<'t>,
}

impl<'t> Draft<'t> {
    /// Takes one field, and gives back what does not fit, is not known, or is only kept: `dist`,
    /// `debug_meta`, `_meta`, `errors`.
    ///
    /// raven-python calls some by the names of Sentry's own modules, `sentry.interfaces.Message`.
    fn take(&mut self, key: &str, value: Node<'t>, received: &Received) -> Option<Node<'t>> {
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
        .filter(|misfit| !misfit.is_nothing())
    }

    fn take_uuid(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.uuid = field::uuid(&value);
        if self.uuid.is_none() && !value.is_nothing() {
            self.extra.insert("original_event_id", value);
        }
        None
    }

    fn take_timestamp(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.timestamp = time::instant(&value);
        Some(value).filter(|_| self.timestamp.is_none())
    }

    /// A word or a number; others are an error, and stay in sight.
    fn take_level(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.level = field::level(&value);
        if self.level.is_none() && !value.is_nothing() {
            self.extra.insert("original_level", value);
        }
        None
    }

    fn take_fingerprint(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let misfit = field::texts(&mut self.fingerprint, value);
        self.fingerprint.retain(|part| !part.is_empty());
        misfit
    }

    /// Name and version are the notifier; packages and integrations are kept.
    fn take_sdk(&mut self, value: Node<'t>) -> Option<Node<'t>> {
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
    fn take_custom(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        if let Some(other) = field::map(&mut self.custom, value) {
            self.custom.insert("value", other);
        }
        None
    }

    /// A list, or an object with `values`.
    fn take_breadcrumbs(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let misfit = field::list(&mut self.telemetry, field::values(value));
        self.telemetry.retain(|crumb| !crumb.is_nothing());
        misfit
    }

    /// What is no object goes under the key `value` of one.
    fn take_contexts(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let misfit = field::map(&mut self.contexts, value);
        self.contexts.retain(|_, context| !context.is_nothing());
        for context in self.contexts.values_mut() {
            if !context.is_object() {
                let value = std::mem::take(context);
                *context = Node::Object(Fields::from_iter([("value".into(), value)]));
            }
        }
        misfit
    }

    fn finish(mut self) -> Occurrence<'t> {
        self.extra.unite();
        let mut server = Fields::new();
        if let Some(host) = self.server_name {
            server.push("host", host);
        }
        let read = exceptions::read(self.told);
        if let Some(root) = read.root {
            server.push("root", root);
        }
        if self.fingerprint.is_empty() {
            self.fingerprint.extend(self.checksum);
        } else if let Some(checksum) = self.checksum {
            self.extra.insert("checksum", checksum);
        }
        let context = match (self.transaction, self.culprit) {
            (Some(transaction), Some(culprit)) => {
                self.extra.insert("culprit", culprit);
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
            language: language.map(Text::Owned),
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
