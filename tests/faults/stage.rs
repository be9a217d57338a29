//! A server at work for one project, with what was sent to it.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context;
use rollcage_server::{accounts, clock::Clock, cluster::Cluster, model::project::Scope, store::Db};
use rollcage_tests::place::{self, Folder};
use tokio::{io::AsyncWriteExt, time::sleep};

use crate::{
    Run,
    body::{self, Project},
    ledger::{Answer, Ledger},
    load::{Load, Plan, connect, read_answer},
    patience::{now, until},
    postgres,
    server::Server,
};

/// Errors of a scenario: some tens of items, as a program in trouble has.
const CLASSES: usize = 30;
/// Senders at the same time.
const SENDERS: usize = 8;
/// Posts a second in the short form: a debug build digests them as they come, so that no outage leaves
/// a backlog to wait for. In the long form as many as are answered.
const PER_SECOND: u32 = 400;

/// What a scenario plays on. Left before its end, it says what the server logged.
pub struct Stage {
    /// The server.
    pub server: Server,
    /// Its Postgres.
    pub url: String,
    /// Whose occurrences are sent.
    pub project: Project,
    /// What was sent.
    pub ledger: Arc<Ledger>,
    /// What others sent.
    pub others: Vec<Arc<Ledger>>,
    /// The server's folder.
    pub data_dir: PathBuf,
    per_second: Option<u32>,
    is_over: bool,
    _folder: Folder,
}

impl Stage {
    /// A server with a Postgres of its own.
    pub async fn private(run: &mut Run<'_>) -> anyhow::Result<Self> {
        Self::begin(run, place::folder("data"), &[], None).await
    }

    /// A server that is told of its Postgres; `url` is how we reach that.
    pub async fn external(
        run: &mut Run<'_>,
        url: &str,
        settings: &[(&str, &str)],
    ) -> anyhow::Result<Self> {
        let told = [("DATABASE_URL", url)];
        // What is told later wins: a way around may be told.
        let settings: Vec<_> = told.iter().chain(settings).copied().collect();
        Self::begin(run, place::folder("data"), &settings, Some(url)).await
    }

    /// A server on that folder.
    pub async fn begin(
        run: &mut Run<'_>,
        folder: Folder,
        settings: &[(&str, &str)],
        url: Option<&str>,
    ) -> anyhow::Result<Self> {
        let data_dir = folder.path().to_owned();
        let mut stage = Self {
            server: Server::new(run.program, &data_dir, &mut run.chance, settings),
            url: url.unwrap_or_default().to_owned(),
            project: Project {
                id: 0,
                token: String::new(),
            },
            ledger: Arc::default(),
            others: Vec::new(),
            data_dir,
            per_second: (!run.is_long).then_some(PER_SECOND),
            is_over: false,
            _folder: folder,
        };
        if url.is_none() {
            postgres::copy_to(&stage.data_dir).await?;
        }
        stage.server.start()?;
        stage.server.ready().await?;
        if url.is_none() {
            let found = Cluster::find_running(&stage.data_dir).await?;
            stage.url = found.context("the server has its Postgres")?;
        }
        stage.project = stage.make_project("Shop").await?;
        stage.first_200(run).await?;
        Ok(stage)
    }

    /// Makes a project.
    pub async fn make_project(&self, name: &str) -> anyhow::Result<Project> {
        let db = self.look()?;
        let mut tx = db.begin().await?;
        let scopes = [Scope::PostServerItem];
        let now = Clock::default().now();
        let created = accounts::create_project(&mut tx, name, &scopes, now).await?;
        tx.commit().await?;
        accounts::announce_tokens(&db).await;
        db.close().await;
        let token = created.tokens.into_iter().next();
        Ok(Project {
            id: created.project.id.0,
            token: token
                .context("a project has the token that was asked for")?
                .1,
        })
    }

    /// Connections of ours to its Postgres.
    pub fn look(&self) -> anyhow::Result<Db> {
        postgres::look(&self.url)
    }

    /// The ordinary load.
    pub fn plan(&self) -> Plan {
        Plan {
            addresses: vec![self.server.address],
            project: self.project.clone(),
            senders: SENDERS,
            classes: CLASSES,
            padding_bytes: 500,
            everywhere: false,
            per_second: self.per_second,
        }
    }

    /// Begins the ordinary load.
    pub fn load(&self, run: &mut Run<'_>) -> Load {
        Load::begin(&self.plan(), &self.ledger, &mut run.chance)
    }

    /// Posts by a connection of its own until the first 200, and says how long that took.
    pub async fn first_200(&self, run: &mut Run<'_>) -> anyhow::Result<Duration> {
        self.post(run, &body::class(0)).await
    }

    /// Posts one occurrence of a class, again and again until it is acknowledged.
    pub async fn post(&self, run: &mut Run<'_>, class: &str) -> anyhow::Result<Duration> {
        let begun = now();
        let uuid = run.chance.id();
        let request = body::request(&mut run.chance, &self.project, uuid, class, 0);
        self.ledger.sending(uuid);
        until("a post is acknowledged", async || {
            let exchanged = async {
                let mut socket = connect(self.server.address).await?;
                socket.write_all(&request).await?;
                read_answer(&mut socket, &mut Vec::new()).await
            };
            let status = exchanged.await.ok().map(|head| head.status);
            Ok((status == Some(200)).then_some(()))
        })
        .await?;
        let answer = Answer {
            status: 200,
            has_retry_after: false,
            took: begun.elapsed(),
        };
        self.ledger.answered(uuid, &answer);
        Ok(answer.took)
    }

    /// Waits until that many more are acknowledged.
    pub async fn acknowledged(&self, more: u64) -> anyhow::Result<()> {
        let wanted = self.ledger.acknowledged() + more;
        until("posts are acknowledged", async || {
            Ok((self.ledger.acknowledged() >= wanted).then_some(()))
        })
        .await
    }

    /// Lets an outage last, and says how many were acknowledged in it.
    pub async fn endure(&self, lasts: Duration) -> u64 {
        let before = self.ledger.acknowledged();
        sleep(lasts).await;
        self.ledger.acknowledged() - before
    }

    /// Everything goes on again: waits for the digest, and holds what is stored against what was
    /// sent. Then the server ends, in order.
    pub async fn finish(mut self, run: &mut Run<'_>) -> anyhow::Result<()> {
        self.server.ready().await?;
        self.server.digested().await?;
        let db = self.look()?;
        self.others.push(Arc::clone(&self.ledger));
        run.verdict.check(&db, &self.others).await?;
        db.close().await;
        let (_, ended_well) = self.server.terminate().await?;
        run.verdict
            .promise(ended_well, || "SIGTERM did not end it well".into());
        self.is_over = run.verdict.is_kept();
        Ok(())
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if !self.is_over {
            eprintln!("The server's log ends:\n{}", self.server.log_tail());
        }
    }
}
