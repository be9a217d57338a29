//! What went wrong: exceptions, a message, and the stacks of threads that belong to them.

use super::frames::{self, Stack};
use crate::{
    model::{
        json::{Fields, Node, Text},
        occurrence::{Body, Frame, Message, Thread, Trace},
    },
    protocol::field,
};

/// What an event tells of what went wrong, as far as it has been read.
#[derive(Default)]
pub(super) struct Told<'t> {
    /// As sent: causes first, the reported exception last.
    exceptions: Vec<Trace<'t>>,
    threads: Vec<Thread<'t>>,
    stack: Stack<'t>,
    sentence: Option<Sentence<'t>>,
    root: Option<Text<'t>>,
}

/// The sentence of whoever reported it.
#[derive(Default)]
pub(super) struct Sentence<'t> {
    text: Text<'t>,
    template: Option<Text<'t>>,
    extra: Fields<'t>,
    is_of_logger: bool,
}

/// What came of it.
pub(super) struct Read<'t> {
    pub body: Body<'t>,
    pub threads: Vec<Thread<'t>>,
    /// Whether the application caught it.
    pub handled: Option<bool>,
    /// The folder of the application.
    pub root: Option<Text<'t>>,
}

impl<'t> Told<'t> {
    /// An object with `values`, a bare list (old libraries, sentry-go 0.11) or a single exception
    /// (raven-go).
    pub(super) fn take_exceptions(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let list = match field::values(value) {
            Node::List(list) => list,
            Node::Object(single) => vec![Node::Object(single)],
            other => return Some(other),
        };
        self.exceptions.clear();
        for value in list {
            if let Node::Object(fields) = value {
                let trace = self.exception(fields);
                self.exceptions.push(trace);
            }
        }
        None
    }

