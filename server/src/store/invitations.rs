//! Invitations that can be accepted: to a project, or to the instance.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::{
    id::{InvitationId, ProjectId, UserId},
    project::Role,
};

/// What somebody is invited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A project, as what.
    Project(ProjectId, Role),
    /// The instance, as an admin or not.
    Instance {
        /// Whether they become an admin.
        is_admin: bool,
    },
}

impl Place {
    /// The project; `None` for the instance.
    pub fn project(self) -> Option<ProjectId> {
        match self {
            Self::Project(project, _) => Some(project),
            Self::Instance { .. } => None,
        }
    }
}

/// An invitation.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Its row.
    pub id: InvitationId,
    /// To what.
    pub place: Place,
    /// For whom.
    pub email: String,
    /// The address of who invited; `None` where that account is gone.
    pub invited_by: Option<String>,
    /// The time zone of who invited, an IANA name.
    pub time_zone: Option<String>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Until when it can be accepted.
    pub expires_at: DateTime<Utc>,
    /// How its newest mail does.
    pub mail: Sending,
}

/// How a mail does.
#[derive(Clone, Debug, Default)]
pub struct Sending {
    /// When it went out.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was given up.
    pub failed_at: Option<DateTime<Utc>>,
    /// What went wrong the last time.
    pub error: Option<String>,
}

/// Stores an invitation; one that the address has for the same place is replaced.
pub async fn put(
    db: impl PgExecutor<'_>,
    place: Place,
    email: &str,
    invited_by: UserId,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<InvitationId> {
    let (project, role, is_admin) = columns(place);
    sqlx::query_scalar!(
        r#"
        INSERT INTO invitations (project_id, email, role, is_admin, invited_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (COALESCE(project_id, 0), lower(email)) DO UPDATE
        SET email = excluded.email, role = excluded.role, is_admin = excluded.is_admin,
            invited_by = excluded.invited_by, created_at = excluded.created_at,
            expires_at = excluded.expires_at
        RETURNING id AS "id: InvitationId"
        "#,
        project,
        email,
        role,
        is_admin,
        invited_by.0,
        at,
        expires_at,
    )
    .fetch_one(db)
    .await
}

/// The invitations that were not accepted, also those that ended: to a project, or to the instance
/// where that is `None`; newest first.
pub async fn pending(
    db: impl PgExecutor<'_>,
    project: Option<ProjectId>,
) -> Result<Vec<Invitation>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT invitations.id AS "id: InvitationId", invitations.project_id AS "project: ProjectId",
               invitations.role AS "role: Role", invitations.is_admin, invitations.email,
               users.email AS "invited_by?", users.time_zone AS "time_zone?", invitations.created_at, invitations.expires_at,
               mail.sent_at AS "sent_at?", mail.failed_at AS "failed_at?", mail.error AS "error?"
        FROM invitations
        LEFT JOIN users ON users.id = invitations.invited_by
        LEFT JOIN LATERAL (
            SELECT outbox.sent_at, outbox.failed_at, outbox.error FROM outbox
            WHERE outbox.kind = 'invitation'
              AND (outbox.detail ->> 'invitation')::bigint = invitations.id
            ORDER BY outbox.id DESC
            LIMIT 1) AS mail ON true
        WHERE invitations.project_id IS NOT DISTINCT FROM $1
        ORDER BY invitations.created_at DESC, invitations.id DESC
        "#,
        project.map(|project| project.0),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(Row::into_invitation).collect())
}

/// The invitation of that id, also one that ended.
pub async fn by_id(
    db: impl PgExecutor<'_>,
    invitation: InvitationId,
) -> Result<Option<Invitation>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT invitations.id AS "id: InvitationId", invitations.project_id AS "project: ProjectId",
               invitations.role AS "role: Role", invitations.is_admin, invitations.email,
               users.email AS "invited_by?", users.time_zone AS "time_zone?", invitations.created_at, invitations.expires_at,
               NULL::timestamptz AS sent_at, NULL::timestamptz AS failed_at, NULL::text AS error
        FROM invitations LEFT JOIN users ON users.id = invitations.invited_by
        WHERE invitations.id = $1
        "#,
        invitation.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(Row::into_invitation))
}

