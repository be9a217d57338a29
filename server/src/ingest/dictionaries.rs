//! Dictionaries that occurrences are compressed with, as ingest knows them: from Postgres, which has
//! all of them, with those in use on disk.
//!
//! The disk is for a start without Postgres, and for a Postgres that was restored a little older: what
//! lies in the journal may want a dictionary that was trained since.

use std::{
    collections::{HashMap, HashSet},
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime},
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tracing::warn;

use crate::{
    model::{
        body::{Dictionary, DictionaryName, sdk},
        id::ProjectId,
        occurrence::Occurrence,
    },
    store::{self, Db, dictionaries},
};

/// Dictionaries in memory, those that were used last: prepared, one takes some 200 KiB.
const LOADED: i64 = 100;
/// How often it is noted that one is used.
const TOUCHED_EVERY: Duration = Duration::from_hours(1);
/// How long after its last use a file stays: longer than the journal keeps what was digested.
const FILE_KEPT: Duration = Duration::from_hours(24);

/// The dictionaries in use.
pub struct Dictionaries {
    folder: PathBuf,
    table: RwLock<HashMap<ProjectId, Vec<Loaded>>>,
    /// Held by who writes files: a notice and the poll may come at once.
    refreshing: Mutex<()>,
}

#[derive(Clone)]
struct Loaded {
    /// Whose occurrences it is for.
    sdk: String,
    dictionary: Arc<Dictionary>,
    used: Arc<Used>,
}

#[derive(Default)]
struct Used {
    since_noted: AtomicBool,
    noted_at: RwLock<Option<SystemTime>>,
}

/// The first line of a file; the dictionary's bytes follow.
#[derive(Serialize, Deserialize)]
struct Header {
    sdk: String,
    ratio: f32,
    plain_ratio: f32,
    trained_at: DateTime<Utc>,
}

impl Dictionaries {
    /// Those of the data folder. Blocks on the disk.
    pub fn open(data_dir: &Path) -> Self {
        let folder = data_dir.join("dictionaries");
        let mut found: Vec<_> = files(&folder)
            .into_iter()
            .filter_map(|(path, project, name)| {
                let (header, bytes) = read(&path, name)?;
                Some((project, header, bytes))
            })
            .collect();
        // The newest of an SDK is the one in use.
        found.sort_by_key(|(_, header, _)| std::cmp::Reverse(header.trained_at));
        let mut table: HashMap<_, Vec<Loaded>> = HashMap::new();
        for (project, header, bytes) in found {
            let known = table.entry(project).or_default();
            if known.iter().all(|one| one.sdk != header.sdk) {
                known.push(Loaded::new(header.sdk, &bytes));
            }
        }
        Self {
            folder,
            table: RwLock::new(table),
            refreshing: Mutex::default(),
        }
    }

    /// What an occurrence is compressed with.
    pub fn find(&self, project: ProjectId, occurrence: &Occurrence<'_>) -> Option<Arc<Dictionary>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        let sdk = sdk(occurrence);
        let loaded = table.get(&project)?.iter().find(|one| one.sdk == sdk)?;
        if !loaded.used.since_noted.load(Ordering::Relaxed) {
            loaded.used.since_noted.store(true, Ordering::Relaxed);
        }
        Some(Arc::clone(&loaded.dictionary))
    }

    /// Takes over what was trained, notes what is used, and gives a Postgres that was restored what it
    /// lacks.
    ///
    /// # Errors
    /// Of Postgres; what is loaded goes on. Without room on the disk, what is new is not used.
    pub async fn refresh(&self, db: &Db, now: DateTime<Utc>) -> store::Result<()> {
        let _refreshing = self.refreshing.lock().await;
        self.restore(db, now).await?;
        let before = self.read();
        let mut table: HashMap<ProjectId, Vec<Loaded>> = HashMap::new();
        for row in dictionaries::in_use(db, LOADED).await? {
            let known = before.get(&row.project).and_then(|of| {
                let is_it = |one: &&Loaded| one.dictionary.name() == row.name;
                of.iter().find(is_it).cloned()
            });
            let loaded = match known {
                Some(loaded) => loaded,
                None => match self.load(db, &row).await? {
                    Some(loaded) => loaded,
                    None => continue,
                },
            };
            table.entry(row.project).or_default().push(loaded);
        }
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = table;
        self.note_used(db, now).await
    }

