//! Removal of secrets from an occurrence, and trimming it to limits.
//!
//! Runs on each occurrence after parsing and before anything touches disk. Secrets are known by
//! the name they go under ([`keys`](ScrubKeys)) or by their own shape, wherever text is. Scrubbing
//! twice is scrubbing once.

use std::borrow::Cow;

use crate::model::{
    feedback::Feedback,
    json::{Fields, Node, Text},
    occurrence::{Body, Frame, Occurrence, Request, Trace},
};

mod cards;
mod keys;
mod known;
mod pairs;
mod shapes;
mod text;
mod trim;

pub use keys::ScrubKeys;

use keys::Secrecy;
use known::{Mark, What};
use text::Kind;

/// What stands where a secret was.
pub const SCRUBBED: &str = "[scrubbed]";

/// Removes secrets from `occurrence` and trims it to the limits in [`trim`].
///
/// Left alone are what the application chose to group and identify by: fingerprint, code version,
/// UUID, environment, and the SDK's name.
pub fn scrub(occurrence: &mut Occurrence<'_>, keys: &ScrubKeys) {
    trim::occurrence(occurrence);
    let scrubber = Scrubber { keys };
    for name in [
        &mut occurrence.title,
        &mut occurrence.context,
        &mut occurrence.platform,
        &mut occurrence.language,
        &mut occurrence.framework,
        &mut occurrence.logger,
    ] {
        scrubber.name(name);
    }
    match &mut occurrence.body {
        Body::Traces(traces) => traces.iter_mut().for_each(|trace| scrubber.trace(trace)),
        Body::Message(message) => {
            scrubber.text(&mut message.text);
            message
                .template
                .iter_mut()
                .for_each(|template| scrubber.text(template));
            scrubber.frames(&mut message.frames);
            scrubber.map(&mut message.extra);
        }
        Body::CrashReport(raw) => scrubber.text(raw),
    }
    if let Some(request) = &mut occurrence.request {
        scrubber.request(request);
    }
    if let Some(person) = &mut occurrence.person {
        scrubber.name(&mut person.id);
        scrubber.name(&mut person.username);
        scrubber.name(&mut person.email);
        scrubber.map(&mut person.extra);
    }
    for map in [
        &mut occurrence.server,
        &mut occurrence.client,
        &mut occurrence.custom,
        &mut occurrence.tags,
        &mut occurrence.contexts,
        &mut occurrence.modules,
        &mut occurrence.extra,
    ] {
        scrubber.map(map);
    }
    scrubber.list(&mut occurrence.telemetry);
    for thread in &mut occurrence.threads {
        scrubber.name(&mut thread.id);
        scrubber.name(&mut thread.name);
        scrubber.frames(&mut thread.frames);
        scrubber.map(&mut thread.extra);
    }
}

/// Removes secrets from what a person says.
pub fn feedback(feedback: &mut Feedback, keys: &ScrubKeys) {
    let scrubber = Scrubber { keys };
    let mut message = Cow::Owned(std::mem::take(&mut feedback.message));
    scrubber.text(&mut message);
    feedback.message = message.into_owned();
    for name in [&mut feedback.name, &mut feedback.email, &mut feedback.url] {
        let mut text = name.take().map(Cow::Owned);
        scrubber.name(&mut text);
        *name = text.map(Cow::into_owned);
    }
}

struct Scrubber<'k> {
    keys: &'k ScrubKeys,
}

