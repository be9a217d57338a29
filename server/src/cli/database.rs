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

/// A database that answers.
pub struct Database {
    /// Connections to it.
    pub db: Db,
    /// Where it is.
    pub url: Secret,
    /// What was started for this command alone.
    own: Option<(Cluster, DataDirLock)>,
}

impl Database {
    /// Finds it, or starts it, and brings its schema up to date.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        let database = Self::reach(config).await?;
        match store::migrate(&database.db).await {
            Ok(()) => Ok(database),
            Err(error) => {
                database.close().await;
                Err(error).context("bringing the schema up to date")
            }
        }
    }

    /// Finds it, or starts it, and changes nothing in it.
    pub async fn reach(config: &Config) -> anyhow::Result<Self> {
        let (url, own) = match &config.database_url {
            Some(url) => (url.clone(), None),
            None => private(config).await?,
        };
        let db =
            store::pool(url.expose(), CONNECTIONS).context("DATABASE_URL is not a Postgres URL")?;
        let database = Self { db, url, own };
        if let Err(error) = store::connect(&database.db).await {
            let told = store::unusable(&database.db, &error);
            database.close().await;
            bail!(told);
        }
        Ok(database)
    }

    /// Lets go of it, and stops what was started for this command.
    pub async fn close(self) {
        self.db.close().await;
        if let Some((cluster, _lock)) = self.own {
            cluster.stop().await;
        }
    }
}

/// The private Postgres, as the settings have it.
pub fn cluster_settings(config: &Config) -> ClusterSettings {
    ClusterSettings {
        data_dir: config.data_dir.clone(),
        bin_dir: config.postgres_bin_dir.clone(),
        user: config.cluster_user.clone(),
    }
}

async fn private(config: &Config) -> anyhow::Result<(Secret, Option<(Cluster, DataDirLock)>)> {
    let mut waited = Duration::ZERO;
    loop {
        match DataDirLock::acquire(&config.data_dir) {
            Ok(lock) => {
                let cluster = Cluster::start(&cluster_settings(config)).await?;
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
