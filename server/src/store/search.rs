//! Items as a person filters them: heads of groups, not their members. A runtime query: the filters are chosen by a person.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgExecutor, Postgres, QueryBuilder};

use super::Result;
use crate::model::{
    id::{ItemCounter, ItemId, OccurrenceId, ProjectId},
    item::{Item, Status},
    occurrence::Level,
    text::{Environment, Title},
};

/// What a list of items is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Only these statuses; empty for all.
    pub statuses: Vec<Status>,
    /// Only these levels; empty for all.
    pub levels: Vec<Level>,
    /// Only these environments; empty for all.
    pub environments: Vec<String>,
    /// Only items whose title, culprit or counter, or a member's counter, has this text; empty for all.
    pub text: String,
}

/// What a list of items is sorted by; always falling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest occurrence.
    #[default]
    LastSeen,
    /// First occurrence.
    FirstSeen,
    /// Occurrences ever.
    Total,
}

impl Sort {
    /// All of them, in the order pages offer them.
    pub const ALL: [Self; 3] = [Self::LastSeen, Self::FirstSeen, Self::Total];

    /// Its name in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LastSeen => "last_seen",
            Self::FirstSeen => "first_seen",
            Self::Total => "total",
        }
    }

    /// The one of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == name)
    }

    /// The item's key in this order: microseconds since 1970, or its total.
    pub fn key_of(self, item: &Item) -> i64 {
        match self {
            Self::LastSeen => item.last_seen_at.timestamp_micros(),
            Self::FirstSeen => item.first_seen_at.timestamp_micros(),
            Self::Total => item.total,
        }
    }
}

/// Where a page of a list begins: behind the item of this key and id, in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Items that come after it.
    Older(i64, ItemId),
    /// Items that come before it; given in the list's order all the same.
    Newer(i64, ItemId),
}

/// Up to `limit` items of a project, in `sort`'s order.
pub async fn items(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    filter: &Filter,
    sort: Sort,
    from: Option<From>,
    limit: i64,
) -> Result<Vec<Item>> {
    let mut query = QueryBuilder::new("SELECT * FROM items");
    push_filter(&mut query, project, filter);
    let column = match sort {
        Sort::LastSeen => "last_seen_at",
        Sort::FirstSeen => "first_seen_at",
        Sort::Total => "total",
    };
    let backwards = match from {
        None => false,
        Some(From::Older(key, id)) => !push_from(&mut query, sort, column, " < ", key, id),
        Some(From::Newer(key, id)) => push_from(&mut query, sort, column, " > ", key, id),
    };
    query
        .push(" ORDER BY ")
        .push(column)
        .push(if backwards { ", id" } else { " DESC, id DESC" });
    query.push(" LIMIT ").push_bind(limit);
    let rows: Vec<Row> = query.build_query_as().fetch_all(db).await?;
    let mut items: Vec<Item> = rows.into_iter().map(Item::from).collect();
    if backwards {
        items.reverse();
    }
    Ok(items)
}

/// Items of a project by page number, newest first: what Rollbar's API asks for.
pub async fn items_page(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    filter: &Filter,
    offset: i64,
    limit: i64,
) -> Result<Vec<Item>> {
    let mut query = QueryBuilder::new("SELECT * FROM items");
    push_filter(&mut query, project, filter);
    query
        .push(" ORDER BY last_seen_at DESC, id DESC LIMIT ")
        .push_bind(limit);
    query.push(" OFFSET ").push_bind(offset);
    let rows: Vec<Row> = query.build_query_as().fetch_all(db).await?;
    Ok(rows.into_iter().map(Item::from).collect())
}

/// How many items the filter finds.
pub async fn count(db: impl PgExecutor<'_>, project: ProjectId, filter: &Filter) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM items");
    push_filter(&mut query, project, filter);
    query.build_query_scalar().fetch_one(db).await
}

/// Items that are looked through for newer ones: a page that is older than that is told of the newest.
const NEWER_MAX: i64 = 1_000;

