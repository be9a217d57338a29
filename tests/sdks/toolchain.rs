//! What programs need to run: Python's and npm's packages, installed once under `target/sdks/`.
//!
//! `requirements*.txt` and `package-lock.json` name every version. An
//! installation is made again when its list changed, or when it was interrupted.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// Python's packages that go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packages {
    /// Current SDKs: `requirements.txt`.
    Current,
    /// Old ones, which want older frameworks: `requirements-old.txt`.
    Old,
    /// A PostgreSQL that is newer than Debian's: `requirements-postgres.txt`.
    Postgres,
}

/// The interpreter of a virtual environment with those packages.
pub async fn python(packages: Packages) -> PathBuf {
    let (name, lists): (_, &'static [&'static str]) = match packages {
        Packages::Current => ("python", &["requirements.txt"]),
        Packages::Old => ("python-old", &["requirements-old.txt"]),
        Packages::Postgres => ("postgres", &["requirements-postgres.txt"]),
    };
    installed(name, lists, move |folder| {
        let program = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
        done(
            Command::new(program)
                .args(["-m", "venv", "--clear"])
                .arg(folder),
        );
        done(
            Command::new(folder.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "-r"])
                .arg(home().join(lists[0])),
        );
    })
    .await
    .join("bin/python")
}

/// The folder `node_modules` with all of `package-lock.json`.
///
/// One installation has several versions of a package: a client that wants another one than the
/// rest is a workspace of npm's, and has a `package.json` and a `node_modules` of its own.
pub async fn node_modules(client: &str) -> PathBuf {
    const LISTS: &[&str] = &[
        "package-lock.json",
        "package.json",
        "sentry-node10-express/package.json",
        "sentry-node5-script/package.json",
        "sentry-node8-express/package.json",
    ];
    let folder = installed("node", LISTS, |folder| {
        for list in LISTS {
            let copy = folder.join(list);
            let beside = copy.parent().expect("a list lies in a folder");
            fs::create_dir_all(beside).expect("the target folder can be written");
            fs::copy(home().join(list), copy).expect("a list can be copied");
        }
        // No package here needs its scripts, so none gets to run one.
        done(
            Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(folder),
        );
    })
    .await;
    let own = folder.join(client).join("node_modules");
    if own.is_dir() {
        own
    } else {
        folder.join("node_modules")
    }
}

/// What tells Go that packages are sources which Debian installed.
pub const GO: [(&str, &str); 2] = [("GOPATH", "/usr/share/gocode"), ("GO111MODULE", "off")];

/// The cargo that builds this.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// This folder: the clients, and the lists of what they need.
pub fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sdks")
}

/// The folder that holds what outlives a run.
pub fn target() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let target = test
        .ancestors()
        .nth(3)
        .expect("a test lies in target/<profile>/deps");
    target.join("sdks")
}

/// A folder below [`target`] that `install` filled from those lists.
async fn installed(
    name: &'static str,
    lists: &'static [&'static str],
    install: impl FnOnce(&Path) + Send + 'static,
) -> PathBuf {
    let make = move || {
        let folder = target().join(name);
        fs::create_dir_all(target()).expect("the target folder can be written");
        // Another test, or another run, may be making it just now.
        let lock = File::create(target().join(format!("{name}.lock")))
            .expect("the target folder can be written");
        lock.lock().expect("a lock is a matter of waiting");

        let wanted: String = lists
            .iter()
            .map(|list| fs::read_to_string(home().join(list)).expect("there is a list"))
            .collect();
        let stamp = target().join(format!("{name}.installed"));
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return folder;
        }
        install(&folder);
        // Last, so that an interrupted installation is made again.
        fs::write(stamp, wanted).expect("the target folder can be written");
        folder
    };
    tokio::task::spawn_blocking(make)
        .await
        .expect("what programs need can be installed")
}

fn done(command: &mut Command) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
}
