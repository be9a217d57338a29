//! The database that a command works on: the one that is named, or the private one, which a server
//! that runs has already, and which is started for the command where none does.

use std::time::Duration;

use anyhow::{Context, bail};

use crate::{
    cluster::{Cluster, ClusterSettings},
    config::{Config, Secret},
    journal::{DataDirLock, LockError},
    store::{self, Db},
};

/// Connections of a command.
const CONNECTIONS: u32 = 2;
/// How long a server that is just starting may take to have its Postgres.
const PATIENCE: Duration = Duration::from_secs(30);

/// A database with its schema up to date.
pub struct Database {
    /// Connections to it.
    pub db: Db,
    /// What was started for this command alone.
    own: Option<(Cluster, DataDirLock)>,
}

impl Database {
    /// Finds it, or starts it.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let (url, own) = match &config.database_url {
            Some(url) => (url.clone(), None),
            None => private(config).await?,
        };
        let db =
            store::pool(url.expose(), CONNECTIONS).context("DATABASE_URL is not a Postgres URL")?;
        let database = Self { db, own };
        match database.prepare().await {
            Ok(()) => Ok(database),
            Err(error) => {
                database.close().await;
                Err(error)
            }
        }
    }

    async fn prepare(&self) -> anyhow::Result<()> {
        if let Err(error) = store::connect(&self.db).await {
            bail!(store::unusable(&self.db, &error));
        }
        store::migrate(&self.db)
            .await
            .context("bringing the schema up to date")
    }

    /// Lets go of it, and stops what was started for this command.
    pub async fn close(self) {
        self.db.close().await;
        if let Some((cluster, _lock)) = self.own {
            cluster.stop().await;
        }
    }
}

async fn private(config: &Config) -> anyhow::Result<(Secret, Option<(Cluster, DataDirLock)>)> {
    let mut waited = Duration::ZERO;
    loop {
        match DataDirLock::acquire(&config.data_dir) {
            Ok(lock) => {
                let cluster = Cluster::start(&ClusterSettings {
                    data_dir: config.data_dir.clone(),
                    bin_dir: config.postgres_bin_dir.clone(),
                    user: config.cluster_user.clone(),
                })
                .await?;
                return Ok((cluster.url().into(), Some((cluster, lock))));
            }
            Err(LockError::Taken { .. }) if waited < PATIENCE => {
                if let Some(url) = Cluster::find_running(&config.data_dir).await? {
                    return Ok((url.into(), None));
                }
            }
            Err(error) => return Err(error.into()),
        }
        let pause = Duration::from_millis(200);
        tokio::time::sleep(pause).await;
        waited += pause;
    }
}
