//! The cluster's server: adopted or started, and stopped.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tokio::{
    process::{Child, Command},
    task, time,
};
use tracing::{info, warn};

use super::{
    account::Account,
    binaries::Binaries,
    error::ClusterError,
    initialize::{initialize, remove_drafts},
    log::{self, Log},
    next, pid_file,
    socket::{Answer, PORT, Socket},
};
use crate::room::Room;

/// What Postgres keeps of its write-ahead log unless it is told otherwise, and the least that it runs
/// well with, MiB.
const WAL_MAX_MIB: u64 = 1024;
const WAL_LEAST_MIB: u64 = 64;

/// Starts that may fail because a server that was killed has not quite gone, half a second apart.
const STARTS_MAX: u32 = 40;

/// How long a fast shutdown may take: it writes a checkpoint, which may be of all shared buffers.
const STOP_SECONDS: u32 = 60;

/// Where the private Postgres lies and what it is made of.
#[derive(Clone, Debug)]
pub struct ClusterSettings {
    /// The data folder; made if missing.
    pub data_dir: PathBuf,
    /// The folder of Postgres' programs; `None` looks in `PATH` and the usual places.
    pub bin_dir: Option<PathBuf>,
    /// Whom a new cluster belongs to when we are root; made if missing.
    pub user: String,
}

/// A running private Postgres. Dropping it leaves it running.
#[derive(Debug)]
pub struct Cluster {
    data_dir: PathBuf,
    dir: PathBuf,
    account: Account,
    binaries: Binaries,
    socket: Socket,
    /// `None` if it was adopted.
    child: Option<Child>,
}

impl Cluster {
    /// Adopts the cluster of the data folder if it runs, else starts it, after making it at the
    /// first time. Ready when it accepts connections, which after a crash may take minutes.
    pub async fn start(settings: &ClusterSettings) -> Result<Cluster, ClusterError> {
        let settings = settings.clone();
        let prepared = task::spawn_blocking(move || Cluster::prepare(&settings)).await;
        let cluster = prepared.expect("nothing cancels it, and it does not panic")?;
        cluster.started().await
    }

    /// Adopts it or starts it.
    pub(super) async fn started(mut self) -> Result<Cluster, ClusterError> {
        self.adopt_or_launch().await?;
        Ok(self)
    }

    /// The connection string of the cluster that runs on `data_dir`; `None` if none does.
    pub async fn find_running(data_dir: &Path) -> Result<Option<String>, ClusterError> {
        let socket = Socket::find(&fs::canonicalize(data_dir).unwrap_or(data_dir.to_owned()));
        match socket.ask_until_settled().await {
            Answer::Ready => Ok(Some(socket.url())),
            Answer::Nobody | Answer::Busy => Ok(None),
            Answer::Forbidden => Err(ClusterError::NotAllowed { dir: socket.dir }),
        }
    }

    /// The connection string of our database.
    pub fn url(&self) -> String {
        self.socket.url()
    }

    /// Ends all connections and stops the cluster, adopted or not.
    pub async fn stop(mut self) {
        for mode in ["fast", "immediate"] {
            // Without the file there is no server, and `pg_ctl` would call that a failure.
            if !pid_file::exists(&self.dir) {
                break;
            }
            match self.pg_ctl_stop(mode).await {
                Ok(()) => break,
                Err(error) => warn!("cannot stop the private PostgreSQL ({mode}): {error}"),
            }
        }
        if let Some(child) = &mut self.child
            && time::timeout(Duration::from_secs(5), child.wait())
                .await
                .is_err()
        {
            warn!("the private PostgreSQL is still running; the next start adopts it");
        }
    }

    /// Everything that comes before the server. **Blocks**, the first time for seconds.
    fn prepare(settings: &ClusterSettings) -> Result<Cluster, ClusterError> {
        let data_dir = &settings.data_dir;
        fs::create_dir_all(data_dir).map_err(ClusterError::at(data_dir))?;
        let data_dir = fs::canonicalize(data_dir).map_err(ClusterError::at(data_dir))?;
        next::recover(&data_dir)?;
        remove_drafts(&data_dir)?;
        let dir = data_dir.join(next::CURRENT);

        let binaries = Binaries::find(settings.bin_dir.as_deref(), &dir)?;
        let account = Account::find(&settings.user, &dir)?;
        Cluster::prepare_in(account, binaries, data_dir, dir)
    }

