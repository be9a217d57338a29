//! How the instance is doing.

use axum::{
    extract::{Query, State},
    response::{IntoResponse, Response},
};
use chrono::{NaiveDate, TimeDelta};
use rollcage_web::{
    Notice, format,
    pages::{
        DeadLetter, DictionaryRow, DigestState, JournalState, MailQueue, Node, OutcomeCount,
        Partitions, Rates, SystemPage,
    },
};
use serde::Deserialize;

use super::disk;
use crate::{
    health::Figures,
    model::outcome::Outcome,
    pages::{
        Pages,
        render::{Page, PageError},
        settings::project::failed_mail,
        viewer::{self, Admin, Viewer},
    },
    store::{
        self, cursors, dead_letters, dictionaries, outbox,
        partitions::{self, Parent, Partition},
        usage,
    },
};

/// Rows of each list that are shown.
const ROWS: i64 = 20;
/// Dictionaries that are shown: a few SDKs of each of many projects.
const DICTIONARIES: i64 = 50;

/// What a link to the page may say.
#[derive(Deserialize)]
pub struct Said {
    /// How many dead letters were just put into the journal again.
    retried: Option<String>,
}

/// `GET /admin/system`
pub async fn show(
    State(pages): State<Pages>,
    Admin(viewer): Admin,
    Query(said): Query<Said>,
) -> Result<Response, PageError> {
    let retried = said.retried.and_then(|count| count.parse::<i64>().ok());
    let notice = retried.filter(|count| *count >= 0).map(|count| {
        let records = format::counted(count, "record is", "records are");
        Notice::done(format!(
            "{records} in the journal again. What still cannot be digested comes back here."
        ))
    });
    Ok(Page::ok(page(&pages, &viewer, notice).await?).into_response())
}

/// The page as it is now.
pub(super) async fn page(
    pages: &Pages,
    viewer: &Viewer,
    notice: Option<Notice>,
) -> Result<SystemPage, PageError> {
    let frame = viewer::frame(pages, viewer, notice).await?;
    let figures = pages.health.figures();
    let totals = usage::totals(&pages.db, frame.now - TimeDelta::hours(24)).await?;
    let count_of = |outcome: Outcome| {
        totals
            .iter()
            .find(|(name, _)| name == outcome.as_str())
            .map_or(0, |(_, count)| *count)
    };
    let (waiting, failed_total) = outbox::depth(&pages.db).await?;
    let postgres_version = store::server_version(&pages.db).await?;
    let mut tables = Vec::new();
    let mut all = Vec::new();
    for parent in Parent::ALL {
        let list = partitions::list(&pages.db, parent).await?;
        tables.push(table(parent, &list));
        all.extend(list);
    }
    let own = pages.has_own_postgres.then_some(&all[..]);
    let today = frame.now.date_naive();
    Ok(SystemPage {
        disk: disk::state(&pages.data_dir, own, today, pages.retention_days),
        rates: pages.health.rates().map(|rates| Rates {
            accepted: rates.accepted,
            digested: rates.digested,
        }),
        nodes: nodes(pages).await?,
        dictionaries: dictionaries(pages).await?,
        frame,
        journal: journal(&figures),
        digest: digest(&figures),
        outcomes: Outcome::all()
            .map(|outcome| OutcomeCount {
                outcome: outcome.as_str().into(),
                is_accepted: outcome == Outcome::Accepted,
                occurrences: count_of(outcome),
            })
            .collect(),
        dead_letters_total: dead_letters::count(&pages.db).await?,
        dead_letters: dead_letters::newest(&pages.db, ROWS)
            .await?
            .into_iter()
            .map(|letter| DeadLetter {
                at: letter.at,
                project: letter.project.map(|name| name.to_string()),
                reason: letter.reason,
                id: letter.id,
                size_bytes: letter.size,
            })
            .collect(),
        retention_days: pages.retention_days,
        next_drop: next_drop(&all, pages.retention_days),
        partitions: tables,
        mail: MailQueue {
            state: pages.mail.clone(),
            waiting,
            failed_total,
            failed: outbox::troubled(&pages.db, None, ROWS)
                .await?
                .into_iter()
                .map(failed_mail)
                .collect(),
        },
        version: env!("CARGO_PKG_VERSION").into(),
        postgres_version: postgres_version
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .into(),
        started_at: figures.started_at,
    })
}

/// The nodes that digest into this database, that which did last first.
async fn nodes(pages: &Pages) -> Result<Vec<Node>, PageError> {
    let ours = pages.health.journal();
    let nodes = cursors::all(&pages.db).await?.into_iter();
    let nodes = nodes.map(|(journal, records, digested_at)| Node {
        journal: journal.to_string(),
        is_this: journal == ours,
        records,
        digested_at,
    });
    Ok(nodes.collect())
}

async fn dictionaries(pages: &Pages) -> Result<Vec<DictionaryRow>, PageError> {
    let shown = dictionaries::shown(&pages.db, DICTIONARIES).await?;
    let rows = shown.into_iter().map(|one| DictionaryRow {
        project: one.project.to_string(),
        sdk: one.sdk,
        ratio: one.ratio,
        plain_ratio: one.plain_ratio,
        trained_at: one.trained_at,
    });
    Ok(rows.collect())
}

/// The partitions of a table, in short.
fn table(parent: Parent, list: &[Partition]) -> Partitions {
    Partitions {
        table: parent.name().into(),
        count: i64::try_from(list.len()).unwrap_or(i64::MAX),
        since: list.first().map(|oldest| oldest.first),
        rows: list.iter().map(|one| one.rows).sum(),
        size_bytes: list.iter().map(|one| one.size_bytes).sum(),
    }
}

/// The first day on which the oldest partition is older than it is kept.
fn next_drop(list: &[Partition], retention_days: i32) -> Option<NaiveDate> {
    let mut occurrences = list.iter().filter(|one| one.parent == Parent::Occurrences);
    occurrences
        .next()?
        .end
        .checked_add_signed(TimeDelta::days(retention_days.into()))
}

fn journal(figures: &Figures) -> JournalState {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    JournalState {
        lag_records: figures.lag_records.map_or(0, count),
        lag_seconds: count(figures.lag_seconds),
        size_bytes: count(figures.journal_bytes),
        max_bytes: count(figures.journal_max_bytes),
        gaps: count(figures.journal_gaps),
    }
}

fn digest(figures: &Figures) -> DigestState {
    match &figures.trouble {
        Some(trouble) => DigestState::Retrying {
            since: trouble.since,
            error: trouble.error.clone(),
        },
        None => DigestState::Running {
            last_batch_at: figures.last_batch_at,
        },
    }
}
