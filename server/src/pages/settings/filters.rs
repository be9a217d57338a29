//! A project's inbound filters, and the items that are discarded for ever.

use std::{collections::HashMap, convert::Infallible};

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::TimeDelta;
use rollcage_web::{
    pages::{
        DiscardedItem as DiscardedView, FilterKind, FilterList, FilterSwitch, FiltersPage,
        SwitchKind,
    },
    paths,
};
use serde::Deserialize;

use crate::{
    accounts,
    model::{
        filters::{self as typed, Filter, Filters, Mistake},
        hour::hour_of,
        project::Role,
    },
    pages::{
        Pages, present,
        render::{Page, PageError},
        viewer::InProject,
    },
    store::{
        filters::{self, DiscardedItem},
        usage,
    },
};

/// Discarded items that are shown.
const DISCARDED: i64 = 500;
/// Hours that what was kept out is counted over, with the one that has begun.
const HOURS: TimeDelta = TimeDelta::hours(23);

/// What the form of one list sends.
#[derive(Deserialize)]
pub struct LinesForm {
    #[serde(default)]
    lines: String,
}

/// What the form of the switches sends: those that are on.
type SwitchesForm = HashMap<String, String>;

/// A list as it was typed, and what is wrong with it.
type Wrong = Option<(FilterKind, String, Mistake)>;

/// `GET /p/{slug}/settings/filters`
pub async fn show(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    Ok(Page::ok(page(&pages, &access, None).await?).into_response())
}

/// `POST /p/{slug}/settings/filters/{kind}`
pub async fn set_lines(
    State(pages): State<Pages>,
    access: InProject,
    Path((_, kind)): Path<(String, String)>,
    Form(form): Form<LinesForm>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let kind = FilterKind::parse(&kind).ok_or(PageError::NotFound)?;
    let typed = form.lines;
    match change(&pages, &access, |filters| read(&typed, kind, filters)).await? {
        Ok(()) => Ok(Redirect::to(&paths::filters(&access.project.slug)).into_response()),
        Err(mistake) => {
            let wrong = Some((kind, typed, mistake));
            Ok(Page::again(page(&pages, &access, wrong).await?).into_response())
        }
    }
}

/// `POST /p/{slug}/settings/filters/switches`
pub async fn set_switches(
    State(pages): State<Pages>,
    access: InProject,
    Form(form): Form<SwitchesForm>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Owner)?;
    let Ok(()) = change(&pages, &access, |filters| {
        let is_on = |kind: SwitchKind| form.contains_key(kind.name());
        filters.outdated_browsers = is_on(SwitchKind::OutdatedBrowsers);
        filters.browser_extensions = is_on(SwitchKind::BrowserExtensions);
        filters.crawlers = is_on(SwitchKind::Crawlers);
        filters.local_host = is_on(SwitchKind::LocalHost);
        Ok::<_, Infallible>(())
    })
    .await?;
    Ok(Redirect::to(&paths::filters(&access.project.slug)))
}

/// Changes a project's filters unless there is a mistake, and tells all nodes, so that the next
/// occurrence meets them.
async fn change<E>(
    pages: &Pages,
    access: &InProject,
    change: impl FnOnce(&mut Filters) -> Result<(), E>,
) -> Result<Result<(), E>, PageError> {
    let project = access.project.id;
    let mut tx = pages.db.begin().await?;
    let mut filters = filters::lock(&mut *tx, project)
        .await?
        .ok_or(PageError::NotFound)?;
    if let Err(mistake) = change(&mut filters) {
        return Ok(Err(mistake));
    }
    filters::set(&mut *tx, project, &filters).await?;
    tx.commit().await?;
    accounts::announce_tokens(&pages.db).await;
    Ok(Ok(()))
}

/// Reads the lines of one kind into the filters.
fn read(typed: &str, kind: FilterKind, filters: &mut Filters) -> Result<(), Mistake> {
    let lines = match kind {
        FilterKind::Environments => &mut filters.environments,
        FilterKind::Versions => &mut filters.versions,
        FilterKind::Classes => &mut filters.classes,
        FilterKind::Messages => &mut filters.messages,
        FilterKind::Hosts => &mut filters.hosts,
        FilterKind::Addresses => {
            filters.addresses = typed::networks(typed)?;
            return Ok(());
        }
    };
    *lines = typed::patterns(typed)?;
    Ok(())
}

async fn page(pages: &Pages, access: &InProject, wrong: Wrong) -> Result<FiltersPage, PageError> {
    let project = access.project.id;
    let frame = access.frame(pages, None).await?;
    let filters = filters::intake(&pages.db, project).await?.filters;
    let since = hour_of(frame.now) - HOURS;
    let mut counts: HashMap<String, i64> = HashMap::new();
    for (_hour, outcome, count) in usage::of_project(&pages.db, project, since).await? {
        *counts.entry(outcome).or_default() += count;
    }
    let kept_out = |filter: Filter| counts.get(filter.as_str()).copied().unwrap_or(0);
    let discarded = filters::discarded(&pages.db, project, DISCARDED).await?;
    Ok(FiltersPage {
        lists: FilterKind::ALL
            .map(|kind| {
                let (filter, lines) = list(kind, &filters);
                let (lines, error) = match &wrong {
                    Some((wrong, typed, mistake)) if *wrong == kind => {
                        (typed.clone(), Some(mistake.to_string()))
                    }
                    _ => (lines.join("\n"), None),
                };
                let kept_out = kept_out(filter);
                FilterList {
                    kind,
                    lines,
                    error,
                    kept_out,
                }
            })
            .into(),
        switches: SwitchKind::ALL
            .map(|kind| {
                let (filter, is_on) = switch(kind, &filters);
                let kept_out = kept_out(filter);
                FilterSwitch {
                    kind,
                    is_on,
                    kept_out,
                }
            })
            .into(),
        discarded: discarded.into_iter().map(item).collect(),
        can_change: access.role >= Role::Owner,
        frame,
    })
}

/// A list with the outcome that it leads to.
fn list(kind: FilterKind, filters: &Filters) -> (Filter, Vec<String>) {
    match kind {
        FilterKind::Environments => (Filter::Environment, filters.environments.clone()),
        FilterKind::Versions => (Filter::Version, filters.versions.clone()),
        FilterKind::Classes => (Filter::Class, filters.classes.clone()),
        FilterKind::Messages => (Filter::Message, filters.messages.clone()),
        FilterKind::Hosts => (Filter::Host, filters.hosts.clone()),
        FilterKind::Addresses => {
            let networks = filters.addresses.iter().copied();
            (Filter::Address, networks.map(String::from).collect())
        }
    }
}

/// A switch with the outcome that it leads to.
fn switch(kind: SwitchKind, filters: &Filters) -> (Filter, bool) {
    match kind {
        SwitchKind::OutdatedBrowsers => (Filter::OutdatedBrowser, filters.outdated_browsers),
        SwitchKind::BrowserExtensions => (Filter::BrowserExtension, filters.browser_extensions),
        SwitchKind::Crawlers => (Filter::Crawler, filters.crawlers),
        SwitchKind::LocalHost => (Filter::LocalHost, filters.local_host),
    }
}

fn item(item: DiscardedItem) -> DiscardedView {
    DiscardedView {
        counter: item.counter.0,
        title: item.title,
        environment: item.environment,
        level: present::level(item.level),
        since: item.since,
        actor: item.actor,
    }
}
