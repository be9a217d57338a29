//! Which Postgres among those installed.

use std::{
    collections::BTreeMap,
    env, fs,
    io::ErrorKind,
    num::ParseIntError,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use tracing::info;

use super::error::ClusterError;

/// The oldest version that the schema works with.
pub const OLDEST_MAJOR: u32 = 15;

/// Where packages put the programs: the part of a folder's name before a version, and what comes
/// after it.
const USUAL_PLACES: [(&str, &str, &str); 7] = [
    ("/usr/lib/postgresql", "", "bin"),          // Debian, Ubuntu
    ("/usr", "pgsql-", "bin"),                   // the packages of postgresql.org for RHEL, Fedora
    ("/usr/libexec", "postgresql", ""),          // Alpine
    ("/usr/lib", "postgresql", "bin"),           // SUSE
    ("/usr/local", "pgsql", "bin"),              // from source
    ("/opt/homebrew/opt", "postgresql@", "bin"), // Homebrew on ARM
    ("/usr/local/opt", "postgresql@", "bin"),    // Homebrew on x86
];

/// The programs of one installed version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    dir: PathBuf,
    /// The major version.
    pub major: u32,
}

impl Binaries {
    /// The programs for the cluster in `cluster_dir`: of its version, or if there is none yet, the
    /// first of the setting, `PATH`, `pg_config` and the usual places, the newest first.
    /// **Blocks**: it asks the programs for their versions.
    pub fn find(bin_dir: Option<&Path>, cluster_dir: &Path) -> Result<Binaries, ClusterError> {
        let wanted = cluster_major(cluster_dir)?;
        let installed = Binaries::installed(bin_dir);
        let Some(major) = wanted else {
            return installed
                .into_iter()
                .next()
                .ok_or_else(|| ClusterError::NotInstalled {
                    bin_dir: bin_dir.map(Path::to_owned),
                });
        };

        let newest = installed.iter().map(|found| found.major).max();
        if let Some(newest) = newest.filter(|newest| *newest > major) {
            info!(
                "PostgreSQL {newest} is installed; the cluster stays with {major} until \
                 `rollcage upgrade-cluster`"
            );
        }
        installed
            .into_iter()
            .find(|found| found.major == major)
            .ok_or_else(|| ClusterError::VersionNotInstalled {
                cluster_dir: cluster_dir.to_owned(),
                major,
            })
    }

    /// Those of the newest version that is installed; of those in `bin_dir`, where it is set.
    /// **Blocks** as [`find`](Self::find) does.
    pub fn newest(bin_dir: Option<&Path>) -> Result<Binaries, ClusterError> {
        Binaries::installed(bin_dir)
            .into_iter()
            .max_by_key(|found| found.major)
            .ok_or_else(|| ClusterError::NotInstalled {
                bin_dir: bin_dir.map(Path::to_owned),
            })
    }

    /// All that may be used, the preferred first.
    fn installed(bin_dir: Option<&Path>) -> Vec<Binaries> {
        candidates(bin_dir, "postgres")
            .into_iter()
            .filter_map(|dir| Binaries::at(&dir))
            .filter(|found| found.major >= OLDEST_MAJOR)
            .collect()
    }

    /// The folder that they are in.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A program's path.
    pub fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    fn at(dir: &Path) -> Option<Binaries> {
        let complete = ["postgres", "initdb", "pg_ctl"]
            .iter()
            .all(|name| dir.join(name).is_file());
        let major = output(&dir.join("postgres"), "--version").filter(|_| complete)?;
        Some(Binaries {
            dir: dir.to_owned(),
            major: major_of(&major)?,
        })
    }
}

/// The version of a cluster; `None` if there is none yet.
pub fn cluster_major(cluster_dir: &Path) -> Result<Option<u32>, ClusterError> {
    if !fs::exists(cluster_dir).map_err(ClusterError::at(cluster_dir))? {
        return Ok(None);
    }
    let path = cluster_dir.join("PG_VERSION");
    let version = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        read => read.map_err(ClusterError::at(&path))?,
    };
    let none = |_: ParseIntError| ClusterError::NotACluster {
        cluster_dir: cluster_dir.to_owned(),
    };
    version.trim().parse().map(Some).map_err(none)
}

/// Folders that may hold `program`, the preferred first. A folder that is set is the only one.
pub fn candidates(bin_dir: Option<&Path>, program: &str) -> Vec<PathBuf> {
    if let Some(dir) = bin_dir {
        return vec![dir.to_owned()];
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<_> = env::split_paths(&path)
        .filter(|dir| dir.is_absolute() && dir.join(program).is_file())
        .collect();
    let named = output(Path::new("pg_config"), "--bindir");
    dirs.extend(named.map(|dir| PathBuf::from(dir.trim())));
    dirs.extend(usual_places(program));
    dirs
}

/// The folders of all versions in the usual places, the newest first.
fn usual_places(program: &str) -> Vec<PathBuf> {
    let mut found = BTreeMap::new();
    for (parent, prefix, bin) in USUAL_PLACES {
        // Most of these are not there.
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let version = name.to_str().and_then(|name| name.strip_prefix(prefix));
            let dir = entry.path().join(bin);
            if let Some(version) = version
                && dir.join(program).is_file()
            {
                found.insert((version.parse().unwrap_or(0u32), dir.clone()), dir);
            }
        }
    }
    found.into_values().rev().collect()
}

/// What a program answers to one argument; `None` where it cannot be run, or fails.
pub fn output(program: &Path, argument: &str) -> Option<String> {
    let output = Command::new(program)
        .arg(argument)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(said)
}

/// The major version in `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`.
pub fn major_of(version: &str) -> Option<u32> {
    let number = version
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_any_way_of_saying_it() {
        for (said, major) in [
            (
                "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n",
                Some(15),
            ),
            ("postgres (PostgreSQL) 18beta2\n", Some(18)),
            ("postgres (EnterpriseDB) 16", Some(16)),
            ("something else", None),
        ] {
            assert_eq!(major_of(said), major, "{said}");
        }
    }

    #[test]
    fn a_missing_postgres_is_one_line_that_says_what_to_do() {
        let nowhere = Path::new("/nonexistent");
        let error = Binaries::find(Some(nowhere), nowhere).expect_err("there is none");
        let message = error.to_string();
        assert!(
            message.contains("in /nonexistent: install the package postgresql "),
            "{message}"
        );
        assert!(
            message.contains("DATABASE_URL") && !message.contains('\n'),
            "{message}"
        );
    }
}
