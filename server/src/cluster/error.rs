//! Why there is no private Postgres, each in one line for an operator.

use std::{
    io,
    path::{Path, PathBuf},
};

/// What keeps the private Postgres from running.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No usable Postgres was found.
    #[error(
        "PostgreSQL {} or newer is not installed{}: install the package postgresql \
         (apt-get install postgresql), set its folder of programs, or set DATABASE_URL",
        super::binaries::OLDEST_MAJOR,
        bin_dir.as_deref().map(|dir| format!(" in {}", dir.display())).unwrap_or_default()
    )]
    NotInstalled {
        /// The folder that the settings name, if they do.
        bin_dir: Option<PathBuf>,
    },
    /// The cluster is of a version that is not installed.
    #[error(
        "{} was made by PostgreSQL {major}, which is not installed: install the package \
         postgresql-{major}, or set DATABASE_URL",
        cluster_dir.display()
    )]
    VersionNotInstalled {
        /// The cluster.
        cluster_dir: PathBuf,
        /// Its version.
        major: u32,
    },
    /// No `pg_dump` and `pg_restore` are installed that are new enough.
    #[error(
        "pg_dump and pg_restore of PostgreSQL {oldest} or newer are not installed{}: install the \
         package postgresql-client-{oldest}, or set postgres_bin_dir to their folder",
        bin_dir.as_deref().map(|dir| format!(" in {}", dir.display())).unwrap_or_default()
    )]
    ClientsNotInstalled {
        /// The oldest version that would do.
        oldest: u32,
        /// The folder that the settings name, if they do.
        bin_dir: Option<PathBuf>,
    },
    /// There is a folder where the cluster should be, and it is none.
    #[error("{} is not a PostgreSQL cluster: it has no valid PG_VERSION", cluster_dir.display())]
    NotACluster {
        /// The folder.
        cluster_dir: PathBuf,
    },
    /// The old cluster of an earlier upgrade is still there.
    #[error("{} is there still, from an earlier upgrade: remove it, or move it away", kept.display())]
    KeptIsThere {
        /// The old cluster.
        kept: PathBuf,
    },
    /// A server runs on a cluster that should be stopped.
    #[error("a PostgreSQL still runs on {}: stop it", cluster_dir.display())]
    StillRunning {
        /// The cluster.
        cluster_dir: PathBuf,
    },
    /// Started as root, there is no unprivileged user to run Postgres as.
    #[error("no user to run PostgreSQL as, which refuses to run as root: {reason}")]
    NoUser {
        /// What was tried and failed.
        reason: String,
    },
    /// The unprivileged user may not enter a folder above the cluster.
    #[error(
        "the user of PostgreSQL (uid {uid}) may not enter {}: choose a data_dir that others may \
         enter, such as /var/lib/rollcage, or run chmod o+x on it, or set DATABASE_URL",
        barrier.display()
    )]
    OutOfReach {
        /// The user.
        uid: u32,
        /// The folder that is closed to it.
        barrier: PathBuf,
    },
    /// We may not use the socket of a running cluster.
    #[error("the cluster's socket in {} belongs to another user: run this as that user or as root", dir.display())]
    NotAllowed {
        /// The folder of the socket.
        dir: PathBuf,
    },
    /// A program of Postgres failed.
    #[error("{program} failed: {output}")]
    Failed {
        /// The program.
        program: &'static str,
        /// The last lines of what it said, on one.
        output: String,
    },
    /// A file, folder or program cannot be used.
    #[error("cannot use {}: {source}", path.display())]
    Io {
        /// The file, folder or program.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ClusterError {
    /// For `map_err`: names the file, folder or program that `source` is about.
    pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
        |source| ClusterError::Io {
            path: path.to_owned(),
            source,
        }
    }
}
