//! The limit of environments: who may report, and anybody can read a browser's token, could make
//! lists and indexes grow with names without end.
//!
//! What comes from one environment too many is stored under [`Environment::other`], from then on and
//! with its fingerprint there; its JSON still says where it came from. Nothing that has an item
//! moves: an environment is known by its fingerprints, and goes with the last of them.

use std::collections::{BTreeMap, HashSet};

use super::prepare::{Prepared, Ready};
use crate::{
    model::{id::ProjectId, text::Environment},
    store::{Db, Result, fingerprints},
};

/// Environments of a project: far more than people choose between, and few enough for a list. Nodes
/// that meet new ones in the same moment may make a few more.
const ENVIRONMENTS_MAX: usize = 100;

/// Environments that are remembered before all are asked for anew: some 10 MB.
const REMEMBERED_MAX: usize = 100_000;

/// The environments that the digest has met.
#[derive(Default)]
pub(super) struct Environments {
    known: HashSet<(ProjectId, String)>,
}

impl Environments {
    /// Moves what comes from one environment too many.
    pub async fn hold(&mut self, db: &Db, ready: &mut Ready) -> Result<()> {
        if self.known.len() > REMEMBERED_MAX {
            self.known.clear();
        }
        let mut beyond = HashSet::new();
        for (project, asked) in self.unknown(ready) {
            let existing = fingerprints::environments_among(db, project, &asked).await?;
            let existing: HashSet<_> = existing.into_iter().collect();
            let mut room = None;
            for environment in asked {
                let key = (project, environment);
                if existing.contains(&key.1) {
                    self.known.insert(key);
                    continue;
                }
                let room = match &mut room {
                    Some(room) => room,
                    none => none.insert(room_of(db, project).await?),
                };
                if *room > 0 {
                    *room -= 1;
                    self.known.insert(key);
                } else {
                    beyond.insert(key);
                }
            }
        }
        if beyond.is_empty() {
            return Ok(());
        }
        for one in ready.prepared.iter_mut().flatten() {
            if beyond.contains(&place(one)) {
                one.move_to(Environment::other());
            }
        }
        Ok(())
    }

    /// Environments of a batch that are not known yet, in the order in which they came.
    fn unknown(&self, ready: &Ready) -> BTreeMap<ProjectId, Vec<String>> {
        let other = Environment::other();
        let mut unknown: BTreeMap<ProjectId, Vec<String>> = BTreeMap::new();
        let mut seen = HashSet::new();
        for one in ready.prepared.iter().flatten() {
            let place = place(one);
            if place.1 != other.as_str() && !self.known.contains(&place) && seen.insert(place) {
                let of_project = unknown.entry(one.key.project).or_default();
                of_project.push(one.key.environment.clone());
            }
        }
        unknown
    }
}

/// How many environments a project may still have.
async fn room_of(db: &Db, project: ProjectId) -> Result<usize> {
    let other = Environment::other();
    let limit = i64::try_from(ENVIRONMENTS_MAX).unwrap_or(i64::MAX) + 1;
    let there = fingerprints::environments(db, project, limit).await?;
    let there = there.iter().filter(|name| *name != other.as_str()).count();
    Ok(ENVIRONMENTS_MAX.saturating_sub(there))
}

fn place(one: &Prepared) -> (ProjectId, String) {
    (one.key.project, one.key.environment.clone())
}
