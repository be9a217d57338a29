//! Occurrences.

use std::ops::Range;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, types::Uuid};

use super::{Result, attachments, feedback};
use crate::model::{
    body,
    entry::Head,
    id::{ItemCounter, ItemId, OccurrenceId, OccurrenceUuid, ProjectId},
    occurrence::{Level, Occurrence},
};

/// An occurrence that is to be stored.
pub struct NewOccurrence<'a> {
    /// Its id.
    pub id: OccurrenceId,
    /// The item it belongs to.
    pub item: ItemId,
    /// Its columns.
    pub head: &'a Head,
    /// Its compressed JSON.
    pub body: &'a [u8],
}

/// A stored occurrence's row, without its body.
#[derive(Clone, Debug)]
pub struct OccurrenceRow {
    /// Its id.
    pub id: OccurrenceId,
    /// The SDK's UUID, or ours.
    pub uuid: OccurrenceUuid,
    /// The item it belongs to.
    pub item: ItemId,
    /// When this server received it.
    pub received_at: DateTime<Utc>,
    /// When the SDK says it happened.
    pub happened_at: Option<DateTime<Utc>>,
    /// How bad.
    pub level: Level,
    /// The version it came from.
    pub code_version: Option<String>,
    /// The machine it came from.
    pub host: Option<String>,
    /// Whom it happened to.
    pub person: Option<String>,
    /// The request's address.
    pub url: Option<String>,
}

/// A stored occurrence with its body.
#[derive(Clone, Debug)]
pub struct StoredOccurrence {
    /// Its columns.
    pub row: OccurrenceRow,
    /// Its compressed JSON.
    pub body: Vec<u8>,
    /// The dictionary that the body wants, if it wants one.
    pub dictionary: Option<Vec<u8>>,
}

impl StoredOccurrence {
    /// What its body says.
    pub fn occurrence(&self) -> std::result::Result<Occurrence<'static>, body::Unreadable> {
        body::decode(&self.body, self.dictionary.as_deref())
    }
}

/// Draws ids for `count` occurrences, in order.
pub async fn draw_ids(db: impl PgExecutor<'_>, count: i64) -> Result<Vec<i64>> {
    sqlx::query_scalar!(
        r#"SELECT nextval('occurrence_ids') AS "id!" FROM generate_series(1, $1::bigint)"#,
        count,
    )
    .fetch_all(db)
    .await
}

/// Those of `(project, uuid)` that are stored already with a time `within` these.
///
/// The limit is what has each looked up by the index: a plain join reads and sorts the whole day where
/// Postgres has no statistics of it yet. Without an end each would be looked up in the empty partitions
/// of the days ahead, too.
pub async fn known(
    db: impl PgExecutor<'_>,
    projects: &[i64],
    uuids: &[Uuid],
    within: Range<DateTime<Utc>>,
) -> Result<Vec<(ProjectId, OccurrenceUuid)>> {
    let rows = sqlx::query!(
        r#"
        SELECT wanted.project_id AS "project!: ProjectId", wanted.uuid AS "uuid!: OccurrenceUuid"
        FROM UNNEST($1::bigint[], $2::uuid[]) AS wanted (project_id, uuid)
        CROSS JOIN LATERAL (
            SELECT FROM occurrences
            WHERE occurrences.project_id = wanted.project_id AND occurrences.uuid = wanted.uuid
              AND occurrences.received_at >= $3 AND occurrences.received_at < $4
            LIMIT 1
        ) AS found
        "#,
        projects,
        uuids,
        within.start,
        within.end,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.project, row.uuid))
        .collect())
}

