//! Who is looking, and what they may: extractors that have checked it.
//!
//! Somebody without access to a project gets the same 404 as for a project that does not exist.

use std::collections::HashMap;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};
use axum_extra::extract::CookieJar;
use chrono::TimeDelta;
use rollcage_web::{Notice, PageFrame, ProjectLink, Tz};

use super::{Pages, present, render::PageError};
use crate::{
    model::project::{Project, Role},
    secrets,
    store::{members, projects, sessions},
    triage::By,
};

pub use crate::store::sessions::Viewer;

/// The cookie that holds a session's secret.
///
/// With https the name makes browsers insist on `Secure`; plain http on a LAN must still sign in.
pub fn cookie_name(base_url: &str) -> &'static str {
    if base_url.starts_with("https://") {
        "__Host-rollcage"
    } else {
        "rollcage"
    }
}

/// How much later it is worth noting again that a session was seen.
const SEEN_AGAIN: TimeDelta = TimeDelta::minutes(5);

/// The secret of the session that a request brings.
pub fn session_secret(jar: &CookieJar, base_url: &str) -> Option<String> {
    jar.get(cookie_name(base_url))
        .map(|cookie| cookie.value().to_owned())
}

/// Who is signed in, if anybody.
pub struct MaybeViewer(pub Option<Viewer>);

impl FromRequestParts<Pages> for MaybeViewer {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Self::Rejection> {
        let jar = CookieJar::from_headers(&parts.headers);
        let Some(secret) = session_secret(&jar, &pages.base_url) else {
            return Ok(Self(None));
        };
        let now = pages.clock.now();
        let viewer = sessions::viewer(&pages.db, &secrets::sha256(&secret), now).await?;
        if let Some(viewer) = &viewer
            && now - viewer.seen_at > SEEN_AGAIN
        {
            sessions::touch(&pages.db, viewer.session, now).await?;
        }
        Ok(Self(viewer))
    }
}

impl FromRequestParts<Pages> for Viewer {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Self::Rejection> {
        let MaybeViewer(viewer) = MaybeViewer::from_request_parts(parts, pages).await?;
        viewer.ok_or_else(|| {
            // A change that was asked for is not repeated after signing in.
            let is_get = parts.method == axum::http::Method::GET;
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            PageError::SignIn(if is_get {
                path.to_owned()
            } else {
                "/".to_owned()
            })
        })
    }
}

/// Somebody who may see every project and the admin pages.
pub struct Admin(pub Viewer);

impl FromRequestParts<Pages> for Admin {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Self::Rejection> {
        let viewer = Viewer::from_request_parts(parts, pages).await?;
        if viewer.is_admin {
            Ok(Self(viewer))
        } else {
            Err(PageError::NotFound)
        }
    }
}

/// Somebody who may see the project in the URL.
pub struct InProject {
    /// Who.
    pub viewer: Viewer,
    /// The project.
    pub project: Project,
    /// What they may do there; an admin everything.
    pub role: Role,
}

impl FromRequestParts<Pages> for InProject {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Self, Self::Rejection> {
        let viewer = Viewer::from_request_parts(parts, pages).await?;
        let Path(path) = Path::<HashMap<String, String>>::from_request_parts(parts, pages)
            .await
            .map_err(|_not_a_path| PageError::NotFound)?;
        let slug = path.get("slug").ok_or(PageError::NotFound)?;
        let project = projects::by_slug(&pages.db, slug)
            .await?
            .ok_or(PageError::NotFound)?;
        let role = if viewer.is_admin {
            Role::Owner
        } else {
            members::role(&pages.db, project.id, viewer.id)
                .await?
                .ok_or(PageError::NotFound)?
        };
        Ok(Self {
            viewer,
            project,
            role,
        })
    }
}

impl InProject {
    /// Asks for at least that role.
    pub fn at_least(&self, role: Role) -> Result<(), PageError> {
        if self.role >= role {
            Ok(())
        } else {
            Err(PageError::Forbidden)
        }
    }

    /// Who decides, where they decide something.
    pub fn by<'p>(&self, pages: &'p Pages) -> By<'p> {
        By {
            actor: Some(self.viewer.id),
            clock: &pages.clock,
        }
    }

    /// What the layout shows around a page of the project.
    pub async fn frame(
        &self,
        pages: &Pages,
        notice: Option<Notice>,
    ) -> Result<PageFrame, PageError> {
        let mut frame = frame(pages, &self.viewer, notice).await?;
        frame.project = Some(link(&self.project));
        frame.role = Some(present::role(self.role));
        Ok(frame)
    }
}

/// What the layout shows around a page of the whole instance.
pub async fn frame(
    pages: &Pages,
    viewer: &Viewer,
    notice: Option<Notice>,
) -> Result<PageFrame, PageError> {
    let projects = projects::visible_to(&pages.db, viewer.id, viewer.is_admin).await?;
    Ok(PageFrame {
        viewer: rollcage_web::Viewer {
            email: viewer.email.clone(),
            is_admin: viewer.is_admin,
        },
        project: None,
        role: None,
        projects: projects.iter().map(link).collect(),
        notice,
        now: pages.clock.now(),
        // A name that this version does not know is shown as UTC, not refused.
        zone: viewer.time_zone.parse().unwrap_or(Tz::UTC),
    })
}

fn link(project: &Project) -> ProjectLink {
    ProjectLink {
        name: project.name.to_string(),
        slug: project.slug.clone(),
    }
}
