//! What the operator sees: log lines on stderr, and metrics with their help texts.

use std::io::IsTerminal;

use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Occurrences by outcome.
pub const OUTCOMES: &str = "rollcage_outcomes_total";
/// Occurrences that were answered with 200.
pub const ACKNOWLEDGED: &str = "rollcage_acknowledged_total";
/// Seconds from the first byte of a request to its answer.
pub const INGEST_SECONDS: &str = "rollcage_ingest_seconds";
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
            builder.set_buckets_for_metric(
                Matcher::Full(DIGEST_RECORDS.into()),
                &[1.0, 5.0, 10.0, 50.0, 100.0, 200.0, 500.0],
            )
        })
        .and_then(PrometheusBuilder::install_recorder)
        .ok()?;
    describe();
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
}