    fn exception(&mut self, fields: Fields<'t>) -> Trace<'t> {
        let mut trace = Trace::default();
        let mut raw_stack = None;
        for (key, value) in fields {
            let misfit = match &*key {
                "type" => field::text(&mut trace.class, value),
                "module" => field::text(&mut trace.module, value),
                "value" => {
                    trace.message = field::as_text(value);
                    None
                }
                "mechanism" => field::map(&mut trace.mechanism, value),
                "stacktrace" => {
                    let stack = frames::stack(value);
                    self.root = self.root.take().or(stack.root);
                    trace.frames = stack.frames;
                    trace.extra.extend(stack.extra);
                    None
                }
                // Minified or native, before it was mended; only where there is no other.
                "raw_stacktrace" => {
                    raw_stack = Some(value);
                    None
                }
                _ => Some(value),
            };
            if let Some(misfit) = misfit.filter(|misfit| !misfit.is_nothing()) {
                trace.extra.push(key, misfit);
            }
        }
        trace.extra.unite();
        if let Some(raw) = raw_stack.filter(|_| trace.frames.is_empty()) {
            trace.frames = frames::stack(raw).frames;
        }
        trace
    }

    /// An object with `values`, or a bare list.
    pub(super) fn take_threads(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        let list = match field::values(value) {
            Node::List(list) => list,
            other => return Some(other),
        };
        self.threads.clear();
        for value in list {
            if let Node::Object(fields) = value {
                let thread = self.thread(fields);
                self.threads.push(thread);
            }
        }
        None
    }

    fn thread(&mut self, fields: Fields<'t>) -> Thread<'t> {
        let mut thread = Thread::default();
        for (key, value) in fields {
            let misfit = match &*key {
                "id" => field::text(&mut thread.id, value),
                "name" => field::text(&mut thread.name, value),
                "crashed" => flag(&mut thread.crashed, value),
                "current" => flag(&mut thread.current, value),
                "stacktrace" => {
                    let stack = frames::stack(value);
                    self.root = self.root.take().or(stack.root);
                    thread.frames = stack.frames;
                    thread.extra.extend(stack.extra);
                    None
                }
                _ => Some(value),
            };
            if let Some(misfit) = misfit.filter(|misfit| !misfit.is_nothing()) {
                thread.extra.push(key, misfit);
            }
        }
        thread.extra.unite();
        thread
    }

    /// The event's own stack: raven-python's messages.
    pub(super) fn take_stack(&mut self, value: Node<'t>) -> Option<Node<'t>> {
        self.stack = frames::stack(value);
        None
    }

    /// A sentence; the logger's counts before the event's, unless nothing was filled in.
    pub(super) fn take_sentence(
        &mut self,
        value: Node<'t>,
        read: fn(Node<'t>) -> Sentence<'t>,
    ) -> Option<Node<'t>> {
        let sentence = read(value);
        if !sentence.text.is_empty() {
            self.sentence = Some(match self.sentence.take() {
                Some(known) if known.is_of_logger => known.beside(sentence),
                Some(known) => sentence.beside(known),
                None => sentence,
            });
        }
        None
    }
}

impl<'t> Sentence<'t> {
    pub(super) fn of_logger(value: Node<'t>) -> Self {
        Self {
            is_of_logger: true,
            ..Self::of_event(value)
        }
    }

    /// A text, or `{message, params, formatted}`.
    ///
    /// `formatted` may be missing although there are parameters (raven-python, sentry-python 1); the
    /// template is then shown as it is, for how to fill it differs from language to language.
    pub(super) fn of_event(value: Node<'t>) -> Self {
        let mut sentence = Self::default();
        let Node::Object(fields) = value else {
            sentence.text = field::as_text(value);
            return sentence;
        };
        let mut template = None;
        let mut formatted = None;
        for (key, value) in fields {
            let misfit = match &*key {
                "message" => field::text(&mut template, value),
                "formatted" => field::text(&mut formatted, value),
                _ => Some(value),
            };
            if let Some(misfit) = misfit.filter(|misfit| !misfit.is_nothing()) {
                sentence.extra.push(key, misfit);
            }
        }
        let is_template =
            sentence.extra.contains_key("params") || formatted.is_some() && formatted != template;
        sentence.text = formatted.or_else(|| template.clone()).unwrap_or_default();
        sentence.template = template.filter(|_| is_template);
        sentence
    }

    /// What is shown where the event has a text of its own as well: that one, where the logger's is
    /// a template that nobody filled in (sentry-python's `capture_event` with both).
    fn beside(mut self, event: Self) -> Self {
        if self.template.as_ref() == Some(&self.text) {
            self.text = event.text;
        }
        self
    }

    /// Whether it says no more than the exception itself: Node 5 and raven write `class: text`.
    fn repeats(&self, trace: &Trace<'_>) -> bool {
        let class = trace.class.as_deref().unwrap_or_default();
        self.text == trace.message
            || self
                .text
                .strip_prefix(class)
                .and_then(|rest| rest.strip_prefix(": "))
                .is_some_and(|rest| rest == trace.message)
            || self.text == class
    }
}

/// Makes one body of what was told.
pub(super) fn read(mut told: Told<'_>) -> Read<'_> {
    // Causes first with Sentry, last with us.
    told.exceptions.reverse();
    let handled = told
        .exceptions
        .first()
        .and_then(|reported| reported.mechanism.get("handled"))
        .and_then(Node::as_bool);
    let root = told.root.or(told.stack.root);
    let body = if let Some(message) = message_in_disguise(&mut told.exceptions) {
        Body::Message(with_sentence(message, told.sentence))
    } else if told.exceptions.is_empty() {
        let mut message = with_sentence(Message::default(), told.sentence);
        message.frames = told.stack.frames;
        message.extra.extend(told.stack.extra);
        Body::Message(message)
    } else {
        if let Some(reported) = told.exceptions.first_mut() {
            if reported.frames.is_empty() {
                reported.frames = told.stack.frames;
            }
            if let Some(sentence) = told.sentence.filter(|sentence| !sentence.repeats(reported)) {
                reported.description = Some(sentence.text);
                let mut more = sentence.extra;
                if let Some(template) = sentence.template {
                    more.insert("template", template);
                }
                reported.extra.add_missing(more);
            }
        }
        Body::Traces(told.exceptions)
    };
    let mut read = Read {
        body,
        threads: told.threads,
        handled,
        root,
    };
    lend_stack(&mut read);
    read.threads.retain(|thread| *thread != Thread::default());
    read
}

/// The message that came as an exception without a class, for the sake of its stack: @sentry/vue 11,
/// @sentry/node where `attachStacktrace` is set.
fn message_in_disguise<'t>(exceptions: &mut Vec<Trace<'t>>) -> Option<Message<'t>> {
    let [only] = exceptions.as_mut_slice() else {
        return None;
    };
    let is_synthetic = only.mechanism["synthetic"] == Node::Bool(true);
    if only.class.is_some() || only.message.is_empty() || !is_synthetic {
        return None;
    }
    let trace = std::mem::take(only);
    exceptions.clear();
    let mut message = Message {
        text: trace.message,
        frames: trace.frames,
        extra: trace.extra,
        ..Message::default()
    };
    message.extra.insert("mechanism", trace.mechanism);
    Some(message)
}

/// The message with the logger's template, and with the sentence where it has no text of its own.
fn with_sentence<'t>(mut message: Message<'t>, sentence: Option<Sentence<'t>>) -> Message<'t> {
    let Some(sentence) = sentence else {
        return message;
    };
    if message.text.is_empty() {
        message.text = sentence.text;
    }
    message.template = sentence.template;
    message.extra.extend(sentence.extra);
    message
}

/// Gives a failure without a stack the one of its thread: the one that failed, else the one that
/// reported, else the only one. It is not kept twice.
fn lend_stack<'t>(read: &mut Read<'t>) {
    let frames: &mut Vec<Frame<'t>> = match &mut read.body {
        Body::Traces(traces) if traces.iter().all(|trace| trace.frames.is_empty()) => {
            match traces.first_mut() {
                Some(reported) => &mut reported.frames,
                None => return,
            }
        }
        Body::Message(message) if message.frames.is_empty() => &mut message.frames,
        _ => return,
    };
    let threads = &read.threads;
    let its = threads
        .iter()
        .position(|thread| thread.crashed)
        .or_else(|| threads.iter().position(|thread| thread.current))
        .or((threads.len() == 1).then_some(0));
    if let Some(thread) = its.and_then(|its| read.threads.get_mut(its)) {
        *frames = std::mem::take(&mut thread.frames);
    }
}

fn flag<'t>(flag: &mut bool, value: Node<'t>) -> Option<Node<'t>> {
    match value {
        Node::Bool(sent) => {
            *flag = sent;
            None
        }
        other => Some(other),
    }
}