/// How many items the filter finds that are newer than the one with the counter `since`, among the
/// newest [`NEWER_MAX`].
pub async fn count_newer(
    db: impl PgExecutor<'_>,
    project: ProjectId,
    filter: &Filter,
    since: i64,
) -> Result<i64> {
    let mut query = QueryBuilder::new("SELECT count(*) FROM items");
    push_filter(&mut query, project, filter);
    query
        .push(" AND counter > GREATEST(")
        .push_bind(since)
        .push(", (SELECT item_counter FROM projects WHERE id = ")
        .push_bind(project.0)
        .push(") - ")
        .push_bind(NEWER_MAX)
        .push(")");
    query.build_query_scalar().fetch_one(db).await
}

/// Pushes the place the page begins at; gives true, for "forwards".
fn push_from(
    query: &mut QueryBuilder<Postgres>,
    sort: Sort,
    column: &str,
    compare: &str,
    key: i64,
    id: ItemId,
) -> bool {
    query
        .push(" AND (")
        .push(column)
        .push(", id)")
        .push(compare)
        .push("(");
    match sort {
        Sort::Total => query.push_bind(key),
        Sort::LastSeen | Sort::FirstSeen => {
            query.push_bind(DateTime::from_timestamp_micros(key).unwrap_or_default())
        }
    };
    query.push(", ").push_bind(id.0).push(")");
    true
}

fn push_filter(query: &mut QueryBuilder<Postgres>, project: ProjectId, filter: &Filter) {
    query
        .push(" WHERE merged_into IS NULL AND project_id = ")
        .push_bind(project.0);
    if !filter.statuses.is_empty() {
        let statuses: Vec<_> = filter
            .statuses
            .iter()
            .map(|status| status.as_str())
            .collect();
        query
            .push(" AND status = ANY (")
            .push_bind(statuses)
            .push(")");
    }
    if !filter.levels.is_empty() {
        let levels: Vec<_> = filter.levels.iter().map(|level| level.as_str()).collect();
        query.push(" AND level = ANY (").push_bind(levels).push(")");
    }
    if !filter.environments.is_empty() {
        query
            .push(" AND environment = ANY (")
            .push_bind(filter.environments.clone())
            .push(")");
    }
    let text = filter.text.trim();
    if !text.is_empty() {
        let pattern = format!(
            "%{}%",
            text.replace('\\', r"\\")
                .replace('%', r"\%")
                .replace('_', r"\_")
        );
        query.push(" AND (title ILIKE ").push_bind(pattern.clone());
        query.push(" OR culprit ILIKE ").push_bind(pattern);
        if let Ok(counter) = text.trim_start_matches('#').parse::<i64>() {
            query.push(" OR counter = ").push_bind(counter);
            query
                .push(" OR id = (SELECT merged_into FROM items WHERE project_id = ")
                .push_bind(project.0);
            query.push(" AND counter = ").push_bind(counter).push(")");
        }
        query.push(")");
    }
}

/// A row of `items` with all its columns.
#[derive(FromRow)]
struct Row {
    project_id: ProjectId,
    id: ItemId,
    counter: ItemCounter,
    environment: Environment,
    title: Title,
    culprit: Option<String>,
    level: Level,
    platform: Option<String>,
    framework: Option<String>,
    status: Status,
    resolved_in: Option<String>,
    first_seen_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    total: i64,
    active_total: i64,
    status_changed_at: DateTime<Utc>,
    last_occurrence_id: OccurrenceId,
    last_occurrence_at: DateTime<Utc>,
    merged_into: Option<ItemId>,
    members: Vec<ItemId>,
}

impl std::convert::From<Row> for Item {
    fn from(row: Row) -> Self {
        Self {
            project_id: row.project_id,
            id: row.id,
            counter: row.counter,
            environment: row.environment,
            title: row.title,
            culprit: row.culprit,
            level: row.level,
            platform: row.platform,
            framework: row.framework,
            status: row.status,
            resolved_in: row.resolved_in,
            first_seen_at: row.first_seen_at,
            last_seen_at: row.last_seen_at,
            total: row.total,
            active_total: row.active_total,
            status_changed_at: row.status_changed_at,
            last_occurrence_id: row.last_occurrence_id,
            last_occurrence_at: row.last_occurrence_at,
            merged_into: row.merged_into,
            members: row.members,
        }
    }
}
