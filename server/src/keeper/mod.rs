//! The periodic work: partitions ahead of time, and what may be forgotten.
//!
//! Each job may run on several nodes at once without harm, or sees to it that one node does it.

mod dictionaries;
mod erase;
mod retention;

use std::time::Duration;

use chrono::{Days, TimeDelta};
use metrics::{counter, gauge};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    clock::Clock,
    store::{
        self, Db, attachments, dead_letters, erasures, invitations, mail_secrets, outbox,
        partitions, rule_hours, sessions, silence::within, tokens,
    },
    telemetry,
};

pub use self::{
    dictionaries::{Trainer, train_until},
    erase::{run_until as erase_until, sweep},
    retention::{Retained, forget_facets, retain},
};

/// Days for which partitions exist ahead of time: the keeper may be away that long.
const DAYS_AHEAD: u64 = 7;
/// How often the jobs run.
const EVERY: Duration = Duration::from_hours(1);
/// How soon they run again where one did not end well.
const AGAIN: Duration = Duration::from_mins(1);
/// How long mails are kept that were sent or given up, to answer "was I told?".
const MAILS_KEPT: TimeDelta = TimeDelta::days(30);

/// How long invitations that ended can be sent again, and their links say why they do not work.
const INVITATIONS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long tokens are shown that were rotated and have ended.
const TOKENS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long it is told what was erased.
const ERASURES_KEPT: TimeDelta = TimeDelta::days(30);

/// How long it is known how often alert rules fired: longer than their pages look back.
const RULE_HOURS_KEPT: TimeDelta = TimeDelta::days(7);
/// How long it is known that a rule of a rate fired for an item: longer than any looks back, also by
/// clocks that differ.
const RULE_FIRINGS_KEPT: TimeDelta = TimeDelta::hours(24);

/// Days for which facets are kept: as long as the item page can look back.
const FACETS_KEPT_DAYS: i32 = 90;
/// Counts of facets that one statement forgets: some tens of milliseconds.
const FACETS: i64 = 10_000;

/// Attachments without an occurrence that one statement erases: up to 500 MiB.
const ORPHANS: i64 = 100;

/// Makes today's partitions and those of the days after it.
pub async fn make_partitions(db: &Db, clock: &Clock) -> store::Result<()> {
    let today = clock.now().date_naive();
    for ahead in 0..=DAYS_AHEAD {
        partitions::ensure(db, today + Days::new(ahead)).await?;
    }
    Ok(())
}

/// Does the periodic work until cancelled; `days` is how long what was sent is kept.
pub async fn run_until(db: Db, clock: Clock, days: i32, cancelled: CancellationToken) {
    loop {
        // What is cut off in the middle the next start goes on with.
        let done = tokio::select! {
            () = cancelled.cancelled() => return,
            done = within(EVERY, run_once(&db, &clock, days)) => done,
        };
        let wait = match done {
            Ok(()) => {
                counter!(telemetry::KEEPER_RUNS, "result" => "done").increment(1);
                let now = i32::try_from(clock.now().timestamp()).unwrap_or(i32::MAX);
                gauge!(telemetry::KEEPER_LAST_DONE).set(now);
                EVERY
            }
            Err(error) => {
                counter!(telemetry::KEEPER_RUNS, "result" => "failed").increment(1);
                warn!(error = %error, "the keeper could not finish; it runs again in {AGAIN:?}");
                AGAIN
            }
        };
        tokio::select! {
            () = cancelled.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn run_once(db: &Db, clock: &Clock, days: i32) -> store::Result<()> {
    make_partitions(db, clock).await?;
    let now = clock.now();
    let sessions = sessions::delete_expired(db, now).await?;
    let invitations = invitations::delete_expired(db, now - INVITATIONS_KEPT).await?;
    let secrets = mail_secrets::delete_expired(db, now - INVITATIONS_KEPT).await?;
    let erasures = erasures::delete_done(db, now - ERASURES_KEPT).await?;
    let mails = outbox::delete_done(db, now - MAILS_KEPT).await?;
    rule_hours::delete_before(db, now - RULE_HOURS_KEPT, now - RULE_FIRINGS_KEPT).await?;
    let tokens = tokens::delete_ended(db, now - TOKENS_KEPT).await?;
    erase::sweep(db, now).await?;
    let dead_letters = dead_letters::trim(db).await?;
    while attachments::delete_orphans(db, now, ORPHANS).await? > 0 {}
    forget_facets(db, now, days).await?;
    if sessions + invitations + secrets + erasures + mails + tokens + dead_letters > 0 {
        info!(
            sessions,
            invitations, secrets, erasures, mails, dead_letters, "the keeper forgot what is over"
        );
    }
    let indexes = partitions::complete_indexes(db).await?;
    if indexes > 0 {
        info!(indexes, "the keeper made indexes on partitions");
    }
    retain(db, clock, days).await.map(|_retained| ())
}
