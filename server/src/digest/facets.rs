//! Facets of what was digested, counted per item and day.
//!
//! An occurrence has some ten facets. Counting each where it is stored would be the dearest part of a
//! batch: a row for each value of each item. So a batch lays its facets aside in one row, in its
//! transaction, and a task adds many batches at once, in a transaction that takes their rows away:
//! each is counted once. Under load the same values come again and again, so that the longer a round
//! takes the more it saves.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context;
use sqlx::PgConnection;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::apply::Placed;
use crate::{
    clock::Clock,
    model::{
        facet::{
            self,
            counts::{self, Change, Counts, ItemDay},
        },
        people::People,
    },
    store::{
        self, Db, facets, people,
        silence::{LONG_PATIENCE, within},
    },
};

/// How long it rests between rounds, in times of what the last one took: so it takes at most a
/// twentieth of its time.
const REST: u32 = 19;
/// How soon a page shows what just came.
const REST_MIN: Duration = Duration::from_secs(1);
/// How late a page may be under the heaviest load; also how long it waits when Postgres is away.
const REST_MAX: Duration = Duration::from_secs(10);
/// What batches that are added at once may have together, unpacked. In memory they take some five
/// times as much.
const ROUND_MAX_BYTES: i64 = 8 << 20;

/// Lays the facets of a batch aside. Wants the transaction that stores it.
pub(super) async fn lay_aside(tx: &mut PgConnection, placed: &[Placed<'_>]) -> store::Result<()> {
    let mut counts = Counts::default();
    for placed in placed {
        let head = &placed.one.entry.head;
        let of = ItemDay {
            project: head.project,
            item: placed.item,
            day: head.received_at.date_naive(),
        };
        for (key, value) in facet::of(head) {
            counts.add(of, key.into(), value, 1);
        }
        if let Some(client) = head.client.as_deref().and_then(facet::value) {
            counts.add(of, facet::CLIENT.into(), client, 1);
        }
    }
    if counts.0.is_empty() {
        return Ok(());
    }
    let (packed, size) = counts.pack();
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    facets::lay_aside(tx, &packed, size).await
}

/// Adds what batches lay aside to what is counted, until cancelled. What lies there then is added
/// after the next start, or by another node.
pub async fn add_until(db: Db, clock: Clock, cancelled: CancellationToken) {
    let mut failed: u32 = 0;
    let mut rest = REST_MIN;
    loop {
        tokio::select! {
            () = cancelled.cancelled() => return,
            () = tokio::time::sleep(rest) => {}
        }
        let started = clock.instant();
        match add(&db).await {
            Ok(()) => {
                failed = 0;
                rest = (started.elapsed() * REST).clamp(REST_MIN, REST_MAX);
            }
            Err(error) => {
                failed = failed.saturating_add(1);
                if failed.is_power_of_two() {
                    warn!(
                        error = format!("{error:#}"),
                        attempts = failed,
                        "facets could not be counted; it is tried again and nothing is lost"
                    );
                }
                rest = REST_MAX;
            }
        }
    }
}

/// Adds all that is laid aside when it begins, in rounds.
pub async fn add(db: &Db) -> anyhow::Result<()> {
    while within(LONG_PATIENCE, round(db)).await? {}
    Ok(())
}

/// Adds the oldest batches; whether there may have been more of them. What came meanwhile waits for
/// the next time: one batch alone is dear.
async fn round(db: &Db) -> anyhow::Result<bool> {
    let mut tx = db.begin().await.context("beginning")?;
    facets::lock(&mut tx).await.context("waiting for others")?;
    let packed = facets::take(&mut tx, ROUND_MAX_BYTES)
        .await
        .context("taking batches")?;
    if packed.is_empty() {
        return Ok(false);
    }
    let sizes = packed.iter().map(|(_, size)| *size);
    let is_full = sizes.fold(0, i64::saturating_add) >= ROUND_MAX_BYTES;
    let came = tokio::task::spawn_blocking(move || unpack(&packed))
        .await
        .context("unpacking was interrupted")?;
    let mut came = of_existing(&mut tx, came).await.context("reading items")?;
    add_people(&mut tx, &mut came)
        .await
        .context("counting people")?;
    let days: Vec<_> = came.0.keys().copied().collect();
    let known = facets::of_days(&mut *tx, &days)
        .await
        .context("reading what is counted")?;
    let nothing = counts::Keys::new();
    let changes: Vec<(ItemDay, Change<'_>)> = came
        .0
        .iter()
        .map(|(of, came)| {
            let known = known.0.get(of).unwrap_or(&nothing);
            (*of, counts::merge(known, came))
        })
        .collect();
    facets::change(&mut tx, &changes)
        .await
        .context("changing what is counted")?;
    tx.commit().await.context("committing")?;
    Ok(is_full)
}

/// Counts the people of what came for their items, by their clients' addresses where they are not
/// known. Addresses go no further.
async fn add_people(tx: &mut PgConnection, came: &mut Counts<'static>) -> store::Result<()> {
    let mut met: BTreeMap<people::Of, People> = BTreeMap::new();
    for (of, keys) in &mut came.0 {
        let clients = keys.remove(facet::CLIENT).unwrap_or_default();
        let known = keys.get(facet::PERSON).into_iter().flatten();
        for (person, _) in clients.iter().chain(known) {
            met.entry((of.project, of.item)).or_default().add(person);
        }
    }
    let items: Vec<_> = met.keys().copied().collect();
    for (item, before) in people::of_items(&mut *tx, &items).await? {
        if let Some(now) = met.get_mut(&item) {
            now.unite(&before);
            // Nearly always nobody is new, and nothing is written.
            if *now == before {
                met.remove(&item);
            }
        }
    }
    let changed: Vec<_> = met.into_iter().collect();
    people::save(tx, &changed).await
}

/// All batches together. One that is damaged must not keep the others waiting for ever.
fn unpack(packed: &[(Vec<u8>, i64)]) -> Counts<'static> {
    let mut counts = Counts::default();
    for (packed, size) in packed {
        let size = usize::try_from(*size).unwrap_or_default();
        if let Err(error) = counts.add_packed(packed, size) {
            warn!(error = %error, "facets of a batch are damaged and left out");
        }
    }
    counts
}

/// Without those of items that were deleted meanwhile.
async fn of_existing(
    tx: &mut PgConnection,
    came: Counts<'static>,
) -> store::Result<Counts<'static>> {
    let (projects, items): (Vec<_>, Vec<_>) =
        came.0.keys().map(|of| (of.project.0, of.item.0)).unzip();
    let mut existing = facets::existing_items(tx, &projects, &items).await?;
    existing.sort_unstable();
    let came: BTreeMap<_, _> = came
        .0
        .into_iter()
        .filter(|(of, _)| existing.binary_search(&of.item).is_ok())
        .collect();
    Ok(Counts(came))
}
