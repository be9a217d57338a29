//! What the operator sees: log lines on stderr, and metrics with their help texts.

use std::io::IsTerminal;

use metrics::{counter, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Occurrences by outcome.
pub const OUTCOMES: &str = "rollcage_outcomes_total";
/// Occurrences that were answered with 200.
pub const ACKNOWLEDGED: &str = "rollcage_acknowledged_total";
/// Seconds from the first byte of a request to its answer.
pub const INGEST_SECONDS: &str = "rollcage_ingest_seconds";
/// Seconds of a stage of an accepted request, by stage.
pub const INGEST_STAGE_SECONDS: &str = "rollcage_ingest_stage_seconds";
/// Records that are written and not yet digested.
pub const JOURNAL_LAG_RECORDS: &str = "rollcage_journal_lag_records";
/// Age of the oldest record that is not yet digested.
pub const JOURNAL_LAG_SECONDS: &str = "rollcage_journal_lag_seconds";
/// Bytes of the journal on disk.
pub const JOURNAL_BYTES: &str = "rollcage_journal_bytes";
/// Bytes at which ingest answers 503.
pub const JOURNAL_MAX_BYTES: &str = "rollcage_journal_max_bytes";
/// Damaged places found in the journal.
pub const JOURNAL_GAPS: &str = "rollcage_journal_gaps_total";
/// Seconds of one digest transaction.
pub const DIGEST_SECONDS: &str = "rollcage_digest_seconds";
/// Seconds of a stage of the digest, by stage.
pub const DIGEST_STAGE_SECONDS: &str = "rollcage_digest_stage_seconds";
/// Records of one digest transaction.
pub const DIGEST_RECORDS: &str = "rollcage_digest_batch_records";
/// Digest transactions that failed and were tried again.
pub const DIGEST_RETRIES: &str = "rollcage_digest_retries_total";
/// Times of receipt that were moved to what Postgres's clock says is plausible.
pub const CLAMPED_TIMES: &str = "rollcage_clamped_times_total";
/// Mails by what became of the attempt.
pub const MAILS: &str = "rollcage_mails_total";
/// Bytes that bodies in work have reserved.
pub const INGEST_RESERVED_BYTES: &str = "rollcage_ingest_reserved_bytes";
/// Connections that are open.
pub const CONNECTIONS: &str = "rollcage_connections";
/// Connections that there was no place for.
pub const CONNECTIONS_REFUSED: &str = "rollcage_connections_refused_total";
/// Records that were ever written to this node's journal.
pub const JOURNAL_RECORDS: &str = "rollcage_journal_records_total";
/// Records that wait for the journal's disk.
pub const JOURNAL_QUEUE_RECORDS: &str = "rollcage_journal_queue_records";
/// Records that may wait for the journal's disk; beyond them ingest answers 503.
pub const JOURNAL_QUEUE_CAPACITY: &str = "rollcage_journal_queue_capacity_records";
/// Seconds of one commit of the journal: writing, and fdatasync.
pub const JOURNAL_COMMIT_SECONDS: &str = "rollcage_journal_commit_seconds";
/// Records of one commit of the journal.
pub const JOURNAL_COMMIT_RECORDS: &str = "rollcage_journal_commit_records";
/// Bytes that commits of the journal wrote.
pub const JOURNAL_COMMIT_BYTES: &str = "rollcage_journal_commit_bytes_total";
/// Bytes that bodies in work may reserve together.
pub const INGEST_BUDGET_BYTES: &str = "rollcage_ingest_budget_bytes";
/// Bytes that are free on the disk of the data folder.
pub const DISK_FREE_BYTES: &str = "rollcage_disk_free_bytes";
/// 1 while the digest cannot work and tries again, else 0.
pub const DIGEST_FAILING: &str = "rollcage_digest_failing";
/// Connections to Postgres that are open, by pool.
pub const POOL_CONNECTIONS: &str = "rollcage_pool_connections";
/// Connections to Postgres that are in use, by pool.
pub const POOL_BUSY: &str = "rollcage_pool_busy_connections";
/// Connections to Postgres that a pool may have.
pub const POOL_MAX: &str = "rollcage_pool_max_connections";
/// 1 where Postgres gave its figures in time, else 0.
pub const POSTGRES_UP: &str = "rollcage_postgres_up";
/// Bytes of the database.
pub const DATABASE_BYTES: &str = "rollcage_database_bytes";
/// Partitions, by table.
pub const PARTITIONS: &str = "rollcage_partitions";
/// Bytes of a table's partitions, with their indexes.
pub const PARTITIONS_BYTES: &str = "rollcage_partitions_bytes";
/// Batches of facets that are laid aside and not yet counted.
pub const FACET_BATCHES: &str = "rollcage_facet_batches";
/// Records that could not be digested and lie aside.
pub const DEAD_LETTERS: &str = "rollcage_dead_letters";
/// Mails that are still to be sent.
pub const OUTBOX_WAITING: &str = "rollcage_outbox_waiting_mails";
/// Age of the oldest mail that is still to be sent; 0 where there is none.
pub const OUTBOX_AGE_SECONDS: &str = "rollcage_outbox_oldest_seconds";
/// Dictionaries that bodies are compressed with.
pub const DICTIONARIES: &str = "rollcage_dictionaries";
/// Bytes of JSON for one that is stored, on average over the dictionaries.
pub const DICTIONARY_RATIO: &str = "rollcage_dictionary_ratio";
/// Deletions whose occurrences are not all erased yet.
pub const ERASURES_OPEN: &str = "rollcage_erasures_open";
/// Runs of the keeper, by how they ended.
pub const KEEPER_RUNS: &str = "rollcage_keeper_runs_total";
/// When the keeper last finished all its jobs, as seconds since 1970.
pub const KEEPER_LAST_DONE: &str = "rollcage_keeper_last_done_timestamp_seconds";

/// Sends log lines to stderr: stdout is for what commands answer.
///
/// `RUST_LOG` chooses what is logged; without it, our own lines from `info` up.
pub fn install_log(json: bool) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| {
        EnvFilter::new("warn,rollcage=info,rollcage_server=info,sqlx::query=error")
    });
    let registry = tracing_subscriber::registry().with(filter);
    let lines = fmt::layer().with_writer(std::io::stderr);
    // A second installation, in a test, is not worth failing for.
    let _ = if json {
        registry.with(lines.json()).try_init()
    } else {
        registry
            .with(
                lines
                    .with_target(false)
                    .with_ansi(std::io::stderr().is_terminal()),
            )
            .try_init()
    };
}