    /// Reads a dictionary and keeps it on disk. Only then it may be used.
    async fn load(&self, db: &Db, row: &dictionaries::Row) -> store::Result<Option<Loaded>> {
        let Some(bytes) = dictionaries::bytes(db, row.project, row.name).await? else {
            return Ok(None);
        };
        let (folder, row) = (self.folder.clone(), row.clone());
        let loaded = beside(move || {
            save(&folder, &row, &bytes)?;
            Ok(Loaded::new(row.sdk, &bytes))
        });
        Ok(loaded
            .await
            .inspect_err(|error| {
                warn!(error = %error, "a dictionary could not be kept on disk and is not used");
            })
            .ok())
    }

    /// Gives Postgres what lies on disk and is not there, and deletes files that nothing wants.
    async fn restore(&self, db: &Db, now: DateTime<Utc>) -> store::Result<()> {
        let folder = self.folder.clone();
        let found = beside(move || Ok(files(&folder))).await.unwrap_or_default();
        let stored: HashSet<_> = dictionaries::names(db).await?.into_iter().collect();
        let loaded: HashSet<_> = self
            .read()
            .into_iter()
            .flat_map(|(project, of)| {
                of.into_iter()
                    .map(move |one| (project, one.dictionary.name()))
            })
            .collect();
        for (path, project, name) in found {
            let is_stored = stored.contains(&(project, name));
            // What is used is touched.
            let is_wanted = loaded.contains(&(project, name))
                || fs::metadata(&path)
                    .and_then(|file| file.modified())
                    .is_ok_and(|at| at > SystemTime::from(now) - FILE_KEPT);
            if !is_wanted {
                if let Err(error) = fs::remove_file(&path) {
                    warn!(error = %error, "a dictionary that is not used could not be deleted");
                }
                continue;
            }
            if is_stored {
                continue;
            }
            if let Some((header, bytes)) = read(&path, name) {
                let row = dictionaries::Row {
                    project,
                    name,
                    sdk: header.sdk,
                    ratio: header.ratio,
                    plain_ratio: header.plain_ratio,
                    trained_at: header.trained_at,
                };
                dictionaries::insert(db, &row, &bytes, now).await?;
            }
        }
        Ok(())
    }

    /// A copy: it is not waited for Postgres or the disk with the lock.
    fn read(&self) -> HashMap<ProjectId, Vec<Loaded>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.clone()
    }

    async fn note_used(&self, db: &Db, now: DateTime<Utc>) -> store::Result<()> {
        let at = SystemTime::from(now);
        let used: Vec<(ProjectId, Loaded)> = self
            .read()
            .into_iter()
            .flat_map(|(project, of)| of.into_iter().map(move |one| (project, one)))
            .filter(|(_, one)| one.used.is_to_be_noted(at))
            .collect();
        if used.is_empty() {
            return Ok(());
        }
        let projects: Vec<i64> = used.iter().map(|(project, _)| project.0).collect();
        let names: Vec<Vec<u8>> = used
            .iter()
            .map(|(_, one)| one.dictionary.name().0.to_vec())
            .collect();
        dictionaries::touch(db, &projects, &names, now).await?;
        for (project, one) in used {
            let path = path(&self.folder, project, one.dictionary.name());
            let touched = File::options().append(true).open(path);
            if let Err(error) = touched.and_then(|file| file.set_modified(at)) {
                warn!(error = %error, "a dictionary that is used is not on disk");
            }
            one.used.note(at);
        }
        Ok(())
    }
}

impl Loaded {
    fn new(sdk: String, bytes: &[u8]) -> Self {
        Self {
            sdk,
            dictionary: Arc::new(Dictionary::new(bytes)),
            used: Arc::default(),
        }
    }
}

impl Used {
    fn is_to_be_noted(&self, now: SystemTime) -> bool {
        let noted_at = *self.noted_at.read().unwrap_or_else(PoisonError::into_inner);
        let is_due =
            noted_at.is_none_or(|at| now.duration_since(at).unwrap_or_default() > TOUCHED_EVERY);
        is_due && self.since_noted.load(Ordering::Relaxed)
    }

    fn note(&self, now: SystemTime) {
        *self
            .noted_at
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(now);
        self.since_noted.store(false, Ordering::Relaxed);
    }
}

