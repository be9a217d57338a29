//! All SQL. One file per table or family of tables; a function is one statement with a good name.
//!
//! SQL stores and finds; what is decided is decided in Rust. Single statements take any executor,
//! functions that need a transaction take a connection and say so.

use std::time::Duration;

use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

pub mod attachments;
pub mod changes;
pub mod counts;
pub mod cursors;
pub mod dead_letters;
pub mod dictionaries;
pub mod erasures;
pub mod facets;
pub mod feedback;
pub mod figures;
pub mod filters;
pub mod fingerprints;
pub mod instance;
pub mod invitations;
pub mod item_sums;
pub mod items;
pub mod listener;
pub mod mail_secrets;
pub mod members;
pub mod merging;
pub mod occurrences;
pub mod outbox;
pub mod partitions;
pub mod people;
pub mod projects;
pub mod retention;
pub mod rule_hours;
pub mod rules;
pub mod search;
pub mod sessions;
pub mod silence;
pub mod snapshots;
pub mod tokens;
pub mod unstored;
pub mod usage;
pub mod users;

/// Connections to Postgres.
pub type Db = PgPool;

/// What store functions return; a row that may be missing is an `Option`.
pub type Result<T> = std::result::Result<T, sqlx::Error>;

/// How long a request waits for a connection before it is told that the store is busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// A pool of at most `max_connections`, which connects when it is first used.
///
/// # Errors
/// When `url` is not a Postgres URL.
pub fn pool(url: &str, max_connections: u32) -> Result<Db> {
    let options: PgConnectOptions = url.parse()?;
    Ok(PgPoolOptions::new()
        .max_connections(max_connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .after_connect(|connection, _| Box::pin(silence::bound(connection)))
        .after_release(|connection, _| Box::pin(silence::answers(connection)))
        .connect_lazy_with(options.application_name("rollcage")))
}

/// The schema, step by step.
static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations");

/// Brings the schema up to date. Nodes that start together take turns.
pub async fn migrate(db: &Db) -> std::result::Result<(), sqlx::migrate::MigrateError> {
    MIGRATOR.run(db).await
}

/// Postgres's own version, such as `15.18 (Debian …)`.
pub async fn server_version(db: &Db) -> Result<String> {
    sqlx::query_scalar!(r#"SELECT current_setting('server_version') AS "version!""#)
        .fetch_one(db)
        .await
}

/// Connects once, so that what is in the way is told by name instead of as a timeout of the pool.
pub async fn connect(db: &Db) -> Result<()> {
    let connection = PgConnection::connect_with(&db.connect_options()).await?;
    connection.close().await
}

/// Whether Postgres answers.
pub async fn ping(db: impl sqlx::PgExecutor<'_>) -> Result<()> {
    sqlx::query_scalar!(r#"SELECT 1 AS "one!""#)
        .fetch_one(db)
        .await
        .map(|_one| ())
}

/// The time by Postgres's clock.
pub async fn now(db: impl sqlx::PgExecutor<'_>) -> Result<chrono::DateTime<chrono::Utc>> {
    sqlx::query_scalar!(r#"SELECT now() AS "now!""#)
        .fetch_one(db)
        .await
}

/// What went wrong, as a person reads it: once, and without what only we understand.
pub fn describe(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => error.message().to_owned(),
        sqlx::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// Why a database cannot be used, in one line for whoever starts the program.
pub fn unusable(db: &Db, error: &sqlx::Error) -> String {
    let (place, reason) = (place(db), describe(error));
    format!("cannot use the database {place}: {reason}; check DATABASE_URL")
}

/// Where a pool connects to, without the password: `rollcage on db.example.org:5432`.
fn place(db: &Db) -> String {
    let options = db.connect_options();
    let name = options
        .get_database()
        .unwrap_or_else(|| options.get_username());
    match options.get_socket() {
        Some(socket) => format!("{name} in {}", socket.display()),
        None => format!("{name} on {}:{}", options.get_host(), options.get_port()),
    }
}

/// Whether an error means that nobody answers yet: refused, starting, or full.
pub fn is_unreachable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| code == "57P03" || code == "57P01" || code.starts_with("53")),
        _ => false,
    }
}

/// Whether an error is about a text that Postgres cannot hold: one with a NUL.
pub fn is_unstorable(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().is_some_and(|code| code == "22021"))
}

/// Whether a statement gave up waiting for somebody's lock.
pub fn is_lock_timeout(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(error) if error.code().is_some_and(|code| code == "55P03"))
}

/// Whether Postgres rolled a transaction back for another's sake, a deadlock above all: it may be run
/// again at once.
pub fn is_rolled_back(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| code.starts_with("40"))
}

/// Whether an error means that Postgres is away or busy, so that the same may succeed later; else
/// it is about what was asked.
pub fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        // No constraint of that name: there is no partition, for one was dropped just now. The next
        // attempt makes it.
        sqlx::Error::Database(error)
            if error.code().is_some_and(|code| code == "23514") && error.constraint().is_none() =>
        {
            true
        }
        // Classes: connection, resources, operator intervention, system error, transaction rollback.
        sqlx::Error::Database(error) => error.code().is_none_or(|code| {
            ["08", "53", "57", "58", "40", "55", "25", "3D", "28"]
                .iter()
                .any(|class| code.starts_with(class))
        }),
        _ => false,
    }
}
