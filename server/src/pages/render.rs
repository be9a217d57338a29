//! From a view to a response; and the pages that tell what went wrong.

use axum::{
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use rollcage_web::{
    Template,
    pages::{ErrorPage, StartingPage},
};
use tracing::{error, warn};

use crate::store;

/// A page that is to be shown, with its status.
pub struct Page<T>(pub StatusCode, pub T);

impl<T> Page<T> {
    /// Shown as it is.
    pub fn ok(page: T) -> Self {
        Self(StatusCode::OK, page)
    }

    /// A form that is shown again, with what was typed and what is wrong.
    pub fn again(page: T) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, page)
    }
}

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.1.render() {
            Ok(html) => (self.0, [(header::CACHE_CONTROL, "no-store")], Html(html)).into_response(),
            Err(cause) => {
                error!(error = %cause, "a page could not be rendered");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Why a page is not shown. Each is a page of its own.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// There is no such thing, or none that the viewer may know of.
    #[error("not found")]
    NotFound,
    /// The viewer may see it and not do that.
    #[error("forbidden")]
    Forbidden,
    /// The request does not come from our own pages.
    #[error("foreign origin")]
    ForeignOrigin,
    /// What was sent is not what the form sends.
    #[error("bad request")]
    BadRequest,
    /// Nobody is signed in; they come back to the path afterwards.
    #[error("not signed in")]
    SignIn(String),
    /// What is shown elsewhere: the path of an item that is merged leads to the head of its group.
    #[error("moved")]
    Moved(String),
    /// Postgres is away or refused.
    #[error(transparent)]
    Store(#[from] sqlx::Error),
    /// What is stored cannot be read.
    #[error(transparent)]
    Unreadable(#[from] crate::model::body::Unreadable),
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        match self {
            Self::NotFound => error_page(ErrorPage::new(404)),
            Self::Forbidden => error_page(ErrorPage::new(403)),
            Self::ForeignOrigin => error_page(ErrorPage::foreign_origin()),
            Self::BadRequest => error_page(ErrorPage::new(422)),
            Self::Moved(path) => axum::response::Redirect::to(&path).into_response(),
            Self::SignIn(path) => {
                axum::response::Redirect::to(&rollcage_web::paths::login_then(&path))
                    .into_response()
            }
            Self::Store(cause) if store::is_unstorable(&cause) => error_page(ErrorPage::new(422)),
            Self::Store(cause) if store::is_passing(&cause) => {
                warn!(error = %cause, "a page needs Postgres, which does not answer");
                let mut response = error_page(ErrorPage::new(503));
                response.headers_mut().insert(header::RETRY_AFTER, 5.into());
                response
            }
            Self::Store(cause) => {
                error!(error = %cause, "a page met an error in the store");
                error_page(ErrorPage::new(500))
            }
            Self::Unreadable(cause) => {
                error!(error = %cause, "a stored occurrence cannot be read");
                error_page(ErrorPage::new(500))
            }
        }
    }
}

/// For URLs that lead nowhere.
pub async fn not_found() -> PageError {
    PageError::NotFound
}

/// For URLs that are there, but not for this method: to a person the same as none.
pub async fn method_not_allowed() -> Response {
    let mut response = error_page(ErrorPage::new(404));
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}

/// While the instance is starting.
pub async fn starting() -> Response {
    let mut response = Page(StatusCode::SERVICE_UNAVAILABLE, StartingPage).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, 2.into());
    response
}

fn error_page(page: ErrorPage) -> Response {
    let status = StatusCode::from_u16(page.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Page(status, page).into_response()
}
