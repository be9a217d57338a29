//! What every page has: headers against what browsers allow by default, and the check that a change
//! was asked for by one of our own pages.

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{HOST, ORIGIN},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use url::Url;

use super::{Pages, render::PageError};

const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Adds the headers that a page has not set more strictly itself.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        ("content-security-policy", CONTENT_SECURITY_POLICY),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=()",
        ),
    ] {
        response
            .headers_mut()
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Refuses changes that another site asks for with the viewer's cookie.
pub async fn same_origin(State(pages): State<Pages>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_same_origin(request.headers(), &pages.base_url) {
        next.run(request).await
    } else {
        PageError::ForeignOrigin.into_response()
    }
}

/// Browsers say `Sec-Fetch-Site`, which pages cannot set; older ones at least `Origin`.
fn is_same_origin(headers: &HeaderMap, base_url: &str) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    let Some(origin) = text(ORIGIN).and_then(|origin| Url::parse(origin).ok()) else {
        return false;
    };
    let ours = Url::parse(base_url).is_ok_and(|ours| ours.origin() == origin.origin());
    // Reached by another name, as on a LAN: then the Host header is the name in the address bar.
    ours || text(HOST).is_some_and(|host| host == authority(&origin))
}

fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_may_ask_for_changes() {
        for (site, origin, is_ours) in [
            (Some("same-origin"), None, true),
            (Some("same-origin"), Some("https://evil.example"), true),
            (Some("cross-site"), Some("https://errors.example"), false),
            (Some("same-site"), None, false),
            (Some("none"), None, false),
            (None, Some("https://errors.example"), true),
            (None, Some("http://10.0.0.7:8080"), true),
            (None, Some("https://evil.example"), false),
            (None, Some("null"), false),
            (None, None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("10.0.0.7:8080"));
            if let Some(site) = site {
                headers.insert("sec-fetch-site", HeaderValue::from_static(site));
            }
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(
                is_same_origin(&headers, "https://errors.example"),
                is_ours,
                "{site:?} {origin:?}"
            );
        }
    }
}
