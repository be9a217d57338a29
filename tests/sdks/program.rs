//! A program that runs in a folder of its own, beside what it needs.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use rollcage_tests::place::{self, Folder};

use crate::toolchain::{self, Packages};

/// A folder with a program's files, which goes with it.
pub struct Program {
    folder: Folder,
}

/// What is left of a program that has ended.
pub struct Ended {
    /// Whether it ended well.
    pub success: bool,
    /// All that it said.
    pub said: String,
}

impl Program {
    /// One without files.
    pub fn empty() -> Self {
        Self {
            folder: place::folder("program"),
        }
    }

    /// A copy of a client's folder.
    pub fn copy_of(client: &str) -> Self {
        let program = Self::empty();
        copy(&toolchain::home().join(client), program.path());
        program
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes one of its files.
    pub fn write(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        let folder = path.parent().expect("a file lies in a folder");
        fs::create_dir_all(folder).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Writes more at the end of one of its files.
    pub fn append(&self, file: &str, text: &str) {
        let path = self.path().join(file);
        let before = fs::read_to_string(&path).expect("the file is there");
        self.write(file, &format!("{before}\n{text}"));
    }

    /// Whether it has that file.
    pub fn has(&self, file: &str) -> bool {
        self.path().join(file).exists()
    }

    /// Gives it npm's packages, where Node looks for them.
    pub async fn with_node_modules(self) -> Self {
        self.with_node_modules_of("").await
    }

    /// Gives it npm's packages at the versions which that client wants.
    pub async fn with_node_modules_of(self, client: &str) -> Self {
        let modules = toolchain::node_modules(client).await;
        std::os::unix::fs::symlink(modules, self.path().join("node_modules"))
            .expect("a link can be made");
        self
    }

    /// Python with these arguments.
    pub async fn python(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(toolchain::python(Packages::Current).await);
        command.args(arguments);
        command
    }

    /// Node with these arguments.
    pub fn node(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("node");
        command.args(arguments);
        command
    }

    /// A command in its folder, away from the person's settings.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.path())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env_remove("NODE_OPTIONS")
            .stdin(Stdio::null());
        for proxy in ["http_proxy", "https_proxy", "all_proxy"] {
            command
                .env_remove(proxy)
                .env_remove(proxy.to_ascii_uppercase());
        }
        command
    }
}

/// Runs a command to its end.
pub async fn run(mut command: Command) -> Ended {
    let ran = move || {
        command
            .output()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
    };
    let output = tokio::task::spawn_blocking(ran)
        .await
        .expect("a program can be started");
    let said = [output.stdout, output.stderr].concat();
    Ended {
        success: output.status.success(),
        said: String::from_utf8_lossy(&said).into_owned(),
    }
}

/// Runs a command that is to end well, and gives what it said.
pub async fn ends_well(command: Command) -> String {
    let ended = run(command).await;
    assert!(ended.success, "{}", ended.said);
    ended.said
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a client has a folder") {
        let entry = entry.expect("a folder can be listed");
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            fs::create_dir_all(&to).expect("a folder can be made");
            copy(&from, &to);
        } else {
            fs::copy(&from, &to).expect("a file can be copied");
        }
    }
}
