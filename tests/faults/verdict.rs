//! Whether what was promised was kept: what is stored beside what was acknowledged.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use rollcage_server::store::Db;
use uuid::Uuid;

use crate::{
    ledger::{Fate, Ledger},
    postgres::number,
};

/// All counts that must be the number of rows of `occurrences`.
const COUNTS: [(&str, &str); 4] = [
    (
        "items' totals",
        "SELECT COALESCE(sum(total), 0)::bigint FROM items",
    ),
    (
        "items' hours",
        "SELECT COALESCE(sum(occurrences), 0)::bigint FROM item_hours",
    ),
    (
        "projects' hours",
        "SELECT COALESCE(sum(occurrences), 0)::bigint FROM project_hours",
    ),
    (
        "accepted by the usage page",
        "SELECT COALESCE(sum(count), 0)::bigint FROM usage_hours WHERE outcome = 'accepted'",
    ),
];

/// Items whose total, rows and hours differ: what is too much for one and too little for another
/// adds up to the right sum.
const UNEVEN: &str = "
    WITH row_counts AS (
        SELECT project_id, item_id, count(*) AS count FROM occurrences GROUP BY 1, 2
    ), hour_counts AS (
        SELECT project_id, item_id, sum(occurrences) AS count FROM item_hours GROUP BY 1, 2
    )
    SELECT count(*) FROM items
    FULL JOIN row_counts ON row_counts.project_id = items.project_id AND row_counts.item_id = items.id
    FULL JOIN hour_counts ON hour_counts.project_id = items.project_id AND hour_counts.item_id = items.id
    WHERE items.total IS DISTINCT FROM row_counts.count
       OR items.total IS DISTINCT FROM hour_counts.count";

/// What came of a scenario.
#[derive(Debug, Default)]
pub struct Verdict {
    acknowledged: usize,
    unknown: usize,
    refused: usize,
    found: usize,
    lost: usize,
    doubled: usize,
    is_left_out: bool,
    /// What else is worth knowing.
    notes: Vec<String>,
    /// Promises that were broken.
    broken: Vec<String>,
}

impl Verdict {
    /// Something worth knowing.
    pub fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// It cannot be played here.
    pub fn left_out(&mut self, why: &str) {
        self.note(format!("left out: {why}"));
        self.is_left_out = true;
    }

    /// Whether it could not be played.
    pub fn is_left_out(&self) -> bool {
        self.is_left_out
    }

    /// What must be so.
    pub fn promise(&mut self, is_kept: bool, text: impl FnOnce() -> String) {
        if !is_kept {
            self.broken.push(text());
        }
    }

    /// A scenario that could not go on.
    pub fn failed(&mut self, error: &anyhow::Error) {
        self.broken.push(format!("{error:#}"));
    }

    /// Whether all was kept.
    pub fn is_kept(&self) -> bool {
        self.broken.is_empty()
    }

    /// Holds what is stored against what was sent. Everything must be digested. A scenario of several
    /// parts asks several times, and the figures add up.
    pub async fn check(&mut self, db: &Db, ledgers: &[Arc<Ledger>]) -> anyhow::Result<()> {
        let fates: HashMap<Uuid, Fate> = ledgers.iter().flat_map(|one| one.fates()).collect();
        let count = |fate| fates.values().filter(|one| **one == fate).count();
        self.acknowledged += count(Fate::Acknowledged);
        self.unknown += count(Fate::Unknown);
        self.refused += count(Fate::Refused);

        let rows: Vec<Uuid> = sqlx::query_scalar("SELECT uuid FROM occurrences")
            .fetch_all(db)
            .await?;
        let stored: HashSet<Uuid> = rows.iter().copied().collect();
        let doubled = rows.len() - stored.len();
        let lost = fates
            .iter()
            .filter(|(uuid, fate)| **fate == Fate::Acknowledged && !stored.contains(uuid))
            .count();
        let made_up = stored
            .iter()
            .filter(|uuid| !fates.contains_key(uuid))
            .count();

        self.found += stored.len();
        self.doubled += doubled;
        self.lost += lost;
        self.promise(lost == 0, || format!("{lost} acknowledged are lost"));
        self.promise(doubled == 0, || format!("{doubled} are there twice"));
        self.promise(made_up == 0, || format!("{made_up} were never sent"));
        for (what, sql) in COUNTS {
            let counted = number(db, sql).await?;
            self.promise(usize::try_from(counted) == Ok(rows.len()), || {
                format!("{what} are {counted}, and there are {} rows", rows.len())
            });
        }
        let uneven = number(db, UNEVEN).await?;
        self.promise(uneven == 0, || format!("{uneven} items count wrongly"));
        let dead = number(db, "SELECT count(*) FROM dead_letters").await?;
        self.promise(dead == 0, || format!("{dead} are dead letters"));
        for (answer, times) in ledgers.iter().flat_map(|one| one.strange()) {
            self.promise(false, || {
                format!("{times} posts were answered with {answer}")
            });
        }
        Ok(())
    }

    /// Prints it.
    pub fn print(&self) {
        println!(
            "  acknowledged {}, unknown {}, refused {}; found {}, lost {}, doubled {}",
            self.acknowledged, self.unknown, self.refused, self.found, self.lost, self.doubled
        );
        for note in &self.notes {
            println!("  {note}");
        }
        for broken in &self.broken {
            println!("  BROKEN: {broken}");
        }
    }
}