impl Scrubber<'_> {
    fn trace(&self, trace: &mut Trace<'_>) {
        self.name(&mut trace.class);
        self.text(&mut trace.message);
        trace
            .description
            .iter_mut()
            .for_each(|description| self.text(description));
        self.name(&mut trace.module);
        self.frames(&mut trace.frames);
        self.map(&mut trace.mechanism);
        self.map(&mut trace.extra);
    }

    fn frames(&self, frames: &mut [Frame<'_>]) {
        for frame in frames {
            self.frame(frame);
        }
    }

    fn frame(&self, frame: &mut Frame<'_>) {
        let place = Mark::of(self.keys, &What::Place(frame));
        if !place.is_known() && !self.place(frame) {
            place.remember();
        }
        self.list(&mut frame.argument_values);
        self.map(&mut frame.locals);
    }

    /// Where in the code a frame is; whether anything of that was changed.
    fn place(&self, frame: &mut Frame<'_>) -> bool {
        let mut changed = false;
        for name in [
            &mut frame.filename,
            &mut frame.path,
            &mut frame.module,
            &mut frame.package,
            &mut frame.address,
            &mut frame.method,
            &mut frame.class_name,
        ] {
            changed |= self.name(name);
        }
        for line in frame
            .code
            .iter_mut()
            .chain(&mut frame.pre)
            .chain(&mut frame.post)
        {
            changed |= text::scrub(line, self.keys, Kind::Code, trim::CODE_MAX_BYTES);
        }
        for name in &mut frame.arguments {
            changed |= text::scrub(name, self.keys, Kind::Prose, trim::NAME_MAX_BYTES);
        }
        changed
    }

    fn request(&self, request: &mut Request<'_>) {
        for text in [&mut request.url, &mut request.query_string]
            .into_iter()
            .flatten()
        {
            self.text(text);
        }
        self.name(&mut request.method);
        self.name(&mut request.user_ip);
        for map in [
            &mut request.headers,
            &mut request.get,
            &mut request.post,
            &mut request.params,
            &mut request.extra,
        ] {
            self.map(map);
        }
        self.value(&mut request.body);
    }

    fn name(&self, name: &mut Option<Text<'_>>) -> bool {
        name.as_mut()
            .is_some_and(|name| text::scrub(name, self.keys, Kind::Prose, trim::NAME_MAX_BYTES))
    }

    fn text(&self, text: &mut Text<'_>) {
        text::scrub(text, self.keys, Kind::Prose, trim::TEXT_MAX_BYTES);
    }

    /// Recursion is bounded: parsers cut nesting at `json::MAX_DEPTH`.
    fn value(&self, value: &mut Node<'_>) {
        match value {
            Node::Text(text) => self.text(text),
            Node::List(list) => self.list(list),
            Node::Object(map) => self.map(map),
            Node::Number(number) => {
                if number.as_u64().is_some_and(cards::is_card_number) {
                    *value = SCRUBBED.into();
                }
            }
            Node::Null | Node::Bool(_) => {}
        }
    }

    fn list(&self, list: &mut Vec<Node<'_>>) {
        trim::list(list);
        self.pair(list);
        let mut after_flag = false;
        for value in list {
            let is_flag = value.as_str().is_some_and(|text| self.is_secret_flag(text));
            if after_flag && !is_flag {
                hide(value, Secrecy::Secret);
            }
            after_flag = is_flag;
            self.value(value);
        }
    }

    /// A list of two that begins with a secret's name is a pair, as headers come from some clients.
    fn pair(&self, list: &mut [Node<'_>]) {
        if let [Node::Text(name), value] = list {
            hide(value, self.keys.secrecy(name));
        }
    }

    /// Whether `text` is a command line's `--password`, with the value in the next argument.
    fn is_secret_flag(&self, text: &str) -> bool {
        text.len() < 64
            && text.starts_with('-')
            && !text.contains(['=', ' ', ':'])
            && self.keys.secrecy(text) == Secrecy::Secret
    }

    fn map(&self, map: &mut Fields<'_>) {
        trim::map(map);
        if self.are_plain(map) {
            map.values_mut().for_each(|value| self.value(value));
            self.named_value(map);
            return;
        }
        self.names(map);
        for (key, value) in map.iter_mut() {
            if self.is_plain(key) {
                self.value(value);
                continue;
            }
            match self.keys.secrecy(key) {
                Secrecy::Open => self.value(value),
                secrecy => {
                    if !hide(value, secrecy) {
                        self.value(value);
                    }
                }
            }
        }
        self.named_value(map);
    }

    /// Whether each key is an ordinary one.
    fn are_plain(&self, map: &Fields<'_>) -> bool {
        let mark = Mark::of(self.keys, &What::Keys(map));
        if mark.is_known() {
            return true;
        }
        let are_plain = map.keys().all(|key| self.is_plain(key));
        if are_plain {
            mark.remember();
        }
        are_plain
    }

    /// Whether a key is an ordinary one: neither a secret's name, nor one itself, nor too long.
    fn is_plain(&self, key: &str) -> bool {
        let mark = Mark::of(self.keys, &What::Key(key));
        if mark.is_known() {
            return true;
        }
        let is_plain = self.keys.secrecy(key) == Secrecy::Open && !self.is_to_be_changed(key);
        if is_plain {
            mark.remember();
        }
        is_plain
    }

    /// Whether a key is itself a secret, or too long.
    fn is_to_be_changed(&self, key: &str) -> bool {
        key.len() > trim::NAME_MAX_BYTES
            || (key.len() >= text::SHORTEST_KEY && text::is_suspect(key, self.keys))
    }

    /// An object such as `{"name": "Authorization", "value": "…"}`.
    fn named_value(&self, map: &mut Fields<'_>) {
        if !map.contains_key("value") {
            return;
        }
        let name = ["name", "key"]
            .iter()
            .find_map(|key| map.get(key)?.as_str());
        let secrecy = name.map_or(Secrecy::Open, |name| self.keys.secrecy(name));
        if let Some(value) = map.get_mut("value") {
            hide(value, secrecy);
        }
    }

    /// Keys that are themselves secrets or too long.
    fn names(&self, map: &mut Fields<'_>) {
        let mut changed = false;
        for key in map.keys_mut() {
            if !self.is_plain(key) && self.is_to_be_changed(key) {
                changed |= text::scrub(key, self.keys, Kind::Prose, trim::NAME_MAX_BYTES);
            }
        }
        if changed {
            map.unite();
        }
    }
}

/// Replaces a value that goes under a secret's name; tells whether it did.
///
/// What says nothing stays: that a password is null or empty helps whoever looks for the mistake.
fn hide(value: &mut Node<'_>, secrecy: Secrecy) -> bool {
    let hidden = match (secrecy, &*value) {
        (Secrecy::Open, _)
        | (_, Node::Null | Node::Bool(_))
        | (Secrecy::Count, Node::Number(_)) => false,
        (_, Node::Number(_)) => true,
        (_, Node::Text(text)) => !text.is_empty(),
        (_, Node::List(list)) => !list.is_empty(),
        (_, Node::Object(map)) => !map.is_empty(),
    };
    if hidden {
        *value = SCRUBBED.into();
    }
    hidden
}

#[cfg(test)]
mod tests;
