//! A project's access tokens.

use std::num::{NonZeroU32, ParseIntError};

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    Notice,
    pages::{
        CreatedToken, RateForm as RateFormView, Scope as ScopeView, TokenForm, TokenRow, TokensPage,
    },
    paths,
};
use serde::Deserialize;
use sqlx::PgConnection;

use crate::{
    accounts,
    model::{
        id::TokenId,
        project::{Role, Scope},
        text::Name,
    },
    pages::{
        Pages,
        render::{Page, PageError},
        viewer::InProject,
    },
    store::{projects, tokens},
};

/// What the form for a new token sends.
#[derive(Deserialize)]
pub struct CreateForm {
    name: String,
    scope: String,
}

/// What the button of a token sends.
#[derive(Deserialize)]
pub struct EnabledForm {
    enabled: bool,
}

/// What the form of a token's limit sends.
#[derive(Deserialize)]
pub struct RateForm {
    rate: String,
}

/// What the page shows beside the tokens.
#[derive(Default)]
struct Shown {
    created: Option<CreatedToken>,
    form: TokenForm,
    rate_form: Option<RateFormView>,
}

/// `GET /p/{slug}/settings/tokens`
pub async fn list(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    access.at_least(Role::Member)?;
    Ok(Page::ok(page(&pages, &access, Shown::default()).await?).into_response())
}

/// `POST /p/{slug}/settings/tokens`: the answer is the page itself, once, for it shows the token.
pub async fn create(
    State(pages): State<Pages>,
    access: InProject,
    Form(form): Form<CreateForm>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let scope = Scope::named(&form.scope).ok_or(PageError::BadRequest)?;
    let name = Name::new(&form.name);
    if name.as_str().is_empty() {
        let form = TokenForm {
            name: form.name,
            scope: ScopeView::parse(scope.as_str()).unwrap_or_default(),
            error: Some("Give the token a name.".into()),
        };
        let shown = Shown {
            form,
            ..Shown::default()
        };
        return Ok(Page::again(page(&pages, &access, shown).await?).into_response());
    }
    let now = pages.clock.now();
    let mut tx = pages.db.begin().await?;
    hold(&mut tx, &access).await?;
    let text = accounts::create_token(&mut tx, &access.project, &name, scope, None, now).await?;
    tx.commit().await?;
    accounts::announce_tokens(&pages.db).await;
    let shown = Shown {
        created: Some(CreatedToken {
            name: name.to_string(),
            text,
            old_ends_at: None,
        }),
        ..Shown::default()
    };
    Ok(Page::ok(page(&pages, &access, shown).await?).into_response())
}

/// `POST /p/{slug}/settings/tokens/{id}/rotation`: the answer is the page itself, for it shows the
/// new token.
pub async fn rotate(
    State(pages): State<Pages>,
    access: InProject,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let id = token_id(&id)?;
    let now = pages.clock.now();
    let mut tx = pages.db.begin().await?;
    hold(&mut tx, &access).await?;
    let rotated = accounts::rotate_token(&mut tx, &access.project, id, now).await?;
    let (name, text) = rotated.ok_or(PageError::NotFound)?;
    tx.commit().await?;
    accounts::announce_tokens(&pages.db).await;
    let shown = Shown {
        created: Some(CreatedToken {
            name: name.to_string(),
            text,
            old_ends_at: Some(now + accounts::ROTATED_WORKS),
        }),
        ..Shown::default()
    };
    Ok(Page::ok(page(&pages, &access, shown).await?).into_response())
}

/// `POST /p/{slug}/settings/tokens/{id}/rate`
pub async fn set_rate(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, id)): Path<(String, String)>,
    Form(form): Form<RateForm>,
) -> Result<Response, PageError> {
    access.at_least(Role::Owner)?;
    let id = token_id(&id)?;
    let Ok(rate) = limit(&form.rate) else {
        let shown = Shown {
            rate_form: Some(RateFormView {
                id: id.0,
                rate: form.rate,
                error: "Enter a number of occurrences a minute, or nothing for no limit."
                    .to_owned(),
            }),
            ..Shown::default()
        };
        return Ok(Page::again(page(&pages, &access, shown).await?).into_response());
    };
    if !tokens::set_rate(&pages.db, access.project.id, id, rate).await? {
        return Err(PageError::NotFound);
    }
    accounts::announce_tokens(&pages.db).await;
    Ok(Redirect::to(&paths::tokens(&slug)).into_response())
}

/// `POST /p/{slug}/settings/tokens/{id}/enabled`
pub async fn set_enabled(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, id)): Path<(String, String)>,
    Form(form): Form<EnabledForm>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Owner)?;
    let id = token_id(&id)?;
    if !tokens::set_enabled(&pages.db, access.project.id, id, form.enabled).await? {
        return Err(PageError::NotFound);
    }
    accounts::announce_tokens(&pages.db).await;
    Ok(Redirect::to(&paths::tokens(&slug)))
}

/// Keeps the project from being deleted until the transaction ends.
async fn hold(tx: &mut PgConnection, access: &InProject) -> Result<(), PageError> {
    let held = projects::hold(tx, &[access.project.id.0]).await?;
    if held.is_empty() {
        Err(PageError::NotFound)
    } else {
        Ok(())
    }
}

/// A limit as typed: a number above 0, or nothing for none.
fn limit(typed: &str) -> Result<Option<i32>, ParseIntError> {
    match typed.trim() {
        "" => Ok(None),
        typed => {
            let rate: NonZeroU32 = typed.parse()?;
            i32::try_from(rate.get()).map(Some).or(Ok(Some(i32::MAX)))
        }
    }
}

fn token_id(text: &str) -> Result<TokenId, PageError> {
    text.parse()
        .map(TokenId)
        .map_err(|_not_a_number| PageError::NotFound)
}

async fn page(pages: &Pages, access: &InProject, shown: Shown) -> Result<TokensPage, PageError> {
    let notice = shown.created.as_ref().map(|created| {
        Notice::done(match created.old_ends_at {
            Some(_) => format!("The token {} has a new text.", created.name),
            None => format!("The token {} is made.", created.name),
        })
    });
    let rows = tokens::of_project(&pages.db, access.project.id).await?;
    Ok(TokensPage {
        frame: access.frame(pages, notice).await?,
        tokens: rows
            .into_iter()
            .map(|token| TokenRow {
                id: token.id.0,
                name: token.name.to_string(),
                scope: ScopeView::parse(token.scope.as_str()).unwrap_or_default(),
                text: token.plain,
                created_at: token.created_at,
                last_used_at: token.last_used_at,
                rate_per_minute: token.rate_per_minute,
                ends_at: token.expires_at,
                enabled: token.enabled,
            })
            .collect(),
        created: shown.created,
        form: shown.form,
        rate_form: shown.rate_form,
        can_change: access.role >= Role::Owner,
    })
}