/// Does what blocks on the disk.
async fn beside<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(io::Error::other)?
}

fn path(folder: &Path, project: ProjectId, name: DictionaryName) -> PathBuf {
    folder.join(format!("{project}-{name}"))
}

/// The dictionaries of a folder. What is called otherwise is not one, as half-written files are.
fn files(folder: &Path) -> Vec<(PathBuf, ProjectId, DictionaryName)> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let found = entries.filter_map(|entry| {
        let path = entry.ok()?.path();
        let (project, name) = path.file_name()?.to_str()?.split_once('-')?;
        let (project, name) = (project.parse().ok()?, u64::from_str_radix(name, 16).ok()?);
        Some((path, ProjectId(project), DictionaryName(name.to_be_bytes())))
    });
    found.collect()
}

/// A file's dictionary, if it is the one that the file is named after.
fn read(path: &Path, name: DictionaryName) -> Option<(Header, Vec<u8>)> {
    let bytes = fs::read(path).ok()?;
    let end = bytes.iter().position(|byte| *byte == b'\n')?;
    let header = serde_json::from_slice(&bytes[..end]).ok()?;
    let dictionary = bytes[end + 1..].to_vec();
    (DictionaryName::of(&dictionary) == name).then_some((header, dictionary))
}

/// Writes a dictionary so that it is there after a power cut.
fn save(folder: &Path, row: &dictionaries::Row, bytes: &[u8]) -> io::Result<()> {
    let path = path(folder, row.project, row.name);
    let header = Header {
        sdk: row.sdk.clone(),
        ratio: row.ratio,
        plain_ratio: row.plain_ratio,
        trained_at: row.trained_at,
    };
    fs::create_dir_all(folder)?;
    let unfinished = path.with_extension("new");
    let mut file = File::create(&unfinished)?;
    serde_json::to_writer(&file, &header)?;
    file.write_all(b"\n")?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, &path)?;
    File::open(folder)?.sync_all()?;
    // The folder itself may be new.
    folder
        .parent()
        .map_or(Ok(()), |above| File::open(above)?.sync_all())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        id::OccurrenceUuid,
        occurrence::{Body, Notifier},
    };

    fn row(sdk: &str, bytes: &[u8], trained_at: &str) -> dictionaries::Row {
        dictionaries::Row {
            project: ProjectId(7),
            name: DictionaryName::of(bytes),
            sdk: sdk.to_owned(),
            ratio: 8.0,
            plain_ratio: 3.0,
            trained_at: trained_at.parse().expect("a time"),
        }
    }

    #[test]
    fn after_a_start_the_newest_of_each_sdk_is_used_and_what_is_damaged_is_not() {
        let data_dir =
            std::env::temp_dir().join(format!("rollcage-dictionaries-{}", std::process::id()));
        let folder = data_dir.join("dictionaries");
        let (old, new, other) = (b"old bytes", b"new bytes", b"other bytes");
        for (row, bytes) in [
            (row("pyrollbar", old, "2026-01-01T00:00:00Z"), &old[..]),
            (row("pyrollbar", new, "2026-02-01T00:00:00Z"), new),
            (row("sentry.python", other, "2026-02-01T00:00:00Z"), other),
        ] {
            save(&folder, &row, bytes).expect("saved");
        }
        let damaged = path(&folder, ProjectId(7), DictionaryName::of(other));
        fs::write(&damaged, b"{}\nwrong").expect("written");
        fs::write(folder.join("notes.txt"), b"").expect("written");

        let known = Dictionaries::open(&data_dir);
        let name = |sdk: Option<&'static str>| {
            let mut occurrence = Occurrence::new(
                OccurrenceUuid(uuid::Uuid::nil()),
                Body::CrashReport("".into()),
            );
            occurrence.notifier = sdk.map(|sdk| Notifier {
                name: Some(sdk.into()),
                version: None,
            });
            let found = known.find(ProjectId(7), &occurrence);
            assert!(known.find(ProjectId(8), &occurrence).is_none());
            found.map(|dictionary| dictionary.name())
        };
        assert_eq!(name(Some("pyrollbar")), Some(DictionaryName::of(new)));
        assert_eq!(name(Some("sentry.python")), None);
        assert_eq!(name(None), None);
        fs::remove_dir_all(data_dir).expect("removed");
    }
}
