//! HTML out: one file per page or resource.
//!
//! Reading is GET and changes nothing; changing is POST and answers 303. Who may see a project is
//! decided by the extractors of `viewer`, so that a handler without one does not know the project.

mod admin;
mod assets;
mod find;
mod item;
mod items;
mod login;
mod occurrence;
mod present;
mod projects;
mod render;
mod security;
mod settings;
mod setup;
mod start;
mod status;
mod viewer;

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::{
    Router,
    http::StatusCode,
    middleware,
    routing::{get, post},
};
use rollcage_web::pages::MailState;
use tower_http::timeout::TimeoutLayer;

pub use self::{login::SignInLimits, render::PageError};
use crate::{
    clock::Clock,
    health::Health,
    model::{id::ProjectId, network::Network, occurrence::Occurrence},
    store::Db,
};

/// Longest time that a page may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reports an occurrence of a project as if an SDK had sent it; false where it was refused.
pub type Report =
    Arc<dyn Fn(ProjectId, Occurrence) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync>;

/// What pages need.
#[derive(Clone)]
pub struct Pages {
    /// The store.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Where people reach the instance, without a final slash.
    pub base_url: Arc<str>,
    /// How the running parts are doing.
    pub health: Health,
    /// Where mails go.
    pub mail: MailState,
    /// How often one may try to sign in.
    pub sign_in: Arc<SignInLimits>,
    /// Proxies that are believed about addresses of clients.
    pub trusted_proxies: Arc<[Network]>,
    /// What the test button does.
    pub report: Report,
}

/// All pages.
pub fn router(pages: Pages) -> Router {
    Router::new()
        .route("/", get(projects::list))
        .route("/projects", post(projects::create))
        .route("/projects/new", get(projects::new))
        .route("/setup/{secret}", get(setup::show).post(setup::create))
        .route("/login", get(login::show).post(login::sign_in))
        .route("/logout", post(login::sign_out))
        .route("/p/{slug}", get(items::from_project))
        .route("/p/{slug}/start", get(start::show))
        .route("/p/{slug}/start/first", get(start::first))
        .route("/p/{slug}/start/test", post(start::test))
        .route("/p/{slug}/items", get(items::list))
        .route("/p/{slug}/items/{counter}", get(item::show))
        .route("/p/{slug}/items/{counter}/status", post(status::set))
        .route(
            "/p/{slug}/items/{counter}/occurrences",
            get(occurrence::list),
        )
        .route(
            "/p/{slug}/items/{counter}/occurrences/{id}",
            get(occurrence::show),
        )
        .route(
            "/p/{slug}/items/{counter}/occurrences/{id}/raw.json",
            get(occurrence::raw),
        )
        .route("/p/{slug}/settings", get(settings::project::show))
        .route(
            "/p/{slug}/settings/tokens",
            get(settings::tokens::list).post(settings::tokens::create),
        )
        .route(
            "/p/{slug}/settings/tokens/{id}/enabled",
            post(settings::tokens::set_enabled),
        )
        .route("/admin/system", get(admin::system::show))
        .route("/item/uuid/", get(find::item_by_uuid))
        .route("/item/uuid", get(find::item_by_uuid))
        .route("/occurrence/uuid/", get(find::occurrence_by_uuid))
        .route("/occurrence/uuid", get(find::occurrence_by_uuid))
        .route("/assets/{*path}", get(assets::show))
        .fallback(render::not_found)
        .method_not_allowed_fallback(render::method_not_allowed)
        .layer(middleware::from_fn_with_state(
            pages.clone(),
            security::same_origin,
        ))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            TIMEOUT,
        ))
        .layer(middleware::from_fn(security::headers))
        .with_state(pages)
}

/// What is answered while the instance is still starting.
pub fn starting_router() -> Router {
    Router::new()
        .fallback(render::starting)
        .layer(middleware::from_fn(security::headers))
}
