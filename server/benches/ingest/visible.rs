//! How soon what was acknowledged can be found: some of it is looked for until it is there.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use rollcage_server::{clock::Clock, store::Db};
use sqlx::query_scalar;
use tokio::{
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    task::JoinHandle,
};
use uuid::Uuid;

/// Of each connection's posts to the watched project, one in so many is looked for.
pub const ONE_IN: u64 = 64;

/// How often is looked: what is found is older by half of it, on average, than when it came.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Where nothing is found for so long, nothing more will be.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(30);

/// As many are looked for at once, the oldest: what came later is not there before them.
const LOOKED_FOR_MAX: usize = 200;

/// An occurrence, and when it was acknowledged.
type Acknowledged = (Uuid, Instant);

/// Where connections tell what they were acknowledged.
pub type Samples = UnboundedSender<Acknowledged>;

/// What looks for it.
pub struct Watch {
    looking: JoinHandle<anyhow::Result<Vec<Duration>>>,
}

impl Watch {
    /// Looks for occurrences of a project.
    pub fn start(db: &Db, project: i64, clock: &Clock) -> (Self, Samples) {
        let (samples, told) = mpsc::unbounded_channel();
        let looking = tokio::spawn(look(db.clone(), project, told, clock.clone()));
        (Self { looking }, samples)
    }

    /// How long each took from its acknowledgement, the shortest first; once nobody tells of more.
    pub async fn times(self) -> anyhow::Result<Vec<Duration>> {
        let mut times = self.looking.await??;
        times.sort_unstable();
        Ok(times)
    }
}

async fn look(
    db: Db,
    project: i64,
    mut told: UnboundedReceiver<Acknowledged>,
    clock: Clock,
) -> anyhow::Result<Vec<Duration>> {
    let (mut missing, mut times) = (Vec::<Acknowledged>::new(), Vec::new());
    let mut found_at = clock.instant();
    let mut tick = tokio::time::interval(LOOK_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !(told.is_closed() && told.is_empty() && missing.is_empty()) {
        tick.tick().await;
        while let Ok(one) = told.try_recv() {
            missing.push(one);
        }
        if missing.is_empty() {
            found_at = clock.instant();
            continue;
        }
        let oldest = missing.iter().take(LOOKED_FOR_MAX);
        let uuids: Vec<Uuid> = oldest.map(|(uuid, _)| *uuid).collect();
        let found: Vec<Uuid> =
            query_scalar("SELECT uuid FROM occurrences WHERE project_id = $1 AND uuid = ANY ($2)")
                .bind(project)
                .bind(uuids)
                .fetch_all(&db)
                .await
                .context("looking for what was acknowledged")?;
        let now = clock.instant();
        if !found.is_empty() {
            found_at = now;
        }
        let found: HashSet<Uuid> = found.into_iter().collect();
        missing.retain(|(uuid, at)| {
            let is_missing = !found.contains(uuid);
            if !is_missing {
                times.push(now.saturating_duration_since(*at));
            }
            is_missing
        });
        ensure!(
            found_at.elapsed() < GIVEN_UP_AFTER,
            "of what was acknowledged nothing more is found for {GIVEN_UP_AFTER:?}"
        );
    }
    Ok(times)
}
