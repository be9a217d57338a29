//! The client: who is asked at each capture whether and where to.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use uuid::Uuid;

use crate::{
    Guard, Occurrence, Options, Scope,
    clock::{self, Clock},
    drops::Reason,
    limit::{self, Verdict},
    occurrence::Body,
    panic,
    pipe::{Job, Patience, Pipe},
    scope, seen,
    spool::Spool,
    tell,
    trace::Trace,
    worker,
};

/// How long the end of a process waits at most while names of frames are looked up, which is not the
/// server's fault. In a debug build the first look takes seconds, because the code that reads the
/// program's debug information is not optimised itself.
const PREPARING_MAX: Duration = Duration::from_secs(10);

/// Options, and the way to the worker.
pub(crate) struct Client {
    pub(crate) options: Arc<Options>,
    pub(crate) pipe: Arc<Pipe>,
    /// The process it was made in: a forked child has the memory but not the threads.
    process: u32,
}

static GLOBAL: RwLock<Option<Arc<Client>>> = RwLock::new(None);

/// How many clients there are: one look tells that nothing is to be done.
static CLIENTS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread is within the SDK: what fails there is not captured.
    static WITHIN: Cell<bool> = const { Cell::new(false) };
}

/// Starts capturing, until the guard is dropped.
///
/// The guard belongs into a variable of `main`: it sends what is not sent yet. Called again, the
/// newer client takes over, and the older one sends what it has when its own guard is dropped.
/// Without a token nothing is started, and every other function of the crate returns at once.
pub fn init(options: impl Into<Options>) -> Guard {
    let options = options.into();
    if !options.are_on() {
        return Guard::new(None);
    }
    let client = Client::start(options, Clock::default());
    *GLOBAL.write().unwrap_or_else(PoisonError::into_inner) = Some(client.clone());
    Guard::new(Some(client))
}

/// Whether there is any client.
pub(crate) fn is_on() -> bool {
    CLIENTS.load(Ordering::Relaxed) > 0
}

/// The client that [`init`] started.
pub(crate) fn global() -> Option<Arc<Client>> {
    GLOBAL
        .read()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}

/// Ends the reign of that client, if it still reigns.
pub(crate) fn depose(client: &Arc<Client>) {
    let mut global = GLOBAL.write().unwrap_or_else(PoisonError::into_inner);
    if global
        .as_ref()
        .is_some_and(|reigning| Arc::ptr_eq(reigning, client))
    {
        *global = None;
    }
}

/// The client of the current scope.
pub(crate) fn current() -> Option<Arc<Client>> {
    Scope::current().client().cloned().or_else(global)
}

/// Captures what `make` makes. Never panics, whatever `make` does.
pub(crate) fn capture(make: impl FnOnce() -> Occurrence) -> Uuid {
    if !is_on() {
        return Uuid::nil();
    }
    let scope = Scope::current();
    let Some(client) = scope.client().cloned().or_else(global) else {
        return Uuid::nil();
    };
    let client = client.of_this_process();
    within(|| {
        catch_unwind(AssertUnwindSafe(|| client.capture(make, scope))).unwrap_or_else(|_panic| {
            client.pipe.drops.add(Reason::Panicked);
            Uuid::nil()
        })
    })
    .unwrap_or(Uuid::nil())
}

/// Whether this thread is within the SDK.
pub(crate) fn is_within() -> bool {
    WITHIN.try_with(Cell::get).unwrap_or(true)
}

/// Runs `work` as the SDK's own, unless this thread is within the SDK already.
pub(crate) fn within<R>(work: impl FnOnce() -> R) -> Option<R> {
    // A thread that is ending has none: then it is as if it were within.
    if WITHIN
        .try_with(|within| within.replace(true))
        .unwrap_or(true)
    {
        return None;
    }
    let result = work();
    WITHIN.set(false);
    Some(result)
}

