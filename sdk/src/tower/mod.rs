//! A layer for HTTP services: axum, hyper, and whatever else is a `tower` service.
//!
//! Each request gets a scope of its own, a fork of the one outside. It is current whenever the
//! request is worked on, on whatever thread, until the last byte of the answer's body is made. What
//! is reported meanwhile carries the request: method, URL, headers by a list, the client's address
//! and the route. Reported by the layer itself are
//!
//! - answers of 500 and above, unless an error was reported while the request was worked on,
//! - panics of the handler, if the panic hook has not,
//! - errors of the inner service.
//!
//! ```
//! # #[cfg(feature = "axum")] {
//! use axum::{Router, routing::get};
//!
//! let app: Router = Router::new()
//!     .route("/orders/{id}", get(|| async { "an order" }))
//!     .layer(rollcage::tower::layer());
//! # }
//! ```
//!
//! With axum use `Router::layer`, which knows the route by then, after all routes are there. Serve
//! with `into_make_service_with_connect_info::<SocketAddr>()` for the client's address.
//!
//! What a request costs that ends well is a few references to what it holds anyway: texts are made
//! only when something is reported.

use std::{error::Error, marker::PhantomData, sync::Arc};

use http::{HeaderName, header};

use crate::Occurrence;

mod body;
mod future;
mod kept;
mod service;

pub use body::Body;
pub use future::ResponseFuture;
pub use service::Service;

/// Headers that are reported unless [`Layer::headers`] says otherwise: none that lets anybody in.
const HEADERS: [HeaderName; 11] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::HOST,
    header::ORIGIN,
    header::REFERER,
    header::USER_AGENT,
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("x-correlation-id"),
    HeaderName::from_static("x-request-id"),
];

/// Reports errors of services whose errors are errors, or which have none, as axum's.
///
/// For services whose error is a box, `tower`'s own often, see [`Layer::boxed_errors`].
pub fn layer() -> Layer {
    Layer {
        settings: Arc::new(Settings {
            headers: HEADERS.to_vec(),
            trusted_proxies: 0,
            panics: Panics::PassOn,
            server_errors: true,
        }),
        errors: PhantomData,
    }
}

/// The layer: see the [module](self).
#[derive(Debug)]
#[must_use = "a layer does nothing until it is laid around a service"]
pub struct Layer<R = Errors> {
    settings: Arc<Settings>,
    errors: PhantomData<fn() -> R>,
}

#[derive(Clone, Debug)]
struct Settings {
    headers: Vec<HeaderName>,
    trusted_proxies: usize,
    panics: Panics,
    server_errors: bool,
}

/// What becomes of a panic in a handler, once it is reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Panics {
    /// It goes on, as if the layer were not there: the connection ends, or an outer layer answers.
    #[default]
    PassOn,
    /// The request is answered with 500 and no body.
    Answer500,
}

/// The address of the client, for servers that are not axum's: put it into the extensions of the
/// request before the layer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client(pub std::net::IpAddr);

impl<R> Layer<R> {
    /// Reports these headers of a request and no others.
    pub fn headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        let names = names.into_iter().collect();
        self.with(|settings| settings.headers = names)
    }

    /// That many reverse proxies stand before the service, each of which adds to
    /// `X-Forwarded-For` whom it was asked by.
    ///
    /// The client is whom the first of them saw: that many entries from the end. Those before are
    /// whatever the client wrote, and are not believed. With 0, which is the default, none is, and
    /// `X-Forwarded-Proto` is not read either.
    pub fn trusted_proxies(self, count: usize) -> Self {
        self.with(|settings| settings.trusted_proxies = count)
    }

    /// What becomes of a panic in a handler, once it is reported.
    pub fn panics(self, panics: Panics) -> Self {
        self.with(|settings| settings.panics = panics)
    }

    /// Whether answers of 500 and above are reported, which they are by default.
    pub fn server_errors(self, reported: bool) -> Self {
        self.with(|settings| settings.server_errors = reported)
    }

    /// For services whose error is `Box<dyn Error + Send + Sync>`.
    pub fn boxed_errors(self) -> Layer<BoxedErrors> {
        Layer {
            settings: self.settings,
            errors: PhantomData,
        }
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }
}

impl<R> Clone for Layer<R> {
    fn clone(&self) -> Self {
        Self {
            settings: Arc::clone(&self.settings),
            errors: PhantomData,
        }
    }
}

impl<S, R> tower_layer::Layer<S> for Layer<R> {
    type Service = Service<S, R>;

    fn layer(&self, inner: S) -> Service<S, R> {
        Service::new(inner, Arc::clone(&self.settings))
    }
}

/// How an error of the inner service is looked at as an error.
///
/// One trait for both kinds of service cannot be: a box of an error is not an error itself.
#[diagnostic::on_unimplemented(
    message = "`{E}` cannot be reported as an error in this way",
    note = "if it is `Box<dyn Error + Send + Sync>`, use `rollcage::tower::layer().boxed_errors()`"
)]
pub trait AsError<E>: sealed::Sealed {
    /// What is reported of it.
    fn occurrence(error: &E) -> Occurrence;
}

/// Of a service whose errors are errors.
#[derive(Debug)]
pub enum Errors {}

/// Of a service whose errors are boxes of errors.
#[derive(Debug)]
pub enum BoxedErrors {}

impl<E: Error + 'static> AsError<E> for Errors {
    fn occurrence(error: &E) -> Occurrence {
        Occurrence::error(error)
    }
}

impl AsError<Box<dyn Error + Send + Sync>> for BoxedErrors {
    fn occurrence(error: &Box<dyn Error + Send + Sync>) -> Occurrence {
        Occurrence::dyn_error(error.as_ref())
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Errors {}
    impl Sealed for super::BoxedErrors {}
}
