//! `request` and `user`.

use serde_json::Value;

use crate::{
    model::occurrence::{Person, Request},
    protocol::{Received, field, json::Node},
};

/// What browsers' SDKs send for an address that they do not know: the one they connect from.
const AUTO: &str = "{{auto}}";

/// Takes `request`, and gives back what is no object.
pub(super) fn request<'t>(slot: &mut Option<Request>, value: Node<'t>) -> Option<Node<'t>> {
    let fields = match value {
        value if field::is_nothing(&value) => return None,
        Node::Object(fields) => fields,
        value => return Some(value),
    };
    let mut request = Request::default();
    for (key, value) in fields {
        let misfit = match &*key {
            "url" => field::text(&mut request.url, value),
            "method" => field::text(&mut request.method, value),
            "headers" => field::pairs(&mut request.headers, value),
            "query_string" => match value {
                Node::List(_) | Node::Object(_) => field::pairs(&mut request.get, value),
                value => field::text(&mut request.query_string, value),
            },
            "data" => {
                request.body = value.into_value();
                None
            }
            _ => Some(value),
        };
        if let Some(misfit) = misfit.filter(|misfit| !field::is_nothing(misfit)) {
            field::keep(&mut request.extra, key, misfit);
        }
    }
    if field::is_empty(&request.body) {
        request.body = Value::Null;
    }
    if let Some(Value::String(address)) = request
        .extra
        .get("env")
        .and_then(|env| env.get("REMOTE_ADDR"))
        && !address.is_empty()
    {
        request.user_ip = Some(address.clone());
    }
    *slot = (request != Request::default()).then_some(request);
    None
}

/// Takes `user`, and gives back what is no object.
pub(super) fn person<'t>(
    slot: &mut Option<Person>,
    value: Node<'t>,
    received: &Received,
) -> Option<Node<'t>> {
    let fields = match value {
        value if field::is_nothing(&value) => return None,
        Node::Object(fields) => fields,
        value => return Some(value),
    };
    let mut person = Person::default();
    for (key, value) in fields {
        let misfit = match (&*key, value) {
            ("id", value) => field::text(&mut person.id, value),
            ("username", value) => field::text(&mut person.username, value),
            ("email", value) => field::text(&mut person.email, value),
            ("ip_address", Node::Text(address)) if address == AUTO => received
                .peer
                .map(|peer| Node::Text(peer.to_canonical().to_string().into())),
            (_, value) => Some(value).filter(|value| !field::is_nothing(value)),
        };
        if let Some(misfit) = misfit {
            field::keep(&mut person.extra, key, misfit);
        }
    }
    *slot = (person != Person::default()).then_some(person);
    None
}