/// Stores new occurrences.
pub async fn insert(db: impl PgExecutor<'_>, new: &[NewOccurrence<'_>]) -> Result<()> {
    let project_id: Vec<_> = new.iter().map(|new| new.head.project.0).collect();
    let received_at: Vec<_> = new.iter().map(|new| new.head.received_at).collect();
    let id: Vec<_> = new.iter().map(|new| new.id.0).collect();
    let uuid: Vec<_> = new.iter().map(|new| new.head.uuid.0).collect();
    let item_id: Vec<_> = new.iter().map(|new| new.item.0).collect();
    let happened_at: Vec<_> = new.iter().map(|new| new.head.happened_at).collect();
    let level: Vec<_> = new.iter().map(|new| new.head.level.as_str()).collect();
    let code_version: Vec<_> = new
        .iter()
        .map(|new| new.head.code_version.as_deref())
        .collect();
    let host: Vec<_> = new.iter().map(|new| new.head.host.as_deref()).collect();
    let person: Vec<_> = new.iter().map(|new| new.head.person.as_deref()).collect();
    let url: Vec<_> = new.iter().map(|new| new.head.url.as_deref()).collect();
    let body: Vec<_> = new.iter().map(|new| new.body).collect();
    sqlx::query!(
        r#"
        INSERT INTO occurrences (project_id, received_at, id, uuid, item_id, happened_at, level,
                                 code_version, host, person, url, body)
        SELECT * FROM UNNEST($1::bigint[], $2::timestamptz[], $3::bigint[], $4::uuid[], $5::bigint[],
                             $6::timestamptz[], $7::text[], $8::text[], $9::text[], $10::text[],
                             $11::text[], $12::bytea[])
        "#,
        &project_id,
        &received_at,
        &id,
        &uuid,
        &item_id,
        &happened_at as &[Option<DateTime<Utc>>],
        &level as &[&str],
        &code_version as &[Option<&str>],
        &host as &[Option<&str>],
        &person as &[Option<&str>],
        &url as &[Option<&str>],
        &body as &[&[u8]],
    )
    .execute(db)
    .await
    .map(|_done| ())
}

/// The occurrence of one of these items with that id.
pub async fn of_items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
    occurrence: OccurrenceId,
) -> Result<Option<StoredOccurrence>> {
    Ok(by_id(db, project, occurrence)
        .await?
        .filter(|found| items.contains(&found.row.item.0)))
}

/// The newest occurrence of items that is stored.
pub async fn newest_of_items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
) -> Result<Option<StoredOccurrence>> {
    Ok(page_of_items(db, project, items, 0, 1).await?.pop())
}

/// Erases an occurrence of an item with what belongs to it; counts stay. False where there is no
/// such occurrence. Wants a transaction.
pub async fn delete(
    tx: &mut PgConnection,
    project: ProjectId,
    item: ItemId,
    occurrence: OccurrenceId,
) -> Result<bool> {
    let uuids = sqlx::query_scalar!(
        "DELETE FROM occurrences WHERE project_id = $1 AND item_id = $2 AND id = $3 RETURNING uuid",
        project.0,
        item.0,
        occurrence.0,
    )
    .fetch_all(&mut *tx)
    .await?;
    attachments::delete_of(&mut *tx, project, &uuids).await?;
    feedback::delete_of(&mut *tx, project, &uuids).await?;
    Ok(!uuids.is_empty())
}

/// The occurrence of that id, if it is the project's and its item was not deleted.
pub async fn by_id(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    occurrence: OccurrenceId,
) -> Result<Option<StoredOccurrence>> {
    let row = sqlx::query!(
        r#"
        SELECT id AS "id: OccurrenceId", uuid AS "uuid: OccurrenceUuid", item_id AS "item: ItemId",
               received_at, happened_at, level AS "level: Level", code_version, host, person, url, body,
               (SELECT bytes FROM dictionaries
                WHERE dictionaries.project_id = $1 AND '\x01'::bytea || name = substring(body FOR 9)
               ) AS dictionary
        FROM occurrences
        WHERE project_id = $1 AND id = $2
          AND EXISTS (SELECT FROM items WHERE items.project_id = $1 AND items.id = occurrences.item_id)
        "#,
        project.0,
        occurrence.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| StoredOccurrence {
        row: OccurrenceRow {
            id: row.id,
            uuid: row.uuid,
            item: row.item,
            received_at: row.received_at,
            happened_at: row.happened_at,
            level: row.level,
            code_version: row.code_version,
            host: row.host,
            person: row.person,
            url: row.url,
        },
        body: row.body,
        dictionary: row.dictionary,
    }))
}

