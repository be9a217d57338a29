//! HTML out: one file per page or resource.
//!
//! Reading is GET and changes nothing; changing is POST and answers 303. Who may see a project is
//! decided by the extractors of `viewer`, so that a handler without one does not know the project.

mod account;
mod admin;
mod assets;
mod attachment;
mod deletion;
mod feedback;
mod find;
mod invitation;
mod item;
mod items;
mod live;
mod login;
mod merging;
mod occurrence;
mod password;
mod present;
mod projects;
mod render;
mod security;
mod settings;
mod setup;
mod start;
mod status;
mod usage;
mod viewer;

use std::{future::Future, path::Path, pin::Pin, sync::Arc, time::Duration};

use axum::{Router, http::StatusCode, middleware};
use rollcage_web::pages::MailState;
use tower_http::timeout::TimeoutLayer;

pub use self::{live::Live, login::SignInLimits, render::PageError};
use crate::{
    clock::Clock,
    health::Health,
    model::{id::ProjectId, network::Network, occurrence::Occurrence},
    routes::Routes,
    store::Db,
};

/// Longest time that a page may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Reports an occurrence of a project as if an SDK had sent it; false where it was refused.
pub type Report = Arc<
    dyn Fn(ProjectId, Occurrence<'static>) -> Pin<Box<dyn Future<Output = bool> + Send>>
        + Send
        + Sync,
>;

/// Appends records to the journal again; ready when they are durable. Where it cannot, why.
pub type Append = Arc<
    dyn Fn(Vec<Vec<u8>>) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send>> + Send + Sync,
>;

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
    /// What the buttons do that digest dead letters again.
    pub append: Append,
    /// Where live pages hear of what was digested.
    pub live: Live,
    /// Days for which the instance keeps occurrences.
    pub retention_days: i32,
    /// Where the journal lies.
    pub data_dir: Arc<Path>,
    /// Whether the database lies there too.
    pub has_own_postgres: bool,
}

/// All pages.
pub fn routes() -> Routes<Pages> {
    signing_in(Routes::default())
        .get("/", projects::list)
        .post("/projects", projects::create)
        .get("/projects/new", projects::new)
        .get("/p/{slug}", items::from_project)
        .get("/p/{slug}/start", start::show)
        .get("/p/{slug}/start/first", start::first)
        .post("/p/{slug}/start/sdk", start::choose)
        .post("/p/{slug}/start/test", start::test)
        .get("/p/{slug}/items", items::list)
        .get("/p/{slug}/live", live::stream)
        .post("/p/{slug}/merging", merging::merge)
        .get("/p/{slug}/items/{counter}", item::show)
        .post("/p/{slug}/items/{counter}/status", status::set)
        .post("/p/{slug}/items/{counter}/separation", merging::take_out)
        .post("/p/{slug}/items/{counter}/deletion", deletion::item)
        .get("/p/{slug}/items/{counter}/occurrences", occurrence::list)
        .get(
            "/p/{slug}/items/{counter}/occurrences/{id}",
            occurrence::show,
        )
        .get(
            "/p/{slug}/items/{counter}/occurrences/{id}/raw.json",
            occurrence::raw,
        )
        .post(
            "/p/{slug}/items/{counter}/occurrences/{id}/deletion",
            deletion::occurrence,
        )
        .get(
            "/p/{slug}/occurrences/{uuid}/attachments/{id}",
            attachment::download,
        )
        .get("/p/{slug}/feedback", feedback::list)
        .get("/p/{slug}/usage", usage::show)
        .and(settings::routes)
        .and(admin::routes)
        .get("/item/uuid/", find::item_by_uuid)
        .get("/item/uuid", find::item_by_uuid)
        .get("/occurrence/uuid/", find::occurrence_by_uuid)
        .get("/occurrence/uuid", find::occurrence_by_uuid)
        .get("/assets/{*path}", assets::show)
}

/// What somebody does about their own account.
fn signing_in(routes: Routes<Pages>) -> Routes<Pages> {
    routes
        .get("/setup/{secret}", setup::show)
        .post("/setup/{secret}", setup::create)
        .get("/login", login::show)
        .post("/login", login::sign_in)
        .post("/logout", login::sign_out)
        .get("/password", password::show)
        .post("/password", password::ask)
        .get("/password/{secret}", password::show_new)
        .post("/password/{secret}", password::set_new)
        .get("/invitations/{secret}", invitation::show)
        .post("/invitations/{secret}", invitation::accept)
        .get("/account", account::show)
        .post("/account/password", account::set_password)
        .post("/account/time-zone", account::set_time_zone)
        .post("/account/mails", account::set_mails)
        .post("/account/sessions/{id}/end", account::end_session)
        .post("/account/sessions/end-others", account::end_other_sessions)
}

/// All pages, and what surrounds each of them.
pub fn router(pages: Pages) -> Router {
    routes()
        .into_router()
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
