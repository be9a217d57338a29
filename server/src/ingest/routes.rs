//! The URLs that SDKs post to.

use std::sync::Arc;

use axum::{
    Router,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode, header::ORIGIN},
    middleware::{self, Next},
    response::Response,
    routing::{MethodRouter, post},
};

use super::{intake::Ingest, rollbar, sentry};

/// Rollbar's and Sentry's URLs, with and without the final slash.
pub fn router(ingest: Ingest) -> Router {
    let mut router = Router::new();
    let addresses: [(&str, MethodRouter<Arc<Ingest>>); 6] = [
        ("/api/1/item", post(rollbar::item)),
        ("/api/1/item_batch", post(rollbar::item_batch)),
        ("/api/1/session", post(rollbar::session)),
        ("/api/{project}/envelope", post(sentry::envelope)),
        ("/api/{project}/store", post(sentry::store)),
        ("/tunnel", post(sentry::tunnel)),
    ];
    for (path, method) in addresses {
        let method = method.options(preflight);
        router = router
            .route(&format!("{path}/"), method.clone())
            .route(path, method);
    }
    router
        .layer(middleware::from_fn(with_cors))
        .with_state(Arc::new(ingest))
}

/// `OPTIONS`: browsers ask before they post.
async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Lets browsers of any site post and read the answer, errors too. They say which site it is; whoever
/// says nothing is no browser, and is spared the headers.
///
/// Credentials are never asked for, so `*` is every header: rollbar.js sends one called `signal` when
/// it posts by `fetch`, and what traces a page's requests adds its own. Browsers that do not know
/// `*` find the usual ones named.
async fn with_cors(request: Request, next: Next) -> Response {
    let is_asked = request.headers().contains_key(ORIGIN);
    let mut response = next.run(request).await;
    if !is_asked {
        return response;
    }
    let headers = response.headers_mut();
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "POST, OPTIONS"),
        (
            "access-control-allow-headers",
            "content-type, content-encoding, x-rollbar-access-token, x-sentry-auth, authorization, *",
        ),
        // A browser complains in the page's console about every look at a header that is not named
        // here.
        (
            "access-control-expose-headers",
            "x-rate-limit-limit, x-rate-limit-remaining, x-rate-limit-reset, \
             x-rate-limit-remaining-seconds, retry-after, rollbar-replay-enabled, \
             rollbar-replay-ratelimit-remaining, rollbar-replay-ratelimit-reset, \
             x-sentry-error, x-sentry-rate-limits",
        ),
        // Chromium's longest.
        ("access-control-max-age", "7200"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}
