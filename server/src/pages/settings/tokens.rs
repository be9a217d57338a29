//! A project's access tokens.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use rollcage_web::{
    Notice,
    pages::{CreatedToken, Scope as ScopeView, TokenForm, TokenRow, TokensPage},
    paths,
};
use serde::Deserialize;

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
    store::tokens,
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

/// `GET /p/{slug}/settings/tokens`
pub async fn list(State(pages): State<Pages>, access: InProject) -> Result<Response, PageError> {
    access.at_least(Role::Member)?;
    let form = TokenForm {
        name: String::new(),
        scope: ScopeView::default(),
        error: None,
    };
    Ok(Page::ok(page(&pages, &access, None, form).await?).into_response())
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
    let scope_view = ScopeView::parse(scope.as_str()).unwrap_or_default();
    if name.as_str().is_empty() {
        let form = TokenForm {
            name: form.name,
            scope: scope_view,
            error: Some("Give the token a name.".into()),
        };
        return Ok(Page::again(page(&pages, &access, None, form).await?).into_response());
    }
    let mut tx = pages.db.begin().await?;
    let text =
        accounts::create_token(&mut tx, &access.project, &name, scope, pages.clock.now()).await?;
    tx.commit().await?;
    accounts::announce_tokens(&pages.db).await;
    let created = CreatedToken {
        name: name.to_string(),
        text,
        old_ends_at: None,
    };
    let form = TokenForm {
        name: String::new(),
        scope: ScopeView::default(),
        error: None,
    };
    Ok(Page::ok(page(&pages, &access, Some(created), form).await?).into_response())
}

/// `POST /p/{slug}/settings/tokens/{id}/enabled`
pub async fn set_enabled(
    State(pages): State<Pages>,
    access: InProject,
    Path((slug, id)): Path<(String, String)>,
    Form(form): Form<EnabledForm>,
) -> Result<Redirect, PageError> {
    access.at_least(Role::Owner)?;
    let id = id
        .parse()
        .map(TokenId)
        .map_err(|_not_a_number| PageError::NotFound)?;
    if !tokens::set_enabled(&pages.db, access.project.id, id, form.enabled).await? {
        return Err(PageError::NotFound);
    }
    accounts::announce_tokens(&pages.db).await;
    Ok(Redirect::to(&paths::tokens(&slug)))
}

async fn page(
    pages: &Pages,
    access: &InProject,
    created: Option<CreatedToken>,
    form: TokenForm,
) -> Result<TokensPage, PageError> {
    let notice = created
        .as_ref()
        .map(|created| Notice::done(format!("The token {} is made.", created.name)));
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
                last_used_at: None,
                rate_per_minute: None,
                ends_at: None,
                enabled: token.enabled,
            })
            .collect(),
        created,
        form,
        rate_form: None,
        can_change: access.role >= Role::Owner,
    })
}
