//! The next cluster of a data folder, of a newer version, beside the one it has.
//!
//! ```text
//! data_dir/postgres.new.upgrade  the next one, until it is complete; removed at the next start
//! data_dir/postgres.replaced     the old one, between two renames
//! data_dir/postgres.15           the old one, for a person to remove
//! ```
//!
//! Only one of them runs at a time: they share the socket's folder where the path is a long one.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use tokio::task;
use tracing::warn;

use super::{
    account::Account,
    binaries::{Binaries, cluster_major},
    error::ClusterError,
    initialize, pid_file,
    server::{Cluster, ClusterSettings},
};

/// The cluster of a data folder.
pub const CURRENT: &str = "postgres";
const NEXT: &str = "postgres.new.upgrade";
const REPLACED: &str = "postgres.replaced";

/// A cluster that is to replace the one of a data folder.
#[derive(Clone, Debug)]
pub struct Next {
    settings: ClusterSettings,
    data_dir: PathBuf,
    old_major: u32,
    binaries: Binaries,
}

impl Next {
    /// The newest version that is installed, or that is in the folder `programs`; `None` if that is
    /// the one which the data folder's cluster has. **Blocks**.
    ///
    /// # Errors
    /// Also where there is no cluster, or the old one of an earlier upgrade is still there.
    pub fn find(
        settings: &ClusterSettings,
        programs: Option<&Path>,
    ) -> Result<Option<Next>, ClusterError> {
        let data_dir = &settings.data_dir;
        let data_dir = fs::canonicalize(data_dir).map_err(ClusterError::at(data_dir))?;
        recover(&data_dir)?;
        let current = data_dir.join(CURRENT);
        let Some(old_major) = cluster_major(&current)? else {
            return Err(ClusterError::NotACluster {
                cluster_dir: current,
            });
        };
        let binaries = Binaries::newest(programs.or(settings.bin_dir.as_deref()))?;
        if binaries.major <= old_major {
            return Ok(None);
        }
        let next = Next {
            settings: settings.clone(),
            data_dir,
            old_major,
            binaries,
        };
        if next.kept().exists() {
            return Err(ClusterError::KeptIsThere { kept: next.kept() });
        }
        Ok(Some(next))
    }

    /// The version that the cluster has.
    pub fn old_major(&self) -> u32 {
        self.old_major
    }

    /// The version that it gets.
    pub fn major(&self) -> u32 {
        self.binaries.major
    }

    /// The folder of the next version's programs.
    pub fn bin_dir(&self) -> &Path {
        self.binaries.dir()
    }

    /// Where the old cluster is kept.
    pub fn kept(&self) -> PathBuf {
        self.data_dir.join(format!("{CURRENT}.{}", self.old_major))
    }

    /// Whether the server finds the next version's programs by itself, with the settings it has.
    /// **Blocks**.
    pub fn is_found(&self) -> bool {
        Binaries::find(
            self.settings.bin_dir.as_deref(),
            &self.data_dir.join(CURRENT),
        )
        .is_ok()
    }

    /// Makes it, and starts it. The current one is stopped.
    pub async fn start(&self) -> Result<Cluster, ClusterError> {
        self.refuse_running(CURRENT)?;
        let next = self.clone();
        let prepared = task::spawn_blocking(move || {
            let account = Account::find(&next.settings.user, &next.data_dir.join(CURRENT))?;
            let dir = next.data_dir.join(NEXT);
            Cluster::prepare_in(account, next.binaries, next.data_dir, dir)
        });
        let prepared = prepared
            .await
            .expect("nothing cancels it, and it does not panic")?;
        prepared.started().await
    }

    /// Puts it in the place of the current one, which is kept: where. Both are stopped. **Blocks**.
    ///
    /// A crash in the middle leaves the old one, or the new one, to the next start.
    pub fn replace(&self) -> Result<PathBuf, ClusterError> {
        self.refuse_running(CURRENT)?;
        self.refuse_running(NEXT)?;
        rename(&self.data_dir, CURRENT, REPLACED)?;
        rename(&self.data_dir, NEXT, CURRENT)?;
        recover(&self.data_dir)?;
        Ok(self.kept())
    }

    /// Takes away what there is of it. **Blocks**.
    pub fn discard(&self) {
        // What is left goes at the next start.
        let _ = fs::remove_dir_all(self.data_dir.join(NEXT));
    }

    /// Stopping is told of, and not an error, when it fails.
    fn refuse_running(&self, name: &str) -> Result<(), ClusterError> {
        let dir = self.data_dir.join(name);
        if pid_file::exists(&dir) {
            return Err(ClusterError::StillRunning { cluster_dir: dir });
        }
        Ok(())
    }
}

/// Ends a replacement that a crash has cut in two: back, where the new one has not got its name, and
/// forward where it has.
pub fn recover(data_dir: &Path) -> Result<(), ClusterError> {
    let replaced = data_dir.join(REPLACED);
    if !replaced.exists() {
        return Ok(());
    }
    if !data_dir.join(CURRENT).exists() {
        warn!("the upgrade of the private PostgreSQL was interrupted; the old cluster goes on");
        return rename(data_dir, REPLACED, CURRENT);
    }
    let major = cluster_major(&replaced)?.unwrap_or_default();
    rename(data_dir, REPLACED, &format!("{CURRENT}.{major}"))
}

/// The folder for what is needed only until the next cluster is there; gone at the next start.
pub fn scratch(data_dir: &Path) -> PathBuf {
    data_dir.join(format!("{}dump", initialize::DRAFT_PREFIX))
}

fn rename(data_dir: &Path, from: &str, to: &str) -> Result<(), ClusterError> {
    let path = data_dir.join(from);
    fs::rename(&path, data_dir.join(to))
        .and_then(|()| File::open(data_dir)?.sync_all())
        .map_err(ClusterError::at(&path))
}
