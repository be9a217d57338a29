//! Requests as SDKs of both families send them, of as many errors as are asked for.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::chance::Chance;

/// A project and the token that is posted with.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its id.
    pub id: i64,
    /// Of the scope `post_server_item`.
    pub token: String,
}

/// A request, complete: Rollbar's or Sentry's as it comes.
///
/// `class` decides the item it belongs to; `padding_bytes` are words that do not compress to nothing.
pub fn request(
    chance: &mut Chance,
    project: &Project,
    uuid: Uuid,
    class: &str,
    padding_bytes: usize,
) -> Vec<u8> {
    let padding = words(chance, padding_bytes);
    if chance.coin() {
        let body = rollbar(uuid, class, &padding).to_string();
        let head = format!(
            "POST /api/1/item/ HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             x-rollbar-access-token: {}\r\n",
            project.token
        );
        framed(&head, &body)
    } else {
        let header = json!({ "event_id": uuid.simple().to_string() });
        let body = format!(
            "{header}\n{{\"type\":\"event\"}}\n{}\n",
            sentry(class, &padding)
        );
        let head = format!(
            "POST /api/{}/envelope/ HTTP/1.1\r\nhost: localhost\r\n\
             content-type: application/x-sentry-envelope\r\n\
             x-sentry-auth: Sentry sentry_key={}, sentry_version=7\r\n",
            project.id, project.token
        );
        framed(&head, &body)
    }
}

/// A request with a token that nobody has.
pub fn of_a_stranger(chance: &mut Chance) -> Vec<u8> {
    let token = chance.id().simple();
    let head = format!(
        "POST /api/1/item/ HTTP/1.1\r\nhost: localhost\r\nx-rollbar-access-token: {token}\r\n"
    );
    framed(&head, "{}")
}

/// A name that grouping keeps: it takes digits out.
pub fn class(number: usize) -> String {
    let letter = |number: usize| char::from(b'a' + u8::try_from(number % 26).unwrap_or_default());
    let tail: String = [number / 17_576, number / 676, number / 26, number]
        .map(letter)
        .iter()
        .collect();
    format!("Fault{tail}Error")
}

fn framed(head: &str, body: &str) -> Vec<u8> {
    format!("{head}content-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn rollbar(uuid: Uuid, class: &str, padding: &str) -> Value {
    json!({ "data": {
        "uuid": uuid,
        "environment": "production",
        "language": "python",
        "custom": { "padding": padding },
        "body": { "trace": {
            "frames": [{ "filename": "shop/cart.py", "lineno": 27, "method": "total" }],
            "exception": { "class": class, "message": "under load" },
        } },
    } })
}

fn sentry(class: &str, padding: &str) -> Value {
    json!({
        "platform": "python",
        "environment": "production",
        "extra": { "padding": padding },
        "exception": { "values": [{
            "type": class,
            "value": "under load",
            "stacktrace": { "frames": [{
                "filename": "shop/cart.py",
                "function": "total",
                "lineno": 27,
                "in_app": true,
            }] },
        }] },
    })
}

fn words(chance: &mut Chance, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 16);
    while text.len() < bytes {
        // Seven letters and a space: no secret looks like that.
        let mut number = chance.next();
        for _ in 0..7 {
            text.push(char::from(
                b'a' + u8::try_from(number % 26).unwrap_or_default(),
            ));
            number /= 26;
        }
        text.push(' ');
    }
    text
}
