//! JSON out: Rollbar's API, one file per resource, in Rollbar's paths and shapes.
//!
//! `{"err": 0, "result": …}`, or `{"err": 1, "message": "…"}` with the status that fits. A token
//! shows its own project; what belongs to another one is not there.

mod access;
mod error;
mod items;
mod occurrences;

use axum::{
    Json, Router,
    routing::{any, get},
};
use serde_json::{Value, json};

use self::error::ApiError;
use crate::{clock::Clock, store::Db};

/// What the API needs.
#[derive(Clone)]
pub struct Api {
    /// The store.
    pub db: Db,
    /// The time.
    pub clock: Clock,
}

/// All resources, with and without the final slash.
pub fn router(api: Api) -> Router {
    let routes = Router::new();
    let routes = [
        ("/api/1/status/ping", get(ping)),
        ("/api/1/items", get(items::list)),
        ("/api/1/item/{id}", get(items::show).patch(items::change)),
        ("/api/1/item_by_counter/{counter}", get(items::by_counter)),
        ("/api/1/item/{id}/instances", get(occurrences::of_item)),
        ("/api/1/instance/{id}", get(occurrences::show)),
    ]
    .into_iter()
    .fold(routes, |routes, (path, methods)| {
        routes
            .route(&format!("{path}/"), methods.clone())
            .route(path, methods)
    });
    routes.route("/api/{*rest}", any(nothing)).with_state(api)
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
