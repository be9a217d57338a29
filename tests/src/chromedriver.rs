//! Debian's chromedriver: one per test process, on a port that the system chooses.
//!
//! Its number lies in a file where the guard of `place` finds it, and its browsers
//! hang on it by a pipe: they end when it ends, however that is.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::LazyLock,
};

use fantoccini::{Client, ClientBuilder, wd::Capabilities};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use crate::place::{self, Folder};

const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
const CHROMIUM: &str = "/usr/bin/chromium";

/// What keeps a browser to itself: no window, no sandbox (tests may run as root), no calls home.
const ARGUMENTS: [&str; 12] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
    "--lang=en-US",
];

struct Driver {
    url: String,
    _folder: Folder,
    _child: Child,
    /// Kept open: a program whose output nobody takes may end.
    _output: BufReader<ChildStdout>,
}

static DRIVER: LazyLock<Driver> = LazyLock::new(Driver::start);

/// Opens a browser that keeps what it knows in `profile`.
pub async fn open(profile: &Path) -> Client {
    let driver = tokio::task::spawn_blocking(|| &DRIVER.url)
        .await
        .expect("chromedriver starts");
    ClientBuilder::new(HttpConnector::new())
        .capabilities(capabilities(profile))
        .connect(driver)
        .await
        .unwrap_or_else(|error| panic!("{CHROMIUM} starts: {error}"))
}

fn capabilities(profile: &Path) -> Capabilities {
    let mut arguments: Vec<_> = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.display()));
    let capabilities = json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": { "binary": CHROMIUM, "args": arguments },
        // A dialog is a failure, not to be waved away.
        "unhandledPromptBehavior": "ignore",
    });
    match capabilities {
        Value::Object(capabilities) => capabilities,
        _ => Map::new(),
    }
}

impl Driver {
    fn start() -> Self {
        for program in [CHROMEDRIVER, CHROMIUM] {
            assert!(
                Path::new(program).is_file(),
                "{program} is missing: install chromium and chromium-driver, \
                 as `deploy/dev/install chromium` does"
            );
        }
        let folder = place::folder("chromedriver");
        let mut child = Command::new(CHROMEDRIVER)
            .arg("--port=0")
            .env("HOME", folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{CHROMEDRIVER} can be run: {error}"));
        place::note_pid(folder.path(), child.id());
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let port = port(&mut output);
        Self {
            url: format!("http://127.0.0.1:{port}"),
            _folder: folder,
            _child: child,
            _output: output,
        }
    }
}

/// The port in the line `ChromeDriver was started successfully on port 38685.`
fn port(output: &mut impl BufRead) -> u16 {
    let mut said = String::new();
    while output.read_line(&mut said).is_ok_and(|bytes| bytes > 0) {
        let last = said.lines().last().unwrap_or_default();
        let port = last
            .split_once("successfully on port ")
            .and_then(|(_, port)| port.trim_end_matches('.').parse().ok());
        if let Some(port) = port {
            return port;
        }
    }
    panic!("{CHROMEDRIVER} does not start: {said}");
}
