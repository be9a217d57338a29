//! The periodic work: partitions ahead of time, and what may be forgotten.
//!
//! Each job may run on several nodes at once without harm, so none needs a lease as yet.

mod erase;

use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    clock::Clock,
    store::{
        self, Db, attachments, dead_letters, erasures, facets, invitations, mail_secrets, outbox,
        partitions, sessions, tokens,
    },
};

pub use self::erase::{run_until as erase_until, sweep};

/// Days for which partitions exist ahead of time: the keeper may be away that long.
const DAYS_AHEAD: u64 = 7;
/// How often the jobs run.
const EVERY: Duration = Duration::from_hours(1);
/// How long mails are kept that were sent or given up, to answer "was I told?".
const MAILS_KEPT: TimeDelta = TimeDelta::days(30);

/// How long invitations that ended can be sent again, and their links say why they do not work.
const INVITATIONS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long tokens are shown that were rotated and have ended.
const TOKENS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long it is told what was erased.
const ERASURES_KEPT: TimeDelta = TimeDelta::days(30);

/// Days for which facets are kept: as long as the item page can look back.
const FACET_DAYS: Days = Days::new(90);
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

/// Does the periodic work until cancelled.
pub async fn run_until(db: Db, clock: Clock, cancelled: CancellationToken) {
    loop {
        if let Err(error) = run_once(&db, &clock).await {
            warn!(error = %error, "the keeper could not finish; it runs again in an hour");
        }
        tokio::select! {
            () = cancelled.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Forgets facets of days that no page looks back to.
pub async fn forget_facets(db: &Db, now: DateTime<Utc>) -> store::Result<()> {
    let first_day = now.date_naive() - FACET_DAYS;
    while facets::delete_before(db, first_day, FACETS).await? > 0 {}
    Ok(())
}

async fn run_once(db: &Db, clock: &Clock) -> store::Result<()> {
    make_partitions(db, clock).await?;
    let now = clock.now();
    let sessions = sessions::delete_expired(db, now).await?;
    let invitations = invitations::delete_expired(db, now - INVITATIONS_KEPT).await?;
    let secrets = mail_secrets::delete_expired(db, now - INVITATIONS_KEPT).await?;
    let erasures = erasures::delete_done(db, now - ERASURES_KEPT).await?;
    let mails = outbox::delete_done(db, now - MAILS_KEPT).await?;
    let tokens = tokens::delete_ended(db, now - TOKENS_KEPT).await?;
    erase::sweep(db, now).await?;
    let dead_letters = dead_letters::trim(db).await?;
    while attachments::delete_orphans(db, now, ORPHANS).await? > 0 {}
    forget_facets(db, now).await?;
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
    Ok(())
}
