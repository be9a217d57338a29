//! What the application decides: where to, as whom, how much.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use serde_json::Value;

use crate::{testing::Recorder, transport::Transport};

/// Where a server listens that was started without settings.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:8080";

/// Looks at an occurrence before it is sent: gives it back, changed or not, or drops it.
pub(crate) type BeforeSend = dyn Fn(Value) -> Option<Value> + Send + Sync;

/// What the application decides. Nothing has to be decided but the token and, unless the server is
/// on the same machine, the endpoint.
///
/// ```no_run
/// let _guard = rollcage::init(
///     rollcage::options!()
///         .endpoint("https://errors.example.com")
///         .environment("production")
///         .spool("/var/lib/shop/errors"),
/// );
/// ```
#[derive(Clone)]
#[must_use = "`init` takes it"]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, set by its name"
)]
pub struct Options {
    pub(crate) token: String,
    pub(crate) endpoint: String,
    pub(crate) environment: String,
    pub(crate) code_version: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) host: Option<String>,
    pub(crate) framework: Option<String>,
    pub(crate) root: Option<String>,
    pub(crate) in_app: Vec<String>,
    pub(crate) not_in_app: Vec<String>,
    pub(crate) backtraces: bool,
    pub(crate) source_context: bool,
    pub(crate) breadcrumbs: usize,
    pub(crate) sample_rate: f64,
    pub(crate) repeats_per_minute: u32,
    pub(crate) before_send: Option<Arc<BeforeSend>>,
    pub(crate) scrub_keys: Vec<String>,
    pub(crate) queue_items: usize,
    pub(crate) queue_bytes: usize,
    pub(crate) spool: Option<PathBuf>,
    pub(crate) spool_bytes: u64,
    pub(crate) spool_before_return: bool,
    pub(crate) item_bytes: usize,
    pub(crate) first_retry: Duration,
    pub(crate) last_retry: Duration,
    pub(crate) request_timeout: Duration,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) panic_hook: bool,
    pub(crate) debug: bool,
    pub(crate) transport: Option<Arc<dyn Transport>>,
}

impl Options {
    /// With that token of the scope `post_server_item`. Without one nothing is captured.
    pub fn new(token: impl Into<String>) -> Self {
        Self {
            token: token.into(),
            endpoint: DEFAULT_ENDPOINT.to_owned(),
            environment: if cfg!(debug_assertions) {
                "development".to_owned()
            } else {
                "production".to_owned()
            },
            code_version: None,
            branch: None,
            host: None,
            framework: None,
            root: None,
            in_app: Vec::new(),
            not_in_app: Vec::new(),
            backtraces: true,
            source_context: false,
            breadcrumbs: 100,
            sample_rate: 1.0,
            repeats_per_minute: 60,
            before_send: None,
            scrub_keys: Vec::new(),
            queue_items: 1_000,
            queue_bytes: 16 * 1024 * 1024,
            spool: None,
            spool_bytes: 64 * 1024 * 1024,
            spool_before_return: false,
            item_bytes: 1024 * 1024,
            first_retry: Duration::from_millis(500),
            last_retry: Duration::from_secs(60),
            request_timeout: Duration::from_secs(10),
            shutdown_timeout: Duration::from_secs(2),
            panic_hook: true,
            debug: false,
            transport: None,
        }
    }

    /// From the environment: `ROLLCAGE_TOKEN`, `ROLLCAGE_ENDPOINT`, `ROLLCAGE_ENVIRONMENT`,
    /// `ROLLCAGE_CODE_VERSION`, `ROLLCAGE_ROOT`, `ROLLCAGE_SPOOL`, and `ROLLCAGE_DEBUG=1`. What is
    /// not set, or empty, is as in [`Options::new`].
    pub fn from_env() -> Self {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Self {
        let variable = |name| variable(name).filter(|value| !value.is_empty());
        let mut options = Self::new(variable("ROLLCAGE_TOKEN").unwrap_or_default());
        if let Some(endpoint) = variable("ROLLCAGE_ENDPOINT") {
            options.endpoint = endpoint;
        }
        if let Some(environment) = variable("ROLLCAGE_ENVIRONMENT") {
            options.environment = environment;
        }
        options.code_version = variable("ROLLCAGE_CODE_VERSION");
        options.root = variable("ROLLCAGE_ROOT");
        options.spool = variable("ROLLCAGE_SPOOL").map(PathBuf::from);
        options.debug = variable("ROLLCAGE_DEBUG").is_some_and(|value| value != "0");
        options
    }

    /// Where the server is: `https://errors.example.com`. For Rollbar itself
    /// `https://api.rollbar.com`. Unless it is set, the server is on the same machine.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into();
        self
    }

