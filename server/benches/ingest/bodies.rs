//! What is sent: recorded bodies of real SDKs, as 200 distinct errors, each with a UUID of its own.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use serde_json::Value;
use uuid::Uuid;

/// Distinct errors of a run.
const DISTINCT: usize = 200;

/// What stands where a body's UUID goes.
const PLACEHOLDER: &str = "00000000-0000-4000-8000-000000000000";

/// A recorded body.
#[derive(Clone, Copy)]
pub struct Kind {
    /// For the table.
    pub name: &'static str,
    file: &'static str,
}

/// A Rollbar item of ordinary size, and one of the size of a Sentry envelope.
pub const KINDS: [Kind; 2] = [
    Kind {
        name: "rollbar-sized",
        file: "rollbar-php-4.2.0/division.body",
    },
    Kind {
        name: "sentry-sized",
        file: "rollbar.js-node-3.1.0/uncaught.body",
    },
];

/// A body with a gap for its UUID.
pub struct Template {
    before: Vec<u8>,
    after: Vec<u8>,
}

impl Template {
    /// Bytes of the body.
    pub fn len(&self) -> usize {
        self.before.len() + PLACEHOLDER.len() + self.after.len()
    }

    /// Appends the body with a new UUID.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.before);
        let mut buffer = Uuid::encode_buffer();
        out.extend_from_slice(
            Uuid::new_v4()
                .hyphenated()
                .encode_lower(&mut buffer)
                .as_bytes(),
        );
        out.extend_from_slice(&self.after);
    }
}

/// The body as recorded.
pub fn recorded(kind: Kind) -> anyhow::Result<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/rollbar")
        .join(kind.file);
    std::fs::read(&path).with_context(|| format!("reading {}", path.display()))
}

/// The recorded body as distinct errors: the class of the exception differs.
pub fn distinct(kind: Kind) -> anyhow::Result<Arc<[Template]>> {
    let body: Value = serde_json::from_slice(&recorded(kind)?)?;
    (0..DISTINCT)
        .map(|number| variant(body.clone(), number))
        .collect()
}

fn variant(mut body: Value, number: usize) -> anyhow::Result<Template> {
    body["data"]["uuid"] = PLACEHOLDER.into();
    for class in [
        "/data/body/trace/exception/class",
        "/data/body/trace_chain/0/exception/class",
    ] {
        if let Some(class) = body.pointer_mut(class) {
            *class = format!("{}{number}", class.as_str().unwrap_or_default()).into();
        }
    }
    let text = body.to_string();
    let (before, after) = text
        .split_once(PLACEHOLDER)
        .context("the body has its UUID")?;
    Ok(Template {
        before: before.into(),
        after: after.into(),
    })
}
