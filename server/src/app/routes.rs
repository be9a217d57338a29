//! Which address answers what.

use axum::{
    Json, Router,
    extract::{Request, State as AxumState},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use tower::ServiceExt;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use super::{Parts, State, metrics};
use crate::{ingest, pages, store};

/// The main address: ingest at once, everything else once it is there.
pub fn main(parts: Parts) -> Router {
    let ingest = ingest::router(parts.ingest.clone());
    let rest = Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(late)
        .layer(CompressionLayer::new())
        .with_state(parts);
    ingest.merge(rest).layer(CatchPanicLayer::new())
}

/// The operators' address.
pub fn admin(parts: Parts) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics::show))
        .with_state(parts)
}

/// 200 once ingest accepts.
async fn healthz(AxumState(parts): AxumState<Parts>) -> Response {
    if parts.ingest.tokens.is_known() {
        (StatusCode::OK, "ok\n").into_response()
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "ingest waits for Postgres: it was never up\n",
        )
            .into_response()
    }
}

/// 200 once Postgres and the digest run.
async fn readyz(AxumState(parts): AxumState<Parts>) -> Response {
    let running = match &*parts.state.borrow() {
        State::Running(running) => Some(running.clone()),
        State::Starting | State::Failed(_) => None,
    };
    let Some(running) = running else {
        return (StatusCode::SERVICE_UNAVAILABLE, "starting\n").into_response();
    };
    if store::ping(&running.db).await.is_err() {
        return (
            StatusCode::SERVICE_UNAVAILABLE,
            "Postgres does not answer\n",
        )
            .into_response();
    }
    if !parts.health.digest_runs() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the digest does not run\n").into_response();
    }
    (StatusCode::OK, "ok\n").into_response()
}

/// Pages and API; until they are there, the news that we are starting.
async fn late(AxumState(parts): AxumState<Parts>, request: Request) -> Response {
    let router = match &*parts.state.borrow() {
        State::Running(running) => Some(running.router.clone()),
        State::Starting | State::Failed(_) => None,
    };
    let is_api = request.uri().path().starts_with("/api/");
    match router {
        Some(router) => router.oneshot(request).await.into_response(),
        None if is_api => {
            let body = Json(json!({ "err": 1, "message": "the server is starting: try again" }));
            (
                StatusCode::SERVICE_UNAVAILABLE,
                [(header::RETRY_AFTER, "2")],
                body,
            )
                .into_response()
        }
        None => pages::starting_router()
            .oneshot(request)
            .await
            .into_response(),
    }
}