    /// Where the program runs: `production`, `staging`. Unless it is set, `development` for a
    /// debug build and `production` for a release build.
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.environment = environment.into();
        self
    }

    /// The version of the application.
    pub fn code_version(mut self, code_version: impl Into<String>) -> Self {
        self.code_version = Some(code_version.into());
        self
    }

    /// The branch it was built from.
    pub fn branch(mut self, branch: impl Into<String>) -> Self {
        self.branch = Some(branch.into());
        self
    }

    /// The machine's name, where `HOSTNAME` and `/etc/hostname` do not tell it.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// What the application is built on: `axum`.
    pub fn framework(mut self, framework: impl Into<String>) -> Self {
        self.framework = Some(framework.into());
        self
    }

    /// The folder of the sources: paths in traces are relative to it. [`options!`](crate::options!)
    /// sets it to the crate's.
    pub fn root(mut self, root: impl Into<String>) -> Self {
        self.root = Some(root.into());
        self
    }

    /// A crate, or a path of modules, that is the application's own. Unless one is set, all is that
    /// does not come from a registry, the standard library or a known runtime.
    pub fn in_app(mut self, path: impl Into<String>) -> Self {
        self.in_app.push(path.into());
        self
    }

    /// A crate, or a path of modules, that is not the application's own.
    pub fn not_in_app(mut self, path: impl Into<String>) -> Self {
        self.not_in_app.push(path.into());
        self
    }

    /// Whether captured errors carry a backtrace of where they were captured. On unless set.
    pub fn backtraces(mut self, on: bool) -> Self {
        self.backtraces = on;
        self
    }

    /// Whether lines of source are sent along where the sources lie on the machine. They are read
    /// on the worker thread. Off unless set.
    pub fn source_context(mut self, on: bool) -> Self {
        self.source_context = on;
        self
    }

    /// How many breadcrumbs a scope keeps; 100 unless set.
    pub fn breadcrumbs(mut self, most: usize) -> Self {
        self.breadcrumbs = most;
        self
    }

    /// Which part of all occurrences is sent, from 0 to 1. Panics always are.
    pub fn sample_rate(mut self, rate: f64) -> Self {
        self.sample_rate = rate;
        self
    }

    /// How many occurrences of one error are sent in a minute, 60 unless set. What is beyond is
    /// sent once, when the minute is over, with how many it stands for as `rollcage_repeats` in
    /// the custom data. 0 sets no limit.
    pub fn repeats_per_minute(mut self, most: u32) -> Self {
        self.repeats_per_minute = most;
        self
    }

    /// Looks at each occurrence (Rollbar's `data`) before it is scrubbed and sent. `None` drops it.
    /// It runs on the worker thread; should it panic, the occurrence is dropped and counted.
    pub fn before_send(
        mut self,
        look: impl Fn(Value) -> Option<Value> + Send + Sync + 'static,
    ) -> Self {
        self.before_send = Some(Arc::new(look));
        self
    }

    /// One more name of a secret: `iban` also finds `customer_iban` and `customerIban`.
    pub fn scrub(mut self, name: impl Into<String>) -> Self {
        self.scrub_keys.push(name.into());
        self
    }

    /// How much may wait in memory: 1,000 occurrences and 16 MiB unless set. What is beyond is
    /// dropped and counted, and the next occurrence that is sent tells how many.
    pub fn queue(mut self, items: usize, bytes: usize) -> Self {
        self.queue_items = items;
        self.queue_bytes = bytes;
        self
    }

    /// Keeps what is not sent yet in files in `folder`, so that it survives the program. Several
    /// processes may have the same folder.
    pub fn spool(mut self, folder: impl Into<PathBuf>) -> Self {
        self.spool = Some(folder.into());
        self
    }

    /// How much a process may keep there: 64 MiB unless set.
    pub fn spool_bytes(mut self, most: u64) -> Self {
        self.spool_bytes = most;
        self
    }

    /// Whether a capture returns only when the occurrence is in a file (or was dropped), so that not
    /// even a `kill -9` right after it loses it.
    ///
    /// Without it the worker writes the file a moment later: about a millisecond. For the first
    /// occurrence with a backtrace it reads the program's debug information before, which takes from
    /// some hundredths of a second in a release build to seconds in a debug build of a large program.
    /// A capture blocks its caller for that time, though not longer than `request_timeout`; hence it
    /// is off unless set. A panic that ends the process is waited for in any case.
    pub fn spool_before_return(mut self, on: bool) -> Self {
        self.spool_before_return = on;
        self
    }

    /// The most bytes an occurrence may have as JSON; 1 MiB, the server's limit, unless set.
    pub fn item_bytes(mut self, most: usize) -> Self {
        self.item_bytes = most;
        self
    }

    /// How long to wait before the second attempt (half a second unless set), and at most (a
    /// minute). From one attempt to the next the wait doubles, and a random part of up to half of
    /// it is left out.
    pub fn retry(mut self, first: Duration, last: Duration) -> Self {
        self.first_retry = first;
        self.last_retry = last;
        self
    }

    /// How long one attempt may take; 10 seconds unless set.
    pub fn request_timeout(mut self, timeout: Duration) -> Self {
        self.request_timeout = timeout;
        self
    }

    /// How long the guard waits for the server when it is dropped, 2 seconds unless set. The time
    /// in which names of frames are looked up does not count, up to ten seconds: in a debug build
    /// the first look may take longer than these two.
    pub fn shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Whether panics are captured. On unless set.
    pub fn panic_hook(mut self, on: bool) -> Self {
        self.panic_hook = on;
        self
    }

    /// Whether the SDK tells on the standard error stream what it drops, and why.
    pub fn debug(mut self, on: bool) -> Self {
        self.debug = on;
        self
    }

    /// Hands everything to `recorder` in place of a server; no token is needed.
    pub fn test_transport(mut self, recorder: &Recorder) -> Self {
        self.transport = Some(recorder.transport());
        self
    }

    /// Whether anything is captured with these.
    pub(crate) fn are_on(&self) -> bool {
        !self.token.is_empty() || self.transport.is_some()
    }
}

