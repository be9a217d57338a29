//! What programs need to run: Python's and npm's packages, installed once under `target/sdks/`.
//!
//! `requirements.txt` and `package-lock.json` name every version. An installation is made again
//! when its list changed, or when it was interrupted.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Command,
};

/// The interpreter of a virtual environment with all of `requirements.txt`.
pub async fn python() -> PathBuf {
    installed("python", &["requirements.txt"], |folder| {
        let program = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
        done(
            Command::new(program)
                .args(["-m", "venv", "--clear"])
                .arg(folder),
        );
        done(
            Command::new(folder.join("bin/python"))
                .args(["-m", "pip", "install", "--quiet", "-r"])
                .arg(home().join("requirements.txt")),
        );
    })
    .await
    .join("bin/python")
}

/// The folder `node_modules` with all of `package-lock.json`.
pub async fn node_modules() -> PathBuf {
    const LISTS: &[&str] = &["package-lock.json", "package.json"];
    installed("node", LISTS, |folder| {
        fs::create_dir_all(folder).expect("the target folder can be written");
        for list in LISTS {
            fs::copy(home().join(list), folder.join(list)).expect("a list can be copied");
        }
        // No package here needs its scripts, so none gets to run one.
        done(
            Command::new("npm")
                .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
                .current_dir(folder),
        );
    })
    .await
    .join("node_modules")
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
