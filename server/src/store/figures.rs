//! What lies in Postgres and waits, for metrics.

use sqlx::PgExecutor;

use super::Result;

/// Sizes and depths of what is in Postgres.
#[derive(Debug)]
pub struct Figures {
    /// Bytes of the whole database.
    pub database_bytes: i64,
    /// Batches of facets that are laid aside.
    pub facet_batches: i64,
    /// Records that could not be digested.
    pub dead_letters: i64,
    /// Mails that are still to be sent.
    pub mails_waiting: i64,
    /// Age of the oldest of them, in seconds; 0 where there is none.
    pub mails_age_seconds: i64,
    /// Dictionaries.
    pub dictionaries: i64,
    /// Bytes of JSON for one stored, on average over the dictionaries; `None` where there is none.
    pub dictionary_ratio: Option<f64>,
    /// Erasures that are not done.
    pub erasures: i64,
}

/// All of them, at once.
pub async fn read(db: impl PgExecutor<'_>) -> Result<Figures> {
    sqlx::query_as!(
        Figures,
        r#"
        SELECT pg_database_size(current_database()) AS "database_bytes!",
               (SELECT count(*) FROM facet_batches) AS "facet_batches!",
               (SELECT count(*) FROM dead_letters) AS "dead_letters!",
               waiting.mails AS "mails_waiting!",
               waiting.age_seconds AS "mails_age_seconds!",
               known.dictionaries AS "dictionaries!",
               known.ratio AS "dictionary_ratio?",
               (SELECT count(*) FROM erasures WHERE done_at IS NULL) AS "erasures!"
        FROM (
            SELECT count(*) AS mails,
                   COALESCE(EXTRACT(EPOCH FROM now() - min(created_at)), 0)::bigint AS age_seconds
            FROM outbox
            WHERE sent_at IS NULL AND failed_at IS NULL
        ) AS waiting, (
            SELECT count(*) AS dictionaries, avg(ratio)::float8 AS ratio FROM dictionaries
        ) AS known
        "#,
    )
    .fetch_one(db)
    .await
}
