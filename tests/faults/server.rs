//! The real server, which is killed and started again on the same folder and port.

use std::{
    fs::{self, File},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use reqwest::Client;
use rollcage_tests::{http, place, server};

use crate::{
    chance::Chance,
    patience::{now, until},
    postgres,
};

/// Ports that the system gives to nobody by itself (`ip_local_port_range` begins at 32768): a sender
/// that tries again and again while the server is away must not happen to take its port.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// The server, running or not. Dropped, it is killed.
pub struct Server {
    program: PathBuf,
    data_dir: PathBuf,
    settings: Vec<(String, String)>,
    /// Where it listens.
    pub address: SocketAddr,
    admin_address: SocketAddr,
    client: Client,
    child: Option<Child>,
    starts: u32,
}

impl Server {
    /// One that does not run yet.
    pub fn new(
        program: &Path,
        data_dir: &Path,
        chance: &mut Chance,
        settings: &[(&str, &str)],
    ) -> Self {
        let address = free_address(chance);
        let mut admin_address = free_address(chance);
        while admin_address == address {
            admin_address = free_address(chance);
        }
        let settings = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Self {
            program: program.to_owned(),
            data_dir: data_dir.to_owned(),
            settings,
            address,
            admin_address,
            client: http::client(),
            child: None,
            starts: 0,
        }
    }

    /// Starts it, and does not wait for anything.
    pub fn start(&mut self) -> anyhow::Result<Instant> {
        ensure!(self.child.is_none(), "it runs already");
        self.starts += 1;
        let log = File::create(self.log_path())?;
        let settings: Vec<_> = self
            .settings
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let started = now();
        let child = server::command_of(&self.program, &self.data_dir, &settings, &["serve"])
            .env("ROLLCAGE_LISTEN", self.address.to_string())
            .env("ROLLCAGE_ADMIN_LISTEN", self.admin_address.to_string())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .with_context(|| format!("{} can be run", self.program.display()))?;
        place::note_pid(&self.data_dir, child.id());
        self.child = Some(child);
        Ok(started)
    }

    /// Waits until everything works.
    pub async fn ready(&mut self) -> anyhow::Result<()> {
        until("the server is ready", async || {
            if let Some(child) = &mut self.child
                && let Some(status) = child.try_wait()?
            {
                bail!("the server ended ({status})");
            }
            Ok((self.status("/readyz").await == Some(200)).then_some(()))
        })
        .await
    }

    /// The status of a page, asked for as somebody who is signed in; `None` without an answer.
    pub async fn status(&self, path: &str) -> Option<u16> {
        let url = format!("http://{}{path}", self.address);
        let cookie = [("cookie", "rollcage=0123")];
        let answer = http::try_send(&self.client, reqwest::Method::GET, &url, &cookie, "").await;
        answer.ok().map(|answer| answer.status)
    }

    /// Waits until its journal is digested.
    pub async fn digested(&self) -> anyhow::Result<()> {
        let url = format!("http://{}/metrics", self.admin_address);
        until("the journal is digested", async || {
            let answer = http::try_send(&self.client, reqwest::Method::GET, &url, &[], "").await;
            let text = answer.map(|answer| answer.text()).unwrap_or_default();
            let lag = text
                .lines()
                .find_map(|line| line.strip_prefix("rollcage_journal_lag_records "));
            Ok((lag == Some("0")).then_some(()))
        })
        .await
    }

    /// Bytes of memory that it has now, and most that it had.
    pub fn memory_bytes(&self) -> anyhow::Result<(u64, u64)> {
        let child = self.child.as_ref().context("it runs")?;
        postgres::memory_bytes(child.id())
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
            let _ = fs::remove_file(self.data_dir.join(place::PID_FILE));
        }
    }

    /// SIGTERM: how long it took to end, and whether it ended well.
    pub async fn terminate(&mut self) -> anyhow::Result<(Duration, bool)> {
        let mut child = self.child.take().context("it runs")?;
        let told = now();
        postgres::signal(&[child.id()], "TERM")?;
        let status = until("the server ends", async || Ok(child.try_wait()?)).await?;
        Ok((told.elapsed(), status.success()))
    }

    /// The end of what it logged.
    pub fn log_tail(&self) -> String {
        let log = fs::read_to_string(self.log_path()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }

    fn log_path(&self) -> PathBuf {
        self.data_dir.join(format!("serve_{}.log", self.starts))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A port of this machine that nobody has.
pub fn free_address(chance: &mut Chance) -> SocketAddr {
    loop {
        let port = PORTS.start + u16::try_from(chance.below(PORTS.len())).unwrap_or_default();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
