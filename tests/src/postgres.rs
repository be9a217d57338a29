//! One private Postgres per test process, one database per test.
//!
//! The cluster is made by the server's own `cluster` module, as any instance's is, so it runs as an
//! unprivileged user also where the tests run as root. Then it loses its durability, which no test
//! in this process needs, and gets room for many connections.

use std::{sync::LazyLock, thread};

use rollcage_server::{
    cluster::{Cluster, ClusterSettings},
    store::{self, Db},
};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use url::Url;

use crate::place::{self, Folder};

/// The database that all others are copies of: migrated once.
const TEMPLATE: &str = "template_rollcage";

/// Faster, and with room for all tests that run at the same time, each with its pools.
const SETTINGS: [&str; 6] = [
    "fsync = off",
    "synchronous_commit = off",
    "full_page_writes = off",
    "autovacuum = off",
    "max_connections = 400",
    "log_min_duration_statement = -1",
];

struct Server {
    url: Url,
    /// Removed by the guard, when Postgres has stopped.
    _folder: Folder,
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    // A runtime of its own: that of a test ends with the test.
    thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be made")
            .block_on(start())
    })
    .join()
    .expect("Postgres starts")
});

async fn start() -> Server {
    let folder = place::folder("postgres");
    let settings = cluster_settings(folder.path());
    let cluster = Cluster::start(&settings)
        .await
        .expect("the tests need PostgreSQL's programs (package postgresql)");
    let url = parse(&cluster.url());
    let mut db = connect(&url).await;
    for setting in SETTINGS {
        let sql = format!("ALTER SYSTEM SET {setting}");
        db.execute(AssertSqlSafe(sql))
            .await
            .expect("a known setting");
    }
    db.close().await.expect("Postgres answers");
    // The number of connections is read at the start.
    cluster.stop().await;
    Cluster::start(&settings)
        .await
        .expect("what started once starts again");

    let mut db = connect(&url).await;
    let sql = format!("CREATE DATABASE {TEMPLATE}");
    db.execute(AssertSqlSafe(sql))
        .await
        .expect("a new cluster has no template");
    let template = store::pool(named(&url, TEMPLATE).as_str(), 1).expect("a Postgres URL");
    store::migrate(&template).await.expect("migrations apply");
    rollcage_server::keeper::make_partitions(&template, &rollcage_server::clock::Clock::default())
        .await
        .expect("partitions can be made");
    template.close().await;
    Server {
        url,
        _folder: folder,
    }
}

/// Settings of a cluster in `data_dir`.
pub fn cluster_settings(data_dir: &std::path::Path) -> ClusterSettings {
    ClusterSettings {
        data_dir: data_dir.to_owned(),
        bin_dir: None,
        user: "rollcage".into(),
    }
}

/// A database with the schema and nothing in it.
#[derive(Clone, Debug)]
pub struct Database {
    url: Url,
    db: Db,
}

impl Database {
    /// Makes one.
    pub async fn make() -> Self {
        Self::copy(Some(TEMPLATE)).await
    }

    /// Makes one without the schema.
    pub async fn make_empty() -> Self {
        Self::copy(None).await
    }

    /// The one at `url`.
    pub fn at(url: &str) -> Self {
        let url = parse(url);
        let db = store::pool(url.as_str(), 4).expect("a Postgres URL");
        Self { url, db }
    }

    async fn copy(template: Option<&str>) -> Self {
        let server = tokio::task::spawn_blocking(|| &SERVER.url)
            .await
            .expect("Postgres starts");
        let name = place::unique("test");
        let template = template.map(|name| format!(" TEMPLATE {name}"));
        let sql = format!("CREATE DATABASE {name}{}", template.unwrap_or_default());
        let mut admin = connect(server).await;
        admin
            .execute(AssertSqlSafe(sql))
            .await
            .expect("the name is new");
        admin.close().await.expect("Postgres answers");
        Self::at(named(server, &name).as_str())
    }

    /// Its connection string.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// Connections to it, apart from the program's.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The number that a query gives.
    pub async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.db)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The text that a query gives.
    pub async fn text(&self, sql: &str) -> String {
        sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.db)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// Does a statement.
    pub async fn execute(&self, sql: &'static str) {
        self.db
            .execute(sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// Makes every digest fail as if Postgres were about to go away: it is to be tried again.
    pub async fn refuse_digest(&self) {
        self.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'refused by a test' USING ERRCODE = 'admin_shutdown'; END $$",
        )
        .await;
        self.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON cursors FOR EACH STATEMENT EXECUTE FUNCTION refuse()",
        )
        .await;
    }

    /// Ends [`Database::refuse_digest`].
    pub async fn allow_digest(&self) {
        self.execute("DROP FUNCTION refuse CASCADE").await;
    }

    /// All rows of all tables, as text: what a dump would hold.
    pub async fn dump(&self) -> String {
        let tables: Vec<String> = sqlx::query_scalar(
            "SELECT quote_ident(table_name) FROM information_schema.tables
             WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
        )
        .fetch_all(&self.db)
        .await
        .expect("Postgres lists its tables");
        let mut dump = String::new();
        for table in tables {
            let sql = format!("SELECT row::text FROM {table} AS row");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_all(&self.db)
                .await
                .expect("a table that is listed can be read");
            for row in rows {
                dump.extend([table.as_str(), ": ", &row, "\n"]);
            }
        }
        dump
    }
}

fn parse(url: &str) -> Url {
    url.parse().expect("the cluster gives a URL")
}

fn named(url: &Url, name: &str) -> Url {
    let mut url = url.clone();
    url.set_path(name);
    url
}

async fn connect(url: &Url) -> PgConnection {
    PgConnection::connect(url.as_str())
        .await
        .expect("Postgres has room for a connection")
}
