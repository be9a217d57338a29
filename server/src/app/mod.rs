//! The running program: what every part gets, and in which order parts start and stop.
//!
//! Start: data folder, journal, tokens' snapshot, listen for ingest; then, beside that, Postgres,
//! migrations, partitions, tasks, pages. Stop: the same backwards, the journal digested as far as a
//! few seconds allow; the rest waits for the next start.

mod bring_up;
mod digest_thread;
mod listen;
mod metrics;
mod routes;

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{info, warn};

use self::bring_up::Running;
use crate::{
    api,
    clock::Clock,
    config::Config,
    health::Health,
    ingest::{Backlog, Dictionaries, Ingest, Limits, Tokens},
    journal::{self, DataDirLock},
    pages,
    routes::Route,
    usage::Usage,
};

/// How long requests may take to finish when the program stops.
const REQUESTS_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the digest may go on when the program stops.
const DIGEST_TIMEOUT: Duration = Duration::from_secs(3);
/// How long tasks may take to finish what they are doing, mails above all.
const TASKS_TIMEOUT: Duration = Duration::from_secs(10);

/// Every route of pages and API that takes a person or a token, as the routers have them.
pub fn routes() -> Vec<Route> {
    let (pages, api) = (pages::routes(), api::routes());
    pages.list().iter().chain(api.list()).cloned().collect()
}

/// What the parts of the program share.
#[derive(Clone)]
struct Parts {
    config: Arc<Config>,
    base_url: Arc<str>,
    clock: Clock,
    health: Health,
    ingest: Ingest,
    metrics: Option<PrometheusHandle>,
    /// Set once Postgres is there.
    state: watch::Sender<State>,
    tasks: TaskTracker,
    /// Ends listening, and streams.
    stopping: CancellationToken,
    /// Ends tasks.
    cancelled: CancellationToken,
}

/// How far the program has come.
#[derive(Clone)]
enum State {
    /// Ingest may work already; pages do not.
    Starting,
    /// Everything works.
    Running(Arc<Running>),
    /// It cannot start, for that reason.
    Failed(String),
}

/// The running program.
pub struct App {
    parts: Parts,
    address: SocketAddr,
    admin_address: SocketAddr,
    servers: Vec<JoinHandle<()>>,
    _lock: DataDirLock,
}

impl App {
    /// Starts, up to where ingest listens; [`App::ready`] waits for the rest.
    ///
    /// # Errors
    /// What a person has to mend: a folder, a port, a damaged journal.
    pub async fn start(
        config: Config,
        clock: Clock,
        metrics: Option<PrometheusHandle>,
    ) -> anyhow::Result<Self> {
        let data_dir = config.data_dir.clone();
        make_private_folder(&data_dir)?;
        let lock = DataDirLock::acquire(&data_dir)?;
        let listener = bind(config.listen, "listen").await?;
        let admin_listener = bind(config.admin_listen, "admin_listen").await?;

        let settings = journal::Settings::new(&data_dir, config.journal_max_bytes);
        let settings = match config.database_url {
            Some(_) => settings,
            None => settings.beside_postgres(),
        };
        let (journal, tokens, dictionaries) = {
            let clock = clock.clone();
            tokio::task::spawn_blocking(move || {
                let tokens = Tokens::open(&data_dir, clock);
                let dictionaries = Dictionaries::open(&data_dir);
                journal::Writer::open(settings).map(|journal| (journal, tokens, dictionaries))
            })
            .await?
            .context("the journal cannot be opened")?
        };
        let address = listener.local_addr()?;
        let base_url: Arc<str> = match &config.public_url {
            Some(_) => config.base_url().into(),
            None => format!("http://{address}").into(),
        };
        let health = Health::new(Arc::clone(journal.folder()), clock.clone());
        let backlog = Backlog::new(Arc::clone(journal.folder()), health.clone());
        let ingest = Ingest {
            tokens: Arc::new(tokens),
            journal: Arc::new(journal),
            usage: Usage::new(clock.clone()),
            clock: clock.clone(),
            limits: Arc::new(Limits::new(
                config.item_max_bytes,
                config.ingest_memory_bytes,
                config.trusted_proxies.clone(),
            )),
            dictionaries: Arc::new(dictionaries),
            backlog: Arc::new(backlog),
        };
        let parts = Parts {
            config: Arc::new(config),
            base_url,
            clock,
            health,
            ingest,
            metrics,
            state: watch::Sender::new(State::Starting),
            tasks: TaskTracker::new(),
            stopping: CancellationToken::new(),
            cancelled: CancellationToken::new(),
        };
        let admin_address = admin_listener.local_addr()?;
        let bounds = listen::Bounds::of_this_system();
        let servers = [
            (listener, routes::main(parts.clone())),
            (admin_listener, routes::admin(parts.clone())),
        ]
        .map(|(listener, router)| listen::serve(listener, router, bounds, parts.stopping.clone()))
        .into();
        if parts.ingest.tokens.is_known() {
            info!(address = %address, "ingest works; the rest follows");
        }
        parts.tasks.spawn(bring_up::bring_up(parts.clone()));
        parts.tasks.spawn(metrics::keep_up(parts.clone()));
        Ok(Self {
            parts,
            address,
            admin_address,
            servers,
            _lock: lock,
        })
    }

