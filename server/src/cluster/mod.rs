//! The private Postgres: found among what is installed, made once, started, adopted, stopped.
//!
//! ```text
//! data_dir/postgres/          the cluster; with its socket, where the path is short enough
//! data_dir/postgres.new.*     one that is being made; removed at the next start
//! data_dir/postgres.15        the old one after an upgrade, kept for a person to remove
//! data_dir/postgres.log       what Postgres says; .log.1 is the one before
//! data_dir/postgres.socket    names the folder of the socket, where it is another
//! ```
//!
//! - Who can open the socket is everybody: `trust`. Its folder has mode 0700, so that this is its
//!   owner and root, and there is no TCP port.
//! - Postgres refuses to run as root. Started as root, all programs of the cluster run as the user
//!   that owns its folder, at first one of our own.
//! - It outlives a server that is killed, and the next [`Cluster::start`] takes it over. Should
//!   Postgres itself be killed, calling `start` again while the server runs starts it again.
//! - The caller holds the lock of the data folder; two starts at once are not looked for here.

mod account;
mod binaries;
mod clients;
mod error;
mod initialize;
mod log;
pub mod next;
mod pid_file;
mod server;
mod socket;

#[cfg(test)]
mod tests;

pub use clients::Clients;
pub use error::ClusterError;
pub use log::last_lines;
pub use server::{Cluster, ClusterSettings};
