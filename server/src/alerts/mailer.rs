//! The outbox, sent: lease, render, send, complete; or give back for later.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::TimeDelta;
use metrics::counter;
use rollcage_web::mail::Mail;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use super::{account_mail, item_mail, rule_mail, summary, transport::Transport, triggers};
use crate::{
    clock::Clock,
    model::account_mail::AccountMail,
    store::{
        Db,
        outbox::{self, LeasedMail},
        silence::{LONG_PATIENCE, within},
    },
    telemetry,
};

/// Mails that one node sends at the same time.
pub const WORKERS: usize = 4;

/// How long a worker has a mail: longer than `transport::SEND_TIMEOUT` and rendering together, so
/// that nobody else sends it meanwhile.
const LEASE: TimeDelta = TimeDelta::minutes(3);

/// How often the outbox is looked at when nobody says that there is something.
const POLL: Duration = Duration::from_secs(5);

/// Waits after each attempt that failed, seconds. After the last, a mail is given up: by then the
/// server was away for half a day.
const RETRY_AFTER_SECONDS: [i64; 9] = [10, 30, 60, 120, 300, 900, 3600, 3 * 3600, 6 * 3600];

/// Sends what is in the outbox.
#[derive(Clone)]
pub struct Mailer {
    /// Where the outbox is.
    pub db: Db,
    /// How mails leave.
    pub transport: Arc<Transport>,
    /// The time.
    pub clock: Clock,
    /// Where links lead, without a final slash.
    pub base_url: String,
    /// Says that there is something.
    pub wake: Arc<Notify>,
}

impl Mailer {
    /// Sends until cancelled; a mail that is on its way then is finished.
    pub async fn run_until(self, cancelled: CancellationToken) {
        while !cancelled.is_cancelled() {
            match within(LONG_PATIENCE, self.work()).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => warn!(
                    error = format!("{error:#}"),
                    "the outbox cannot be worked on; it is tried again"
                ),
            }
            tokio::select! {
                () = cancelled.cancelled() => {}
                () = self.wake.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    }

    /// Sends the mail that is due first, or else puts the summaries of an hour into the outbox; false
    /// where there is nothing to do.
    async fn work(&self) -> anyhow::Result<bool> {
        Ok(self.send_next().await?
            || summary::make_next(&self.db, self.clock.now())
                .await
                .context("summing up an hour")?)
    }

    /// Sends the mail that is due first; false where none is.
    async fn send_next(&self) -> anyhow::Result<bool> {
        let lease = Uuid::new_v4();
        let now = self.clock.now();
        let leased = outbox::lease(&self.db, lease, now, now + LEASE, 1)
            .await
            .context("leasing a mail")?;
        let Some(mail) = leased.into_iter().next() else {
            return Ok(false);
        };
        let sent = match self.render(&mail).await {
            // What it was about is gone: there is nothing to tell.
            Ok(None) => Ok(()),
            Ok(Some(rendered)) => {
                self.transport
                    .send(rendered, &mail.recipient, &mail.dedupe_key)
                    .await
            }
            Err(error) => Err(error),
        };
        let done_at = self.clock.now();
        let was_ours = match sent {
            Ok(()) => {
                counter!(telemetry::MAILS, "outcome" => "sent").increment(1);
                info!(
                    mail.id = mail.id.0,
                    mail.kind = mail.kind,
                    mail.attempts = mail.attempts,
                    "a mail is sent"
                );
                outbox::complete(&self.db, mail.id, lease, done_at)
                    .await
                    .context("completing a mail")?
            }
            Err(error) => {
                let due_at = retry_after(mail.attempts).map(|wait| done_at + wait);
                let outcome = if due_at.is_some() {
                    "deferred"
                } else {
                    "failed"
                };
                counter!(telemetry::MAILS, "outcome" => outcome).increment(1);
                // The text may name the recipient: it goes to the pages, not to the log.
                warn!(
                    mail.id = mail.id.0,
                    mail.attempts = mail.attempts,
                    outcome,
                    "a mail could not be sent"
                );
                outbox::give_back(
                    &self.db,
                    mail.id,
                    lease,
                    &format!("{error:#}"),
                    done_at,
                    due_at,
                )
                .await
                .context("giving back a mail")?
            }
        };
        if !was_ours {
            warn!(
                mail.id = mail.id.0,
                "a mail took longer than its lease; another worker has it"
            );
        }
        Ok(true)
    }

    async fn render(&self, mail: &LeasedMail) -> anyhow::Result<Option<Mail>> {
        if AccountMail::is_kind(&mail.kind) {
            let now = self.clock.now();
            account_mail::render(&self.db, mail, &self.base_url, now).await
        } else {
            match mail.kind.as_str() {
                summary::KIND => rule_mail::render_summary(&self.db, mail, &self.base_url).await,
                triggers::TEST_KIND => rule_mail::render_test(&self.db, mail, &self.base_url).await,
                _ => item_mail::render(&self.db, mail, &self.base_url).await,
            }
        }
    }
}

/// How long to wait after that many attempts; `None` for no longer.
fn retry_after(attempts: i32) -> Option<TimeDelta> {
    let at = usize::try_from(attempts - 1).unwrap_or(0);
    RETRY_AFTER_SECONDS
        .get(at)
        .map(|seconds| TimeDelta::seconds(*seconds))
}
