//! The user that the cluster belongs to.

use std::{
    ffi::OsStr,
    fs::{self, Metadata},
    io::ErrorKind,
    os::unix::{fs::MetadataExt, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use tracing::info;

use super::{error::ClusterError, log};

/// Whom the cluster's programs run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// Ourselves, unprivileged.
    Own,
    /// We are root; they are somebody else.
    Other {
        /// The user.
        uid: u32,
        /// The user's own group; it has no others.
        gid: u32,
    },
}

impl Account {
    /// The owner of the cluster in `cluster_dir`, or if there is none yet, the user `name`, made if
    /// missing. Unprivileged ourselves, it is us. **Blocks**: it runs `id` and `useradd`.
    pub fn find(name: &str, cluster_dir: &Path) -> Result<Account, ClusterError> {
        // There is no safe call for this in std.
        if id(["-u"]) != Some(0) {
            return Ok(Account::Own);
        }
        let (uid, gid) = match fs::metadata(cluster_dir) {
            Ok(metadata) => (metadata.uid(), metadata.gid()),
            Err(error) if error.kind() == ErrorKind::NotFound => find_or_make(name)?,
            Err(error) => return Err(ClusterError::at(cluster_dir)(error)),
        };
        if uid == 0 {
            let reason = if cluster_dir.exists() {
                format!(
                    "{} belongs to root; give it to {name} (chown -R)",
                    cluster_dir.display()
                )
            } else {
                format!("the cluster_user {name} is root")
            };
            return Err(ClusterError::NoUser { reason });
        }
        Ok(Account::Other { uid, gid })
    }

    /// A command that runs as this user, with nothing of our terminal and of our environment's
    /// settings for Postgres.
    pub fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/") // ours may be closed to the user
            .process_group(0) // Ctrl-C is for us
            .env("LC_ALL", "C")
            .env("TZ", "UTC");
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_of_postgres(name)) {
            command.env_remove(name);
        }
        if let Account::Other { uid, gid } = self {
            // With these std drops root's supplementary groups too.
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Whether this user can enter `data_dir`. `program` is one that ends at once and may be run by
    /// everybody.
    pub fn check_reach(self, program: &Path, data_dir: &Path) -> Result<(), ClusterError> {
        let Account::Other { uid, .. } = self else {
            return Ok(());
        };
        // Only the system knows: there are access lists besides modes.
        let status = self
            .command(program)
            .arg("--version")
            .current_dir(data_dir)
            .status();
        match status {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                let barrier = self.barrier(data_dir).or_else(|| self.barrier(program));
                let barrier = barrier.unwrap_or(data_dir).to_owned();
                Err(ClusterError::OutOfReach { uid, barrier })
            }
            Err(error) => Err(ClusterError::at(program)(error)),
        }
    }

    /// The uppermost folder on the way to `dir` whose mode closes it to this user.
    fn barrier(self, dir: &Path) -> Option<&Path> {
        let mut way: Vec<_> = dir.ancestors().collect();
        way.reverse();
        way.into_iter()
            .find(|dir| fs::metadata(dir).is_ok_and(|at| !self.may_enter(&at)))
    }

    fn may_enter(self, at: &Metadata) -> bool {
        let bit = match self {
            Account::Other { uid, .. } if uid == at.uid() => 0o100,
            Account::Other { gid, .. } if gid == at.gid() => 0o010,
            _ => 0o001,
        };
        at.mode() & bit != 0
    }

    /// Gives a file or folder to this user.
    pub fn own(self, path: &Path) -> Result<(), ClusterError> {
        let Account::Other { uid, gid } = self else {
            return Ok(());
        };
        std::os::unix::fs::chown(path, Some(uid), Some(gid)).map_err(ClusterError::at(path))
    }
}

fn is_of_postgres(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"PG")
}

fn find_or_make(name: &str) -> Result<(u32, u32), ClusterError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.starts_with('-') || !name.chars().all(plain) {
        let reason = format!("{name:?} is not a name for cluster_user");
        return Err(ClusterError::NoUser { reason });
    }
    if let Some(found) = look_up(name) {
        return Ok(found);
    }
    let made = make(name);
    let (uid, gid) = look_up(name).ok_or(ClusterError::NoUser { reason: made })?;
    info!("made the user {name} (uid {uid}) to run PostgreSQL as");
    Ok((uid, gid))
}

fn look_up(name: &str) -> Option<(u32, u32)> {
    Some((id(["-u", name])?, id(["-g", name])?))
}

/// What `id` says: the number of a user or group, from wherever this system keeps them.
fn id<const N: usize>(arguments: [&str; N]) -> Option<u32> {
    let output = Command::new("id")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Makes a system user with its own group; says what went wrong if it did.
fn make(name: &str) -> String {
    const USER: [&str; 7] = [
        "useradd",
        "--system",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
    ];
    let attempts: [&[&str]; 3] = [
        &["--user-group"],
        &["--gid", name], // the group is there already
        &[],
    ];
    let busybox: &[&str] = &["adduser", "-S", "-D", "-H", "-s", "/sbin/nologin"];
    let commands = attempts
        .into_iter()
        .map(|more| [&USER, more].concat())
        .chain([busybox.to_vec()]);

    let mut reasons = Vec::new();
    for command in commands {
        let Some((program, arguments)) = command.split_first() else {
            continue;
        };
        let run = Command::new(program)
            .args(arguments)
            .arg(name)
            .stdin(Stdio::null())
            .output();
        match run {
            Ok(output) if output.status.success() => return String::new(),
            Ok(output) => reasons.push(log::last_lines(&String::from_utf8_lossy(&output.stderr))),
            Err(error) => reasons.push(format!("{program}: {error}")),
        }
    }
    reasons.dedup();
    format!("cannot make the user {name}: {}", reasons.join("; "))
}
