//! What is measured, as a process of its own: the server, or the bare model.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, ensure};
use rollcage_server::{
    accounts,
    cluster::Cluster,
    store::{self, Db},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

use super::{
    arguments::{Arguments, Run},
    bodies::{Mode, Protocol},
    load::Target,
    projects::Projects,
};

/// How long making a cluster and starting may take.
const START_TIMEOUT: Duration = Duration::from_mins(2);

/// Bytes of journal: what is accepted in a long run waits there, and refusals would end the run.
const JOURNAL_MAX_BYTES: u64 = 16 << 30;

/// Errors of each of many projects.
const ERRORS_OF_MANY: usize = 4;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The release binary.
    Rollcage,
    /// The least that it could do.
    Model,
}

impl Kind {
    /// For the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rollcage => "rollcage",
            Self::Model => "bare model",
        }
    }
}

/// A running one.
pub struct Subject {
    process: Process,
    /// Kept, for a program whose output nobody reads may end of it.
    _output: Lines<BufReader<ChildStdout>>,
    folder: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its Postgres.
    pub db: Db,
}

impl Subject {
    /// Starts one on an empty folder, which it makes.
    pub async fn start(
        kind: Kind,
        protocol: Protocol,
        arguments: &Arguments,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let mut command = match kind {
            Kind::Rollcage => rollcage(&arguments.server, folder),
            Kind::Model => model(protocol, &arguments.run, folder)?,
        };
        let log = std::fs::File::create(folder.join("log"))?;
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn();
        let mut process = Process(child.context("starting what is measured")?);
        let output = process.0.stdout.take().context("its output is piped")?;
        let mut output = BufReader::new(output).lines();
        let address = timeout(START_TIMEOUT, address(&mut output))
            .await
            .context("what is measured did not start in time")??;
        let url = Cluster::find_running(folder).await?;
        let db = store::pool(&url.context("it has its Postgres")?, 2)?;
        Ok(Self {
            process,
            _output: output,
            folder: folder.to_owned(),
            address,
            db,
        })
    }

    /// The process.
    pub fn pid(&self) -> anyhow::Result<u32> {
        self.process.0.id().context("it runs")
    }

    /// The first process of its Postgres, whose children are the others.
    pub fn postgres_pid(&self) -> anyhow::Result<u32> {
        let file = self.folder.join("postgres/postmaster.pid");
        let text = std::fs::read_to_string(&file).context("its Postgres runs")?;
        Ok(text.lines().next().unwrap_or_default().parse()?)
    }

    /// Whom posts go to, and the first project: projects that are made now, or as many tokens that the
    /// model takes for some.
    pub async fn target(
        &self,
        kind: Kind,
        protocol: Protocol,
        run: &Run,
    ) -> anyhow::Result<(Target, Option<i64>)> {
        let (projects, errors_each) = match run.mode {
            Mode::Ordinary | Mode::Unknown => (1, run.errors as usize),
            Mode::Hot => (1, 1),
            Mode::Projects => (run.projects, ERRORS_OF_MANY),
        };
        let (mut heads, mut first) = (Vec::new(), None);
        match kind {
            Kind::Rollcage => {
                let maker = Projects::start(&self.db).await?;
                for _ in 0..projects {
                    let (project, token) = maker.project().await?;
                    heads.push(head(protocol, project, &token).into_bytes());
                    first.get_or_insert(project);
                }
                accounts::announce_tokens(&self.db).await;
            }
            Kind::Model => heads.extend(
                (0..projects)
                    .map(|number| head(protocol, 1, &format!("{number:032x}")).into_bytes()),
            ),
        }
        let target = Target {
            address: self.address,
            heads: heads.into(),
            errors_each,
            samples: None,
        };
        Ok((target, first))
    }

    /// Ends it and its Postgres, in order.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.db.close().await;
        terminate(self.pid()?);
        let status = self.process.0.wait().await?;
        ensure!(status.success(), "it ended with {status}");
        Ok(())
    }
}

/// A process that is told to end when it is dropped, also while it starts.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // In order, for killed it would leave its Postgres behind.
        if let (Some(pid), Ok(None)) = (self.0.id(), self.0.try_wait()) {
            terminate(pid);
        }
    }
}

fn terminate(pid: u32) {
    // One that has ended already needs nothing.
    let _ = std::process::Command::new("kill")
        .args(["-TERM", &pid.to_string()])
        .status();
}

fn rollcage(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .arg("serve")
        .current_dir(folder) // so that no settings file is found
        .env_remove("DATABASE_URL")
        .env("ROLLCAGE_DATA_DIR", folder)
        .env("ROLLCAGE_LISTEN", "127.0.0.1:0")
        .env("ROLLCAGE_ADMIN_LISTEN", "127.0.0.1:0")
        .env("ROLLCAGE_JOURNAL_MAX_BYTES", JOURNAL_MAX_BYTES.to_string());
    command
}

fn model(protocol: Protocol, run: &Run, folder: &Path) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("model").arg(folder).args([
        protocol.name(),
        run.mode.name(),
        run.errors.to_string(),
    ]);
    Ok(command)
}

/// Where it says that it runs.
async fn address(output: &mut Lines<BufReader<ChildStdout>>) -> anyhow::Result<SocketAddr> {
    while let Some(line) = output.next_line().await? {
        if let Some((_, address)) = line.split_once("is running: http://") {
            return Ok(address.parse()?);
        }
    }
    anyhow::bail!("what is measured ended while it started; its folder has the log")
}

/// A request's head up to its length's value, as SDKs write them.
fn head(protocol: Protocol, project: i64, token: &str) -> String {
    match protocol {
        Protocol::Sentry => format!(
            "POST /api/{project}/envelope/ HTTP/1.1\r\nhost: localhost\r\n\
             user-agent: sentry.python/2.75.0\r\naccept-encoding: identity\r\n\
             x-sentry-auth: Sentry sentry_key={token}, sentry_version=7, \
             sentry_client=sentry.python/2.75.0\r\n\
             content-type: application/x-sentry-envelope\r\ncontent-encoding: gzip\r\n\
             content-length: "
        ),
        Protocol::Rollbar => format!(
            "POST /api/1/item/ HTTP/1.1\r\nhost: localhost\r\nuser-agent: python-requests/2.32.3\r\n\
             accept: */*\r\ncontent-type: application/json\r\nx-rollbar-access-token: {token}\r\n\
             content-length: "
        ),
    }
}
