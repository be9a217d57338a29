//! What is kept of a request while it is worked on.
//!
//! It holds references to what the server read. Texts are made of it when something is reported.

use std::{
    net::IpAddr,
    sync::atomic::{AtomicBool, Ordering},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use super::{Client, Settings};
use crate::{
    Level, Request,
    served::{Served, Shared},
};

/// A request that is being worked on.
pub(super) struct Kept {
    method: Method,
    uri: Uri,
    host: Option<HeaderValue>,
    is_https: bool,
    client: Option<IpAddr>,
    headers: Vec<(HeaderName, HeaderValue)>,
    route: Route,
    has_failed: AtomicBool,
    /// What an outer layer keeps of the same request.
    outer: Option<Shared>,
}

impl Kept {
    pub(super) fn of<B>(
        request: &http::Request<B>,
        settings: &Settings,
        outer: Option<Shared>,
    ) -> Self {
        let headers = request.headers();
        Self {
            method: request.method().clone(),
            uri: uri(request).clone(),
            host: headers.get(header::HOST).cloned(),
            is_https: settings.trusted_proxies > 0 && came_by_https(headers),
            client: client(request, settings.trusted_proxies),
            headers: listed(headers, &settings.headers),
            route: Route::of(request),
            has_failed: AtomicBool::new(false),
            outer,
        }
    }

    /// Whether an error was reported while it was worked on.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// `GET /orders/{id}`, or with the path where the route is not known.
    pub(super) fn name(&self) -> String {
        let path = self.route.as_str().unwrap_or_else(|| self.uri.path());
        format!("{} {path}", self.method)
    }

    fn url(&self) -> String {
        let scheme = match self.uri.scheme_str() {
            Some(scheme) => scheme,
            None if self.is_https => "https",
            None => "http",
        };
        let host = self.host.as_ref().map(text);
        let host = match (self.uri.authority(), &host) {
            (Some(authority), _) => authority.as_str(),
            (None, Some(host)) => host,
            // HTTP/1.0 knows no host: the path alone then.
            (None, None) => return self.uri.to_string(),
        };
        let path = self.uri.path_and_query().map_or("/", |path| path.as_str());
        format!("{scheme}://{host}{path}")
    }
}

impl Served for Kept {
    fn request(&self) -> Request {
        let mut request = Request::new().method(self.method.as_str()).url(self.url());
        if let Some(query) = self.uri.query() {
            request = request.query_string(query);
        }
        if let Some(client) = self.client {
            request = request.user_ip(client.to_string());
        }
        for (name, value) in &self.headers {
            request = request.header(name.as_str(), text(value));
        }
        request
    }

    fn context(&self) -> Option<&str> {
        self.route.as_str()
    }

    fn framework(&self) -> Option<&'static str> {
        self.route.as_str().map(|_| "axum")
    }

    fn captured(&self, level: Level) {
        if level >= Level::Error {
            self.has_failed.store(true, Ordering::Relaxed);
        }
        if let Some(outer) = &self.outer {
            outer.captured(level);
        }
    }

    fn bytes(&self) -> usize {
        let headers = self.headers.iter();
        self.uri.path().len()
            + self.uri.query().map_or(0, str::len)
            + headers
                .map(|(name, value)| name.as_str().len() + value.len())
                .sum::<usize>()
    }
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn listed(headers: &HeaderMap, names: &[HeaderName]) -> Vec<(HeaderName, HeaderValue)> {
    let mut listed = Vec::with_capacity(names.len().min(headers.len()));
    for name in names {
        if let Some(value) = headers.get(name) {
            listed.push((name.clone(), value.clone()));
        }
    }
    listed
}

fn came_by_https(headers: &HeaderMap) -> bool {
    headers
        .get("x-forwarded-proto")
        .is_some_and(|scheme| scheme.as_bytes().eq_ignore_ascii_case(b"https"))
}

fn client<B>(request: &http::Request<B>, trusted_proxies: usize) -> Option<IpAddr> {
    forwarded_for(request.headers(), trusted_proxies).or_else(|| peer(request))
}

/// Whom the first of the proxies that we trust was asked by.
fn forwarded_for(headers: &HeaderMap, trusted_proxies: usize) -> Option<IpAddr> {
    let back = trusted_proxies.checked_sub(1)?;
    // Proxies add to the header, or add a header: both are one list.
    let entries = headers.get_all("x-forwarded-for").iter().rev();
    let mut entries = entries.flat_map(|value| value.as_bytes().rsplit(|byte| *byte == b','));
    let entry = std::str::from_utf8(entries.nth(back)?).ok()?.trim();
    // Some write the port behind it.
    entry
        .parse::<IpAddr>()
        .or_else(|_| {
            entry
                .parse()
                .map(|address: std::net::SocketAddr| address.ip())
        })
        .ok()
}

#[cfg(feature = "axum")]
fn peer<B>(request: &http::Request<B>) -> Option<IpAddr> {
    use axum::extract::ConnectInfo;
    let extensions = request.extensions();
    let info = extensions.get::<ConnectInfo<std::net::SocketAddr>>();
    let told = extensions.get::<Client>().map(|client| client.0);
    told.or_else(|| info.map(|info| info.0.ip()))
}

#[cfg(not(feature = "axum"))]
fn peer<B>(request: &http::Request<B>) -> Option<IpAddr> {
    request.extensions().get::<Client>().map(|client| client.0)
}

/// As the client wrote it: a nested router takes its own prefix away.
#[cfg(feature = "axum")]
fn uri<B>(request: &http::Request<B>) -> &Uri {
    let original = request.extensions().get::<axum::extract::OriginalUri>();
    original.map_or_else(|| request.uri(), |original| &original.0)
}

#[cfg(not(feature = "axum"))]
fn uri<B>(request: &http::Request<B>) -> &Uri {
    request.uri()
}

/// The route that axum found.
#[cfg(feature = "axum")]
struct Route(Option<axum::extract::MatchedPath>);

#[cfg(feature = "axum")]
impl Route {
    fn of<B>(request: &http::Request<B>) -> Self {
        Self(request.extensions().get().cloned())
    }

    fn as_str(&self) -> Option<&str> {
        self.0.as_ref().map(axum::extract::MatchedPath::as_str)
    }
}

#[cfg(not(feature = "axum"))]
struct Route;

#[cfg(not(feature = "axum"))]
impl Route {
    fn of<B>(_: &http::Request<B>) -> Self {
        Self
    }

    fn as_str(&self) -> Option<&str> {
        None
    }
}
