//! Pages and servers on the developer's own machine.

use std::net::IpAddr;

use url::{Host, Url};

use crate::model::{agent, occurrence::Occurrence};

/// Whether what was asked for lies on the machine of whoever asked.
pub fn is_local(occurrence: &Occurrence<'_>) -> bool {
    let url = occurrence
        .request
        .as_ref()
        .and_then(|request| request.url.as_deref());
    match url.and_then(|url| Url::parse(url.trim()).ok()) {
        Some(url) if url.scheme() == "file" => true,
        Some(url) if url.has_host() => url.host().is_some_and(|host| is_local_host(&host)),
        // Servers that say only the path say the host in a header.
        _ => agent::header(occurrence, "host").is_some_and(is_local_name),
    }
}

/// Of a header, with a port or without.
fn is_local_name(name: &str) -> bool {
    Url::parse(&format!("http://{}/", name.trim()))
        .ok()
        .and_then(|url| url.host().map(|host| is_local_host(&host)))
        .unwrap_or(false)
}

fn is_local_host(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            name == "localhost" || name.ends_with(".localhost")
        }
        Host::Ipv4(address) => address.is_loopback() || address.is_unspecified(),
        Host::Ipv6(address) => {
            let address = IpAddr::V6(*address).to_canonical();
            address.is_loopback() || address.is_unspecified()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::occurrence::{Body, Message, Request};

    fn asked<'t>(url: Option<&'t str>, host: Option<&'t str>) -> Occurrence<'t> {
        let mut occurrence = Occurrence::new(
            crate::model::id::OccurrenceUuid(uuid::Uuid::nil()),
            Body::Message(Message::default()),
        );
        let headers = host.map(|host| ("HOST".into(), host.into()));
        occurrence.request = Some(Request {
            url: url.map(Into::into),
            headers: headers.into_iter().collect(),
            ..Request::default()
        });
        occurrence
    }

    #[test]
    fn the_own_machine_has_many_names() {
        for (url, is_own) in [
            ("http://localhost:3000/cart?x=1", true),
            ("http://LOCALHOST./", true),
            ("https://shop.localhost/", true),
            ("http://127.0.0.1:8000/", true),
            ("http://127.8.8.8/", true),
            ("http://[::1]:5173/", true),
            ("http://0.0.0.0:8000/", true),
            ("file:///home/ada/shop/index.html", true),
            ("https://localhost.example.org/", false),
            ("https://notlocalhost/", false),
            ("https://shop.example/?next=http://localhost/", false),
            ("http://192.168.1.4/", false),
            ("/cart", false),
            ("", false),
        ] {
            assert_eq!(is_local(&asked(Some(url), None)), is_own, "{url}");
        }
    }

    #[test]
    fn a_path_alone_asks_for_the_host() {
        for (url, host, is_own) in [
            (Some("/cart"), "localhost:3000", true),
            (None, "127.0.0.1", true),
            (None, "[::1]:80", true),
            (None, "shop.example", false),
            (Some("https://shop.example/"), "localhost", false),
            (None, "a b", false),
        ] {
            assert_eq!(is_local(&asked(url, Some(host))), is_own, "{url:?} {host}");
        }
        assert!(!is_local(&asked(None, None)));
    }
}
