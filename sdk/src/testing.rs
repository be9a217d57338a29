//! For tests of what an application captures, without a server.

use std::{
    fmt,
    io::Read,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::{
    Options, Scope,
    client::Client,
    clock::Clock,
    pipe::{Patience, Pipe},
    transport::{Answer, Transport},
};

/// Longest wait for the worker. It is a matter of milliseconds.
const LONG: Duration = Duration::from_secs(30);

/// Takes what would be sent to a server.
///
/// A scope of its own keeps tests apart that run at the same time:
///
/// ```
/// use rollcage::{Options, testing::Recorder};
///
/// let recorder = Recorder::new();
/// recorder.scope(Options::new("")).run(|| {
///     rollcage::error("the shop is closed");
/// });
/// assert_eq!(recorder.occurrences()[0]["body"]["message"]["body"], "the shop is closed");
/// ```
#[derive(Clone, Default)]
pub struct Recorder {
    recorded: Arc<Recorded>,
}

#[derive(Default)]
struct Recorded {
    occurrences: Mutex<Vec<Value>>,
    /// Not the clients: one that is dropped has what it captured still on its way.
    pipes: Mutex<Vec<Arc<Pipe>>>,
}

impl Recorder {
    /// One that has recorded nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// A scope in which everything is captured with `options` and recorded here. Threads and tasks
    /// started within need a fork of it, as always.
    pub fn scope(&self, options: Options) -> Scope {
        let scope = scope(options.test_transport(self));
        let pipe = scope.client().map(|client| client.pipe.clone());
        lock(&self.recorded.pipes).extend(pipe);
        scope
    }

    /// What was recorded so far, oldest first: Rollbar's `data`. Waits for what was captured
    /// before this is called.
    pub fn occurrences(&self) -> Vec<Value> {
        let pipes = lock(&self.recorded.pipes).clone();
        for pipe in pipes {
            pipe.flush(Patience::of(LONG));
        }
        // Options with this recorder may have been given to `init`.
        crate::flush(LONG);
        lock(&self.recorded.occurrences).clone()
    }

    /// Forgets what was recorded.
    pub fn clear(&self) {
        self.occurrences();
        lock(&self.recorded.occurrences).clear();
    }

    pub(crate) fn transport(&self) -> Arc<dyn Transport> {
        self.recorded.clone()
    }
}

/// A scope in which everything is captured with `options`, whatever [`init`](crate::init) started:
/// for a test with a server of its own. [`flush`](crate::flush) within it waits for what was
/// captured there.
pub fn scope(options: Options) -> Scope {
    Scope::new().with_client(Client::start(options, Clock::default()))
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl Transport for Recorded {
    fn send(&self, body: &[u8]) -> Answer {
        let mut json = Vec::new();
        let read = GzDecoder::new(body).read_to_end(&mut json);
        match (read, serde_json::from_slice::<Value>(&json)) {
            (Ok(_), Ok(mut item)) => {
                lock(&self.occurrences).push(item["data"].take());
                Answer::Delivered { pause: None }
            }
            _ => Answer::Refused { status: 400 },
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Waits until so many are recorded, without flushing.
    fn wait_for(recorder: &Recorder, count: usize) -> Vec<Value> {
        loop {
            let found = lock(&recorder.recorded.occurrences).clone();
            if found.len() >= count {
                return found;
            }
            std::thread::yield_now();
        }
    }

    #[test]
    fn what_was_folded_is_sent_when_the_minute_is_over() {
        let recorder = Recorder::new();
        let clock = Clock::movable();
        let options = Options::new("").panic_hook(false).repeats_per_minute(1);
        let client = Client::start(options.test_transport(&recorder), clock.clone());
        let (_scope, ()) = Scope::new().with_client(client.clone()).run(|| {
            for n in 0..5 {
                crate::error(format!("order {n} failed"));
            }
        });
        wait_for(&recorder, 1);

        clock.advance(Duration::from_secs(60));
        client.pipe.look_again();

        let sent = wait_for(&recorder, 2);
        assert_eq!(sent[0]["body"]["message"]["body"], "order 0 failed");
        assert_eq!(sent[1]["body"]["message"]["body"], "order 1 failed");
        assert_eq!(sent[1]["custom"]["rollcage_repeats"], 3);
    }
}
