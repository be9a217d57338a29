//! `/metrics`: what the parts count where it happens, and what is looked up when somebody asks.
//!
//! A figure that cannot be had just now, for Postgres is away, is `NaN`: unknown is not 0.

use std::{fs, time::Duration};

use axum::{
    extract::State as AxumState,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use metrics::{counter, gauge};

use super::{Parts, State, bring_up::Running};
use crate::{
    room::Room,
    store::{
        self,
        figures::{self, Figures},
        partitions::{self, Parent, Partition},
    },
    telemetry,
};

/// How often histograms take in what was recorded: until then each value lies in memory, some 100
/// KiB a second under full load, whether anybody asks for metrics or not.
const UPKEEP: Duration = Duration::from_secs(5);
/// How long Postgres may take for its figures. Prometheus gives up after ten seconds.
const POSTGRES_TIMEOUT: Duration = Duration::from_secs(2);
/// Parts of a second in which Linux tells the time of a process; the same on all its machines.
const TICKS: f64 = 100.0;

/// Prometheus's text format.
pub async fn show(AxumState(parts): AxumState<Parts>) -> Response {
    let Some(recorder) = &parts.metrics else {
        return StatusCode::NOT_FOUND.into_response();
    };
    tell_journal(&parts);
    let running = match &*parts.state.borrow() {
        State::Running(running) => Some(running.clone()),
        State::Starting | State::Failed(_) => None,
    };
    if let Some(running) = &running {
        tell_pools(running);
    }
    let (figures, tables) = match &running {
        Some(running) => look_up(running).await,
        None => None,
    }
    .unzip();
    tell_postgres(figures.as_ref());
    tell_tables(&tables.unwrap_or_default());
    recorder.run_upkeep();
    let mut text = recorder.render();
    tell_process(&mut text);
    let content_type = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (content_type, text).into_response()
}

/// Takes in what histograms recorded, until cancelled; and notes how far the journal is for the
/// rates on the system page.
pub async fn keep_up(parts: Parts) {
    loop {
        tokio::select! {
            () = parts.cancelled.cancelled() => return,
            () = tokio::time::sleep(UPKEEP) => {}
        }
        parts.health.sample();
        if let Some(recorder) = &parts.metrics {
            recorder.run_upkeep();
        }
    }
}

fn tell_journal(parts: &Parts) {
    let figures = parts.health.figures();
    // Until the digest has its cursor, the lag is unknown.
    gauge!(telemetry::JOURNAL_LAG_RECORDS).set(figures.lag_records.map_or(f64::NAN, float));
    gauge!(telemetry::JOURNAL_LAG_SECONDS).set(float(figures.lag_seconds));
    gauge!(telemetry::JOURNAL_BYTES).set(float(figures.journal_bytes));
    gauge!(telemetry::JOURNAL_MAX_BYTES).set(float(figures.journal_max_bytes));
    counter!(telemetry::JOURNAL_GAPS).absolute(figures.journal_gaps);
    gauge!(telemetry::DIGEST_FAILING).set(if figures.trouble.is_some() { 1.0 } else { 0.0 });
    let journal = &parts.ingest.journal;
    counter!(telemetry::JOURNAL_RECORDS).absolute(journal.folder().end().sequence);
    let (queued, capacity) = journal.queued_records();
    gauge!(telemetry::JOURNAL_QUEUE_RECORDS).set(float(queued as u64));
    gauge!(telemetry::JOURNAL_QUEUE_CAPACITY).set(float(capacity as u64));
    gauge!(telemetry::INGEST_BUDGET_BYTES).set(float(parts.config.ingest_memory_bytes as u64));
    // A folder that cannot be measured has no free bytes that anybody knows of.
    let room = Room::of(&parts.config.data_dir);
    gauge!(telemetry::DISK_FREE_BYTES).set(room.map_or(f64::NAN, |room| float(room.free_bytes)));
}

fn tell_pools(running: &Running) {
    for (name, pool) in [
        ("pages", &running.db),
        ("work", &running.work_db),
        ("digest", &running.digest_db),
    ] {
        let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
        gauge!(telemetry::POOL_CONNECTIONS, "pool" => name).set(pool.size());
        gauge!(telemetry::POOL_BUSY, "pool" => name).set(pool.size().saturating_sub(idle));
        gauge!(telemetry::POOL_MAX, "pool" => name).set(pool.options().get_max_connections());
    }
}

/// What Postgres knows; `None` where it does not answer in time.
async fn look_up(running: &Running) -> Option<(Figures, Vec<Partition>)> {
    let ask = async {
        let figures = figures::read(&running.db).await?;
        let mut tables = Vec::new();
        for parent in Parent::ALL {
            tables.extend(partitions::list(&running.db, parent).await?);
        }
        store::Result::Ok((figures, tables))
    };
    tokio::time::timeout(POSTGRES_TIMEOUT, ask).await.ok()?.ok()
}

fn tell_postgres(figures: Option<&Figures>) {
    gauge!(telemetry::POSTGRES_UP).set(if figures.is_some() { 1.0 } else { 0.0 });
    let tell = |name: &'static str, figure: fn(&Figures) -> i64| {
        let value = figures.map_or(f64::NAN, |figures| float(figure(figures).unsigned_abs()));
        gauge!(name).set(value);
    };
    tell(telemetry::DATABASE_BYTES, |figures| figures.database_bytes);
    tell(telemetry::FACET_BATCHES, |figures| figures.facet_batches);
    tell(telemetry::DEAD_LETTERS, |figures| figures.dead_letters);
    tell(telemetry::OUTBOX_WAITING, |figures| figures.mails_waiting);
    tell(telemetry::OUTBOX_AGE_SECONDS, |figures| {
        figures.mails_age_seconds
    });
    tell(telemetry::DICTIONARIES, |figures| figures.dictionaries);
    tell(telemetry::ERASURES_OPEN, |figures| figures.erasures);
    let ratio = figures.and_then(|figures| figures.dictionary_ratio);
    gauge!(telemetry::DICTIONARY_RATIO).set(ratio.unwrap_or(f64::NAN));
}