/// Records of a batch, up to the largest one of the digest.
const BATCHES: &[f64] = &[1.0, 5.0, 10.0, 50.0, 100.0, 200.0, 500.0];

/// Installs the recorder of metrics for the process; what it gives renders them.
pub fn install_metrics() -> Option<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(
            Matcher::Suffix("_seconds".into()),
            &[
                0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
                10.0,
            ],
        )
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Full(DIGEST_RECORDS.into()), BATCHES)
        })
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Full(JOURNAL_COMMIT_RECORDS.into()), BATCHES)
        })
        .and_then(PrometheusBuilder::install_recorder)
        .ok()?;
    describe();
    begin_at_zero();
    Some(handle)
}

fn describe() {
    describe_counter!(OUTCOMES, "Received occurrences by what became of them.");
    describe_counter!(
        ACKNOWLEDGED,
        "Occurrences that are durable in the journal and were answered with 200."
    );
    describe_histogram!(
        INGEST_SECONDS,
        "Seconds from the head of an accepted request to its answer."
    );
    describe_histogram!(
        INGEST_STAGE_SECONDS,
        "Seconds of a stage of a request, by stage: read, work, journal."
    );
    describe_gauge!(
        JOURNAL_LAG_RECORDS,
        "Records in the journal that are not yet digested; 0 when all are."
    );
    describe_gauge!(
        JOURNAL_LAG_SECONDS,
        "Seconds since the digest last had nothing left to do."
    );
    describe_gauge!(JOURNAL_BYTES, "Bytes of the journal on disk.");
    describe_gauge!(
        JOURNAL_MAX_BYTES,
        "Bytes of the journal at which ingest answers 503."
    );
    describe_counter!(JOURNAL_GAPS, "Damaged places found in the journal.");
    describe_histogram!(DIGEST_SECONDS, "Seconds of one digest transaction.");
    describe_histogram!(
        DIGEST_STAGE_SECONDS,
        "Seconds of a stage of a batch, by stage: read, prepare, apply, commit."
    );
    describe_histogram!(DIGEST_RECORDS, "Records of one digest transaction.");
    describe_counter!(
        DIGEST_RETRIES,
        "Digest transactions that failed and were tried again."
    );
    describe_counter!(
        CLAMPED_TIMES,
        "Times of receipt that Postgres's clock calls implausible."
    );
    describe_counter!(MAILS, "Attempts to send a mail by what became of them.");
    describe_gauge!(
        INGEST_RESERVED_BYTES,
        "Bytes reserved for bodies that are being worked on."
    );
    describe_gauge!(CONNECTIONS, "Connections that are open, of both listeners.");
    describe_counter!(
        CONNECTIONS_REFUSED,
        "Connections that were refused because as many were open as may be."
    );
    describe_figures();
}

