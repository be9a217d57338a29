//! `data.request` and `data.person`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{
    model::{
        json::{Node, Text},
        occurrence::{Person, Request},
    },
    protocol::{Received, field},
};

/// Takes `data.request`, and gives back what is no object.
pub(super) fn request<'t>(
    slot: &mut Option<Request<'t>>,
    value: Node<'t>,
    received: &Received,
) -> Option<Node<'t>> {
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
            "query_string" => field::text(&mut request.query_string, value),
            // rollbar-java writes them in lower case.
            "GET" | "get" => field::map(&mut request.get, value),
            "POST" | "post" => field::map(&mut request.post, value),
            "params" => field::map(&mut request.params, value),
            "body" => {
                if !value.is_nothing() {
                    request.body = value;
                }
                None
            }
            "user_ip" => field::text(&mut request.user_ip, value),
            _ => Some(value).filter(|value| !value.is_nothing()),
        };
        if let Some(misfit) = misfit {
            request.extra.push(key, misfit);
        }
    }
    // Browsers send the question mark too.
    request.query_string = request.query_string.map(|query| match query {
        Text::Borrowed(query) => query.strip_prefix('?').unwrap_or(query).into(),
        Text::Owned(query) => query.strip_prefix('?').unwrap_or(&query).to_owned().into(),
    });
    request.user_ip = request
        .user_ip
        .and_then(|sent| user_ip(sent, received.peer));
    *slot = (request != Request::default()).then_some(request);
    None
}

/// The client's address: browsers do not know theirs and ask for the one they connect from.
fn user_ip(sent: Text<'_>, peer: Option<IpAddr>) -> Option<Text<'_>> {
    match &*sent {
        "$remote_ip" => peer.map(|peer| peer.to_canonical().to_string().into()),
        "$remote_ip_anonymize" => peer.map(|peer| anonymized(peer).to_string().into()),
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
pub(super) fn person<'t>(slot: &mut Option<Person<'t>>, value: Node<'t>) -> Option<Node<'t>> {
    let mut person = Person::default();
    match value {
        Node::Object(fields) => {
            for (key, value) in fields {
                let misfit = match &*key {
                    "id" => field::text(&mut person.id, value),
                    "username" => field::text(&mut person.username, value),
                    "email" => field::text(&mut person.email, value),
                    _ => Some(value).filter(|value| !value.is_nothing()),
                };
                if let Some(misfit) = misfit {
                    person.extra.push(key, misfit);
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
