//! `postmaster.pid`, by which Postgres keeps a second server out of a cluster.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use tracing::warn;

use super::error::ClusterError;

/// Whether a server has, or says to have, the cluster.
pub fn exists(cluster_dir: &Path) -> bool {
    path(cluster_dir).is_file()
}

/// Removes the file of a server that was killed, where its number now belongs to something else.
///
/// Postgres finds out by itself that the process is gone, but not that it is another: after the
/// restart of a container the same few numbers are given out again. Where this system does not tell
/// what a process is, the file stays and Postgres decides.
pub fn remove_if_stale(cluster_dir: &Path, socket_dir: &Path) -> Result<(), ClusterError> {
    let path = path(cluster_dir);
    let Ok(content) = fs::read_to_string(&path) else {
        return Ok(());
    };
    let pid = content
        .lines()
        .next()
        .and_then(|line| line.trim().parse::<u32>().ok());
    let name = pid.and_then(|pid| fs::read_to_string(format!("/proc/{pid}/comm")).ok());
    // Without a name it is gone, and Postgres sees that.
    if name.is_none_or(|name| name.trim().starts_with("postgres")) {
        return Ok(());
    }
    warn!(
        "{} names a process that is not PostgreSQL; removing it",
        path.display()
    );
    for stale in [path, socket_dir.join(".s.PGSQL.5432.lock")] {
        match fs::remove_file(&stale) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(ClusterError::at(&stale)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether Postgres refused to start because of a server that may be ending just now.
pub fn is_held(said: &str) -> bool {
    said.contains("lock file") || said.contains("pre-existing shared memory block")
}

fn path(cluster_dir: &Path) -> PathBuf {
    cluster_dir.join("postmaster.pid")
}
