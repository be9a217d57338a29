//! Why a request to ingest was refused, and how its sender is told.

use std::time::Duration;

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    model::{outcome::Outcome, project::Scope},
    protocol::Malformed,
};

/// Seconds after which a refused sender may come again when we are busy.
const BUSY_RETRY_SECONDS: u64 = 5;

/// Seconds after which a project may come again that has more in the journal than its share: digesting
/// it takes longer than a busy moment.
const BACKLOG_RETRY_SECONDS: u64 = 30;

/// Why a request to ingest was refused. Each variant is counted as an `Outcome`.
#[derive(Debug, thiserror::Error)]
pub enum Rejection {
    /// No token in header, query or body.
    #[error(
        "no access token: send it in the header X-Rollbar-Access-Token, or as access_token in the query or the body"
    )]
    NoToken,
    /// No key of Sentry's kind.
    #[error(
        "no DSN key: send it as sentry_key in the header X-Sentry-Auth or in the query, or the DSN in the envelope's header"
    )]
    NoKey,
    /// A key with the project of another.
    #[error(
        "the DSN's key is not one of this project: copy the DSN again from the project's settings"
    )]
    WrongProject,
    /// A token for browsers, with what did not happen in one.
    #[error(
        "this access token may report for browsers and devices only: use one with the scope post_server_item"
    )]
    NotOfAClient,
    /// A token that we do not know.
    #[error("this access token is unknown: copy it again from the project's settings")]
    UnknownToken,
    /// A token that was disabled.
    #[error("this access token is disabled: enable it in the project's settings or use another")]
    DisabledToken,
    /// A token for something else.
    #[error(
        "this access token has the scope {0}: reporting needs post_server_item or post_client_item"
    )]
    WrongScope(Scope),
    /// We cannot tell whether we know the token.
    #[error("this access token cannot be checked just now: try again")]
    TokensUnavailable,
    /// Over the token's rate.
    #[error("this access token may send {per_minute} occurrences a minute")]
    RateLimited {
        /// The rate.
        per_minute: u32,
        /// When it may send the next.
        retry_after: Duration,
    },
    /// Over the rate of its project.
    #[error("the project of this access token may send {per_minute} occurrences a minute")]
    ProjectRateLimited {
        /// The rate.
        per_minute: u32,
        /// When it may send the next.
        retry_after: Duration,
    },
    /// Of what waits for the digest too much is the project's.
    #[error("too much of this project waits to be stored: try again later")]
    ProjectBacklog,
    /// Over the limit, before or after decompression.
    #[error("the body has more than {max_bytes} bytes: send less data")]
    TooLarge {
        /// The limit, bytes after decompression.
        max_bytes: usize,
    },
    /// Named by `Content-Encoding`, but not known to us.
    #[error("content-encoding must be one of gzip, deflate, br, zstd, or left out")]
    UnknownEncoding,
    /// Not what `Content-Encoding` says.
    #[error("the body does not decompress as {0}: it is damaged or incomplete")]
    Undecodable(&'static str),
    /// The sender stopped sending.
    #[error("the body did not arrive completely")]
    Incomplete,
    /// Not an occurrence.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// No memory for the body just then.
    #[error("the server is busy: try again")]
    Busy,
    /// The journal is full or its disk fails.
    #[error("the server cannot store more just now: try again")]
    JournalFull,
}

impl Rejection {
    /// What it is counted as.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NoToken | Self::NoKey | Self::UnknownToken => Outcome::Unauthorized,
            Self::DisabledToken | Self::WrongScope(_) | Self::WrongProject | Self::NotOfAClient => {
                Outcome::Forbidden
            }
            Self::TokensUnavailable => Outcome::Unavailable,
            Self::RateLimited { .. } => Outcome::RateLimited,
            Self::ProjectRateLimited { .. } => Outcome::ProjectRateLimited,
            Self::ProjectBacklog => Outcome::ProjectBacklog,
            Self::TooLarge { .. } | Self::Malformed(Malformed::TooLarge { .. }) => {
                Outcome::TooLarge
            }
            Self::UnknownEncoding
            | Self::Undecodable(_)
            | Self::Incomplete
            | Self::Malformed(_) => Outcome::Malformed,
            Self::Busy | Self::JournalFull => Outcome::Busy,
        }
    }

    /// The answer's status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NoToken | Self::NoKey | Self::UnknownToken => StatusCode::UNAUTHORIZED,
            Self::DisabledToken | Self::WrongScope(_) | Self::WrongProject | Self::NotOfAClient => {
                StatusCode::FORBIDDEN
            }
            Self::RateLimited { .. } | Self::ProjectRateLimited { .. } | Self::ProjectBacklog => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::TooLarge { .. } | Self::Malformed(Malformed::TooLarge { .. }) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::UnknownEncoding => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Undecodable(_) | Self::Incomplete | Self::Malformed(Malformed::Json(_)) => {
                StatusCode::BAD_REQUEST
            }
            Self::Malformed(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TokensUnavailable | Self::Busy | Self::JournalFull => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The answer's status to Sentry's SDKs, which know no 422.
    pub fn sentry_status(&self) -> StatusCode {
        match self.status() {
            StatusCode::UNPROCESSABLE_ENTITY => StatusCode::BAD_REQUEST,
            status => status,
        }
    }

    /// Seconds after which the sender may come again; `None` where that would change nothing.
    pub fn retry_after_seconds(&self) -> Option<u64> {
        match self {
            Self::RateLimited { retry_after, .. }
            | Self::ProjectRateLimited { retry_after, .. } => Some(retry_after.as_secs() + 1),
            Self::ProjectBacklog => Some(BACKLOG_RETRY_SECONDS),
            Self::TokensUnavailable | Self::Busy | Self::JournalFull => Some(BUSY_RETRY_SECONDS),
            _ => None,
        }
    }

    /// Of whom Sentry's SDKs are told that it has met a limit; `None` where there is no such limit.
    pub fn sentry_scope(&self) -> Option<&'static str> {
        match self {
            Self::RateLimited { .. } => Some("key"),
            Self::ProjectRateLimited { .. } | Self::ProjectBacklog => Some("project"),
            _ => None,
        }
    }
}

/// Rollbar's shape: `{"err": 1, "message": "…"}`. rollbar.js parses it whatever the status.
impl IntoResponse for Rejection {
    fn into_response(self) -> Response {
        let body = Json(json!({ "err": 1, "message": self.to_string() }));
        let mut response = (self.status(), body).into_response();
        if let Some(seconds) = self.retry_after_seconds() {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
