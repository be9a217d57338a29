//! The programs that dump and restore a database, for any Postgres.

use std::path::{Path, PathBuf};

use super::{
    binaries::{candidates, major_of, output},
    error::ClusterError,
};

/// `pg_dump` and `pg_restore` of one version.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Makes a dump.
    pub pg_dump: PathBuf,
    /// Reads one.
    pub pg_restore: PathBuf,
    /// Their major version.
    pub major: u32,
}

impl Clients {
    /// The oldest that are installed and at least of version `oldest`. **Blocks**: it asks the
    /// programs for their versions.
    ///
    /// `pg_dump` refuses a server that is newer than itself, and what a newer one writes, or a newer
    /// `pg_restore` says, an older server may not understand: so the nearest is the best.
    pub fn find(bin_dir: Option<&Path>, oldest: u32) -> Result<Clients, ClusterError> {
        // The other way round: a folder of one version before Debian's `/usr/bin`, whose programs
        // choose a version anew for each connection.
        let dirs = candidates(bin_dir, "pg_dump").into_iter().rev();
        dirs.filter_map(|dir| Clients::at(&dir))
            .filter(|found| found.major >= oldest)
            .min_by_key(|found| found.major)
            .ok_or_else(|| ClusterError::ClientsNotInstalled {
                oldest,
                bin_dir: bin_dir.map(Path::to_owned),
            })
    }

    fn at(dir: &Path) -> Option<Clients> {
        let (pg_dump, pg_restore) = (dir.join("pg_dump"), dir.join("pg_restore"));
        let version = output(&pg_dump, "--version")?;
        let major = major_of(&version)?;
        (major_of(&output(&pg_restore, "--version")?)? == major).then_some(Clients {
            pg_dump,
            pg_restore,
            major,
        })
    }
}
