//! Which address answers what.

use axum::{
    Json, Router,
    extract::{Request, State as AxumState},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use metrics::{counter, gauge};
use serde_json::json;
use tower::ServiceExt;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer};

use super::{Parts, State};
use crate::{ingest, pages, store, telemetry};

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
        .route("/metrics", get(metrics))
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

/// Prometheus's text format.
async fn metrics(AxumState(parts): AxumState<Parts>) -> Response {
    let Some(recorder) = &parts.metrics else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let figures = parts.health.figures();
    // Until the digest has its cursor, the lag is unknown, which is not 0.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a gauge is a float; 2^53 records are not reached"
    )]
    {
        gauge!(telemetry::JOURNAL_LAG_RECORDS).set(
            figures
                .lag_records
                .map_or(f64::NAN, |records| records as f64),
        );
        gauge!(telemetry::JOURNAL_LAG_SECONDS).set(figures.lag_seconds as f64);
        gauge!(telemetry::JOURNAL_BYTES).set(figures.journal_bytes as f64);
        gauge!(telemetry::JOURNAL_MAX_BYTES).set(figures.journal_max_bytes as f64);
    }
    counter!(telemetry::JOURNAL_GAPS).absolute(figures.journal_gaps);
    recorder.run_upkeep();
    let content_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (content_type, recorder.render()).into_response()
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