    /// The main address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The operators' address.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin_address
    }

    /// Where people and SDKs reach the instance, without a final slash.
    pub fn base_url(&self) -> &str {
        &self.parts.base_url
    }

    /// Waits until everything works: the address of the set-up page, where there is no account yet.
    ///
    /// # Errors
    /// What a person has to mend about Postgres.
    pub async fn ready(&self) -> anyhow::Result<Option<String>> {
        let mut state = self.parts.state.subscribe();
        let reached = state
            .wait_for(|state| !matches!(state, State::Starting))
            .await?
            .clone();
        match reached {
            State::Running(running) => Ok(running.setup_url.clone()),
            State::Failed(reason) => Err(anyhow::anyhow!(reason)),
            State::Starting => unreachable!("waited for another state"),
        }
    }

    /// Waits until everything that was acknowledged is digested.
    pub async fn digested(&self) {
        let mut end = self.parts.ingest.journal.folder().watch_end();
        while self.parts.health.figures().lag_records != Some(0) {
            let moved = tokio::time::timeout(Duration::from_millis(5), end.changed()).await;
            if let Ok(Err(_closed)) = moved {
                return;
            }
        }
    }

    /// Stops all parts in order.
    pub async fn stop(self) {
        self.parts.stopping.cancel();
        for mut server in self.servers {
            if tokio::time::timeout(REQUESTS_TIMEOUT, &mut server)
                .await
                .is_err()
            {
                server.abort();
            }
        }
        let journal = Arc::clone(&self.parts.ingest.journal);
        if let Err(error) = tokio::task::spawn_blocking(move || journal.close()).await {
            warn!(error = %error, "the journal was not closed in order; it recovers at the next start");
        }
        let state = self.parts.state.borrow().clone();
        if matches!(state, State::Running(_)) && self.parts.health.digest_runs() {
            let drained = async {
                while self.parts.health.figures().lag_records != Some(0) {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            };
            if tokio::time::timeout(DIGEST_TIMEOUT, drained).await.is_err() {
                info!("the rest of the journal is digested at the next start");
            }
        }
        self.parts.cancelled.cancel();
        self.parts.tasks.close();
        if tokio::time::timeout(TASKS_TIMEOUT, self.parts.tasks.wait())
            .await
            .is_err()
        {
            warn!("some tasks did not finish in time");
        }
        if let State::Running(running) = state {
            running.close().await;
            info!("stopped");
        }
    }
}

async fn bind(address: SocketAddr, setting: &str) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        anyhow::anyhow!(
            "cannot listen on {address}: {error}; free the port or set ROLLCAGE_{}",
            setting.to_uppercase()
        )
    })
}

/// Makes the data folder where it is missing, so that only we and root may look into it.
///
/// Others may pass through it: the private Postgres of a server that was started by root belongs to
/// another user.
fn make_private_folder(data_dir: &Path) -> anyhow::Result<()> {
    use std::{
        fs::{self, DirBuilder},
        os::unix::fs::DirBuilderExt,
    };
    let told = || {
        format!(
            "cannot use the data folder {}: set ROLLCAGE_DATA_DIR to a folder that may be written",
            data_dir.display()
        )
    };
    if !data_dir.is_dir() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o711)
            .create(data_dir)
            .with_context(told)?;
    }
    let probe = data_dir.join(".writable");
    fs::write(&probe, b"")
        .and_then(|()| fs::remove_file(&probe))
        .with_context(told)
}
