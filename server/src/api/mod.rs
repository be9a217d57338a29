//! JSON out: Rollbar's API, one file per resource, in Rollbar's paths and shapes.
//!
//! `{"err": 0, "result": …}`, or `{"err": 1, "message": "…"}` with the status that fits. A token
//! shows its own project; what belongs to another one is not there.

mod access;
mod error;
mod items;
mod occurrences;

use axum::{Json, Router, routing::any};
use serde_json::{Value, json};

use self::error::ApiError;
use crate::{clock::Clock, routes::Routes, store::Db};

/// What the API needs.
#[derive(Clone)]
pub struct Api {
    /// The store.
    pub db: Db,
    /// The time.
    pub clock: Clock,
}

/// All resources, with and without the final slash.
pub fn routes() -> Routes<Api> {
    Routes::default()
        .get("/api/1/status/ping", ping)
        .get("/api/1/status/ping/", ping)
        .get("/api/1/items", items::list)
        .get("/api/1/items/", items::list)
        .get("/api/1/item/{id}", items::show)
        .get("/api/1/item/{id}/", items::show)
        .patch("/api/1/item/{id}", items::change)
        .patch("/api/1/item/{id}/", items::change)
        .get("/api/1/item_by_counter/{counter}", items::by_counter)
        .get("/api/1/item_by_counter/{counter}/", items::by_counter)
        .get("/api/1/item/{id}/instances", occurrences::of_item)
        .get("/api/1/item/{id}/instances/", occurrences::of_item)
        .get("/api/1/instance/{id}", occurrences::show)
        .get("/api/1/instance/{id}/", occurrences::show)
}

/// The API.
pub fn router(api: Api) -> Router {
    routes()
        .into_router()
        .route("/api/{*rest}", any(nothing))
        .with_state(api)
}

/// `GET /api/1/status/ping`
async fn ping() -> &'static str {
    "pong"
}

/// Whatever else begins with `/api/`: programs read JSON, also of what is not there.
async fn nothing() -> ApiError {
    ApiError::NotFound
}

/// The answer to what went well.
#[expect(
    clippy::needless_pass_by_value,
    reason = "handlers hand over what they have made"
)]
fn result(result: Value) -> Json<Value> {
    Json(json!({ "err": 0, "result": result }))
}
