//! Envelopes, as Sentry's SDKs send them.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Answer, Project, http};

/// An envelope that is to be sent.
#[derive(Clone, Debug)]
pub struct Envelope {
    bytes: Vec<u8>,
}

impl Envelope {
    /// One of that event, with no items yet.
    pub fn of(event: Uuid) -> Self {
        Self::headed(&json!({ "event_id": event.simple().to_string() }))
    }

    /// One with that header, with no items yet.
    pub fn headed(header: &Value) -> Self {
        Self {
            bytes: format!("{header}\n").into_bytes(),
        }
    }

    /// With an event; its UUID is the envelope's where the payload has none.
    #[must_use]
    pub fn event(self, payload: &Value) -> Self {
        self.item(&json!({ "type": "event" }), payload.to_string().as_bytes())
    }

    /// With a file.
    #[must_use]
    pub fn attachment(self, name: &str, bytes: &[u8]) -> Self {
        let header = json!({ "type": "attachment", "filename": name, "length": bytes.len() });
        self.item(&header, bytes)
    }

    /// With any item.
    #[must_use]
    pub fn item(mut self, header: &Value, payload: &[u8]) -> Self {
        self.bytes.extend(format!("{header}\n").into_bytes());
        self.bytes.extend(payload);
        self.bytes.push(b'\n');
        self
    }

    /// As it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }
}

/// An exception that was raised in `function` of `file`, as Sentry's SDK for Python tells it.
pub fn event(class: &str, message: &str, file: &str, function: &str) -> Value {
    json!({
        "platform": "python",
        "environment": "production",
        "exception": { "values": [{
            "type": class,
            "value": message,
            "stacktrace": { "frames": [{
                "filename": file,
                "abs_path": format!("/srv/shop/{file}"),
                "function": function,
                "lineno": 7,
                "context_line": "    return carts[id]",
                "in_app": true,
            }] },
        }] },
    })
}

impl Project<'_> {
    /// Its DSN's path for envelopes, with the key of its server token in the query.
    pub fn envelope_path(&self) -> String {
        format!(
            "/api/{}/envelope/?sentry_version=7&sentry_key={}",
            self.id, self.tokens.server
        )
    }

    /// Posts an envelope.
    pub async fn post_envelope(&self, envelope: &Envelope) -> Answer {
        let path = self.envelope_path();
        self.way()
            .send(Method::POST, &path, &[http::OF_A_PAGE], envelope.bytes())
            .await
    }
}
