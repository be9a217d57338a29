//! Everything that needs Postgres: found or started, migrated, and then the parts that work on it.

use std::{sync::Arc, time::Duration};

use anyhow::{Context, bail};
use axum::Router;
use futures_util::future::try_join_all;
use rollcage_web::pages::MailState;
use tokio::sync::{Mutex, Notify};
use tracing::{info, warn};

use super::{Parts, State, digest_thread};
use crate::{
    alerts::{
        mailer::{self, Mailer},
        transport::{Destination, Transport},
    },
    api::{self, Api},
    cluster::{Cluster, ClusterSettings},
    config::Secret,
    digest, keeper,
    pages::{self, Live, Pages, SignInLimits},
    secrets,
    store::{
        self, Db, instance,
        listener::{Listener, Notice},
        silence::{LONG_PATIENCE, within},
        users,
    },
};

/// Connections of the mailer, the keeper and what else is done at times.
const WORK_CONNECTIONS: u32 = 8;
/// Connections of pages, API and tokens: a burst of ingest cannot starve them.
const PAGE_CONNECTIONS: u32 = 8;
/// How long a first start waits for a Postgres that is just coming up.
const FIRST_START_PATIENCE: u32 = 10;
/// Waits between attempts to reach Postgres.
const RETRY: Duration = Duration::from_millis(500);
/// How often tokens are read without being told to, and the private Postgres is looked after.
const POLL: Duration = Duration::from_secs(15);

/// How long queries may take to end when the program stops.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// What works once Postgres is there.
pub struct Running {
    /// Pages and API.
    pub router: Router,
    /// The connections of pages.
    pub db: Db,
    /// The connections of tasks.
    pub work_db: Db,
    /// The connections of the digest, which its thread closes.
    pub digest_db: Db,
    /// Where the first account is made; `None` once there is one.
    pub setup_url: Option<String>,
    cluster: Arc<Mutex<Option<Cluster>>>,
}

impl Running {
    /// Closes the connections and stops the private Postgres. A query that waits for somebody's
    /// lock is not waited for: its transaction ends with its connection.
    pub async fn close(&self) {
        let closed = async { tokio::join!(self.db.close(), self.work_db.close()) };
        if tokio::time::timeout(CLOSE_TIMEOUT, closed).await.is_err() {
            warn!("some queries did not end in time; their transactions are rolled back");
        }
        if let Some(cluster) = self.cluster.lock().await.take() {
            cluster.stop().await;
        }
    }
}

/// Brings up everything that needs Postgres, and says how that went.
pub async fn bring_up(parts: Parts) {
    let cancelled = parts.cancelled.clone();
    let reached = tokio::select! {
        () = cancelled.cancelled() => return,
        reached = try_bring_up(&parts) => reached,
    };
    let state = match reached {
        Ok(running) => State::Running(Arc::new(running)),
        Err(error) => State::Failed(format!("{error:#}")),
    };
    parts.state.send_replace(state);
}

async fn try_bring_up(parts: &Parts) -> anyhow::Result<Running> {
    let cluster = Arc::new(Mutex::new(None));
    let url = database_url(parts, &cluster).await?;
    let db = store::pool(url.expose(), PAGE_CONNECTIONS)
        .context("DATABASE_URL is not a Postgres URL")?;
    let work_db = store::pool(url.expose(), WORK_CONNECTIONS)
        .context("DATABASE_URL is not a Postgres URL")?;
    let prepared = prepare(parts, &work_db).await;
    if prepared.is_err()
        && let Some(cluster) = cluster.lock().await.take()
    {
        cluster.stop().await;
    }
    prepared?;

    parts.ingest.tokens.connect(db.clone());
    parts
        .ingest
        .tokens
        .refresh()
        .await
        .context("reading the tokens")?;
    let transport = Transport::new(
        parts.config.smtp_url.as_ref().map(Secret::expose),
        &parts.config.mail_from,
        &parts.config.data_dir,
    )?;
    let mail = mail_state(&transport);
    let live = Live::new(parts.stopping.clone());
    let digest_db = digest_thread::spawn(parts, url.expose())?;
    spawn_tasks(parts, &work_db, transport, live.clone());
    watch_cluster(parts, &cluster);
    let setup_url = setup_url(parts, &db).await?;
    Ok(Running {
        router: router(parts, db.clone(), mail, live),
        db,
        work_db,
        digest_db,
        setup_url,
        cluster,
    })
}

