//! Who belongs to which project, as what.

use sqlx::PgExecutor;

use super::Result;
use crate::model::{
    id::{ProjectId, UserId},
    project::Role,
};

/// A member of a project.
#[derive(Debug)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their address, which is also their name.
    pub email: String,
    /// As what.
    pub role: Role,
    /// Whether their account is deactivated.
    pub is_disabled: bool,
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
pub async fn set(
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

/// Makes a person a member who is none; a member keeps the role they have.
pub async fn join(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    user: UserId,
    role: Role,
) -> Result<()> {
    sqlx::query!(
        r#"
        INSERT INTO memberships (project_id, user_id, role) VALUES ($1, $2, $3)
        ON CONFLICT (project_id, user_id) DO NOTHING
        "#,
        project.0,
        user.0,
        role.as_str(),
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Ends a membership; false where there was none.
pub async fn remove(db: impl PgExecutor<'_>, project: ProjectId, user: UserId) -> Result<bool> {
    sqlx::query!(
        "DELETE FROM memberships WHERE project_id = $1 AND user_id = $2",
        project.0,
        user.0,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// The members of a project, by address.
pub async fn of_project(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Vec<Member>> {
    sqlx::query_as!(
        Member,
        r#"
        SELECT users.id AS "user: UserId", users.email, memberships.role AS "role: Role",
               users.disabled_at IS NOT NULL AS "is_disabled!"
        FROM memberships JOIN users ON users.id = memberships.user_id
        WHERE memberships.project_id = $1
        ORDER BY lower(users.email)
        "#,
        project.0,
    )
    .fetch_all(db)
    .await
}

/// The roles of a project's members, and whether they can sign in, locked until the transaction ends: so that two
/// owners who leave at once see each other.
pub async fn lock(
    db: impl PgExecutor<'_>,
    project: ProjectId,
) -> Result<Vec<(UserId, Role, bool)>> {
    let rows = sqlx::query!(
        r#"
        SELECT memberships.user_id AS "user: UserId", memberships.role AS "role: Role",
               users.disabled_at IS NULL AS "can_sign_in!"
        FROM memberships JOIN users ON users.id = memberships.user_id
        WHERE memberships.project_id = $1
        ORDER BY memberships.user_id
        FOR UPDATE OF memberships
        "#,
        project.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.user, row.role, row.can_sign_in))
        .collect())
}

/// A project of a person, and whether they get its mails.
#[derive(Debug)]
pub struct Membership {
    /// The project's name.
    pub name: String,
    /// Its name in URLs.
    pub slug: String,
    /// As what.
    pub role: Role,
    /// Whether its mails come.
    pub mails: bool,
}

/// The projects that a person is a member of, by name.
pub async fn of_user(db: impl PgExecutor<'_>, user: UserId) -> Result<Vec<Membership>> {
    sqlx::query_as!(
        Membership,
        r#"
        SELECT projects.name, projects.slug, memberships.role AS "role: Role", memberships.mails
        FROM memberships JOIN projects ON projects.id = memberships.project_id
        WHERE memberships.user_id = $1
        ORDER BY lower(projects.name), projects.id
        "#,
        user.0,
    )
    .fetch_all(db)
    .await
}

/// Everybody's projects, by name.
pub async fn of_everybody(db: impl PgExecutor<'_>) -> Result<Vec<(UserId, Membership)>> {
    let rows = sqlx::query!(
        r#"
        SELECT memberships.user_id AS "user: UserId", projects.name, projects.slug,
               memberships.role AS "role: Role", memberships.mails
        FROM memberships JOIN projects ON projects.id = memberships.project_id
        ORDER BY lower(projects.name), projects.id
        "#,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let membership = Membership {
                name: row.name,
                slug: row.slug,
                role: row.role,
                mails: row.mails,
            };
            (row.user, membership)
        })
        .collect())
}

/// Of a person's projects, whose mails they want.
pub async fn set_mails(db: impl PgExecutor<'_>, user: UserId, slugs: &[String]) -> Result<()> {
    sqlx::query!(
        r#"
        UPDATE memberships SET mails = projects.slug = ANY ($2)
        FROM projects
        WHERE projects.id = memberships.project_id AND memberships.user_id = $1
        "#,
        user.0,
        slugs,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Somebody whom mails about a project's items may go to.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// The project.
    pub project: ProjectId,
    /// Who.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// Whether they want to hear of new items.
    pub new_items: bool,
    /// Whether they want to hear of items that came back.
    pub reactivated_items: bool,
}

/// Whom mails about projects' items go to, by project and address: the members who want the
/// project's mails; admins, where a project has no member, so that somebody is told.
pub async fn recipients(db: impl PgExecutor<'_>, projects: &[i64]) -> Result<Vec<Recipient>> {
    sqlx::query_as!(
        Recipient,
        r#"
        SELECT wanted.project_id AS "project!: ProjectId", users.id AS "user: UserId", users.email,
               users.mail_new_items AS new_items, users.mail_reactivated_items AS reactivated_items
        FROM UNNEST($1::bigint[]) AS wanted (project_id)
        JOIN users ON users.disabled_at IS NULL AND CASE
            WHEN EXISTS (SELECT FROM memberships JOIN users AS members ON members.id = memberships.user_id
                         WHERE memberships.project_id = wanted.project_id AND members.disabled_at IS NULL)
            THEN EXISTS (SELECT FROM memberships
                         WHERE memberships.project_id = wanted.project_id AND memberships.user_id = users.id
                           AND memberships.mails)
            ELSE users.is_admin
        END
        ORDER BY wanted.project_id, lower(users.email)
        "#,
        projects,
    )
    .fetch_all(db)
    .await
}
