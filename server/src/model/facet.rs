//! Facets: short facts about an occurrence that are counted, so that an item can say which versions,
//! browsers and people it is about.
//!
//! A facet is a key and a value. Ours have a bare key (`browser`), those of the application say where
//! they come from (`tags.plan`, `custom.step`), so that neither hides the other. The environment is
//! part of the item and therefore none.
//!
//! What a head has in a column already ([`Head`]) is not repeated in its facets; [`of`] gives both.

pub mod counts;
mod url;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    agent,
    entry::Head,
    json::{Fields, Node},
    occurrence::Occurrence,
    text::{cut, one_line},
};

/// The version of the application's code.
pub const VERSION: &str = "version";
/// Name and major version of the browser that the failure was met with.
pub const BROWSER: &str = "browser";
/// The operating system and its major version.
pub const SYSTEM: &str = "os";
/// The model of the device.
pub const DEVICE: &str = "device";
/// Language or runtime, with its version.
pub const RUNTIME: &str = "runtime";
/// The machine.
pub const HOST: &str = "host";
/// The request's address without its query, ids in it as `*`.
pub const URL: &str = "url";
/// The person, by id, else by mail address, else by name.
pub const PERSON: &str = "person";

/// The client's address where no person is known. It counts among the people that an item met, and as
/// no facet.
pub const CLIENT: &str = "client";

/// What is before the name of a tag.
pub const TAGS: &str = "tags.";
/// What is before the name of one of the application's own data.
pub const CUSTOM: &str = "custom.";

/// Bytes of a key: longer ones are no names but data.
pub const KEY_MAX_BYTES: usize = 80;
/// Bytes of a value, as of Sentry's tags: longer ones are texts, which nobody counts.
pub const VALUE_MAX_BYTES: usize = 200;
/// Tags and own data that are counted of an occurrence, and of an item in a day: more than anybody
/// looks through, and the end of what a sender can make grow with names.
pub const OWN_KEYS_MAX: usize = 30;

/// A fact about an occurrence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facet(pub Cow<'static, str>, pub String);

/// The facets of `occurrence`, which has been scrubbed, beside what its head has in columns.
pub fn beside_columns(occurrence: &Occurrence<'_>) -> Vec<Facet> {
    let known = [
        (BROWSER, browser(occurrence)),
        (SYSTEM, system(occurrence)),
        (DEVICE, device(occurrence)),
        (RUNTIME, runtime(occurrence)),
    ];
    let mut facets: Vec<Facet> = known
        .into_iter()
        .filter_map(|(key, text)| Some(Facet(key.into(), value(&text?)?.into_owned())))
        .collect();
    let own = own(TAGS, &occurrence.tags).chain(own(CUSTOM, &occurrence.custom));
    facets.extend(own.take(OWN_KEYS_MAX));
    facets
}

/// All facets of an occurrence: `(key, value)`, each key once.
pub fn of(head: &Head) -> impl Iterator<Item = (&str, Cow<'_, str>)> {
    let columns = [
        (VERSION, &head.code_version),
        (HOST, &head.host),
        (PERSON, &head.person),
    ];
    let columns = columns
        .into_iter()
        .filter_map(|(key, text)| Some((key, value(text.as_deref()?)?)));
    let url = head.url.as_deref().and_then(|url| {
        let path = url::without_ids(url);
        Some((URL, value(&path)?.into_owned().into()))
    });
    let others = head.facets.iter();
    let others = others.map(|Facet(key, value)| (&**key, Cow::Borrowed(value.as_str())));
    columns.chain(url).chain(others)
}

/// Whether a key is one that the application chose.
pub fn is_own(key: &str) -> bool {
    key.contains('.')
}

/// `text` as a value: on one line, cut to the limit; `None` where nothing is left.
pub fn value(text: &str) -> Option<Cow<'_, str>> {
    let is_plain = text.len() <= VALUE_MAX_BYTES
        && text.trim().len() == text.len()
        && !text.contains(char::is_control);
    let value = if is_plain {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(one_line(text, VALUE_MAX_BYTES))
    };
    (!value.is_empty()).then_some(value)
}

fn browser(occurrence: &Occurrence<'_>) -> Option<String> {
    match agent::context(occurrence) {
        Some((name, version)) => Some(agent::numbered(name, agent::major(version))),
        None => agent::browser(agent::agent(occurrence)?),
    }
}

fn system(occurrence: &Occurrence<'_>) -> Option<String> {
    let context = occurrence.contexts.get("os");
    match context.and_then(|os| Some((os, text(os, "name")?))) {
        Some((os, name)) => {
            // As Sentry's SDKs for Apple's systems called it for long.
            let name = if name == "Mac OS X" { "macOS" } else { name };
            Some(agent::numbered(
                name,
                text(os, "version").and_then(agent::major),
            ))
        }
        None => agent::system(agent::agent(occurrence)?),
    }
}

fn device(occurrence: &Occurrence<'_>) -> Option<String> {
    let device = occurrence.contexts.get("device")?;
    let name = text(device, "model").or_else(|| text(device, "family"))?;
    Some(name.to_owned())
}

/// Sentry's SDKs say it in a context, Rollbar's in `language`, where it is a fact only with its
/// version: that an item is of JavaScript its frames say.
fn runtime(occurrence: &Occurrence<'_>) -> Option<String> {
    if let Some(runtime) = occurrence.contexts.get("runtime")
        && let Some(name) = text(runtime, "name")
    {
        let version = text(runtime, "version").map(|version| version.trim_start_matches('v'));
        let version =
            version.filter(|version| version.starts_with(|one: char| one.is_ascii_digit()));
        return Some(match version {
            Some(version) => format!("{name} {version}"),
            None => name.to_owned(),
        });
    }
    let language = occurrence.language.as_deref()?;
    language
        .contains(|one: char| one.is_ascii_digit())
        .then(|| language.to_owned())
}

fn text<'n>(node: &'n Node<'_>, key: &str) -> Option<&'n str> {
    node.get(key)
        .and_then(Node::as_str)
        .filter(|text| !text.trim().is_empty())
}

/// The short scalars among an application's own fields.
fn own(prefix: &'static str, fields: &Fields<'_>) -> impl Iterator<Item = Facet> {
    fields.iter().filter_map(move |(name, node)| {
        let name = one_line(name, KEY_MAX_BYTES + 1);
        if name.is_empty() || prefix.len() + name.len() > KEY_MAX_BYTES {
            return None;
        }
        let value = scalar(node)?;
        Some(Facet(format!("{prefix}{name}").into(), value))
    })
}

/// What can be counted: texts that are short, flags and whole numbers. A fraction is a measurement,
/// of which no two are the same.
fn scalar(node: &Node<'_>) -> Option<String> {
    match node {
        Node::Text(text) if text.len() <= VALUE_MAX_BYTES => value(text).map(Cow::into_owned),
        Node::Bool(flag) => Some(flag.to_string()),
        Node::Number(number) if number.is_i64() || number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