/// The Postgres that was named, or our own.
async fn database_url(parts: &Parts, cluster: &Mutex<Option<Cluster>>) -> anyhow::Result<Secret> {
    if let Some(url) = &parts.config.database_url {
        return Ok(url.clone());
    }
    let started = Cluster::start(&cluster_settings(parts)).await?;
    let url = started.url();
    *cluster.lock().await = Some(started);
    Ok(url.into())
}

/// Migrations and partitions. A Postgres that was up once is waited for, for as long as it takes:
/// ingest works meanwhile. One that never was is a mistake that somebody has to be told.
async fn prepare(parts: &Parts, db: &Db) -> anyhow::Result<()> {
    let was_up_once = parts.ingest.tokens.is_known();
    let mut attempts = 0;
    loop {
        let error = match store::connect(db).await {
            Ok(()) => break,
            Err(error) => error,
        };
        attempts += 1;
        if !store::is_unreachable(&error) || (!was_up_once && attempts >= FIRST_START_PATIENCE) {
            bail!(store::unusable(db, &error));
        }
        if was_up_once && attempts.is_power_of_two() {
            warn!(
                error = store::describe(&error),
                attempts, "Postgres does not answer; ingest works and it is tried again"
            );
        }
        tokio::time::sleep(RETRY).await;
    }
    store::migrate(db)
        .await
        .context("bringing the schema up to date")?;
    keeper::make_partitions(db, &parts.clock)
        .await
        .context("making partitions")
}

fn spawn_tasks(parts: &Parts, db: &Db, transport: Transport, live: Live) {
    let (tasks, cancelled) = (&parts.tasks, &parts.cancelled);
    tasks.spawn(digest::add_facets_until(
        db.clone(),
        parts.clock.clone(),
        cancelled.clone(),
    ));
    let mailer = Mailer {
        db: db.clone(),
        transport: Arc::new(transport),
        clock: parts.clock.clone(),
        base_url: parts.base_url.to_string(),
        wake: Arc::new(Notify::new()),
    };
    for _ in 0..mailer::WORKERS {
        tasks.spawn(mailer.clone().run_until(cancelled.clone()));
    }
    tasks.spawn(keeper::run_until(
        db.clone(),
        parts.clock.clone(),
        parts.config.retention_days,
        cancelled.clone(),
    ));
    tasks.spawn(
        parts
            .ingest
            .usage
            .clone()
            .flush_until(db.clone(), cancelled.clone()),
    );
    let wake_eraser = Arc::new(Notify::new());
    tasks.spawn(keeper::erase_until(
        db.clone(),
        parts.clock.clone(),
        Arc::clone(&wake_eraser),
        cancelled.clone(),
    ));
    let heard = Heard {
        wake_mailer: mailer.wake,
        wake_eraser,
        live,
    };
    tasks.spawn(listen(parts.clone(), db.clone(), heard));
    tasks.spawn(poll_tokens(parts.clone()));
    tasks.spawn(poll_dictionaries(parts.clone(), db.clone()));
    tasks.spawn(keeper::train_until(
        db.clone(),
        parts.clock.clone(),
        cancelled.clone(),
    ));
}

/// Who is told of what is heard.
struct Heard {
    wake_mailer: Arc<Notify>,
    wake_eraser: Arc<Notify>,
    live: Live,
}

/// Hears what other nodes and commands tell.
async fn listen(parts: Parts, db: Db, heard: Heard) {
    let hear = async {
        loop {
            if let Err(error) = hear(&parts, &db, &heard).await {
                info!(error = %error, "the listener lost its connection; it connects again");
            }
            tokio::time::sleep(RETRY).await;
        }
    };
    tokio::select! {
        () = parts.cancelled.cancelled() => {}
        () = hear => {}
    }
}

async fn hear(parts: &Parts, db: &Db, heard: &Heard) -> store::Result<()> {
    let mut listener = Listener::connect(db).await?;
    loop {
        match listener.next().await? {
            Some(Notice::Tokens) => parts.ingest.tokens.refresh().await?,
            Some(Notice::Digested { mails, projects }) => {
                heard.live.tell(&projects);
                if mails {
                    heard.wake_mailer();
                }
            }
            Some(Notice::Mails) => heard.wake_mailer(),
            Some(Notice::Erasures) => heard.wake_eraser.notify_one(),
            Some(Notice::Dictionaries) => follow_dictionaries(parts, db).await,
            None => {}
        }
    }
}

impl Heard {
    /// All workers look, and one that is just looking looks once more.
    fn wake_mailer(&self) {
        self.wake_mailer.notify_waiters();
        self.wake_mailer.notify_one();
    }
}

