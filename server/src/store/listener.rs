//! What nodes tell each other through Postgres's NOTIFY. A notice may be lost: whoever listens
//! also polls.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::{PgExecutor, postgres::PgListener};

use super::{Db, Result, silence};

/// How long it may be quiet before the listener asks whether Postgres is still there: sooner than
/// what lies between forgets a connection that nobody uses.
const QUIET: Duration = Duration::from_mins(1);

const CHANNEL: &str = "rollcage";

/// What has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Tokens, or the settings that travel with them.
    Tokens,
    /// A batch was digested.
    Digested {
        /// Whether mails wait.
        mails: bool,
        /// The projects it was about, as far as a notice can name them; empty for any.
        #[serde(default)]
        projects: Vec<i64>,
    },
    /// Mails wait that no batch decided on.
    Mails,
    /// Something is to be erased.
    Erasures,
    /// Dictionaries were trained.
    Dictionaries,
}

/// Tells all nodes. As its own statement after a commit: inside a transaction it would make the
/// commits of all notifying transactions wait for each other.
pub async fn notify(db: impl PgExecutor<'_>, notice: &Notice) -> Result<()> {
    let text = serde_json::to_string(notice).expect("a notice is plain");
    sqlx::query!("SELECT pg_notify($1, $2)", CHANNEL, text)
        .execute(db)
        .await
        .map(|_done| ())
}

/// A connection that hears notices.
pub struct Listener(PgListener);

impl Listener {
    /// Connects and listens.
    pub async fn connect(db: &Db) -> Result<Self> {
        let mut listener = PgListener::connect_with(db).await?;
        silence::within(silence::PATIENCE, listener.listen(CHANNEL)).await?;
        Ok(Self(listener))
    }

    /// The next notice; `None` for one that this version does not know.
    ///
    /// # Errors
    /// When the connection is lost, and with it perhaps notices: connect again and look at everything.
    pub async fn next(&mut self) -> Result<Option<Notice>> {
        loop {
            let Ok(received) = tokio::time::timeout(QUIET, self.0.try_recv()).await else {
                silence::within(silence::PATIENCE, super::ping(&mut self.0)).await?;
                continue;
            };
            return match received? {
                Some(notification) => Ok(serde_json::from_str(notification.payload()).ok()),
                None => Err(sqlx::Error::PoolClosed),
            };
        }
    }
}
