//! A project's settings: its endpoint, where its mails go, what went wrong with them.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use rollcage_web::pages::{FailedMail, SettingsPage};

use crate::{
    pages::{
        Pages,
        render::{Page, PageError},
        viewer::InProject,
    },
    store::outbox::{self, TroubledMail},
};

/// Mails in trouble that are shown.
const MAILS: i64 = 20;

/// `GET /p/{slug}/settings`
pub async fn show(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    let troubled = outbox::troubled(&pages.db, Some(access.project.id), MAILS).await?;
    let page = SettingsPage {
        frame: access.frame(&pages, None).await?,
        public_url: pages.base_url.to_string(),
        mail: pages.mail.clone(),
        failed_mails: troubled.into_iter().map(failed_mail).collect(),
    };
    Ok(Page::ok(page).into_response())
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