/// What is looked up when somebody asks, and what the journal and the keeper tell.
fn describe_figures() {
    describe_counter!(
        JOURNAL_RECORDS,
        "Records that were ever written to this node's journal."
    );
    describe_gauge!(
        JOURNAL_QUEUE_RECORDS,
        "Records that wait for the journal's disk."
    );
    describe_gauge!(
        JOURNAL_QUEUE_CAPACITY,
        "Records that may wait for the journal's disk; beyond them ingest answers 503."
    );
    describe_histogram!(
        JOURNAL_COMMIT_SECONDS,
        "Seconds of one commit of the journal: writing, and fdatasync."
    );
    describe_histogram!(
        JOURNAL_COMMIT_RECORDS,
        "Records of one commit of the journal."
    );
    describe_counter!(
        JOURNAL_COMMIT_BYTES,
        "Bytes that commits of the journal wrote."
    );
    describe_gauge!(
        INGEST_BUDGET_BYTES,
        "Bytes that bodies in work may reserve together."
    );
    describe_gauge!(
        DISK_FREE_BYTES,
        "Bytes that are free on the disk of the data folder."
    );
    describe_gauge!(
        DIGEST_FAILING,
        "1 while the digest cannot work and tries again, else 0."
    );
    describe_gauge!(
        POOL_CONNECTIONS,
        "Connections to Postgres that are open, by pool."
    );
    describe_gauge!(
        POOL_BUSY,
        "Connections to Postgres that are in use, by pool."
    );
    describe_gauge!(POOL_MAX, "Connections to Postgres that a pool may have.");
    describe_gauge!(
        POSTGRES_UP,
        "1 where Postgres gave its figures in time, else 0."
    );
    describe_gauge!(DATABASE_BYTES, "Bytes of the database.");
    describe_gauge!(PARTITIONS, "Partitions, by table.");
    describe_gauge!(
        PARTITIONS_BYTES,
        "Bytes of a table's partitions, with their indexes."
    );
    describe_gauge!(
        FACET_BATCHES,
        "Batches of facets that are laid aside and not yet counted."
    );
    describe_gauge!(
        DEAD_LETTERS,
        "Records that could not be digested and lie aside."
    );
    describe_gauge!(OUTBOX_WAITING, "Mails that are still to be sent.");
    describe_gauge!(
        OUTBOX_AGE_SECONDS,
        "Age of the oldest mail that is still to be sent; 0 where there is none."
    );
    describe_gauge!(
        DICTIONARIES,
        "Dictionaries that bodies are compressed with."
    );
    describe_gauge!(
        DICTIONARY_RATIO,
        "Bytes of JSON for one that is stored, on average over the dictionaries."
    );
    describe_gauge!(
        ERASURES_OPEN,
        "Deletions whose occurrences are not all erased yet."
    );
    describe_counter!(KEEPER_RUNS, "Runs of the keeper, by how they ended.");
    describe_gauge!(
        KEEPER_LAST_DONE,
        "When the keeper last finished all its jobs, as seconds since 1970."
    );
}

/// What happens seldom is shown before it does: an increase from nothing is none to Prometheus.
fn begin_at_zero() {
    let counters = [
        ACKNOWLEDGED,
        CLAMPED_TIMES,
        CONNECTIONS_REFUSED,
        DIGEST_RETRIES,
        JOURNAL_COMMIT_BYTES,
    ];
    for name in counters {
        counter!(name).increment(0);
    }
    for outcome in ["sent", "deferred", "failed"] {
        counter!(MAILS, "outcome" => outcome).increment(0);
    }
    for result in ["done", "failed"] {
        counter!(KEEPER_RUNS, "result" => result).increment(0);
    }
}
