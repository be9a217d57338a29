//! Who may report: all tokens' hashes in memory, a snapshot of them on disk, and their rates.
//!
//! An unknown token costs one hash. Only now and then does it also cost a query, shared by all who
//! ask at that time, so that a token works from the moment it exists.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{
        Arc, OnceLock, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Instant,
};

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tracing::warn;

use super::{
    rate::Bucket,
    rejection::Rejection,
    token::{self, Entry},
};
use crate::{
    clock::Clock,
    model::{
        id::{ProjectId, TokenId},
        project::Access,
    },
    secrets,
    store::{
        self, Db,
        silence::{PATIENCE, within},
    },
};

/// The snapshot in `data_dir`: hashes and limits, no tokens.
const SNAPSHOT: &str = "tokens.json";

/// An unknown token asks Postgres at most this often, however many ask.
const ASK_EVERY_NS: u64 = 250_000_000;

/// All tokens, as ingest knows them.
pub struct Tokens {
    table: RwLock<Table>,
    /// Whether the table was read from Postgres since it last failed to answer.
    is_fresh: AtomicBool,
    /// Held by who asks Postgres, so that others wait for the answer instead of asking.
    asking: Mutex<()>,
    started_at: Instant,
    /// Until when Postgres is not asked again, in nanoseconds since `started_at`.
    asked_until_ns: AtomicU64,
    /// Known once Postgres was found.
    db: OnceLock<Db>,
    snapshot: PathBuf,
    /// What was last written to `snapshot`.
    saved: Mutex<Vec<u8>>,
    clock: Clock,
}

#[derive(Default)]
struct Table {
    entries: HashMap<[u8; 32], Arc<Entry>>,
}

#[derive(Serialize, Deserialize)]
struct Saved {
    tokens: Vec<(String, Access)>,
}

impl Tokens {
    /// Reads the snapshot, if there is one. Blocks on the disk.
    pub fn open(data_dir: &Path, clock: Clock) -> Self {
        let snapshot = data_dir.join(SNAPSHOT);
        let saved = std::fs::read(&snapshot)
            .ok()
            .and_then(|json| serde_json::from_slice::<Saved>(&json).ok());
        let tokens = Self {
            table: RwLock::default(),
            is_fresh: AtomicBool::new(false),
            asking: Mutex::default(),
            started_at: clock.instant(),
            asked_until_ns: AtomicU64::new(0),
            db: OnceLock::new(),
            snapshot,
            saved: Mutex::default(),
            clock,
        };
        if let Some(saved) = saved {
            let rows = saved
                .tokens
                .into_iter()
                .filter_map(|(sha256, access)| Some((unhex(&sha256)?, access)));
            tokens.replace(rows.collect());
        }
        tokens
    }

    /// Tells where tokens are to be read from, once that is known.
    pub fn connect(&self, db: Db) {
        // The first one stays: there is one Postgres.
        let _ = self.db.set(db);
    }

    /// Whether there is anything to check tokens against.
    pub fn is_known(&self) -> bool {
        self.is_fresh.load(Ordering::Relaxed) || !self.read().entries.is_empty()
    }

    /// What `token` gives access to, as far as reporting is concerned.
    pub async fn authenticate(&self, token: &str) -> Result<Arc<Entry>, Rejection> {
        let sha256 = secrets::sha256(token);
        let found = match self.find(&sha256) {
            Some(entry) => Some(entry),
            None => self.ask(&sha256).await?,
        };
        let entry = found.ok_or(Rejection::UnknownToken)?;
        let now = self.clock.now();
        let has_ended = entry.access.expires_at.is_some_and(|at| at <= now);
        if !entry.access.enabled || has_ended {
            return Err(Rejection::DisabledToken);
        }
        if !entry.access.scope.may_post() {
            return Err(Rejection::WrongScope(entry.access.scope));
        }
        entry
            .used
            .at_us
            .store(now.timestamp_micros(), Ordering::Relaxed);
        Ok(entry)
    }