fn tell_tables(partitions: &[Partition]) {
    for parent in Parent::ALL {
        let of_table = || partitions.iter().filter(|one| one.parent == parent);
        let bytes: i64 = of_table().map(|one| one.size_bytes).sum();
        let is_known = !partitions.is_empty();
        let tell = |name: &'static str, value: u64| {
            let value = if is_known { float(value) } else { f64::NAN };
            gauge!(name, "table" => parent.name()).set(value);
        };
        tell(telemetry::PARTITIONS, of_table().count() as u64);
        tell(telemetry::PARTITIONS_BYTES, bytes.unsigned_abs());
    }
}

/// What Prometheus's own clients tell of a process, under their names. The counter has a fraction,
/// which the recorder's counters have not.
fn tell_process(text: &mut String) {
    // Where there are no such files, the process tells nothing of itself.
    let read = |file| fs::read_to_string(file).unwrap_or_default();
    if let Some(cpu_seconds) = cpu_seconds(&read("/proc/self/stat")) {
        text.push_str("# HELP process_cpu_seconds_total Seconds of CPU that this process used.\n");
        text.push_str("# TYPE process_cpu_seconds_total counter\n");
        let value = format!("process_cpu_seconds_total {cpu_seconds}\n\n");
        text.push_str(&value);
    }
    if let Some(bytes) = resident_bytes(&read("/proc/self/status")) {
        text.push_str("# HELP process_resident_memory_bytes Bytes of memory that it holds.\n");
        text.push_str("# TYPE process_resident_memory_bytes gauge\n");
        let value = format!("process_resident_memory_bytes {bytes}\n\n");
        text.push_str(&value);
    }
}

/// Seconds of CPU, by proc(5)'s `/proc/pid/stat`.
fn cpu_seconds(stat: &str) -> Option<f64> {
    // The name in parentheses may hold anything, so the fields are counted behind it, where the
    // third begins.
    let (_, fields) = stat.rsplit_once(") ")?;
    let mut fields = fields.split_ascii_whitespace().skip(14 - 3);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(float(ticks()? + ticks()?) / TICKS)
}

/// Bytes in memory, by proc(5)'s `/proc/pid/status`.
fn resident_bytes(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    kib.checked_mul(1024)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float; 2^53 of anything here is not reached"
)]
fn float(number: u64) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_moves_no_field() {
        let stat = "42 (a) b (c) S 1 1 1 0 -1 4194304 9 0 0 0 250 150 0 0 20 0 4 0 77 1000 3 184";
        assert_eq!(cpu_seconds(stat), Some(4.0));
        assert_eq!(cpu_seconds("42 (a) S 1"), None);
        let status = "VmPeak:\t  9000 kB\nVmRSS:\t    2048 kB\n";
        assert_eq!(resident_bytes(status), Some(2 << 20));
        assert_eq!(resident_bytes("VmPeak:\t9000 kB"), None);
    }
}
