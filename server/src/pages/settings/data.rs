//! How long what was sent is kept, and deleting it: of one person, or the project as a whole. For
//! owners.

use axum::{
    Form,
    extract::{Query, State},
    response::{IntoResponse, Redirect, Response},
};
use chrono::TimeDelta;
use rollcage_web::{
    pages::{DataPage, Deleted, Deletion, PersonSearch, ProjectDeletionForm, RetentionForm},
    paths,
};
use serde::Deserialize;

use crate::{
    accounts,
    model::{
        project::Role,
        retention::{DAYS_MAX, Retention},
        text::cut,
    },
    pages::{
        Pages,
        render::{Page, PageError},
        viewer::InProject,
    },
    store::{
        erasures::{self, Erasure, What},
        projects, retention,
    },
};

/// Erasures that are shown, and for how long those that are done are.
const SHOWN: i64 = 50;
const SHOWN_FOR: TimeDelta = TimeDelta::days(7);
/// Bytes of a person's id that are looked for: as many as are stored of one.
const PERSON_MAX_BYTES: usize = 1_000;

/// Whose data is looked for, or deleted.
#[derive(Deserialize)]
pub struct PersonForm {
    #[serde(default)]
    person: String,
}

/// The project's name, typed to confirm.
#[derive(Deserialize)]
pub struct ProjectForm {
    #[serde(default)]
    name: String,
}

/// What the form of retention sends.
#[derive(Deserialize)]
pub struct RetentionFields {
    #[serde(default)]
    retention_days: String,
    #[serde(default)]
    stored_per_hour: String,
}

/// What the forms of the page show; of those that nobody sent, what is stored.
#[derive(Default)]
struct Shown {
    retention: Option<RetentionForm>,
    person: PersonSearch,
    project: ProjectDeletionForm,
}

/// `GET /p/{slug}/settings/data`
pub async fn show(
    State(pages): State<Pages>,
    access: InProject,
    Query(query): Query<PersonForm>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let person = person(&query);
    let occurrences = match person {
        "" => None,
        person => Some(erasures::count_of_person(&pages.db, access.project.id, person).await?),
    };
    let search = PersonSearch {
        person: person.to_owned(),
        occurrences: occurrences.map(|found| found.min(erasures::COUNTED)),
        are_more: occurrences.is_some_and(|found| found > erasures::COUNTED),
        error: None,
    };
    let shown = Shown {
        person: search,
        ..Shown::default()
    };
    Ok(Page::ok(page(&pages, &access, shown).await?).into_response())
}

/// `POST /p/{slug}/settings/data/retention`
pub async fn set_retention(
    State(pages): State<Pages>,
    access: InProject,
    Form(form): Form<RetentionFields>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    match read(&form) {
        Ok(retention) => {
            retention::set(&pages.db, access.project.id, retention).await?;
            Ok(Redirect::to(&paths::data(&access.project.slug)).into_response())
        }
        Err(mistake) => {
            let shown = Shown {
                retention: Some(RetentionForm {
                    days: form.retention_days,
                    per_hour: form.stored_per_hour,
                    days_of_instance: pages.retention_days,
                    error: Some(mistake),
                }),
                ..Shown::default()
            };
            Ok(Page::again(page(&pages, &access, shown).await?).into_response())
        }
    }
}

/// Reads what was typed, or says what is wrong with it.
fn read(form: &RetentionFields) -> Result<Retention, String> {
    let days = number(&form.retention_days, DAYS_MAX);
    let stored_per_hour = number(&form.stored_per_hour, i32::MAX);
    Ok(Retention {
        days: days.map_err(|OutOfRange| {
            format!(
                "Enter a number of days from 1 to {DAYS_MAX}, or nothing for all that there are."
            )
        })?,
        stored_per_hour: stored_per_hour.map_err(|OutOfRange| {
            "Enter a number of occurrences from 1 on, or nothing for no limit.".to_owned()
        })?,
    })
}

/// What was typed is no such number.
struct OutOfRange;