    /// Reads all tokens from Postgres, and keeps them on disk for a start without it.
    pub async fn refresh(&self) -> store::Result<()> {
        let Some(db) = self.db.get() else {
            return Err(sqlx::Error::PoolClosed);
        };
        let rows = match within(PATIENCE, store::tokens::accesses(db)).await {
            Ok(rows) => rows,
            Err(error) => {
                self.is_fresh.store(false, Ordering::Relaxed);
                return Err(error);
            }
        };
        let rows: Vec<_> = rows
            .into_iter()
            .filter_map(|(sha256, access)| Some((sha256.try_into().ok()?, access)))
            .collect();
        self.save(&rows).await;
        self.replace(rows);
        self.is_fresh.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Stores when tokens were last honoured. What cannot be stored is stored the next time.
    pub async fn store_used(&self) -> store::Result<()> {
        let Some(db) = self.db.get() else {
            return Ok(());
        };
        let used: Vec<_> = self
            .read()
            .entries
            .values()
            .filter_map(|entry| {
                let at_us = entry.used.at_us.load(Ordering::Relaxed);
                (at_us > entry.used.stored_us.load(Ordering::Relaxed))
                    .then(|| (Arc::clone(entry), at_us))
            })
            .collect();
        let rows: Vec<_> = used
            .iter()
            .filter_map(|(entry, at_us)| {
                Some((entry.access.token, DateTime::from_timestamp_micros(*at_us)?))
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        within(PATIENCE, store::tokens::touch(db, &rows)).await?;
        for (entry, at_us) in used {
            entry.used.stored_us.store(at_us, Ordering::Relaxed);
        }
        Ok(())
    }

    fn find(&self, sha256: &[u8; 32]) -> Option<Arc<Entry>> {
        self.read().entries.get(sha256).cloned()
    }

    /// Looks again in Postgres, unless somebody just did; all who wait share one look.
    async fn ask(&self, sha256: &[u8; 32]) -> Result<Option<Arc<Entry>>, Rejection> {
        // A flood of unknown tokens does not even queue here.
        if !self.was_just_asked() {
            let _asking = self.asking.lock().await;
            if !self.was_just_asked() {
                if let Err(error) = self.refresh().await {
                    warn!(error = %error, "tokens could not be read; known ones go on");
                }
                let until_ns = self.running_ns().saturating_add(ASK_EVERY_NS);
                self.asked_until_ns.store(until_ns, Ordering::Release);
            }
        }
        match self.find(sha256) {
            None if !self.is_fresh.load(Ordering::Relaxed) => Err(Rejection::TokensUnavailable),
            found => Ok(found),
        }
    }

    fn was_just_asked(&self) -> bool {
        self.running_ns() < self.asked_until_ns.load(Ordering::Acquire)
    }

    fn running_ns(&self) -> u64 {
        let running = self.clock.instant().duration_since(self.started_at);
        u64::try_from(running.as_nanos()).unwrap_or(u64::MAX)
    }

    fn replace(&self, rows: Vec<([u8; 32], Access)>) {
        let before: HashMap<TokenId, Arc<Entry>> = self
            .read()
            .entries
            .values()
            .map(|entry| (entry.access.token, Arc::clone(entry)))
            .collect();
        let mut project_buckets: HashMap<ProjectId, Arc<Bucket>> = before
            .values()
            .filter_map(|entry| Some((entry.access.project, entry.project_bucket.clone()?)))
            .collect();
        let now = self.clock.instant();
        // Made before the lock: whoever authenticates waits for it. What did not change is not made
        // anew: under a flood of unknown tokens that would be work in proportion to the known ones.
        let entries = rows
            .into_iter()
            .map(|(sha256, access)| {
                let entry = match before.get(&access.token) {
                    Some(before) if before.access == access => Arc::clone(before),
                    before => {
                        let before = before.map(Arc::as_ref);
                        let project = token::project_bucket(&access, &mut project_buckets, now);
                        Arc::new(Entry::new(access, before, project, now))
                    }
                };
                (sha256, entry)
            })
            .collect();
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        table.entries = entries;
    }

    async fn save(&self, rows: &[([u8; 32], Access)]) {
        let mut tokens: Vec<_> = rows
            .iter()
            .map(|(sha256, access)| (secrets::hex(sha256), access.clone()))
            .collect();
        tokens.sort_by_key(|(_, access)| access.token);
        let json = serde_json::to_vec(&Saved { tokens }).expect("accesses are plain");
        let mut saved = self.saved.lock().await;
        if *saved == json {
            return;
        }
        let path = self.snapshot.clone();
        let written =
            tokio::task::spawn_blocking(move || replace_file(&path, &json).map(|()| json)).await;
        match written {
            Ok(Ok(json)) => *saved = json,
            Ok(Err(error)) => {
                warn!(error = %error, "the snapshot of the tokens could not be written");
            }
            Err(error) => warn!(error = %error, "the snapshot of the tokens was not finished"),
        }
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a file that only we may read, wholly or not at all.
fn replace_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    use std::{fs, io::Write, os::unix::fs::OpenOptionsExt};
    let new = path.with_extension("new");
    let mut file = fs::File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    fs::rename(&new, path)
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
