//! Connections that fall silent: the machine at the other end is gone, or something between forgot
//! them, and nobody is told.
//!
//! TCP tells whoever sends after a quarter of an hour, and whoever waits for an answer never. So
//! waits have bounds here, and Postgres has one for us: a node that vanished in a transaction would
//! keep its locks, which the others wait for.

use std::{io, time::Duration};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::Result;

/// How long an answer to a few statements may take on a machine that is very busy. Also how long
/// Postgres lets a transaction rest.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long work of many statements may take, such as erasing a step of a project.
pub const LONG_PATIENCE: Duration = Duration::from_mins(5);

/// Does what asks Postgres, or gives up on it. What is given up on is rolled back, unless its COMMIT
/// was on its way: as with any connection that is lost.
///
/// # Errors
/// That of `work`, or a passing one where that takes longer.
pub async fn within<T, E: From<sqlx::Error>>(
    patience: Duration,
    work: impl Future<Output = std::result::Result<T, E>>,
) -> std::result::Result<T, E> {
    let done = tokio::time::timeout(patience, work).await;
    done.unwrap_or_else(|_elapsed| Err(silent(patience).into()))
}

/// Asks Postgres to end transactions of this connection that rest for too long.
pub(super) async fn bound(connection: &mut PgConnection) -> Result<()> {
    let seconds = PATIENCE.as_secs();
    let sql = format!("SET idle_in_transaction_session_timeout = '{seconds}s'");
    connection.execute(AssertSqlSafe(sql)).await.map(|_set| ())
}

/// Whether a connection that was used can be used again. One that was left in the middle of a
/// statement says so when that has ended.
pub(super) async fn answers(connection: &mut PgConnection) -> Result<bool> {
    within(PATIENCE, connection.ping()).await.map(|()| true)
}

fn silent(patience: Duration) -> sqlx::Error {
    let text = format!("Postgres did not answer for {} s", patience.as_secs());
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, text))
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::*;
    use crate::store;

    #[tokio::test]
    async fn what_is_not_answered_passes() {
        let done: Result<u8> = within(Duration::ZERO, pending()).await;
        let error = done.expect_err("nothing came");
        assert!(store::is_passing(&error), "{error}");
        assert_eq!(store::describe(&error), "Postgres did not answer for 0 s");
    }

    #[tokio::test]
    async fn what_is_answered_is_passed_on() {
        let done: Result<u8> = within(PATIENCE, ready(Ok(7))).await;
        assert_eq!(done.expect("it came"), 7);
        let done: Result<u8> = within(PATIENCE, ready(Err(sqlx::Error::RowNotFound))).await;
        assert!(matches!(done, Err(sqlx::Error::RowNotFound)));
    }
}
