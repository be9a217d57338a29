//! What alert rules did: how often they fired, what they hold back until the hour is over, and for
//! which items they rest.

use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

use super::Result;
use crate::model::{
    id::{ItemCounter, ItemId, ProjectId, RuleId, UserId},
    occurrence::Level,
    text::{Environment, Title},
};

/// A question of a rule of a rate about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateQuestion {
    /// The project.
    pub project: ProjectId,
    /// The rule that asks.
    pub rule: RuleId,
    /// The item.
    pub item: ItemId,
    /// How many occurrences it takes.
    pub count: i64,
    /// After when all of them have to have come.
    pub since: DateTime<Utc>,
    /// When the newest of them came.
    pub at: DateTime<Utc>,
}

/// What a rule of a rate is answered about an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateAnswer {
    /// It fired for it then, within the time that it looks back.
    Fired(DateTime<Utc>),
    /// So many occurrences came within that time: at most as many as it takes.
    Found(i64),
}

/// Answers questions, in any order. Reads at most as many entries of an index for each as it takes
/// occurrences, and for each member of a group.
pub async fn rates(
    db: impl PgExecutor<'_>,
    questions: &[RateQuestion],
) -> Result<Vec<(RuleId, ItemId, RateAnswer)>> {
    let project_id: Vec<_> = questions.iter().map(|asked| asked.project.0).collect();
    let rule_id: Vec<_> = questions.iter().map(|asked| asked.rule.0).collect();
    let item_id: Vec<_> = questions.iter().map(|asked| asked.item.0).collect();
    let count: Vec<_> = questions.iter().map(|asked| asked.count).collect();
    let since: Vec<_> = questions.iter().map(|asked| asked.since).collect();
    let rows = sqlx::query!(
        r#"
        SELECT asked.rule_id AS "rule!: RuleId", asked.item_id AS "item!: ItemId",
               last.fired_at AS "fired_at?",
               -- Nothing is read for a rule that rests.
               CASE WHEN last.fired_at IS NULL THEN (
                   SELECT count(*) FROM (
                       SELECT FROM (
                           SELECT asked.item_id
                           UNION ALL
                           SELECT UNNEST(members) FROM items
                           WHERE items.project_id = asked.project_id AND items.id = asked.item_id
                       ) AS member (item_id)
                       CROSS JOIN LATERAL (
                           SELECT FROM occurrences
                           WHERE occurrences.project_id = asked.project_id
                             AND occurrences.item_id = member.item_id
                             AND occurrences.received_at > asked.since
                           ORDER BY occurrences.received_at DESC
                           LIMIT asked.count
                       ) AS newest
                       LIMIT asked.count
                   ) AS counted
               ) END AS found
        FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::timestamptz[])
            AS asked (project_id, rule_id, item_id, count, since)
        LEFT JOIN rule_firings AS last
            ON last.project_id = asked.project_id AND last.rule_id = asked.rule_id
           AND last.item_id = asked.item_id AND last.fired_at > asked.since
        "#,
        &project_id,
        &rule_id,
        &item_id,
        &count,
        &since,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let answer = match row.fired_at {
                Some(at) => RateAnswer::Fired(at),
                None => RateAnswer::Found(row.found.unwrap_or_default()),
            };
            (row.rule, row.item, answer)
        })
        .collect())
}

