//! What can be asked for on the command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::bodies::{Mode, Protocol};

const AFTER_HELP: &str = "\
Through make: make bench ARGS='--seconds 10 --runs 1'.

Closed loop: each connection posts again once it is answered. This finds how much goes through.
Open loop (--rate): posts are due at fixed times, and an answer's time is counted from when its post
was due, so that a stall counts for all who would have come meanwhile. This finds how long one waits.

Generator, server and Postgres share this machine: compare within one run, and let nothing else work.";

/// Measure ingest and digest of the release binary beside a bare model of them.
#[derive(Debug, Parser)]
#[command(name = "make bench", after_help = AFTER_HELP)]
pub struct Arguments {
    /// What each run does
    #[command(flatten)]
    pub run: Run,
    /// How often each is measured; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: u32,
    /// Protocols to measure, one after another
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Protocol::Sentry, Protocol::Rollbar])]
    pub protocols: Vec<Protocol>,
    /// Leave out the bare model
    #[arg(long)]
    pub no_model: bool,
    /// Leave out what each stage costs by itself
    #[arg(long)]
    pub no_stages: bool,
    /// The server's program, instead of the one that was built with this
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_rollcage"))]
    pub server: PathBuf,
    /// Where journals and databases lie while it runs: on the disk that is to be measured
    #[arg(long, value_name = "FOLDER", default_value_os_t = std::env::temp_dir())]
    pub folder: PathBuf,
    /// The file of results [default: target/bench/MODE.json]
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Cargo says this to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
    /// What this process is, if not the generator.
    #[command(subcommand)]
    pub role: Option<Role>,
}

/// What each run does.
#[derive(Clone, Debug, Args)]
pub struct Run {
    /// Which errors are sent to whom
    #[arg(long, value_enum, default_value_t = Mode::Ordinary)]
    pub mode: Mode,
    /// Seconds that a run posts for
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    pub seconds: u64,
    /// Seconds that are posted, closed loop, before anything counts
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub warm_up: u64,
    /// Do not wait for the dictionary that the server trains from what warms it up
    #[arg(long)]
    pub untrained: bool,
    /// Connections that are kept open
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: u32,
    /// Posts a second, open loop; without it the loop is closed
    #[arg(long, value_name = "PER_SECOND", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// Distinct errors
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub errors: u32,
    /// Projects of the mode `projects`, of one token and four errors each
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub projects: u32,
}

impl Run {
    /// How long a run posts.
    pub fn lasts(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }
}

/// What a process that the generator starts is.
#[derive(Debug, Subcommand)]
pub enum Role {
    /// The bare model.
    #[command(hide = true)]
    Model {
        /// Where its log and its database lie.
        folder: PathBuf,
        /// What it is sent.
        #[arg(value_enum)]
        protocol: Protocol,
        /// What its dictionary is to know.
        #[arg(value_enum)]
        mode: Mode,
        /// How many of them.
        errors: u32,
    },
}

impl Protocol {
    /// Its name on the command line.
    pub fn name(self) -> String {
        name(&self)
    }
}

impl Mode {
    /// Its name on the command line.
    pub fn name(self) -> String {
        name(&self)
    }
}

fn name<V: ValueEnum>(value: &V) -> String {
    let value = value.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}