async fn poll_tokens(parts: Parts) {
    loop {
        let is_last = tokio::select! {
            () = parts.cancelled.cancelled() => true,
            () = tokio::time::sleep(POLL) => false,
        };
        if let Err(error) = parts.ingest.tokens.store_used().await {
            warn!(error = %error, "it could not be noted when tokens were used; it is tried again");
        }
        if is_last {
            return;
        }
        if let Err(error) = parts.ingest.tokens.refresh().await {
            warn!(error = %error, "tokens could not be read; known ones go on");
        }
    }
}

/// Takes over the dictionaries that a keeper trained, its own or another node's.
async fn follow_dictionaries(parts: &Parts, db: &Db) {
    let now = parts.clock.now();
    if let Err(error) = within(LONG_PATIENCE, parts.ingest.dictionaries.refresh(db, now)).await {
        warn!(error = %error, "dictionaries could not be read; known ones go on");
    }
}

async fn poll_dictionaries(parts: Parts, db: Db) {
    loop {
        follow_dictionaries(&parts, &db).await;
        tokio::select! {
            () = parts.cancelled.cancelled() => return,
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

/// Starts the private Postgres again should it die.
fn watch_cluster(parts: &Parts, cluster: &Arc<Mutex<Option<Cluster>>>) {
    if parts.config.database_url.is_some() {
        return;
    }
    let (parts, cluster) = (parts.clone(), Arc::clone(cluster));
    parts.tasks.clone().spawn(async move {
        loop {
            tokio::select! {
                () = parts.cancelled.cancelled() => return,
                () = tokio::time::sleep(POLL) => {}
            }
            if matches!(
                Cluster::find_running(&parts.config.data_dir).await,
                Ok(Some(_))
            ) {
                continue;
            }
            warn!("the private Postgres is gone; it is started again");
            let mut cluster = cluster.lock().await;
            match Cluster::start(&cluster_settings(&parts)).await {
                Ok(started) => *cluster = Some(started),
                Err(error) => {
                    warn!(error = %error, "the private Postgres does not start; it is tried again");
                }
            }
        }
    });
}

fn cluster_settings(parts: &Parts) -> ClusterSettings {
    ClusterSettings {
        data_dir: parts.config.data_dir.clone(),
        bin_dir: parts.config.postgres_bin_dir.clone(),
        user: parts.config.cluster_user.clone(),
    }
}

/// The address of the set-up page, for as long as there is no account.
async fn setup_url(parts: &Parts, db: &Db) -> anyhow::Result<Option<String>> {
    if users::exist(db).await? {
        return Ok(None);
    }
    let secret = instance::setup_secret(db, &secrets::secret()).await?;
    Ok(Some(rollcage_web::paths::absolute(
        &parts.base_url,
        &rollcage_web::paths::setup(&secret),
    )))
}

fn router(parts: &Parts, db: Db, mail: MailState, live: Live) -> Router {
    let ingest = parts.ingest.clone();
    let report: pages::Report = Arc::new(move |project, occurrence| {
        let ingest = ingest.clone();
        Box::pin(async move { ingest.report(project, occurrence).await })
    });
    let journal = Arc::clone(&parts.ingest.journal);
    let append: pages::Append = Arc::new(move |records: Vec<Vec<u8>>| {
        let journal = Arc::clone(&journal);
        Box::pin(async move {
            let appended = records.into_iter().map(|record| journal.append(record));
            let appended = try_join_all(appended).await;
            appended.map(drop).map_err(|error| error.to_string())
        })
    });
    let api = api::router(Api {
        db: db.clone(),
        clock: parts.clock.clone(),
    });
    let pages = pages::router(Pages {
        db,
        clock: parts.clock.clone(),
        base_url: Arc::clone(&parts.base_url),
        health: parts.health.clone(),
        mail,
        sign_in: Arc::new(SignInLimits::new(parts.clock.clone())),
        trusted_proxies: parts.config.trusted_proxies.clone().into(),
        report,
        append,
        live,
        retention_days: parts.config.retention_days,
        data_dir: parts.config.data_dir.as_path().into(),
        has_own_postgres: parts.config.database_url.is_none(),
    });
    api.merge(pages)
}

fn mail_state(transport: &Transport) -> MailState {
    match transport.destination() {
        Destination::Smtp(host) => MailState::Smtp { host },
        Destination::Folder(folder) => MailState::Folder {
            path: folder.display().to_string(),
        },
    }
}
