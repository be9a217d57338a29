//! Waiting until what was captured is safe.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use crate::client::{self, Client};

/// Ends capturing when it is dropped, and waits then until what was captured is delivered or safe in
/// files: for the server as long as
/// [`Options::shutdown_timeout`](crate::Options::shutdown_timeout) says.
#[must_use = "capturing ends when it is dropped: keep it in a variable of `main`"]
pub struct Guard {
    client: Option<Arc<Client>>,
}

impl Guard {
    pub(crate) fn new(client: Option<Arc<Client>>) -> Self {
        Self { client }
    }

    /// Whether anything is captured: whether there was a token.
    pub fn is_on(&self) -> bool {
        self.client.is_some()
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(client) = self.client.take().map(Client::of_this_process) {
            client::depose(&client);
            client.flush_at_end();
            client.pipe.close();
        }
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Guard")
            .field("is_on", &self.is_on())
            .finish()
    }
}

/// Waits until everything captured so far is delivered or was dropped; with a spool also when it is
/// safe in files and the server cannot be reached just now. False when the time is over before.
///
/// Everything has to be done within that time. Be generous: it returns as soon as it can, and in a
/// debug build the names of the first frames may take seconds.
///
/// For before `std::process::exit`, which drops no guard. It blocks the thread: in a future use
/// [`flush_async`]. From `before_send` it returns false at once.
pub fn flush(timeout: Duration) -> bool {
    // The worker would wait for itself.
    if client::is_within() {
        return false;
    }
    match client::current() {
        Some(client) => client.of_this_process().flush(timeout),
        None => true,
    }
}

/// How many occurrences the current client has dropped, for whatever reason, since it was started.
/// Those folded into one that is sent are not among them.
pub fn dropped() -> u64 {
    client::current().map_or(0, |client| client.pipe.drops.total())
}

/// [`flush`] as a future, which needs no runtime and blocks none.
pub async fn flush_async(timeout: Duration) -> bool {
    let Some(client) = client::current() else {
        return true;
    };
    let shared = Arc::new(Mutex::new(Shared::default()));
    let told = shared.clone();
    // A thread of its own, because it is seldom, and a wait within a future needs a timer that
    // wakes it.
    let started = thread::Builder::new()
        .name("rollcage-flush".into())
        .spawn(move || {
            let flushed = client.of_this_process().flush(timeout);
            let mut shared = told.lock().unwrap_or_else(PoisonError::into_inner);
            shared.flushed = Some(flushed);
            if let Some(waker) = shared.waker.take() {
                drop(shared);
                waker.wake();
            }
        });
    match started {
        Ok(_detached) => Flushed(shared).await,
        Err(_no_thread) => false,
    }
}

#[derive(Default)]
struct Shared {
    flushed: Option<bool>,
    waker: Option<Waker>,
}

struct Flushed(Arc<Mutex<Shared>>);

impl Future for Flushed {
    type Output = bool;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(flushed) = shared.flushed {
            return Poll::Ready(flushed);
        }
        shared.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Options, Scope, clock::Clock, pipe::Patience, testing::Recorder};

    #[test]
    fn what_the_worker_takes_does_not_count_as_time_to_send() {
        let recorder = Recorder::new();
        let clock = Clock::movable();
        let passing = clock.clone();
        let options = Options::new("").panic_hook(false).before_send(move |data| {
            passing.advance(Duration::from_secs(100));
            Some(data)
        });
        let client = Client::start(options.test_transport(&recorder), clock);
        let (_scope, ()) = Scope::new().with_client(client.clone()).run(|| {
            crate::error("no stock");
            crate::error("no price");
        });
        let patience = Patience::of(Duration::from_secs(60));
        let flushed = client
            .pipe
            .flush(patience.and_for_preparing(Duration::from_secs(300)));
        assert!(flushed);
    }
}
