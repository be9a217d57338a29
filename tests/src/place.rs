//! The one folder that everything of this test process lies in, and the guard that removes it.
//!
//! Rust drops no statics, and a test process may be killed. So a small shell process holds the
//! reading end of a pipe whose writing end is ours: whenever and however we end, it reads the end,
//! stops what we started, and removes the folder. Should even the guard be killed, the next test
//! process finds the folder unlocked and does the same.

use std::{
    fs::{self, DirBuilder, File},
    io::Write,
    os::unix::{fs::DirBuilderExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// What the folders of all test processes begin with.
const PREFIX: &str = "rollcage-tests-";

/// The name of the file in a data folder that names a running child of ours.
pub const PID_FILE: &str = "server.pid";

/// Enough for the clusters and journals of three test binaries: a journal begins with 64 MiB.
const MEMORY_MIN_KILOBYTES: u64 = 4 << 20;

/// Kills the servers and clusters below a folder, waits for them, and removes it.
///
/// Postgres gets SIGINT, a fast shutdown: an immediate one leaves its shared memory behind.
const CLEAN: &str = r#"
set -u
find "$1" -name server.pid | while read -r file; do kill -9 "$(cat "$file")" 2>/dev/null; done
pids=$(find "$1" -name postmaster.pid -exec head -n 1 {} \;)
for pid in $pids; do kill -INT "$pid" 2>/dev/null; done
for pid in $pids; do
    tries=0
    while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 200 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -QUIT "$pid" 2>/dev/null
done
# Short folders of sockets, where the path here was too long for one.
find "$1" -name postgres.socket | while read -r file; do
    case "$(cat "$file")" in */rollcage-*) rm -rf "$(cat "$file")" ;; esac
done
rm -rf "$1"
"#;

struct Place {
    folder: PathBuf,
    /// Locked for as long as we live.
    _lock: File,
    /// Its standard input ends when we do.
    _guard: Child,
}

static PLACE: LazyLock<Place> = LazyLock::new(Place::make);
static NAMES: AtomicU64 = AtomicU64::new(0);

/// A name that no other caller in this process gets.
pub fn unique(what: &str) -> String {
    format!("{what}_{}", NAMES.fetch_add(1, Ordering::Relaxed))
}

/// A new folder, which others may pass through: Postgres may belong to another user.
pub fn folder(what: &str) -> Folder {
    let path = PLACE.folder.join(unique(what));
    make_folder(&path);
    Folder(path)
}

/// A folder that is removed when it is dropped; at the latest with the process.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A task that is just ending may still write there; the guard takes what is left.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Place {
    fn make() -> Self {
        let base = base();
        remove_stale(&base);
        let folder = base.join(format!("{PREFIX}{}", uuid::Uuid::new_v4().simple()));
        make_folder(&folder);
        let lock = File::create(folder.join("lock")).expect("a new folder takes a file");
        lock.lock().expect("nobody else knows the file");
        let guard = Command::new("sh")
            .arg("-c")
            .arg(format!("cat > /dev/null\n{CLEAN}"))
            .arg("rollcage-tests-guard")
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .process_group(0) // Ctrl-C is for us; it has yet to clean up
            .spawn()
            .expect("there is a shell");
        Self {
            folder,
            _lock: lock,
            _guard: guard,
        }
    }
}

/// Where the folder is to be: in memory where there is plenty, because ingest syncs the disk for
/// every answer, and what a test writes is lost with it anyway. `TMPDIR` decides otherwise.
fn base() -> PathBuf {
    let memory = Path::new("/dev/shm");
    let is_chosen = std::env::var_os("TMPDIR").is_some();
    let has_room = || free_kilobytes(memory).is_some_and(|free| free >= MEMORY_MIN_KILOBYTES);
    if !is_chosen && has_room() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    }
}

/// What POSIX's `df` says is free.
fn free_kilobytes(path: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(path).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()
}

/// Removes what processes left behind that ended together with their guard.
fn remove_stale(base: &Path) {
    for entry in fs::read_dir(base).into_iter().flatten().flatten() {
        let is_ours = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(PREFIX.as_bytes());
        // A folder without the file is one that is just being made.
        let Some(lock) = is_ours
            .then(|| File::open(entry.path().join("lock")).ok())
            .flatten()
        else {
            continue;
        };
        if lock.try_lock().is_ok() {
            // Best effort: it is only space, and the next run tries again.
            let _ = Command::new("sh")
                .args(["-c", CLEAN, "rollcage-tests-clean"])
                .arg(entry.path())
                .stderr(Stdio::null())
                .status();
        }
    }
}

fn make_folder(path: &Path) {
    DirBuilder::new()
        .mode(0o711)
        .create(path)
        .unwrap_or_else(|error| panic!("{} can be made: {error}", path.display()));
}

/// Writes the process's number where the guard finds it.
pub fn note_pid(data_dir: &Path, pid: u32) {
    let mut file = File::create(data_dir.join(PID_FILE)).expect("the data folder takes a file");
    write!(file, "{pid}").expect("the data folder takes a file");
}
