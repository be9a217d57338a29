//! Alert rules, as their projects' owners set them. What they did is in `rule_hours`.

use chrono::{DateTime, Utc};
use sqlx::{PgExecutor, types::Json};

use super::Result;
use crate::model::{
    id::{ProjectId, RuleId, UserId},
    rule::{Audience, Filter, Rule, Terms, Trigger},
    text::Name,
};

/// A rule's row.
struct Row {
    project: ProjectId,
    id: RuleId,
    name: Name,
    trigger: String,
    count: Option<i64>,
    minutes: Option<i32>,
    filter: Json<Filter>,
    recipients: Option<Vec<i64>>,
    mails_per_hour: i32,
    is_enabled: bool,
}

impl Row {
    /// The rule; `None` for one that a later version made.
    fn rule(self) -> Option<Rule> {
        let trigger = Trigger::stored(&self.trigger, self.count, self.minutes)?;
        let audience = match self.recipients {
            None => Audience::Everybody,
            Some(people) => Audience::Chosen(people.into_iter().map(UserId).collect()),
        };
        Some(Rule {
            project: self.project,
            id: self.id,
            is_enabled: self.is_enabled,
            terms: Terms {
                name: self.name,
                trigger,
                filter: self.filter.0,
                audience,
                mails_per_hour: self.mails_per_hour,
            },
        })
    }
}

/// The rules that may fire for what a batch did, oldest first: those of a rate of all `projects`, the
/// others of those in which something happened. Rules that are off are left out.
pub async fn alerting(
    db: impl PgExecutor<'_>,
    projects: &[i64],
    eventful: &[i64],
) -> Result<Vec<Rule>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT project_id AS "project: ProjectId", id AS "id: RuleId", name AS "name: Name", trigger,
               count, minutes, filter AS "filter: Json<Filter>", recipients, mails_per_hour, is_enabled
        FROM rules
        WHERE project_id = ANY ($1) AND is_enabled AND (trigger = 'rate' OR project_id = ANY ($2))
        ORDER BY id
        "#,
        projects,
        eventful,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(Row::rule).collect())
}

/// A project's rules, oldest first.
pub async fn of_project(db: impl PgExecutor<'_>, project: ProjectId) -> Result<Vec<Rule>> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT project_id AS "project: ProjectId", id AS "id: RuleId", name AS "name: Name", trigger,
               count, minutes, filter AS "filter: Json<Filter>", recipients, mails_per_hour, is_enabled
        FROM rules
        WHERE project_id = $1
        ORDER BY id
        "#,
        project.0,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().filter_map(Row::rule).collect())
}

/// The rule of that id, if it is the project's.
pub async fn by_id(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    rule: RuleId,
) -> Result<Option<Rule>> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT project_id AS "project: ProjectId", id AS "id: RuleId", name AS "name: Name", trigger,
               count, minutes, filter AS "filter: Json<Filter>", recipients, mails_per_hour, is_enabled
        FROM rules
        WHERE project_id = $1 AND id = $2
        "#,
        project.0,
        rule.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.and_then(Row::rule))
}

/// How many rules a project has, which nobody else adds to until the transaction ends; `None` for a
/// project that is gone. Does not keep the digest waiting.
pub async fn lock_count(tx: &mut sqlx::PgConnection, project: ProjectId) -> Result<Option<usize>> {
    let held = sqlx::query_scalar!(
        "SELECT id FROM projects WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE",
        project.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if held.is_none() {
        return Ok(None);
    }
    let count = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM rules WHERE project_id = $1"#,
        project.0,
    )
    .fetch_one(&mut *tx)
    .await?;
    Ok(Some(usize::try_from(count).unwrap_or(usize::MAX)))
}

/// Stores a new rule, which is on: its id.
pub async fn insert(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    terms: &Terms,
    at: DateTime<Utc>,
) -> Result<RuleId> {
    let recipients = recipients(&terms.audience);
    sqlx::query_scalar!(
        r#"
        INSERT INTO rules (project_id, name, trigger, count, minutes, filter, recipients, mails_per_hour,
                           created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        RETURNING id AS "id: RuleId"
        "#,
        project.0,
        terms.name.as_str(),
        terms.trigger.as_str(),
        terms.trigger.count(),
        terms.trigger.minutes(),
        Json(&terms.filter) as _,
        recipients.as_deref(),
        terms.mails_per_hour,
        at,
    )
    .fetch_one(db)
    .await
}

/// Gives a rule other terms; false where there is no such rule.
pub async fn update(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    rule: RuleId,
    terms: &Terms,
) -> Result<bool> {
    let recipients = recipients(&terms.audience);
    sqlx::query!(
        r#"
        UPDATE rules
        SET name = $3, trigger = $4, count = $5, minutes = $6, filter = $7, recipients = $8,
            mails_per_hour = $9
        WHERE project_id = $1 AND id = $2
        "#,
        project.0,
        rule.0,
        terms.name.as_str(),
        terms.trigger.as_str(),
        terms.trigger.count(),
        terms.trigger.minutes(),
        Json(&terms.filter) as _,
        recipients.as_deref(),
        terms.mails_per_hour,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Turns a rule on or off; false where there is no such rule.
pub async fn set_enabled(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    rule: RuleId,
    is_enabled: bool,
) -> Result<bool> {
    sqlx::query!(
        "UPDATE rules SET is_enabled = $3 WHERE project_id = $1 AND id = $2",
        project.0,
        rule.0,
        is_enabled,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

/// Deletes a rule; false where there is no such rule. What it holds goes with its next summary, which
/// then is not made.
pub async fn delete(db: impl PgExecutor<'_>, project: ProjectId, rule: RuleId) -> Result<bool> {
    sqlx::query!(
        "DELETE FROM rules WHERE project_id = $1 AND id = $2",
        project.0,
        rule.0,
    )
    .execute(db)
    .await
    .map(|done| done.rows_affected() == 1)
}

fn recipients(audience: &Audience) -> Option<Vec<i64>> {
    match audience {
        Audience::Everybody => None,
        Audience::Chosen(people) => Some(people.iter().map(|person| person.0).collect()),
    }
}
