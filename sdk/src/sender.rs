//! The sender: hands what is ready to the server, on a thread of its own, and does as it says.

use std::{
    io::Read,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use flate2::read::GzDecoder;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    Options,
    drops::Reason,
    pipe::{Pipe, Ready, Stored},
    spool::Spool,
    tell,
    transport::{Answer, Http, Transport},
    truncate, worker,
};

/// After so many failures of the server at one occurrence, others are tried before it.
const FAILURES_PATIENT: u32 = 3;
/// After so many it is dropped: it may be the occurrence that makes the server fail. With a minute
/// between attempts that takes longer than most failures of servers.
const FAILURES_MAX: u32 = 20;
/// How long to wait where the server says "later" and not when, at least.
const LATER: Duration = Duration::from_secs(5);

pub(crate) struct Sender {
    options: Arc<Options>,
    pipe: Arc<Pipe>,
    spool: Option<Arc<Spool>>,
    transport: Arc<dyn Transport>,
}

impl Sender {
    pub(crate) fn new(options: Arc<Options>, pipe: Arc<Pipe>, spool: Option<Arc<Spool>>) -> Self {
        let transport = match &options.transport {
            Some(transport) => transport.clone(),
            None => Arc::new(Http::new(&options)),
        };
        Self {
            options,
            pipe,
            spool,
            transport,
        }
    }

    pub(crate) fn run(&self) {
        // Failures since something was delivered, whatever it was that failed.
        let mut failures = 0;
        while let Some(ready) = self.pipe.next_ready() {
            let read;
            let body = match &ready.body {
                Stored::Memory(body) => body,
                Stored::File(entry) => match Spool::read(entry) {
                    Ok(body) => {
                        read = body;
                        &read
                    }
                    Err(error) => {
                        tell::tell(
                            &self.options,
                            format_args!("cannot read {}: {error}", ready.uuid),
                        );
                        self.drop_one(&ready, Reason::SpoolFailed);
                        continue;
                    }
                },
            };
            // The HTTP client is not ours either.
            let answer = catch_unwind(AssertUnwindSafe(|| self.transport.send(body)));
            let answer = answer.unwrap_or(Answer::Unreachable {
                why: "the HTTP client panicked".to_owned(),
            });
            self.act(ready, &answer, &mut failures);
        }
    }

    fn act(&self, mut ready: Ready, answer: &Answer, failures: &mut u32) {
        if *answer != (Answer::Delivered { pause: None }) {
            tell::tell(&self.options, format_args!("{}: {answer:?}", ready.uuid));
        }
        match answer {
            Answer::Delivered { pause } => {
                *failures = 0;
                self.forget(&ready);
                self.pipe.sent(*pause);
            }
            Answer::Later { pause } => {
                *failures += 1;
                let pause = pause.unwrap_or_else(|| self.pause(*failures).max(LATER));
                self.pipe.put_back(ready, pause);
            }
            Answer::Unreachable { .. } => {
                *failures += 1;
                self.pipe.put_back(ready, self.pause(*failures));
            }
            Answer::Failed { .. } => {
                *failures += 1;
                ready.failures += 1;
                if ready.failures >= FAILURES_MAX {
                    self.drop_one(&ready, Reason::ServerError);
                } else if ready.failures >= FAILURES_PATIENT {
                    self.pipe.put_last(ready, self.pause(*failures));
                } else {
                    self.pipe.put_back(ready, self.pause(*failures));
                }
            }
            Answer::TooLarge => match self.cut(&ready) {
                Some(cut) => self.pipe.put_back(cut, Duration::ZERO),
                None => self.drop_one(&ready, Reason::TooLarge),
            },
            Answer::Refused { .. } => self.drop_one(&ready, Reason::Rejected),
        }
    }

    /// Lets go of one.
    fn drop_one(&self, ready: &Ready, reason: Reason) {
        self.forget(ready);
        self.pipe.drops.put_back(&ready.drops);
        self.pipe.drops.add_many(reason, ready.stands_for);
        self.pipe.sent(None);
    }

    fn forget(&self, ready: &Ready) {
        if let (Stored::File(entry), Some(spool)) = (&ready.body, &self.spool) {
            spool.remove(entry);
        }
    }

    /// One that the server finds too large, made much smaller; once.
    fn cut(&self, ready: &Ready) -> Option<Ready> {
        if ready.was_cut {
            return None;
        }
        let body = match &ready.body {
            Stored::Memory(body) => body.clone(),
            Stored::File(entry) => Spool::read(entry).ok()?,
        };
        let mut json = Vec::new();
        GzDecoder::new(&*body).read_to_end(&mut json).ok()?;
        let mut item: Value = serde_json::from_slice(&json).ok()?;
        let mut data = item.get_mut("data")?.take();
        truncate::fit(&mut data, json.len() / 8);
        let body = worker::compressed(&data);
        // In memory from here on: what is cut is small, and there is one.
        self.forget(ready);
        Some(Ready {
            number: ready.number,
            uuid: ready.uuid,
            body: Stored::Memory(body),
            drops: ready.drops.clone(),
            stands_for: ready.stands_for,
            failures: ready.failures,
            was_cut: true,
        })
    }

    /// The wait before the next attempt: doubled with each failure, less a random part, so that
    /// many processes do not come back at one moment.
    fn pause(&self, failures: u32) -> Duration {
        let doubled = self
            .options
            .first_retry
            .saturating_mul(1 << failures.saturating_sub(1).min(16));
        let pause = doubled.min(self.options.last_retry);
        let random = u32::from(u16::from_le_bytes([
            Uuid::new_v4().as_bytes()[0],
            Uuid::new_v4().as_bytes()[1],
        ]));
        pause.mul_f64(1.0 - f64::from(random) / f64::from(u16::MAX) / 2.0)
    }
}
