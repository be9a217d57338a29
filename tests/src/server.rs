//! The real binary as a child process, which a test may kill, and its commands.
//!
//! Cargo gives a test the path of a binary only within one package. Here it lies beside the test's
//! own folder in `target/<profile>/`, and whoever runs these tests builds it first:
//! `cargo build -p rollcage-server --bin rollcage`, as the Makefile does.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use crate::{http, place, project::Way, wait::until};

/// What a child must not inherit: settings of whoever runs the tests.
const NOT_INHERITED: [&str; 2] = ["DATABASE_URL", "RUST_LOG"];

/// The binary.
///
/// # Panics
/// Where it was not built.
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test
        .parent()
        .and_then(Path::parent)
        .expect("a test lies in target/<profile>/deps");
    let binary = profile.join("rollcage");
    assert!(
        binary.is_file(),
        "{} is missing: run `cargo build -p rollcage-server --bin rollcage` first",
        binary.display()
    );
    binary
}

/// A command line of the binary, in a folder of its own, with no settings but those given.
pub fn command(data_dir: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Command {
    command_of(&binary(), data_dir, settings, arguments)
}

/// A command line of such a program.
pub fn command_of(
    program: &Path,
    data_dir: &Path,
    settings: &[(&str, &str)],
    arguments: &[&str],
) -> Command {
    let mut command = Command::new(program);
    let inherited = std::env::vars_os().filter(|(name, _)| is_ours(name));
    for (name, _) in inherited {
        command.env_remove(name);
    }
    command
        .args(arguments)
        .env("ROLLCAGE_DATA_DIR", data_dir)
        .env("ROLLCAGE_LISTEN", "127.0.0.1:0")
        .env("ROLLCAGE_ADMIN_LISTEN", "127.0.0.1:0")
        .envs(settings.iter().copied())
        .current_dir(data_dir.parent().unwrap_or(data_dir))
        .stdin(Stdio::null());
    command
}

fn is_ours(name: &OsString) -> bool {
    let name = name.to_string_lossy();
    name.starts_with("ROLLCAGE_") || NOT_INHERITED.contains(&name.as_ref())
}

/// Runs a command of the binary to its end, with that on its standard input.
pub async fn run(mut command: Command, input: &str) -> Output {
    let input = input.to_owned();
    tokio::task::spawn_blocking(move || {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be run");
        let mut stdin = child.stdin.take().expect("it is piped");
        // One that ends before it has read this says why.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child
            .wait_with_output()
            .expect("a child of ours is waited for")
    })
    .await
    .expect("waiting does not panic")
}

/// The running binary. Dropped, it is killed.
pub struct Server {
    child: Child,
    data_dir: PathBuf,
    log: PathBuf,
    output: PathBuf,
    address: String,
}

impl Server {
    /// Starts `rollcage serve`, and waits until ingest listens.
    pub async fn start(data_dir: &Path, settings: &[(&str, &str)]) -> Self {
        let name = place::unique("serve");
        let log = data_dir.join(format!("{name}.log"));
        let output = data_dir.join(format!("{name}.out"));
        let create = |path: &Path| File::create(path).expect("the folder takes a file");
        let child = command(data_dir, settings, &["serve"])
            .env("ROLLCAGE_LOG_FORMAT", "json")
            .stdout(create(&output))
            .stderr(create(&log))
            .spawn()
            .expect("the binary can be run");
        place::note_pid(data_dir, child.id());
        let mut server = Self {
            child,
            data_dir: data_dir.to_owned(),
            log,
            output,
            address: String::new(),
        };
        server.address = until("ingest listens", async || {
            if let Ok(Some(status)) = server.child.try_wait() {
                panic!("the server ended ({status}):\n{}", server.log());
            }
            address(&server.log(), &server.output())
        })
        .await;
        server
    }

    /// Waits until everything works.
    pub async fn ready(&mut self) {
        let client = http::client();
        let url = format!("{}/readyz", self.url());
        until("the server is ready", async || {
            let answer = http::try_send(&client, reqwest::Method::GET, &url, &[], "").await;
            answer
                .is_ok_and(|answer| answer.status == 200)
                .then_some(())
        })
        .await;
    }

    /// Where it is reached, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A way to it.
    pub fn way(&self) -> Way {
        Way::new(self.url(), http::client())
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log was made by us")
    }

    /// What it wrote to its standard output.
    pub fn output(&self) -> String {
        fs::read_to_string(&self.output).expect("the file was made by us")
    }

    /// `kill -9`, and waits for its end.
    pub fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_file(self.data_dir.join(place::PID_FILE));
    }

    /// SIGTERM, and waits for its end: whether it ended well.
    pub async fn terminate(mut self) -> bool {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        assert!(told.is_ok_and(|status| status.success()), "it runs");
        let child = &mut self.child;
        until("the server ends", async || {
            child.try_wait().expect("it is a child of ours")
        })
        .await
        .success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The address: where there was a Postgres once, ingest works before the rest and says so in the
/// log; at the very first start the program says it when all is there.
fn address(log: &str, output: &str) -> Option<String> {
    let logged = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|line| Some(line["fields"]["address"].as_str()?.to_owned()));
    let running = "Rollcage is running: http://";
    logged.or_else(|| {
        // A line that is not complete yet does not end.
        let (complete, _) = output.rsplit_once('\n')?;
        let line = complete
            .lines()
            .find_map(|line| line.strip_prefix(running))?;
        Some(line.to_owned())
    })
}
