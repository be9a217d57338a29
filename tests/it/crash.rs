//! `kill -9` of the real binary during load, and a Postgres that goes away: what was answered with
//! `200` is there exactly once.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use reqwest::Method;
use rollcage_server::{accounts, cluster::Cluster, model::project::Scope, store};
use rollcage_tests::{
    Database, Server, place, postgres::cluster_settings, project::Way, wait::until,
};
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::digest::agree;

/// Kills in one test; the variable `ROLLCAGE_CRASH_ROUNDS` asks for more.
const ROUNDS: usize = 4;
/// Occurrences that are acknowledged before each kill.
const PER_ROUND: usize = 300;
/// Senders at the same time: enough for group commits.
const SENDERS: usize = 8;
/// Connections of the server and of the test to a Postgres of a test's own.
const SETTINGS: [&str; 2] = [
    "ALTER SYSTEM SET fsync = off",
    "ALTER SYSTEM SET max_connections = 50",
];

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill_exactly_once() {
    let database = Database::make().await;
    let token = token(&database).await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", database.url())];
    let rounds = std::env::var("ROLLCAGE_CRASH_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok());
    let mut acknowledged = HashSet::new();
    let mut sent = HashSet::new();
    for round in 0..rounds.unwrap_or(ROUNDS) {
        let mut server = Server::start(data_dir.path(), &settings).await;
        let load = Load::begin(&server.way(), &token);
        load.acknowledged(PER_ROUND).await;
        if round % 2 == 0 {
            // In the middle of digesting, not only of ingest.
            until("something is digested", async || {
                (database.number("SELECT count(*) FROM occurrences").await > 0).then_some(())
            })
            .await;
        }
        server.kill();
        let (ok, all) = load.end().await;
        acknowledged.extend(ok);
        sent.extend(all);
    }

    let server = Server::start(data_dir.path(), &settings).await;
    let stored = all_digested(&database, &acknowledged).await;
    // A request that was cut off may have been written, and was not acknowledged: either is right.
    assert!(stored.is_subset(&sent), "nothing is made up");
    assert!(server.terminate().await, "SIGTERM ends it well");
    agree(
        &database,
        i64::try_from(stored_uuids(&database).await.len()).expect("not so many"),
    )
    .await;
    assert_eq!(
        database.number("SELECT count(*) FROM dead_letters").await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ingest_goes_on_without_postgres_and_starts_without_it() {
    let folder = place::folder("own_postgres");
    let cluster_settings = cluster_settings(folder.path());
    let cluster = Cluster::start(&cluster_settings)
        .await
        .expect("Postgres starts");
    let url = cluster.url();
    let database = Database::at(&url);
    for sql in SETTINGS {
        database.execute(sql).await;
    }
    store::migrate(database.db())
        .await
        .expect("migrations apply");
    let token = token(&database).await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", url.as_str())];
    let mut server = Server::start(data_dir.path(), &settings).await;
    server.ready().await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(PER_ROUND).await;

    cluster.stop().await;
    load.acknowledged(PER_ROUND).await;
    let way = server.way();
    let cookie = [("cookie", "rollcage=0123")];
    let page = way.send(Method::GET, "/", &cookie, "").await;
    assert_eq!(page.status, 503, "whose session it is cannot be known");
    let readyz = way.send(Method::GET, "/readyz", &[], "").await;
    assert_eq!(readyz.status, 503);
    assert_eq!(way.send(Method::GET, "/healthz", &[], "").await.status, 200);
    let unknown = way
        .send(Method::POST, "/api/1/item/?access_token=0123", &[], "{}")
        .await;
    assert_eq!(
        unknown.status,
        503,
        "we cannot tell whether we know it: {}",
        unknown.text()
    );
    assert!(!unknown.header("retry-after").is_empty());
    let (mut acknowledged, _) = load.end().await;

    // And a start in the middle of that.
    server.kill();
    let mut server = Server::start(data_dir.path(), &settings).await;
    assert_eq!(
        server
            .way()
            .send(Method::GET, "/healthz", &[], "")
            .await
            .status,
        200
    );
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(PER_ROUND).await;
    assert_eq!(
        server.way().send(Method::GET, "/", &[], "").await.status,
        503
    );

    let cluster = Cluster::start(&cluster_settings)
        .await
        .expect("Postgres starts again");
    server.ready().await;
    load.acknowledged(PER_ROUND).await;
    let (ok, _) = load.end().await;
    acknowledged.extend(ok);
    let database = Database::at(&url);
    let stored = all_digested(&database, &acknowledged).await;
    assert!(server.terminate().await, "SIGTERM ends it well");
    agree(&database, i64::try_from(stored.len()).expect("not so many")).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_under_load_loses_nothing_and_ends_well() {
    let database = Database::make().await;
    let token = token(&database).await;
    let data_dir = place::folder("data");
    let settings = [("DATABASE_URL", database.url())];
    let server = Server::start(data_dir.path(), &settings).await;
    let load = Load::begin(&server.way(), &token);
    load.acknowledged(PER_ROUND).await;
    assert!(server.terminate().await, "SIGTERM ends it well");
    let (acknowledged, _) = load.end().await;
    let _server = Server::start(data_dir.path(), &settings).await;
    all_digested(&database, &acknowledged).await;
}

/// Senders that report as fast as they are answered, until they are told to end.
struct Load {
    counts: Arc<Counts>,
    senders: JoinSet<()>,
}

#[derive(Default)]
struct Counts {
    acknowledged: Mutex<Vec<Uuid>>,
    sent: Mutex<Vec<Uuid>>,
    is_over: AtomicBool,
}

impl Load {
    fn begin(way: &Way, token: &str) -> Self {
        let counts = Arc::<Counts>::default();
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let (way, token, counts) = (way.clone(), token.to_owned(), Arc::clone(&counts));
            senders.spawn(async move { counts.send(&way, &token, sender).await });
        }
        Self { counts, senders }
    }

    /// Waits until that many more are acknowledged.
    async fn acknowledged(&self, count: usize) {
        let now = || lock(&self.counts.acknowledged).len();
        let wanted = now() + count;
        until("occurrences are acknowledged", async || {
            (now() >= wanted).then_some(())
        })
        .await;
    }

    /// Ends it: what was acknowledged, and what was sent at all.
    async fn end(self) -> (HashSet<Uuid>, HashSet<Uuid>) {
        self.counts.is_over.store(true, Ordering::Relaxed);
        self.senders.join_all().await;
        let taken = |list: &Mutex<Vec<Uuid>>| lock(list).drain(..).collect();
        (taken(&self.counts.acknowledged), taken(&self.counts.sent))
    }
}

impl Counts {
    async fn send(&self, way: &Way, token: &str, sender: usize) {
        let headers = [("x-rollbar-access-token", token)];
        let class = ["KeyError", "ValueError", "TypeError", "IndexError"][sender % 4];
        while !self.is_over.load(Ordering::Relaxed) {
            let uuid = Uuid::new_v4();
            let payload = json!({ "data": {
                "uuid": uuid,
                "environment": "production",
                "body": { "trace": {
                    "frames": [{ "filename": "shop/cart.py", "lineno": 27, "method": "total" }],
                    "exception": { "class": class, "message": "under load" },
                } },
            } });
            lock(&self.sent).push(uuid);
            match way
                .try_send(Method::POST, "/api/1/item/", &headers, payload.to_string())
                .await
            {
                Ok(answer) if answer.status == 200 => lock(&self.acknowledged).push(uuid),
                // Refused in order: 503 while the journal closes.
                Ok(answer) => assert_eq!(answer.status, 503, "{}", answer.text()),
                // The server is gone; the test is about to end us.
                Err(_) => tokio::task::yield_now().await,
            }
        }
    }
}

/// Waits until everything that was acknowledged is stored: all that is.
async fn all_digested(database: &Database, acknowledged: &HashSet<Uuid>) -> HashSet<Uuid> {
    until("what was acknowledged is digested", async || {
        let stored: HashSet<Uuid> = stored_uuids(database).await.into_iter().collect();
        acknowledged.is_subset(&stored).then_some(stored)
    })
    .await
}

async fn stored_uuids(database: &Database) -> Vec<Uuid> {
    sqlx::query_scalar("SELECT uuid FROM occurrences")
        .fetch_all(database.db())
        .await
        .unwrap_or_default()
}

/// Makes a project, and gives its server's token.
async fn token(database: &Database) -> String {
    let now = rollcage_server::clock::Clock::default().now();
    let mut tx = database.db().begin().await.expect("Postgres answers");
    let created = accounts::create_project(&mut tx, "Shop", &[Scope::PostServerItem], now).await;
    tx.commit().await.expect("Postgres answers");
    created.expect("a new project").tokens.remove(0).1
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