impl Client {
    /// Starts the threads. A spool that cannot be made is told of and done without.
    pub(crate) fn start(options: Options, clock: Clock) -> Arc<Self> {
        let options = Arc::new(options);
        let spool = options.spool.as_ref().and_then(|folder| {
            Spool::open(folder, &options)
                .inspect_err(|error| {
                    let folder = folder.display();
                    tell::tell(&options, format_args!("no spool in {folder}: {error}"));
                })
                .ok()
        });
        let pipe = Arc::new(Pipe::new(&options, spool.is_some(), clock));
        worker::start(&options, &pipe, spool);
        if options.panic_hook {
            panic::install();
        }
        CLIENTS.fetch_add(1, Ordering::Relaxed);
        Arc::new(Self {
            options,
            pipe,
            process: std::process::id(),
        })
    }

    fn capture(&self, make: impl FnOnce() -> Occurrence, scope: Scope) -> Uuid {
        let uuid = Uuid::new_v4();
        let occurrence = make();
        if let Some(served) = scope.served() {
            served.captured(occurrence.level);
        }
        let is_panic = matches!(occurrence.body, Body::Panic(_));
        if let Body::Panic(text) = &occurrence.body {
            seen::note(text, uuid);
        }
        if !is_panic && !self.is_sampled(uuid) {
            self.pipe.drops.add(Reason::Sampled);
            return uuid;
        }
        let key = limit::key(&occurrence);
        let verdict = self.pipe.judge(key);
        if verdict == Verdict::Fold {
            return uuid;
        }
        let trace = if occurrence.backtrace.unwrap_or(self.options.backtraces)
            && occurrence.own_backtrace.is_none()
        {
            Trace::capture()
        } else {
            Trace::None
        };
        let mut job = Job {
            uuid,
            at_ms: clock::unix_ms(),
            thread: std::thread::current().name().map(str::to_owned),
            process: scope::process(),
            bytes: 0,
            occurrence,
            trace,
            scope,
            repeats: 0,
        };
        job.bytes = job.measure();
        let number = match verdict {
            Verdict::Hold => {
                self.pipe.hold(key, job);
                None
            }
            _ => self.pipe.push(job),
        };
        if self.options.spool_before_return
            && let Some(number) = number
        {
            self.pipe
                .wait_for_spool(number, self.options.request_timeout);
        }
        uuid
    }

    /// This one, or in a forked child one that is started in its place: of the parent's the child
    /// has the memory but not the threads.
    pub(crate) fn of_this_process(self: Arc<Self>) -> Arc<Self> {
        if self.process == std::process::id() {
            return self;
        }
        let mut global = GLOBAL.write().unwrap_or_else(PoisonError::into_inner);
        match &*global {
            Some(client) if client.process == std::process::id() => client.clone(),
            _ => {
                let options = Options::clone(&self.options);
                let client = Self::start(options, Clock::default());
                *global = Some(client.clone());
                client
            }
        }
    }

    /// The UUID is random: it is the die.
    fn is_sampled(&self, uuid: Uuid) -> bool {
        let rate = self.options.sample_rate;
        #[expect(clippy::cast_precision_loss, reason = "a chance need not be exact")]
        let chance = (uuid.as_u128() & u128::from(u32::MAX)) as f64 / f64::from(u32::MAX);
        rate >= 1.0 || chance < rate
    }

    /// Waits until what was captured so far is delivered, dropped, or safe in files.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        self.wait(Patience::of(timeout))
    }

    /// The same at the end of the process, for as long as the options say.
    pub(crate) fn flush_at_end(&self) {
        let timeout = self.options.shutdown_timeout;
        if !self.wait(Patience::of(timeout).and_for_preparing(PREPARING_MAX)) {
            tell::tell(&self.options, format_args!("the end did not wait for all"));
        }
    }

    fn wait(&self, patience: Patience) -> bool {
        within(|| self.pipe.flush(patience)).unwrap_or(false)
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        CLIENTS.fetch_sub(1, Ordering::Relaxed);
        self.pipe.close();
    }
}
