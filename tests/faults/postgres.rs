//! Postgres as what breaks: stopped, paused, killed, filled up.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};
use rollcage_server::{
    cluster::{Cluster, ClusterSettings},
    store::{self, Db},
};
use rollcage_tests::{
    place::{self, Folder},
    postgres::cluster_settings,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::sync::OnceCell;

use crate::patience::until;

/// Longest wait for a connection that is only asked for to look at what is stored.
const LOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// A Postgres that the server is told of, and that the server does not look after.
pub struct Postgres {
    settings: ClusterSettings,
    cluster: Option<Cluster>,
    folder: Folder,
}

impl Postgres {
    /// Makes one and starts it.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = place::folder("postgres");
        copy_to(folder.path()).await?;
        let settings = cluster_settings(folder.path());
        let cluster = Some(Cluster::start(&settings).await?);
        Ok(Self {
            settings,
            cluster,
            folder,
        })
    }

    /// Its connection string.
    pub fn url(&self) -> anyhow::Result<String> {
        Ok(self.cluster.as_ref().context("it runs")?.url())
    }

    /// Where its files lie.
    pub fn dir(&self) -> PathBuf {
        self.folder.path().join("postgres")
    }

    /// Stops it as if the machine's power failed (`immediate`).
    pub async fn stop_immediately(&mut self) -> anyhow::Result<()> {
        let pid = postmaster(&self.dir())?;
        signal(&[pid], "QUIT")?;
        // It is our child: dropped, it is waited for by the runtime.
        self.cluster = None;
        let file = self.dir().join("postmaster.pid");
        until(
            "Postgres stops",
            async || Ok((!file.exists()).then_some(())),
        )
        .await
    }

    /// Starts it again.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.cluster = Some(Cluster::start(&self.settings).await?);
        Ok(())
    }

    /// Ends it.
    pub async fn stop(mut self) {
        if let Some(cluster) = self.cluster.take() {
            cluster.stop().await;
        }
    }
}

/// A cluster with the schema and nothing in it, made once: making one takes seconds.
static MODEL: OnceCell<Folder> = OnceCell::const_new();

/// Puts a copy of it into a server's folder, as if that had made it.
pub async fn copy_to(data_dir: &Path) -> anyhow::Result<()> {
    let model = MODEL.get_or_try_init(make_model).await?;
    let status = Command::new("cp")
        .arg("-a")
        .arg(model.path().join("postgres"))
        .arg(data_dir)
        .status()?;
    ensure!(status.success(), "a cluster cannot be copied");
    Ok(())
}

async fn make_model() -> anyhow::Result<Folder> {
    let folder = place::folder("model");
    let cluster = Cluster::start(&cluster_settings(folder.path())).await?;
    let db = look(&cluster.url())?;
    store::migrate(&db).await?;
    db.close().await;
    cluster.stop().await;
    Ok(folder)
}

/// Connections of ours, apart from the server's.
pub fn look(url: &str) -> anyhow::Result<Db> {
    Ok(store::pool(url, 2)?)
}

/// The number that a query gives.
pub async fn number(db: &Db, sql: &str) -> anyhow::Result<i64> {
    let found = sqlx::query_scalar(AssertSqlSafe(sql.to_owned())).fetch_one(db);
    tokio::time::timeout(LOOK_TIMEOUT, found)
        .await
        .context("Postgres takes too long")?
        .with_context(|| sql.to_owned())
}

/// Does a statement.
pub async fn execute(db: &Db, sql: &'static str) -> anyhow::Result<()> {
    sqlx::query(sql).execute(db).await.context(sql)?;
    Ok(())
}

/// A connection of its own, as others have them.
pub async fn connect(url: &str) -> store::Result<PgConnection> {
    PgConnection::connect(url).await
}

/// The first process of the cluster whose files lie there.
pub fn postmaster(dir: &Path) -> anyhow::Result<u32> {
    let text = fs::read_to_string(dir.join("postmaster.pid")).context("Postgres runs")?;
    let pid = text.lines().next().unwrap_or_default().parse()?;
    // Killed, it left its file, and its number may be another's.
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    ensure!(name.starts_with("postgres"), "Postgres does not run");
    Ok(pid)
}

/// All processes of that cluster, the first one first.
pub fn processes(dir: &Path) -> anyhow::Result<Vec<u32>> {
    let first = postmaster(dir)?;
    let mut all = vec![first];
    for entry in fs::read_dir("/proc")?.flatten() {
        let pid = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        // One that ends meanwhile needs nothing.
        if let Some(pid) = pid
            && parent(pid) == Some(first)
        {
            all.push(pid);
        }
    }
    Ok(all)
}

/// Has all processes of that cluster stand still: which ones.
pub async fn pause(dir: &Path) -> anyhow::Result<Vec<u32>> {
    // First the one that makes others: what it makes while they are listed would go on.
    let first = postmaster(dir)?;
    signal(&[first], "STOP")?;
    until("Postgres stands still", async || {
        Ok((stat(first, 0).as_deref() == Some("T")).then_some(()))
    })
    .await?;
    let all = processes(dir)?;
    signal(&all, "STOP")?;
    Ok(all)
}

/// Sends a signal to processes that we or our servers started.
pub fn signal(pids: &[u32], name: &str) -> anyhow::Result<()> {
    let pids: Vec<_> = pids.iter().map(ToString::to_string).collect();
    let status = Command::new("kill")
        .arg(format!("-{name}"))
        .args(&pids)
        .stderr(Stdio::null())
        .status()?;
    // Of many, one may have ended meanwhile.
    ensure!(status.success() || pids.len() > 1, "kill -{name} failed");
    Ok(())
}

/// Bytes of memory that a process has now, and most that it had.
pub fn memory_bytes(pid: u32) -> anyhow::Result<(u64, u64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| -> anyhow::Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(kilobytes
            .context("/proc tells its memory")?
            .parse::<u64>()?
            * 1024)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

fn parent(pid: u32) -> Option<u32> {
    stat(pid, 1)?.parse().ok()
}

/// A field of `/proc/PID/stat`, counted from behind the name: 0 is the state, 1 the parent.
fn stat(pid: u32, field: usize) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold anything.
    let (_, fields) = stat.rsplit_once(") ")?;
    fields.split(' ').nth(field).map(str::to_owned)
}