impl From<&str> for Options {
    fn from(token: &str) -> Self {
        Self::new(token)
    }
}

impl From<String> for Options {
    fn from(token: String) -> Self {
        Self::new(token)
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the token.
        formatter
            .debug_struct("Options")
            .field("endpoint", &self.endpoint)
            .field("environment", &self.environment)
            .field("is_on", &self.are_on())
            .finish_non_exhaustive()
    }
}

/// [`Options::from_env`] with what cargo knows of the crate that says this: its folder, and its
/// version as the code's version unless `ROLLCAGE_CODE_VERSION` says another.
#[macro_export]
macro_rules! options {
    () => {
        $crate::Options::from_env().known_to_cargo(
            ::core::env!("CARGO_MANIFEST_DIR"),
            ::core::env!("CARGO_PKG_VERSION"),
        )
    };
}

impl Options {
    /// What [`options!`](crate::options!) adds. Not for calling.
    #[doc(hidden)]
    pub fn known_to_cargo(mut self, root: &str, version: &str) -> Self {
        self.root.get_or_insert_with(|| root.to_owned());
        self.code_version.get_or_insert_with(|| version.to_owned());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_read_and_empty_is_unset() {
        let options = Options::from_variables(|name| match name {
            "ROLLCAGE_TOKEN" => Some("abc".into()),
            "ROLLCAGE_ENDPOINT" => Some(String::new()),
            "ROLLCAGE_ENVIRONMENT" => Some("staging".into()),
            "ROLLCAGE_DEBUG" => Some("0".into()),
            _ => None,
        });
        assert_eq!(options.token, "abc");
        assert_eq!(options.endpoint, DEFAULT_ENDPOINT);
        assert_eq!(options.environment, "staging");
        assert!(!options.debug);
        assert!(options.are_on());
        assert!(!Options::from_variables(|_| None).are_on());
    }

    #[test]
    fn the_token_is_not_shown() {
        assert!(!format!("{:?}", Options::new("t0ken")).contains("t0ken"));
    }
}
