//! The fields of an event or a span, as values.

use std::{
    error::Error,
    fmt::{Debug, Write},
};

use serde_json::Value;
use tracing_core::field::{Field, Visit};

use crate::Occurrence;

/// Fields as they are recorded.
#[derive(Default)]
pub(super) struct Fields {
    /// The text of the event. It stays the same from one event to the next where what varies is
    /// in fields.
    pub(super) message: Option<String>,
    /// All other fields.
    pub(super) values: Vec<(&'static str, Value)>,
}

impl Fields {
    /// Records a field again, as spans allow.
    pub(super) fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        let value = value.into();
        match self.values.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => self.values.push((name, value)),
        }
    }

    /// Takes out a field.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.values.iter().position(|(known, _)| *known == name)?;
        Some(self.values.remove(at).1)
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = Some(text);
        } else {
            self.put(field.name(), text);
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = Some(value.to_owned());
        } else {
            self.put(field.name(), value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.put(field.name(), with_causes(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field.name(), value.to_string());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.put(field.name(), value.to_string());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }
}

/// Fields of an event that becomes an occurrence: the first error is what is reported.
#[derive(Default)]
pub(super) struct Failure {
    /// What was made of the error, for it is gone afterwards.
    pub(super) error: Option<Occurrence>,
    /// All other fields.
    pub(super) fields: Fields,
}

impl Visit for Failure {
    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if self.error.is_none() {
            self.error = Some(Occurrence::dyn_error(value));
        } else {
            self.fields.record_error(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.record_debug(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.record_str(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.record_bool(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.record_i64(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.record_u64(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.fields.record_i128(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.fields.record_u128(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fields.record_f64(field, value);
    }
}

/// Most causes of an error that is only text. Longer chains are circular.
const CAUSES_MAX: usize = 16;

/// `cannot read the order: connection refused`
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    for _ in 0..CAUSES_MAX {
        let Some(error) = cause else { break };
        // A `String` takes whatever is written; only a `Display` can refuse, and is cut short then.
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