/// Occurrences of items by page, newest first, with their bodies: what Rollbar's API asks for.
pub async fn page_of_items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
    offset: i64,
    limit: i64,
) -> Result<Vec<StoredOccurrence>> {
    let rows = sqlx::query!(
        r#"
        SELECT found.id AS "id: OccurrenceId", uuid AS "uuid: OccurrenceUuid", item_id AS "item: ItemId",
               received_at, happened_at, level AS "level: Level", code_version, host, person, url, body,
               (SELECT bytes FROM dictionaries
                WHERE dictionaries.project_id = $1 AND '\x01'::bytea || name = substring(body FOR 9)
               ) AS dictionary
        FROM UNNEST($2::bigint[]) AS member (id)
        CROSS JOIN LATERAL (
            SELECT id, uuid, item_id, received_at, happened_at, level, code_version, host, person, url, body
            FROM occurrences
            WHERE project_id = $1 AND item_id = member.id
            ORDER BY received_at DESC, id DESC LIMIT $3::bigint + $4::bigint) AS found
        ORDER BY received_at DESC, found.id DESC
        LIMIT $3 OFFSET $4
        "#,
        project.0,
        items,
        limit,
        offset,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| StoredOccurrence {
            row: OccurrenceRow {
                id: row.id,
                uuid: row.uuid,
                item: row.item,
                received_at: row.received_at,
                happened_at: row.happened_at,
                level: row.level,
                code_version: row.code_version,
                host: row.host,
                person: row.person,
                url: row.url,
            },
            body: row.body,
            dictionary: row.dictionary,
        })
        .collect())
}

/// Up to `limit` occurrences of items before `before`, newest first.
pub async fn before(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
    before: (DateTime<Utc>, OccurrenceId),
    limit: i64,
) -> Result<Vec<OccurrenceRow>> {
    sqlx::query_as!(
        OccurrenceRow,
        r#"
        SELECT found.id AS "id: OccurrenceId", uuid AS "uuid: OccurrenceUuid", item_id AS "item: ItemId",
               received_at, happened_at, level AS "level: Level", code_version, host, person, url
        FROM UNNEST($2::bigint[]) AS member (id)
        CROSS JOIN LATERAL (
            SELECT id, uuid, item_id, received_at, happened_at, level, code_version, host, person, url
            FROM occurrences
            WHERE project_id = $1 AND item_id = member.id AND (received_at, id) < ($3, $4)
            ORDER BY received_at DESC, id DESC LIMIT $5) AS found
        ORDER BY received_at DESC, found.id DESC
        LIMIT $5
        "#,
        project.0,
        items,
        before.0,
        before.1.0,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Up to `limit` occurrences of items after `after`, oldest first.
pub async fn after(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    items: &[i64],
    after: (DateTime<Utc>, OccurrenceId),
    limit: i64,
) -> Result<Vec<OccurrenceRow>> {
    sqlx::query_as!(
        OccurrenceRow,
        r#"
        SELECT found.id AS "id: OccurrenceId", uuid AS "uuid: OccurrenceUuid", item_id AS "item: ItemId",
               received_at, happened_at, level AS "level: Level", code_version, host, person, url
        FROM UNNEST($2::bigint[]) AS member (id)
        CROSS JOIN LATERAL (
            SELECT id, uuid, item_id, received_at, happened_at, level, code_version, host, person, url
            FROM occurrences
            WHERE project_id = $1 AND item_id = member.id AND (received_at, id) > ($3, $4)
            ORDER BY received_at, id LIMIT $5) AS found
        ORDER BY received_at, found.id
        LIMIT $5
        "#,
        project.0,
        items,
        after.0,
        after.1.0,
        limit,
    )
    .fetch_all(db)
    .await
}

/// Where occurrences with that UUID are shown, newest first: `(project slug, item, occurrence)`.
///
/// The same UUID may have been sent to several projects; the caller keeps those the viewer may see.
pub async fn places_of(
    db: impl PgExecutor<'_>,
    uuid: OccurrenceUuid,
    projects: &[i64],
) -> Result<Option<(String, ItemCounter, OccurrenceId)>> {
    let row = sqlx::query!(
        r#"
        SELECT projects.slug, COALESCE(head.counter, items.counter) AS "counter!: ItemCounter",
               occurrences.id AS "id: OccurrenceId"
        FROM occurrences
        JOIN projects ON projects.id = occurrences.project_id
        JOIN items ON items.project_id = occurrences.project_id AND items.id = occurrences.item_id
        LEFT JOIN items AS head ON head.project_id = items.project_id AND head.id = items.merged_into
        WHERE occurrences.project_id = ANY ($2) AND occurrences.uuid = $1
        ORDER BY occurrences.received_at DESC
        LIMIT 1
        "#,
        uuid.0,
        projects,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.slug, row.counter, row.id)))
}
