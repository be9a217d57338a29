//! The projects that a person may see; and new ones.

use std::collections::HashMap;

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    BarChart,
    pages::{NewProjectPage, ProjectCard, ProjectsPage},
    paths,
};
use serde::Deserialize;

use super::{
    Pages, present,
    render::{Page, PageError},
    viewer::{self, Admin, Viewer},
};
use crate::{
    accounts,
    model::project::{Role, Scope},
    store::{counts, item_sums, members, projects},
};

/// What the form sends.
#[derive(Deserialize)]
pub struct ProjectForm {
    name: String,
}

/// `GET /`
pub async fn list(State(pages): State<Pages>, viewer: Viewer) -> Result<Response, PageError> {
    let frame = viewer::frame(&pages, &viewer, None).await?;
    let projects = projects::visible_to(&pages.db, viewer.id, viewer.is_admin).await?;
    let ids: Vec<i64> = projects.iter().map(|project| project.id.0).collect();
    let since = present::first_hour(frame.now);
    let open: HashMap<_, _> = item_sums::open_counts(&pages.db, &ids)
        .await?
        .into_iter()
        .collect();
    let seen: HashMap<_, _> = item_sums::last_seen(&pages.db, &ids)
        .await?
        .into_iter()
        .collect();
    let hours = counts::of_projects(&pages.db, &ids, since).await?;
    let cards = projects
        .into_iter()
        .map(|project| {
            let mine = hours
                .iter()
                .filter(|(id, ..)| *id == project.id)
                .map(|(_, hour, count)| (*hour, *count));
            ProjectCard {
                active_items: open.get(&project.id).copied().unwrap_or(0),
                hours: BarChart::hours(present::per_hour(mine, frame.now), frame.now),
                last_seen_at: seen.get(&project.id).copied(),
                name: project.name.to_string(),
                slug: project.slug,
            }
        })
        .collect();
    Ok(Page::ok(ProjectsPage {
        frame,
        projects: cards,
    })
    .into_response())
}

/// `GET /projects/new`
pub async fn new(State(pages): State<Pages>, Admin(viewer): Admin) -> Result<Response, PageError> {
    let frame = viewer::frame(&pages, &viewer, None).await?;
    Ok(Page::ok(NewProjectPage {
        frame,
        name: String::new(),
        error: None,
    })
    .into_response())
}

/// `POST /projects`
pub async fn create(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Form(form): Form<ProjectForm>,
) -> Result<Response, PageError> {
    if form.name.trim().is_empty() {
        let frame = viewer::frame(&pages, &viewer, None).await?;
        let error = Some("Give the project a name.".into());
        return Ok(Page::again(NewProjectPage {
            frame,
            name: form.name,
            error,
        })
        .into_response());
    }
    let mut tx = pages.db.begin().await?;
    let created =
        accounts::create_project(&mut tx, &form.name, &Scope::POSTING, pages.clock.now()).await?;
    members::set(&mut *tx, created.project.id, viewer.id, Role::Owner).await?;
    tx.commit().await?;
    accounts::announce_tokens(&pages.db).await;
    Ok(Redirect::to(&paths::start(&created.project.slug)).into_response())
}
