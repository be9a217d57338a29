//! The child process.

use std::{
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{self, Command, Stdio},
    sync::LazyLock,
};

use rollcage_tests::Project;

/// The child, not yet started.
pub struct Child {
    command: Command,
    case: String,
    aborts: bool,
}

/// What is left of it.
pub struct Ended {
    /// None where a signal ended it.
    pub code: Option<i32>,
    /// All that it said.
    pub said: String,
}

/// The child while it runs. Dropped, it is killed.
pub struct Running {
    child: process::Child,
    output: BufReader<process::ChildStdout>,
}

/// Built once per run: cargo gives a test no binaries of another package.
static UNWINDS: LazyLock<PathBuf> = LazyLock::new(|| built("dev", "debug"));
static ABORTS: LazyLock<PathBuf> = LazyLock::new(|| built("abort", "abort"));

impl Child {
    /// One that fails like that, and reports to `project` at `url`.
    pub fn new(case: &str, url: &str, project: &Project<'_>) -> Self {
        Self::with_token(case, url, &project.tokens.server)
    }

    /// The same with another token.
    pub fn with_token(case: &str, url: &str, token: &str) -> Self {
        // Which program is known when it is started.
        let mut command = Command::new("");
        let ours =
            std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("ROLLCAGE_"));
        for (name, _) in ours {
            command.env_remove(name);
        }
        for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        command
            .env("ROLLCAGE_ENDPOINT", url)
            .env("ROLLCAGE_TOKEN", token);
        Self {
            command,
            case: case.to_owned(),
            aborts: false,
        }
    }

    /// Built with `panic = "abort"`.
    pub fn that_aborts(mut self) -> Self {
        self.aborts = true;
        self
    }

    /// With that variable.
    pub fn with(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    fn command(&self) -> Command {
        let program = if self.aborts { &*ABORTS } else { &*UNWINDS };
        let mut command = Command::new(program);
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.arg(&self.case);
        command
    }

    /// Runs it to its end.
    ///
    /// Blocks its thread: tests with children have several.
    pub fn run(&self) -> Ended {
        let output = tokio::task::block_in_place(|| {
            self.command()
                .stdin(Stdio::null())
                .output()
                .expect("the child can be run")
        });
        Ended {
            code: output.status.code(),
            said: String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        }
    }

    /// Starts it.
    pub fn start(&self) -> Running {
        tokio::task::block_in_place(|| {
            let mut child = self
                .command()
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("the child can be run");
            let output = child.stdout.take().expect("it is piped");
            Running {
                child,
                output: BufReader::new(output),
            }
        })
    }
}

impl Running {
    /// The next line that it says.
    pub fn line(&mut self) -> String {
        let mut line = String::new();
        tokio::task::block_in_place(|| self.output.read_line(&mut line))
            .expect("what it says is text");
        line.trim_end().to_owned()
    }

    /// Lets it go on.
    pub fn go_on(&mut self) {
        let stdin = self.child.stdin.as_mut().expect("it is piped");
        stdin.write_all(b"\n").expect("it waits for it");
    }

    /// Kills it where it is.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it was killed");
    }

    /// Waits until it ends by itself, and well; gives the rest of what it said.
    pub fn end(mut self) -> String {
        tokio::task::block_in_place(|| {
            let mut said = String::new();
            self.output
                .read_to_string(&mut said)
                .expect("what it says is text");
            let status = self.child.wait().expect("it can be waited for");
            assert!(status.success(), "{status}: {said}");
            said
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended is not there to be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn built(profile: &str, folder: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let target = test
        .ancestors()
        .nth(3)
        .expect("a test lies in target/<profile>/deps");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--offline", "-p", "rollcage-child"])
        .args(["--profile", profile, "--target-dir"])
        .arg(target)
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .output()
        .expect("cargo can be run");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    target.join(folder).join("rollcage-child")
}
