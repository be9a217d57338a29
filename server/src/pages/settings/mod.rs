//! A project's settings.

pub mod data;
pub mod filters;
pub mod members;
pub mod project;
pub mod rules;
pub mod tokens;
pub mod trial;

use axum::{extract::DefaultBodyLimit, handler::Handler};

use super::Pages;
use crate::routes::Routes;

/// The pages of a project's settings.
pub fn routes(routes: Routes<Pages>) -> Routes<Pages> {
    routes
        .get("/p/{slug}/settings", project::show)
        .post("/p/{slug}/settings/limits", project::set_limits)
        .get("/p/{slug}/settings/members", members::list)
        .post("/p/{slug}/settings/members/{user}/role", members::set_role)
        .post("/p/{slug}/settings/members/{user}/removal", members::remove)
        .post("/p/{slug}/settings/invitations", members::invite)
        .post(
            "/p/{slug}/settings/invitations/{id}/revocation",
            members::revoke,
        )
        .post(
            "/p/{slug}/settings/invitations/{id}/sending",
            members::send_again,
        )
        .get("/p/{slug}/settings/tokens", tokens::list)
        .post("/p/{slug}/settings/tokens", tokens::create)
        .post(
            "/p/{slug}/settings/tokens/{id}/enabled",
            tokens::set_enabled,
        )
        .post("/p/{slug}/settings/tokens/{id}/rate", tokens::set_rate)
        .post("/p/{slug}/settings/tokens/{id}/rotation", tokens::rotate)
        .get("/p/{slug}/settings/rules", rules::list)
        .post("/p/{slug}/settings/rules", rules::create)
        .get("/p/{slug}/settings/rules/new", rules::show_new)
        .get("/p/{slug}/settings/rules/{id}", rules::show)
        .post("/p/{slug}/settings/rules/{id}", rules::change)
        .post("/p/{slug}/settings/rules/{id}/enabled", rules::set_enabled)
        .post("/p/{slug}/settings/rules/{id}/deletion", rules::delete)
        .post("/p/{slug}/settings/rules/{id}/test", rules::test)
        .get("/p/{slug}/settings/filters", filters::show)
        .post("/p/{slug}/settings/filters/switches", filters::set_switches)
        .post("/p/{slug}/settings/filters/{kind}", filters::set_lines)
        .get("/p/{slug}/settings/filters/test", trial::show)
        .post(
            "/p/{slug}/settings/filters/test",
            trial::run.layer(DefaultBodyLimit::max(trial::FORM_MAX_BYTES)),
        )
        .get("/p/{slug}/settings/data", data::show)
        .post("/p/{slug}/settings/data/retention", data::set_retention)
        .post("/p/{slug}/settings/data/person", data::delete_person)
        .post("/p/{slug}/settings/data/project", data::delete_project)
}
