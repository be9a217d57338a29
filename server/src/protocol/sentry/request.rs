//! `request` and `user`.

use crate::{
    model::{
        json::Node,
        occurrence::{Person, Request},
    },
    protocol::{Received, field},
};

/// What browsers' SDKs send for an address that they do not know: the one they connect from.
const AUTO: &str = "{{auto}}";

/// Takes `request`, and gives back what is no object.
pub(super) fn request<'t>(slot: &mut Option<Request<'t>>, value: Node<'t>) -> Option<Node<'t>> {
    let fields = match value {
        value if value.is_nothing() => return None,
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
                request.body = value;
                None
            }
            _ => Some(value),
        };
        if let Some(misfit) = misfit.filter(|misfit| !misfit.is_nothing()) {
            request.extra.push(key, misfit);
        }
    }
    if request.body.is_nothing() {
        request.body = Node::Null;
    }
    if let Some(Node::Text(address)) = request
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
    slot: &mut Option<Person<'t>>,
    value: Node<'t>,
    received: &Received,
) -> Option<Node<'t>> {
    let fields = match value {
        value if value.is_nothing() => return None,
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
            (_, value) => Some(value).filter(|value| !value.is_nothing()),
        };
        if let Some(misfit) = misfit {
            person.extra.push(key, misfit);
        }
    }
    *slot = (person != Person::default()).then_some(person);
    None
}
