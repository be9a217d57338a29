//! A project's settings: its endpoint, what it may send, where its mails go, what went wrong with them.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    pages::{FailedMail, LimitsForm, SettingsPage},
    paths,
};
use serde::Deserialize;

use crate::{
    accounts,
    model::project::{Limits, NEW_ITEMS_PER_MINUTE, NEW_ITEMS_PER_MINUTE_MAX, Role},
    pages::{
        Pages,
        render::{Page, PageError},
        viewer::InProject,
    },
    store::{
        outbox::{self, TroubledMail},
        projects,
    },
};

/// Mails in trouble that are shown.
const MAILS: i64 = 20;

/// What the form of limits sends.
#[derive(Deserialize)]
pub struct LimitsFields {
    #[serde(default)]
    per_minute: String,
    #[serde(default)]
    new_items_per_minute: String,
}

/// `GET /p/{slug}/settings`
pub async fn show(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    let set = projects::limits(&pages.db, access.project.id).await?;
    let set = set.unwrap_or_default();
    let typed = |number: Option<i32>| number.map_or_else(String::new, |number| number.to_string());
    let limits = LimitsForm {
        per_minute: typed(set.per_minute),
        new_items_per_minute: typed(set.new_items_per_minute),
        usual_new_items: NEW_ITEMS_PER_MINUTE,
        error: None,
    };
    Ok(Page::ok(page(&pages, &access, limits).await?).into_response())
}

/// `POST /p/{slug}/settings/limits`
pub async fn set_limits(
    State(pages): State<Pages>,
    access: InProject,
    Form(form): Form<LimitsFields>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let (Ok(per_minute), Ok(new_items_per_minute)) = (
        number(&form.per_minute, i32::MAX),
        number(&form.new_items_per_minute, NEW_ITEMS_PER_MINUTE_MAX),
    ) else {
        let limits = LimitsForm {
            per_minute: form.per_minute,
            new_items_per_minute: form.new_items_per_minute,
            usual_new_items: NEW_ITEMS_PER_MINUTE,
            error: Some(format!(
                "Enter numbers from 1 on, of new items at most {NEW_ITEMS_PER_MINUTE_MAX}, or nothing."
            )),
        };
        return Ok(Page::again(page(&pages, &access, limits).await?).into_response());
    };
    let limits = Limits {
        per_minute,
        new_items_per_minute,
    };
    projects::set_limits(&pages.db, access.project.id, limits).await?;
    accounts::announce_tokens(&pages.db).await;
    Ok(Redirect::to(&paths::settings(&access.project.slug)).into_response())
}

/// A number from 1 to `max`; `None` for nothing.
fn number(typed: &str, max: i32) -> Result<Option<i32>, ()> {
    match typed.trim() {
        "" => Ok(None),
        typed => match typed.parse() {
            Ok(number) if (1..=max).contains(&number) => Ok(Some(number)),
            _ => Err(()),
        },
    }
}

async fn page(
    pages: &Pages,
    access: &InProject,
    limits: LimitsForm,
) -> Result<SettingsPage, PageError> {
    let troubled = outbox::troubled(&pages.db, Some(access.project.id), MAILS).await?;
    Ok(SettingsPage {
        frame: access.frame(pages, None).await?,
        public_url: pages.base_url.to_string(),
        mail: pages.mail.clone(),
        failed_mails: troubled.into_iter().map(failed_mail).collect(),
        limits,
    })
}

/// A mail that did not go out, as pages show it.
pub fn failed_mail(mail: TroubledMail) -> FailedMail {
    let error = match mail.failed_at {
        Some(_) => format!("{} (given up after {} attempts)", mail.error, mail.attempts),
        None => format!(
            "{} (attempt {}, it is tried again)",
            mail.error, mail.attempts
        ),
    };
    let subject = match (mail.project, mail.title) {
        (Some(project), Some(title)) => format!("{project}: {title}"),
        (Some(project), None) => project.to_string(),
        (None, _) => "A person's account".to_owned(),
    };
    FailedMail {
        created_at: mail.created_at,
        recipient: mail.recipient,
        subject,
        error,
    }
}