/// Notes that rules of a rate fired for items, which are locked.
pub async fn note_firings(db: impl PgExecutor<'_>, fired: &[RateQuestion]) -> Result<()> {
    let project_id: Vec<_> = fired.iter().map(|fired| fired.project.0).collect();
    let rule_id: Vec<_> = fired.iter().map(|fired| fired.rule.0).collect();
    let item_id: Vec<_> = fired.iter().map(|fired| fired.item.0).collect();
    let at: Vec<_> = fired.iter().map(|fired| fired.at).collect();
    sqlx::query!(
        r#"
        INSERT INTO rule_firings (project_id, rule_id, item_id, fired_at)
        SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[])
            AS new (project_id, rule_id, item_id, fired_at)
        ORDER BY project_id, rule_id, item_id
        ON CONFLICT (project_id, rule_id, item_id) DO UPDATE SET fired_at = excluded.fired_at
        "#,
        &project_id,
        &rule_id,
        &item_id,
        &at,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// Counts firings of `(project, rule, how many)` in an hour: how often each has fired in it by now.
/// The rows stay locked, in the order of their keys, so that nodes count one after another.
pub async fn count(
    db: impl PgExecutor<'_>,
    hour: DateTime<Utc>,
    fired: &[(ProjectId, RuleId, i64)],
) -> Result<Vec<(RuleId, i64)>> {
    let project_id: Vec<_> = fired.iter().map(|(project, ..)| project.0).collect();
    let rule_id: Vec<_> = fired.iter().map(|(_, rule, _)| rule.0).collect();
    let count: Vec<_> = fired.iter().map(|(.., count)| *count).collect();
    let rows = sqlx::query!(
        r#"
        INSERT INTO rule_hours (project_id, rule_id, hour, fired)
        SELECT project_id, rule_id, $4, fired
        FROM UNNEST($1::bigint[], $2::bigint[], $3::bigint[]) AS new (project_id, rule_id, fired)
        ORDER BY project_id, rule_id
        ON CONFLICT (project_id, rule_id, hour) DO UPDATE SET fired = rule_hours.fired + excluded.fired
        RETURNING rule_id AS "rule: RuleId", fired
        "#,
        &project_id,
        &rule_id,
        &count,
        hour,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.rule, row.fired)).collect())
}

/// What a rule holds back until the hour is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The project.
    pub project: ProjectId,
    /// The rule.
    pub rule: RuleId,
    /// The item it fired for.
    pub item: ItemId,
    /// Who is to be told.
    pub recipients: Vec<UserId>,
}

/// Holds back what rules with counted hours would have told.
pub async fn hold(db: impl PgExecutor<'_>, hour: DateTime<Utc>, held: &[Held]) -> Result<()> {
    // Arrays of arrays have to be of one length each, so people go in flat, with the number of what
    // they are told.
    let project_id: Vec<_> = held.iter().map(|held| held.project.0).collect();
    let rule_id: Vec<_> = held.iter().map(|held| held.rule.0).collect();
    let item_id: Vec<_> = held.iter().map(|held| held.item.0).collect();
    let told = (1_i64..).zip(held).flat_map(|(number, held)| {
        let people = held.recipients.iter();
        people.map(move |person| (number, person.0))
    });
    let (number, person): (Vec<_>, Vec<_>) = told.unzip();
    sqlx::query!(
        r#"
        WITH told AS (
            SELECT number, array_agg(person) AS recipients
            FROM UNNEST($5::bigint[], $6::bigint[]) AS told (number, person)
            GROUP BY number
        ), new AS (
            INSERT INTO held_alerts (project_id, rule_id, hour, item_id, recipients)
            SELECT held.project_id, held.rule_id, $1, held.item_id, told.recipients
            FROM UNNEST($2::bigint[], $3::bigint[], $4::bigint[])
                WITH ORDINALITY AS held (project_id, rule_id, item_id, number)
            JOIN told USING (number)
            ORDER BY held.number
            RETURNING project_id, rule_id
        )
        UPDATE rule_hours SET held = held + new.count, is_waiting = true
        FROM (SELECT project_id, rule_id, count(*) AS count FROM new GROUP BY project_id, rule_id) AS new
        WHERE rule_hours.project_id = new.project_id AND rule_hours.rule_id = new.rule_id
          AND rule_hours.hour = $1
        "#,
        hour,
        &project_id,
        &rule_id,
        &item_id,
        &number,
        &person,
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// An hour of a rule whose summary is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// The project.
    pub project: ProjectId,
    /// The rule, which may be deleted.
    pub rule: RuleId,
    /// When the hour began.
    pub hour: DateTime<Utc>,
}

/// Takes an hour that began at `last` or before and whose summary is to be made: another node takes
/// another one. Whoever digests into it has committed by then. Wants a transaction.
pub async fn take_waiting(db: impl PgExecutor<'_>, last: DateTime<Utc>) -> Result<Option<Waiting>> {
    sqlx::query_as!(
        Waiting,
        r#"
        UPDATE rule_hours SET is_waiting = false
        FROM (
            SELECT project_id, rule_id, hour
            FROM rule_hours
            WHERE is_waiting AND hour <= $1
            ORDER BY hour
            LIMIT 1
            FOR UPDATE SKIP LOCKED
        ) AS first
        WHERE rule_hours.project_id = first.project_id AND rule_hours.rule_id = first.rule_id
          AND rule_hours.hour = first.hour
        RETURNING rule_hours.project_id AS "project: ProjectId", rule_hours.rule_id AS "rule: RuleId",
                  rule_hours.hour
        "#,
        last,
    )
    .fetch_optional(db)
    .await
}

/// Takes away what a rule holds of an hour, oldest first: a number that rises, the item and whom.
pub async fn take_held(
    db: impl PgExecutor<'_>,
    waiting: Waiting,
) -> Result<Vec<(i64, ItemId, Vec<UserId>)>> {
    let rows = sqlx::query!(
        r#"
        WITH taken AS (
            DELETE FROM held_alerts
            WHERE project_id = $1 AND rule_id = $2 AND hour = $3
            RETURNING id, item_id, recipients
        )
        SELECT id AS "id!", item_id AS "item!: ItemId", recipients AS "recipients!: Vec<UserId>"
        FROM taken
        ORDER BY id
        "#,
        waiting.project.0,
        waiting.rule.0,
        waiting.hour,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.id, row.item, row.recipients))
        .collect())
}

