//! What the runs came to: a table for people, and a file for whoever compares.

use std::path::Path;

use serde::Serialize;
use serde_json::json;

use super::{arguments::Arguments, bodies::Protocol, measure::Figures, subject::Kind};

/// Bytes.
const MIB: f64 = 1_048_576.0;

/// The runs of one protocol.
#[derive(Debug)]
pub struct Measured {
    /// Whose bodies.
    pub protocol: Protocol,
    /// Runs of the server.
    pub rollcage: Vec<Figures>,
    /// Runs of the model, each beside one of the server.
    pub model: Vec<Figures>,
}

impl Measured {
    /// Queryable a second of the server to that of the model, the median of pairs that ran one after
    /// the other: neighbours on the machine come and go.
    fn ratio(&self) -> Option<f64> {
        let pairs = self.rollcage.iter().zip(&self.model);
        let ratios = pairs
            .map(|(rollcage, model)| rollcage.queryable_per_second / model.queryable_per_second);
        Some(ratios.collect::<Vec<_>>())
            .filter(|ratios| !ratios.is_empty())
            .map(median)
    }
}

/// The middle of what was measured, each figure by itself.
#[derive(Debug, Serialize)]
struct Median {
    accepted_per_second: f64,
    queryable_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    server_cpu_us: f64,
    postgres_cpu_us: f64,
    generator_cpu_us: f64,
    peak_rss_bytes: f64,
    sent_bytes: f64,
    occurrences_bytes: f64,
    database_bytes: f64,
    wal_bytes: f64,
}

impl Median {
    fn of(runs: &[Figures]) -> Self {
        let of = |figure: fn(&Figures) -> f64| median(runs.iter().map(figure).collect());
        Self {
            accepted_per_second: of(|run| run.accepted_per_second),
            queryable_per_second: of(|run| run.queryable_per_second),
            p50_ms: of(|run| run.p50_ms),
            p99_ms: of(|run| run.p99_ms),
            max_ms: of(|run| run.max_ms),
            server_cpu_us: of(|run| run.server_cpu_us),
            postgres_cpu_us: of(|run| run.postgres_cpu_us),
            generator_cpu_us: of(|run| run.generator_cpu_us),
            peak_rss_bytes: of(|run| run.peak_rss_bytes),
            sent_bytes: of(|run| run.sent_bytes),
            occurrences_bytes: of(|run| run.occurrences_bytes),
            database_bytes: of(|run| run.database_bytes),
            wal_bytes: of(|run| run.wal_bytes),
        }
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => f64::NAN,
        length if length % 2 == 1 => figures[middle],
        _ => f64::midpoint(figures[middle - 1], figures[middle]),
    }
}

/// Prints a run as soon as it is there.
pub fn print_run(protocol: Protocol, kind: Kind, number: u32, figures: &Figures) {
    let exact = if figures.are_exact() { "=" } else { "IS NOT" };
    println!(
        "{} {} run {}: {:.0} accepted/s, {:.0} queryable/s, p50 {:.2} p99 {:.2} ms{}; \
         rows {} {exact} acknowledged {}; {} items; memory by quarters {} MiB{}",
        protocol.name(),
        kind.name(),
        number + 1,
        figures.accepted_per_second,
        figures.queryable_per_second,
        figures.p50_ms,
        figures.p99_ms,
        match (figures.visible_p50_ms, figures.visible_p99_ms) {
            (Some(p50), Some(p99)) => format!(", visible after p50 {p50:.0} p99 {p99:.0} ms"),
            _ => String::new(),
        },
        figures.rows,
        figures.acknowledged,
        figures.items,
        figures
            .rss_bytes_by_quarter
            .map(|bytes| format!("{:.0}", bytes / MIB))
            .join(" "),
        if figures.refused.is_empty() {
            String::new()
        } else {
            format!("; refused {}", figures.refused.join(", "))
        },
    );
}

/// Prints the medians.
pub fn print_table(all: &[Measured]) {
    println!(
        "\n                                                                  CPU us an occurrence     \
         peak    bytes an occurrence"
    );
    println!(
        "                    accepted  queryable                                                     \
         RSS           table of      whole"
    );
    println!(
        "protocol  measured        /s         /s  p50 ms  p99 ms  max ms  server  Postgres  generator  \
         MiB    sent  occurrences  database    WAL"
    );
    for measured in all {
        for (kind, runs) in [
            (Kind::Rollcage, &measured.rollcage),
            (Kind::Model, &measured.model),
        ] {
            if !runs.is_empty() {
                print_median(measured.protocol, kind, &Median::of(runs));
            }
        }
    }
    for measured in all {
        if let Some(ratio) = measured.ratio() {
            let protocol = measured.protocol.name();
            println!("{protocol}: {ratio:.2} of the bare model's queryable/s");
        }
    }
}

fn print_median(protocol: Protocol, kind: Kind, median: &Median) {
    println!(
        "{:<8}  {:<10}  {:>8.0}  {:>9.0}  {:>6.2}  {:>6.2}  {:>6.1}  {:>6.1}  {:>8.1}  {:>9.1}  {:>3.0}  \
         {:>6.0}  {:>11.0}  {:>8.0}  {:>5.0}",
        protocol.name(),
        kind.name(),
        median.accepted_per_second,
        median.queryable_per_second,
        median.p50_ms,
        median.p99_ms,
        median.max_ms,
        median.server_cpu_us,
        median.postgres_cpu_us,
        median.generator_cpu_us,
        median.peak_rss_bytes / MIB,
        median.sent_bytes,
        median.occurrences_bytes,
        median.database_bytes,
        median.wal_bytes,
    );
}

/// Writes everything to the file that the arguments name.
pub fn save(arguments: &Arguments, all: &[Measured]) -> anyhow::Result<()> {
    let run = &arguments.run;
    let results: Vec<_> = all
        .iter()
        .map(|measured| {
            json!({
                "protocol": measured.protocol.name(),
                "ratio": measured.ratio(),
                "rollcage": { "median": Median::of(&measured.rollcage), "runs": measured.rollcage },
                "model": (!measured.model.is_empty()).then(|| {
                    json!({ "median": Median::of(&measured.model), "runs": measured.model })
                }),
            })
        })
        .collect();
    let report = json!({
        "mode": run.mode.name(),
        "loop": if run.rate.is_some() { "open" } else { "closed" },
        "posts_per_second": run.rate,
        "seconds": run.seconds,
        "warm_up_seconds": run.warm_up,
        "runs": arguments.runs,
        "untrained": run.untrained,
        "connections": run.connections,
        "errors": run.errors,
        "cores": std::thread::available_parallelism()?,
        "results": results,
    });
    let file = arguments.json.clone().unwrap_or_else(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
        folder.join(format!("{}.json", run.mode.name()))
    });
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(&file, format!("{report:#}\n"))?;
    println!("\nEverything: {}", file.canonicalize()?.display());
    Ok(())
}
