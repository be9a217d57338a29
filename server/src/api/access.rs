//! Whose project a request to the API is about: extractors that have checked the token.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};
use chrono::TimeDelta;

use super::{Api, error::ApiError};
use crate::{
    model::{id::ProjectId, project::Scope},
    secrets,
    store::tokens,
};

/// How much later a token's use is worth noting again.
const USED_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// The project of a token that may read.
pub struct Reader(pub ProjectId);

/// The project of a token that may change.
pub struct Writer(pub ProjectId);

impl FromRequestParts<Api> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        project(parts, api, Scope::Read).await.map(Self)
    }
}

impl FromRequestParts<Api> for Writer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Self::Rejection> {
        project(parts, api, Scope::Write).await.map(Self)
    }
}

async fn project(parts: &Parts, api: &Api, needs: Scope) -> Result<ProjectId, ApiError> {
    let token = token(&parts.headers, parts.uri.query()).ok_or(ApiError::Unauthorized)?;
    let grant = tokens::grant(&api.db, &secrets::sha256(&token))
        .await?
        .ok_or(ApiError::Unauthorized)?;
    let now = api.clock.now();
    if !grant.enabled || grant.expires_at.is_some_and(|at| at <= now) {
        return Err(ApiError::Disabled);
    }
    // Who may change may also look.
    let may = grant.scope == needs || (needs == Scope::Read && grant.scope == Scope::Write);
    if !may {
        return Err(ApiError::WrongScope {
            has: grant.scope,
            needs,
        });
    }
    if grant.last_used_at.is_none_or(|at| now - at > USED_AGAIN) {
        tokens::touch(&api.db, &[(grant.token, now)]).await?;
    }
    Ok(grant.project)
}

fn token(headers: &HeaderMap, query: Option<&str>) -> Option<String> {
    if let Some(token) = headers.get("x-rollbar-access-token") {
        return token.to_str().ok().map(str::to_owned);
    }
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    pairs
        .find(|(name, _)| name == "access_token")
        .map(|(_, token)| token.into_owned())
}
