//! What is done to the server, a file for what breaks.

mod connections;
mod crowds;
mod disk;
mod kills;
mod nodes;
mod outages;
mod retention;
mod transactions;

use crate::{Run, arguments::Scenario};

/// Plays one.
pub async fn run(scenario: Scenario, run: &mut Run<'_>) -> anyhow::Result<()> {
    match scenario {
        Scenario::KillServer => kills::kill_server(run).await,
        Scenario::Terminate => kills::terminate(run).await,
        Scenario::StopPostgres => outages::stop_postgres(run).await,
        Scenario::PausePostgres => outages::pause_postgres(run).await,
        Scenario::ExhaustConnections => outages::exhaust_connections(run).await,
        Scenario::CutCommit => transactions::cut_commit(run).await,
        Scenario::CrashBeforeNotify => transactions::crash_before_notify(run).await,
        Scenario::SilentConnection => nodes::silent_connection(run).await,
        Scenario::FullDisk => disk::full_disk(run).await,
        Scenario::SlowConnections => connections::slow_connections(run).await,
        Scenario::UnknownTokens => crowds::unknown_tokens(run).await,
        Scenario::NoisyNeighbour => crowds::noisy_neighbour(run).await,
        Scenario::TwoServers => nodes::two_servers(run).await,
        Scenario::ThreeNodes => nodes::three_nodes(run).await,
        Scenario::DropPartition => retention::drop_partition(run).await,
        Scenario::Soak => retention::soak(run).await,
    }
}
