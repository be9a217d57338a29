//! The proxy of `deploy/nodes`, with its own configuration.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
};

use anyhow::{Context, bail, ensure};
use rollcage_tests::place::{self, Folder};
use tokio::net::TcpStream;

use crate::{chance::Chance, patience::until, server::free_address};

/// What is deployed.
const CONFIGURATION: &str = include_str!("../../deploy/nodes/nginx.conf");

/// Nodes that it names.
pub const NODES: usize = 3;

/// One process of it. Dropped, it is killed.
pub struct Nginx {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    _folder: Folder,
}

impl Nginx {
    /// Starts it in front of the nodes.
    pub async fn start(nodes: [SocketAddr; NODES], chance: &mut Chance) -> anyhow::Result<Self> {
        let folder = place::folder("nginx");
        let address = free_address(chance);
        let file = folder.path().join("nginx.conf");
        let log = folder.path().join("error.log");
        fs::write(&file, configuration(nodes, address, folder.path())?)?;
        let child = Command::new(program())
            .arg("-c")
            .arg(&file)
            .arg("-p")
            .arg(folder.path())
            .arg("-e")
            .arg(&log)
            // Without processes of its own, it is gone when it is killed.
            .args(["-g", "daemon off; master_process off; pid nginx.pid;"])
            .stdout(Stdio::null())
            .spawn()
            .context("nginx cannot be run: it is in Debian's package nginx")?;
        place::note_pid(folder.path(), child.id());
        let mut nginx = Self {
            address,
            child,
            _folder: folder,
        };
        until("nginx listens", async || {
            if let Some(status) = nginx.child.try_wait()? {
                let said = fs::read_to_string(&log).unwrap_or_default();
                bail!("nginx ended ({status}): {said}");
            }
            Ok(TcpStream::connect(address).await.ok())
        })
        .await?;
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is deployed, with addresses of here for the containers', and files in `folder`.
fn configuration(
    nodes: [SocketAddr; NODES],
    address: SocketAddr,
    folder: &Path,
) -> anyhow::Result<String> {
    let mut text = CONFIGURATION.to_owned();
    let mut put = |from: &str, to: String| {
        ensure!(text.matches(from).count() == 1, "it has {from} once");
        text = text.replace(from, &to);
        Ok(())
    };
    for (number, node) in (1..).zip(nodes) {
        put(
            &format!("server node{number}:8080 "),
            format!("server {node} "),
        )?;
    }
    put("listen 8080;", format!("listen {address};"))?;
    // Where Debian's lie belongs to root.
    let files = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {};", folder.join(what).display()));
    put("http {", format!("http {{\n{}", files.join("\n")))?;
    Ok(text)
}

/// Debian has it where only root looks.
fn program() -> &'static Path {
    let debians = Path::new("/usr/sbin/nginx");
    if debians.exists() {
        debians
    } else {
        Path::new("nginx")
    }
}
