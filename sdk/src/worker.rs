//! The worker: makes of what was captured what is sent, on a thread of its own.
//!
//! Names of frames are looked up here, `before_send` is asked, secrets are removed, and what is
//! ready is compressed and, with a spool, written to a file.

use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::{
    Options, client,
    drops::{Counts, Reason},
    payload,
    pipe::{Job, Pipe, Ready, Stored},
    scrub::{self, ScrubKeys},
    sender,
    spool::Spool,
    tell, trace, truncate,
};

/// Starts the worker and the sender. They end when the pipe is closed.
pub(crate) fn start(options: &Arc<Options>, pipe: &Arc<Pipe>, spool: Option<Spool>) {
    let spool = spool.map(Arc::new);
    let sender = sender::Sender::new(options.clone(), pipe.clone(), spool.clone());
    let worker = Worker {
        keys: ScrubKeys::new(&options.scrub_keys),
        options: options.clone(),
        pipe: pipe.clone(),
        spool,
    };
    // Without threads everything stays in the queue, and is dropped and counted when it is full.
    spawn("rollcage-worker", options, move || worker.run());
    spawn("rollcage-sender", options, move || sender.run());
}

fn spawn(name: &str, options: &Options, run: impl FnOnce() + Send + 'static) {
    let started = thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || client::within(run));
    if let Err(error) = started {
        tell::tell(options, format_args!("nothing is sent, no thread: {error}"));
    }
}

struct Worker {
    options: Arc<Options>,
    pipe: Arc<Pipe>,
    spool: Option<Arc<Spool>>,
    keys: ScrubKeys,
}

impl Worker {
    fn run(&self) {
        if let Some(spool) = &self.spool {
            self.pipe.adopt(spool.adopt());
        }
        while let Some(job) = self.pipe.next_job() {
            let (uuid, stands_for) = (job.uuid, 1 + job.repeats);
            // What is not ours in here: `before_send`.
            let made = catch_unwind(AssertUnwindSafe(|| self.make(&job)));
            drop(job);
            let ready = made
                .unwrap_or(Err(Reason::Panicked))
                .and_then(|data| self.ready(uuid, stands_for, data));
            match ready {
                Ok(ready) => self.pipe.prepared(Some(ready)),
                Err(reason) => {
                    tell::tell(&self.options, format_args!("dropped {uuid}: {reason}"));
                    self.pipe.drops.add_many(reason, stands_for);
                    self.pipe.prepared(None);
                }
            }
        }
    }

    /// `data` as the application wants it sent.
    fn make(&self, job: &Job) -> Result<Value, Reason> {
        let frames = trace::frames(&self.options, &job.occurrence, &job.trace);
        let data = Value::Object(payload::data(&self.options, job, &frames));
        let mut data = match &self.options.before_send {
            Some(look) => look(data).ok_or(Reason::BeforeSend)?,
            None => data,
        };
        if let Some(data) = data.as_object_mut() {
            scrub::scrub(data, &self.keys);
        }
        Ok(data)
    }

    fn ready(&self, uuid: uuid::Uuid, stands_for: u64, mut data: Value) -> Result<Ready, Reason> {
        if !truncate::fit(
            &mut data,
            self.options.item_bytes.saturating_sub(FRAME_BYTES),
        ) {
            return Err(Reason::TooLarge);
        }
        // Last, so that it is lost only with what is lost after this.
        let drops = self.pipe.drops.take();
        payload::report(&drops, &mut data);
        let body = compressed(&data);
        match self.store(uuid, body) {
            Ok(body) => Ok(Ready {
                number: None,
                uuid,
                body,
                drops,
                stands_for,
                failures: 0,
                was_cut: false,
            }),
            Err(reason) => {
                self.pipe.drops.put_back(&drops);
                Err(reason)
            }
        }
    }

    fn store(&self, uuid: uuid::Uuid, body: Vec<u8>) -> Result<Stored, Reason> {
        let Some(spool) = &self.spool else {
            return Ok(Stored::Memory(body));
        };
        match spool.write(uuid, &body) {
            Ok(Some(entry)) => Ok(Stored::File(entry)),
            Ok(None) => Err(Reason::SpoolFull),
            Err(error) => {
                tell::tell(&self.options, format_args!("cannot write {uuid}: {error}"));
                // It can still be sent, if that is soon.
                if self.pipe.has_room_in_memory() {
                    Ok(Stored::Memory(body))
                } else {
                    Err(Reason::SpoolFailed)
                }
            }
        }
    }
}

/// What is around `data`, and what [`payload::report`] adds.
const FRAME_BYTES: usize = 1024;

/// The item that is sent.
pub(crate) fn compressed(data: &Value) -> Vec<u8> {
    let item = json!({ "data": data });
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(item.to_string().as_bytes())
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

/// What was adopted, ready to be sent again.
pub(crate) fn adopted(uuid: uuid::Uuid, entry: crate::spool::Entry) -> Ready {
    Ready {
        number: None,
        uuid,
        body: Stored::File(entry),
        // What it reports is in it, and was taken from counts that are no more.
        drops: Counts::default(),
        stands_for: 1,
        failures: 0,
        was_cut: false,
    }
}
