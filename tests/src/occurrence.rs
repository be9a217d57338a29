//! An occurrence as an SDK would report it.

use rollcage_server::{model::id::OccurrenceUuid, store::occurrences};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::{Answer, Item, Project};

/// An occurrence that is to be reported. What a test does not name is that of an ordinary one: a
/// `KeyError` in `shop/cart.py`, in production.
#[derive(Clone)]
#[must_use = "`send` reports it"]
pub struct Occurrence<'p> {
    project: &'p Project<'p>,
    data: Map<String, Value>,
    times: usize,
}

/// What was reported.
pub struct Sent<'p> {
    project: &'p Project<'p>,
    /// The UUIDs that the server answered, in the order of sending.
    pub uuids: Vec<Uuid>,
}

impl<'p> Occurrence<'p> {
    /// An ordinary one.
    pub fn of(project: &'p Project<'p>) -> Self {
        let data = json!({
            "environment": "production",
            "level": "error",
            "language": "python 3.11.2",
            "body": { "trace": {
                "frames": [
                    frame("shop/views.py", 112, "checkout", "amount = total(session.cart)"),
                    frame("shop/cart.py", 27, "total", "return prices[key]"),
                ],
                "exception": { "class": "KeyError", "message": "'total'" },
            } },
        });
        Self {
            project,
            data: object(data),
            times: 1,
        }
    }

    /// Of that class.
    pub fn class(self, class: &str) -> Self {
        self.at("/body/trace/exception/class", class)
    }

    /// With that text.
    pub fn message(self, message: &str) -> Self {
        self.at("/body/trace/exception/message", message)
    }

    /// From that environment.
    pub fn environment(self, environment: &str) -> Self {
        self.with("environment", environment)
    }

    /// As bad as that.
    pub fn level(self, level: &str) -> Self {
        self.with("level", level)
    }

    /// From that version of the code.
    pub fn version(self, version: &str) -> Self {
        self.with("code_version", version)
    }

    /// With that UUID.
    pub fn uuid(self, uuid: Uuid) -> Self {
        self.with("uuid", uuid.to_string())
    }

    /// Raised in that function of that file, called by the ordinary view.
    pub fn raised_in(self, file: &str, function: &str) -> Self {
        let frames = json!([
            frame(
                "shop/views.py",
                112,
                "checkout",
                "amount = total(session.cart)"
            ),
            frame(file, 27, function, "return prices[key]"),
        ]);
        self.at("/body/trace/frames", frames)
    }

    /// With that field of `data`.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.data.insert(name.to_owned(), value.into());
        self
    }

    /// That many of it, each with its own UUID.
    pub fn times(mut self, times: usize) -> Self {
        self.times = times;
        self
    }

    /// The payload, without a token.
    pub fn payload(&self) -> Value {
        json!({ "data": self.data })
    }

    /// Reports it.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn send(self) -> Sent<'p> {
        let mut uuids = Vec::with_capacity(self.times);
        for _ in 0..self.times {
            let answer = self.project.post(self.payload().to_string()).await;
            uuids.push(acknowledged(&answer));
        }
        Sent {
            project: self.project,
            uuids,
        }
    }

    fn at(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let mut data = Value::Object(self.data);
        *data.pointer_mut(pointer).expect("an ordinary one has it") = value.into();
        self.data = object(data);
        self
    }
}

impl<'p> Sent<'p> {
    /// The item that it went to.
    pub async fn item(&self) -> Item<'p> {
        let app = self.project.app();
        app.digested().await;
        let uuid = *self.uuids.last().expect("something was sent");
        let projects = [self.project.id.0];
        let (_, counter, _) =
            occurrences::places_of(app.database.db(), OccurrenceUuid(uuid), &projects)
                .await
                .expect("Postgres answers")
                .expect("what is digested has a place");
        self.project.item(counter.0).await
    }
}

/// The UUID of an answer that says that it went well.
pub fn acknowledged(answer: &Answer) -> Uuid {
    let result = answer.result();
    let uuid = result["uuid"].as_str().expect("an answer has the uuid");
    uuid.parse().expect("the uuid is one")
}

/// A frame of Python.
pub fn frame(file: &str, line: u32, function: &str, code: &str) -> Value {
    json!({ "filename": file, "lineno": line, "method": function, "code": code })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is an object"),
    }
}