/// A number from 1 to `max`; `None` for nothing.
fn number(typed: &str, max: i32) -> Result<Option<i32>, OutOfRange> {
    match typed.trim() {
        "" => Ok(None),
        typed => match typed.parse() {
            Ok(number) if (1..=max).contains(&number) => Ok(Some(number)),
            _ => Err(OutOfRange),
        },
    }
}

/// `POST /p/{slug}/settings/data/person`
pub async fn delete_person(
    State(pages): State<Pages>,
    access: InProject,
    Form(form): Form<PersonForm>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let person = person(&form);
    if person.is_empty() {
        let search = PersonSearch {
            error: Some("Enter the person's id, as the SDK sends it.".to_owned()),
            ..PersonSearch::default()
        };
        let shown = Shown {
            person: search,
            ..Shown::default()
        };
        return Ok(Page::again(page(&pages, &access, shown).await?).into_response());
    }
    let project = access.project.id;
    let total = erasures::count_of_person(&pages.db, project, person).await?;
    let what = What::Person(person.to_owned());
    let now = pages.clock.now();
    erasures::insert(&pages.db, project, &what, total, access.viewer.id, now).await?;
    accounts::announce_erasures(&pages.db).await;
    Ok(Redirect::to(&paths::data(&access.project.slug)).into_response())
}

/// `POST /p/{slug}/settings/data/project`: gone at once for people and SDKs; what it stored follows.
pub async fn delete_project(
    State(pages): State<Pages>,
    access: InProject,
    Form(form): Form<ProjectForm>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    if form.name.trim() != access.project.name.as_str() {
        let form = ProjectDeletionForm {
            name: form.name,
            error: Some(format!(
                "Type the project's name to delete it: {}",
                access.project.name
            )),
        };
        let shown = Shown {
            project: form,
            ..Shown::default()
        };
        return Ok(Page::again(page(&pages, &access, shown).await?).into_response());
    }
    let project = access.project.id;
    let now = pages.clock.now();
    let total = erasures::count_of_project(&pages.db, project).await?;
    let mut tx = pages.db.begin().await?;
    if !projects::delete(&mut tx, project, now).await? {
        return Err(PageError::NotFound);
    }
    let what = What::Project;
    erasures::insert(&mut *tx, project, &what, total, access.viewer.id, now).await?;
    tx.commit().await?;
    accounts::announce_tokens(&pages.db).await;
    accounts::announce_erasures(&pages.db).await;
    Ok(Redirect::to(&paths::projects()).into_response())
}

fn person(form: &PersonForm) -> &str {
    cut(form.person.trim(), PERSON_MAX_BYTES)
}

async fn page(pages: &Pages, access: &InProject, shown: Shown) -> Result<DataPage, PageError> {
    let since = pages.clock.now() - SHOWN_FOR;
    let erasures = erasures::of_project(&pages.db, access.project.id, since, SHOWN).await?;
    Ok(DataPage {
        frame: access.frame(pages, None).await?,
        retention: match shown.retention {
            Some(typed) => typed,
            None => retention_form(pages, access).await?,
        },
        person: shown.person,
        project: shown.project,
        deletions: erasures.into_iter().map(deletion).collect(),
    })
}

async fn retention_form(pages: &Pages, access: &InProject) -> Result<RetentionForm, PageError> {
    let set = retention::of_project(&pages.db, access.project.id).await?;
    let set = set.unwrap_or_default();
    let typed = |number: Option<i32>| number.map_or_else(String::new, |number| number.to_string());
    Ok(RetentionForm {
        days: typed(set.days),
        per_hour: typed(set.stored_per_hour),
        days_of_instance: pages.retention_days,
        error: None,
    })
}

fn deletion(erasure: Erasure) -> Deletion {
    Deletion {
        what: match erasure.what {
            What::Item(_, counter) => Deleted::Item {
                counter: Some(counter.0),
            },
            What::Person(person) => Deleted::Person {
                id: Some(person).filter(|person| !person.is_empty()),
            },
            What::Project => Deleted::Project,
        },
        asked_by: erasure.asked_by,
        asked_at: erasure.asked_at,
        total: erasure.total,
        done: erasure.erased,
        finished_at: erasure.done_at,
    }
}
