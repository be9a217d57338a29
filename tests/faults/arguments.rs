//! What can be asked for on the command line, and how long each scenario lasts.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

const AFTER_HELP: &str = "\
Through make: make faults ARGS='kill-server --rounds 100'.

Without --long each scenario takes some seconds. A run that broke a promise says its seed; the same
seed chooses the same faults, though not the same moment of the server's own threads.
Full disks are small file systems in a namespace of their own, which takes root. The long soak stores
some gigabytes: TMPDIR says where, and what lies in memory would count as the server's under a limit.";

/// Break what Rollcage rests on while it works, and count what it acknowledged.
#[derive(Debug, Parser)]
#[command(name = "make faults", after_help = AFTER_HELP)]
pub struct Arguments {
    /// Scenarios to run, one after another [default: all]
    #[arg(value_enum)]
    pub scenarios: Vec<Scenario>,
    /// The long form: the rounds, seconds and connections that releases are held to
    #[arg(long)]
    pub long: bool,
    /// Faults of each scenario
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: Option<u32>,
    /// Seconds that an outage or a measurement lasts
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: Option<u32>,
    /// Connections of slow-connections
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: Option<u32>,
    /// Posts a second of soak
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub per_second: Option<u32>,
    /// What chooses the faults and their times [default: any]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Hold times too to what is promised, such as a neighbour's p99, which may double: for a quiet
    /// machine and a release build
    #[arg(long)]
    pub strict: bool,
    /// The server's program [default: the one beside this]
    #[arg(long, value_name = "FILE")]
    pub server: Option<PathBuf>,
}

/// What is done to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// kill -9 at random under load, each third time of its private Postgres too
    KillServer,
    /// Postgres is stopped (immediate) under load, and started again
    StopPostgres,
    /// The connection is cut before a COMMIT arrives, or before its answer does
    CutCommit,
    /// A server's connection falls silent before a COMMIT or its answer; another waits for its locks
    SilentConnection,
    /// SIGSTOP of all processes of Postgres
    PausePostgres,
    /// Others take every connection that Postgres has
    ExhaustConnections,
    /// kill -9 between a COMMIT and its NOTIFY: mails go out all the same, once
    CrashBeforeNotify,
    /// SIGTERM under load
    Terminate,
    /// The disk is full: the journal's, Postgres's, and one that both share
    FullDisk,
    /// Many connections that send a byte now and then, or nothing
    SlowConnections,
    /// As many requests with unknown tokens as go
    UnknownTokens,
    /// A project at ten times its limit beside another
    NoisyNeighbour,
    /// Two servers digest the same occurrences into one Postgres; one is killed
    TwoServers,
    /// Three nodes behind nginx, as deploy/nodes has them; one is killed or told to end
    ThreeNodes,
    /// A partition of 20,000 rows (with --long a million) is dropped under load, each second time killed
    DropPartition,
    /// A steady load for a long time while partitions are dropped: memory stays below 256 MiB
    Soak,
}

/// How much of a scenario is done.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    /// Faults.
    pub rounds: u32,
    /// What an outage or a measurement lasts.
    pub seconds: u32,
    /// Of slow senders.
    pub connections: u32,
    /// Posts of a steady load.
    pub per_second: u32,
}

impl Scenario {
    /// Its name on the command line.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// How much of it is asked for.
    pub fn scale(self, arguments: &Arguments) -> Scale {
        // Rounds and seconds, in the short form and in the long one.
        let (short, long) = match self {
            Self::KillServer => ((3, 1), (100, 1)),
            Self::StopPostgres => ((2, 1), (20, 3)),
            Self::CutCommit => ((6, 1), (200, 1)),
            Self::SilentConnection => ((1, 1), (6, 1)),
            Self::PausePostgres => ((1, 2), (2, 30)),
            Self::ExhaustConnections => ((1, 2), (3, 20)),
            Self::CrashBeforeNotify => ((4, 1), (50, 1)),
            Self::Terminate | Self::TwoServers | Self::ThreeNodes => ((2, 1), (20, 1)),
            Self::FullDisk => ((1, 1), (5, 5)),
            Self::SlowConnections => ((1, 2), (1, 120)),
            Self::UnknownTokens | Self::NoisyNeighbour => ((1, 2), (1, 30)),
            Self::DropPartition => ((2, 1), (4, 20)),
            Self::Soak => ((1, 4), (1, 3_600)),
        };
        let (rounds, seconds) = if arguments.long { long } else { short };
        Scale {
            rounds: arguments.rounds.unwrap_or(rounds),
            seconds: arguments.seconds.unwrap_or(seconds),
            connections: arguments
                .connections
                .unwrap_or(if arguments.long { 5_000 } else { 400 }),
            // In the short form what any machine takes.
            per_second: arguments
                .per_second
                .unwrap_or(if arguments.long { 2_000 } else { 100 }),
        }
    }
}
