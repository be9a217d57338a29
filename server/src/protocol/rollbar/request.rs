//! `data.request` and `data.person`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use crate::{
    model::occurrence::{Person, Request},
    protocol::{Received, field, json::Node},
};

/// Takes `data.request`, and gives back what is no object.
pub(super) fn request<'t>(
    slot: &mut Option<Request>,
    value: Node<'t>,
    received: &Received,
) -> Option<Node<'t>> {
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
            "query_string" => field::text(&mut request.query_string, value),
            // rollbar-java writes them in lower case.
            "GET" | "get" => field::map(&mut request.get, value),
            "POST" | "post" => field::map(&mut request.post, value),
            "params" => field::map(&mut request.params, value),
            "body" => {
                request.body = if field::is_nothing(&value) {
                    Value::Null
                } else {
                    value.into_value()
                };
                None
            }
            "user_ip" => field::text(&mut request.user_ip, value),
            _ => Some(value).filter(|value| !field::is_nothing(value)),
        };
        if let Some(misfit) = misfit {
            field::keep(&mut request.extra, key, misfit);
        }
    }
    // Browsers send the question mark too.
    if let Some(query) = &mut request.query_string
        && query.starts_with('?')
    {
        query.remove(0);
    }
    request.user_ip = request
        .user_ip
        .and_then(|sent| user_ip(sent, received.peer));
    *slot = (request != Request::default()).then_some(request);
    None
}

/// The client's address: browsers do not know theirs and ask for the one they connect from.
fn user_ip(sent: String, peer: Option<IpAddr>) -> Option<String> {
    match sent.as_str() {
        "$remote_ip" => peer.map(|peer| peer.to_canonical().to_string()),
        "$remote_ip_anonymize" => peer.map(|peer| anonymized(peer).to_string()),
        _ => Some(sent),
    }
}

/// An address without the part that tells one client from its neighbors: of IPv4 the last byte, of
/// IPv6 all but the 48 bits that a provider gives away at once.
fn anonymized(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & !(u128::MAX >> 48)).into(),
    }
}

/// Takes `data.person`: an object, or only an id.
pub(super) fn person<'t>(slot: &mut Option<Person>, value: Node<'t>) -> Option<Node<'t>> {
    let mut person = Person::default();
    match value {
        Node::Object(fields) => {
            for (key, value) in fields {
                let misfit = match &*key {
                    "id" => field::text(&mut person.id, value),
                    "username" => field::text(&mut person.username, value),
                    "email" => field::text(&mut person.email, value),
                    _ => Some(value).filter(|value| !field::is_nothing(value)),
                };
                if let Some(misfit) = misfit {
                    field::keep(&mut person.extra, key, misfit);
                }
            }
        }
        value => {
            let misfit = field::text(&mut person.id, value);
            if misfit.is_some() {
                return misfit;
            }
        }
    }
    *slot = (person != Person::default()).then_some(person);
    None
}