    /// Makes the cluster in `dir`, unless it is there, and what it needs to be started. **Blocks**.
    pub(super) fn prepare_in(
        account: Account,
        binaries: Binaries,
        data_dir: PathBuf,
        dir: PathBuf,
    ) -> Result<Cluster, ClusterError> {
        account.check_reach(&binaries.program("postgres"), &data_dir)?;
        initialize(account, &binaries, &data_dir, &dir)?;
        let socket = Socket::prepare(account, &data_dir, &dir)?;
        Ok(Cluster {
            data_dir,
            dir,
            account,
            binaries,
            socket,
            child: None,
        })
    }

    async fn adopt_or_launch(&mut self) -> Result<(), ClusterError> {
        let mut starts = 0;
        loop {
            match self.socket.ask_until_settled().await {
                Answer::Ready => {
                    info!("adopted the private PostgreSQL that was running");
                    return Ok(());
                }
                Answer::Forbidden => {
                    return Err(ClusterError::NotAllowed {
                        dir: self.socket.dir.clone(),
                    });
                }
                Answer::Nobody | Answer::Busy => {}
            }
            pid_file::remove_if_stale(&self.dir, &self.socket.dir)?;
            starts += 1;
            match self.launch().await {
                Err(ClusterError::Failed { output, .. })
                    if pid_file::is_held(&output) && starts < STARTS_MAX =>
                {
                    info!("the private PostgreSQL of the last run is still ending");
                    time::sleep(Duration::from_millis(500)).await;
                }
                launched => return launched,
            }
        }
    }

    async fn launch(&mut self) -> Result<(), ClusterError> {
        let (log, file) = Log::begin(&self.data_dir)?;
        let program = self.binaries.program("postgres");
        let socket_dir = self.socket.dir.to_string_lossy(); // plain, or chosen by us
        let mut command = Command::from(self.account.command(&program));
        command.arg("-D").arg(&self.dir);
        // Here and not in postgresql.conf: access rests on these.
        for setting in [
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={socket_dir}"),
            "unix_socket_permissions=0700".to_owned(),
            format!("port={PORT}"),
        ] {
            command.arg("-c").arg(setting);
        }
        // On a small disk the log would take the room that recovery needs, whatever the file says.
        if let Some(wal_mib) = small_wal_mib(&self.dir) {
            command.arg("-c").arg(format!("max_wal_size={wal_mib}MB"));
        }
        let mut child = command
            .stderr(Stdio::from(file))
            .spawn()
            .map_err(ClusterError::at(&program))?;

        loop {
            let answer = self.socket.ask().await;
            if child
                .try_wait()
                .map_err(ClusterError::at(&program))?
                .is_some()
            {
                return Err(ClusterError::Failed {
                    program: "postgres",
                    output: log.last_lines(),
                });
            }
            if answer == Answer::Ready {
                self.child = Some(child);
                info!("started the private PostgreSQL {}", self.binaries.major);
                return Ok(());
            }
            time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn pg_ctl_stop(&self, mode: &str) -> Result<(), ClusterError> {
        let program = self.binaries.program("pg_ctl");
        let output = Command::from(self.account.command(&program))
            .args([
                "stop",
                "--wait",
                "--mode",
                mode,
                "--timeout",
                &STOP_SECONDS.to_string(),
            ])
            .arg("--pgdata")
            .arg(&self.dir)
            .stderr(Stdio::piped())
            .output()
            .await
            .map_err(ClusterError::at(&program))?;
        if output.status.success() {
            return Ok(());
        }
        let output = log::last_lines(&String::from_utf8_lossy(&output.stderr));
        Err(ClusterError::Failed {
            program: "pg_ctl stop",
            output,
        })
    }
}

/// How much write-ahead log a small disk has room for, MiB; `None` for one that Postgres' own limit
/// fits, and for one that cannot be asked.
fn small_wal_mib(dir: &Path) -> Option<u64> {
    let mib = Room::of(dir).ok()?.share_bytes() >> 20;
    (mib < WAL_MAX_MIB).then_some(mib.max(WAL_LEAST_MIB))
}