/// An item that a summary names.
#[derive(Clone, Debug)]
pub struct NamedItem {
    /// Its id.
    pub id: ItemId,
    /// Its number within the project.
    pub counter: ItemCounter,
    /// What people recognize it by.
    pub title: Title,
    /// Its environment.
    pub environment: Environment,
    /// How bad it is.
    pub level: Level,
    /// Its occurrences ever.
    pub total: i64,
}

/// The items of those ids, if they are the project's.
pub async fn named_items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
) -> Result<Vec<NamedItem>> {
    sqlx::query_as!(
        NamedItem,
        r#"
        SELECT id AS "id: ItemId", counter AS "counter: ItemCounter", title AS "title: Title",
               environment AS "environment: Environment", level AS "level: Level", total
        FROM items
        WHERE project_id = $1 AND id = ANY ($2)
        "#,
        project.0,
        items,
    )
    .fetch_all(db)
    .await
}

/// What a rule did lately.
#[derive(Clone, Copy, Debug)]
pub struct Figures {
    /// The rule.
    pub rule: RuleId,
    /// How often it fired.
    pub fired: i64,
    /// How many of those somebody is told of only in a summary.
    pub held: i64,
}

/// What the rules of a project did in the hours from `since` on; those that did nothing are left out.
pub async fn figures(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    since: DateTime<Utc>,
) -> Result<Vec<Figures>> {
    sqlx::query_as!(
        Figures,
        r#"
        SELECT rule_id AS "rule: RuleId", sum(fired)::bigint AS "fired!", sum(held)::bigint AS "held!"
        FROM rule_hours
        WHERE project_id = $1 AND hour >= $2
        GROUP BY rule_id
        "#,
        project.0,
        since,
    )
    .fetch_all(db)
    .await
}

/// Forgets hours that began before `hours_before`, but for those whose summary is to be made, and when
/// rules fired before `firings_before`: how many.
pub async fn delete_before(
    db: impl PgExecutor<'_>,
    hours_before: DateTime<Utc>,
    firings_before: DateTime<Utc>,
) -> Result<u64> {
    let row = sqlx::query!(
        r#"
        WITH hours AS (
            DELETE FROM rule_hours WHERE hour < $1 AND NOT is_waiting RETURNING hour
        ), firings AS (
            DELETE FROM rule_firings WHERE fired_at < $2 RETURNING fired_at
        )
        SELECT (SELECT count(*) FROM hours) + (SELECT count(*) FROM firings) AS "count!"
        "#,
        hours_before,
        firings_before,
    )
    .fetch_one(db)
    .await?;
    Ok(row.count.cast_unsigned())
}
