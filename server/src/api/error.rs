//! What a client of the API is told when something is not as it asked.

use axum::{
    Json,
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tracing::{error, warn};

use crate::{model::project::Scope, store};

/// Why a request to the API was refused.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No token, or none that we know.
    #[error(
        "no valid access token: send it in the header X-Rollbar-Access-Token, or as access_token in the query"
    )]
    Unauthorized,
    /// A token for something else.
    #[error("this access token has the scope {has}; this needs {needs}")]
    WrongScope {
        /// What it may do.
        has: Scope,
        /// What it would have to.
        needs: Scope,
    },
    /// A token that was disabled.
    #[error("this access token is disabled")]
    Disabled,
    /// There is no such thing in the token's project.
    #[error("not found")]
    NotFound,
    /// The request is not understood.
    #[error("{0}")]
    Invalid(String),
    /// Postgres is away or refused.
    #[error("the server cannot answer just now: try again")]
    Store(#[from] sqlx::Error),
    /// What is stored cannot be read.
    #[error("the stored occurrence cannot be read")]
    Unreadable(#[from] crate::model::body::Unreadable),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::WrongScope { .. } | Self::Disabled => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Store(cause) if store::is_passing(cause) => {
                warn!(error = %cause, "the API needs Postgres, which does not answer");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store(cause) => {
                error!(error = %cause, "the API met an error in the store");
                StatusCode::INTERNAL_SERVER_ERROR
            }
            Self::Unreadable(cause) => {
                error!(error = %cause, "a stored occurrence cannot be read");
                StatusCode::INTERNAL_SERVER_ERROR
            }
        };
        let mut response = (
            status,
            Json(json!({ "err": 1, "message": self.to_string() })),
        )
            .into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, 5.into());
        }
        response
    }
}