/// Takes an invitation away, accepted or revoked, with the secrets that went out for it: to what it
/// was. `None` where the place has no such invitation, or somebody was faster.
pub async fn take(
    db: impl PgExecutor<'_>,
    project: Option<ProjectId>,
    invitation: InvitationId,
) -> Result<Option<Place>> {
    let row = sqlx::query!(
        r#"
        DELETE FROM invitations WHERE id = $1 AND project_id IS NOT DISTINCT FROM $2
        RETURNING project_id AS "project: ProjectId", role AS "role: Role", is_admin
        "#,
        invitation.0,
        project.map(|project| project.0),
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| place(row.project, row.role, row.is_admin)))
}

/// Extends an invitation that was not accepted yet: to what, and for whom. `None` where the place has
/// no such invitation any more.
pub async fn extend(
    db: impl PgExecutor<'_>,
    project: Option<ProjectId>,
    invitation: InvitationId,
    by: UserId,
    expires_at: DateTime<Utc>,
) -> Result<Option<String>> {
    sqlx::query_scalar!(
        r#"
        UPDATE invitations SET expires_at = $4, invited_by = $3
        WHERE id = $1 AND project_id IS NOT DISTINCT FROM $2
        RETURNING email
        "#,
        invitation.0,
        project.map(|project| project.0),
        by.0,
        expires_at,
    )
    .fetch_optional(db)
    .await
}

/// Takes back what somebody invited to who may not invite any more: to a project, or to the instance
/// where that is `None`.
pub async fn revoke_those_of(
    db: impl PgExecutor<'_>,
    project: Option<ProjectId>,
    invited_by: UserId,
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM invitations WHERE invited_by = $1 AND project_id IS NOT DISTINCT FROM $2",
        invited_by.0,
        project.map(|project| project.0),
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Takes back everything that somebody invited to.
pub async fn revoke_all_of(db: impl PgExecutor<'_>, invited_by: UserId) -> Result<()> {
    sqlx::query!(
        "DELETE FROM invitations WHERE invited_by = $1",
        invited_by.0
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Forgets invitations that ended before `before`: how many.
pub async fn delete_expired(db: impl PgExecutor<'_>, before: DateTime<Utc>) -> Result<u64> {
    sqlx::query!("DELETE FROM invitations WHERE expires_at <= $1", before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
}

struct Row {
    id: InvitationId,
    project: Option<ProjectId>,
    role: Option<Role>,
    is_admin: bool,
    email: String,
    invited_by: Option<String>,
    time_zone: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    failed_at: Option<DateTime<Utc>>,
    error: Option<String>,
}

impl Row {
    fn into_invitation(self) -> Invitation {
        Invitation {
            id: self.id,
            place: place(self.project, self.role, self.is_admin),
            email: self.email,
            invited_by: self.invited_by,
            time_zone: self.time_zone,
            created_at: self.created_at,
            expires_at: self.expires_at,
            mail: Sending {
                sent_at: self.sent_at,
                failed_at: self.failed_at,
                error: self.error,
            },
        }
    }
}

fn place(project: Option<ProjectId>, role: Option<Role>, is_admin: bool) -> Place {
    match (project, role) {
        (Some(project), Some(role)) => Place::Project(project, role),
        _ => Place::Instance { is_admin },
    }
}

fn columns(place: Place) -> (Option<i64>, Option<&'static str>, bool) {
    match place {
        Place::Project(project, role) => (Some(project.0), Some(role.as_str()), false),
        Place::Instance { is_admin } => (None, None, is_admin),
    }
}
