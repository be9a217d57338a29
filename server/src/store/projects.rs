//! Projects and who belongs to them.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::{
    id::{ProjectId, UserId},
    project::{Project, Role},
    text::Name,
};

/// Stores a new project; `None` where the slug is taken.
pub async fn insert(
    db: impl PgExecutor<'_>,
    name: &Name,
    slug: &str,
    at: DateTime<Utc>,
) -> Result<Option<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        INSERT INTO projects (name, slug, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (slug) DO NOTHING
        RETURNING id AS "id: ProjectId", name AS "name: Name", slug, created_at
        "#,
        name.as_str(),
        slug,
        at,
    )
    .fetch_optional(db)
    .await
}

/// The project of that slug.
pub async fn by_slug(db: impl PgExecutor<'_>, slug: &str) -> Result<Option<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT id AS "id: ProjectId", name AS "name: Name", slug, created_at
        FROM projects
        WHERE slug = $1
        "#,
        slug,
    )
    .fetch_optional(db)
    .await
}

/// The project of that id.
pub async fn by_id(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Option<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT id AS "id: ProjectId", name AS "name: Name", slug, created_at
        FROM projects
        WHERE id = $1
        "#,
        project.0,
    )
    .fetch_optional(db)
    .await
}

/// The projects that a person may see, by name: all for an admin.
pub async fn visible_to(
    db: impl PgExecutor<'_>,
    user: UserId,
    is_admin: bool,
) -> Result<Vec<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT id AS "id: ProjectId", name AS "name: Name", slug, created_at
        FROM projects
        WHERE $2 OR id IN (SELECT project_id FROM memberships WHERE user_id = $1)
        ORDER BY lower(name), id
        "#,
        user.0,
        is_admin,
    )
    .fetch_all(db)
    .await
}

/// All projects, by name.
pub async fn all(db: impl PgExecutor<'_>) -> Result<Vec<Project>> {
    sqlx::query_as!(
        Project,
        r#"
        SELECT id AS "id: ProjectId", name AS "name: Name", slug, created_at
        FROM projects
        ORDER BY lower(name), id
        "#,
    )
    .fetch_all(db)
    .await
}

/// What a person is in a project; `None` for a stranger.
pub async fn role(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    user: UserId,
) -> Result<Option<Role>> {
    sqlx::query_scalar!(
        r#"SELECT role AS "role: Role" FROM memberships WHERE project_id = $1 AND user_id = $2"#,
        project.0,
        user.0,
    )
    .fetch_optional(db)
    .await
}

/// Makes a person a member, or changes their role.
pub async fn set_member(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    user: UserId,
    role: Role,
) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO memberships (project_id, user_id, role) VALUES ($1, $2, $3)
        ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role
        "#,
        project.0,
        user.0,
        role.as_str(),
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// A member of a project.
#[derive(Debug)]
pub struct Member {
    /// Who.
    pub email: String,
    /// As what.
    pub role: Role,
}

/// The members of a project, by address.
pub async fn members(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Vec<Member>> {
    sqlx::query_as!(
        Member,
        r#"
        SELECT users.email, memberships.role AS "role: Role"
        FROM memberships JOIN users ON users.id = memberships.user_id
        WHERE memberships.project_id = $1 AND users.disabled_at IS NULL
        ORDER BY lower(users.email)
        "#,
        project.0,
    )
    .fetch_all(db)
    .await
}

/// Whom mails about a project's items go to: `(project, address)`, by both. The members; admins,
/// where a project has none, so that somebody is told.
pub async fn recipients(
    db: impl PgExecutor<'_>,
    projects: &[i64],
) -> Result<Vec<(ProjectId, String)>> {
    let rows = sqlx::query!(
        r#"
        SELECT wanted.project_id AS "project!: ProjectId", users.email
        FROM UNNEST($1::bigint[]) AS wanted (project_id)
        JOIN users ON users.disabled_at IS NULL AND CASE
            WHEN EXISTS (SELECT FROM memberships WHERE memberships.project_id = wanted.project_id)
            THEN EXISTS (SELECT FROM memberships
                         WHERE memberships.project_id = wanted.project_id AND memberships.user_id = users.id)
            ELSE users.is_admin
        END
        ORDER BY wanted.project_id, lower(users.email)
        "#,
        projects,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.project, row.email))
        .collect())
}

/// Those of `projects` that exist; they cannot be deleted until the transaction ends.
pub async fn hold(db: impl PgExecutor<'_>, projects: &[i64]) -> Result<Vec<ProjectId>> {
    sqlx::query_scalar!(
        r#"SELECT id AS "id: ProjectId" FROM projects WHERE id = ANY ($1) ORDER BY id FOR KEY SHARE"#,
        projects,
    )
    .fetch_all(db)
    .await
}

/// Hands out `count` item numbers of a project: the last of them.
pub async fn draw_counters(db: impl PgExecutor<'_>, project: ProjectId, count: i64) -> Result<i64> {
    sqlx::query_scalar!(
        "UPDATE projects SET item_counter = item_counter + $2 WHERE id = $1 RETURNING item_counter",
        project.0,
        count,
    )
    .fetch_one(db)
    .await
}
