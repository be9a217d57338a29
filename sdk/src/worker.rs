//! The two threads: the worker makes of what was captured what is sent, the sender sends it.

use std::{
    io::Write,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    thread,
};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Map, Value};

use crate::{
    Options, client,
    drops::Reason,
    payload,
    pipe::{Job, Pipe, Ready, Stored},
    trace,
    transport::{Answer, Transport},
};

/// Starts both. They end when the pipe is closed.
pub(crate) fn start(options: &Arc<Options>, pipe: &Arc<Pipe>) {
    let worker = (options.clone(), pipe.clone());
    let sender = (options.clone(), pipe.clone());
    // Without threads everything stays in the queue, and is dropped and counted when it is full.
    let _ = thread::Builder::new()
        .name("rollcage-worker".into())
        .spawn(move || client::within(|| work(&worker.0, &worker.1)));
    let _ = thread::Builder::new()
        .name("rollcage-sender".into())
        .spawn(move || client::within(|| send(&sender.0, &sender.1)));
}

fn work(options: &Options, pipe: &Pipe) {
    while let Some(job) = pipe.next_job() {
        let stands_for = 1 + job.repeats;
        let ready = catch_unwind(AssertUnwindSafe(|| prepare(options, pipe, job)));
        let ready = ready.unwrap_or(Err(Reason::Panicked));
        if let Err(reason) = ready {
            pipe.drops.add_many(reason, stands_for);
        }
        pipe.prepared(ready.ok());
    }
}

fn prepare(options: &Options, pipe: &Pipe, job: Job) -> Result<Ready, Reason> {
    let data = Value::Object(payload::data(
        options,
        &job,
        trace::frames(options, &job.occurrence, &job.trace),
    ));
    let mut data = match &options.before_send {
        Some(look) => look(data).ok_or(Reason::BeforeSend)?,
        None => data,
    };
    let drops = pipe.drops.take();
    payload::report(&drops, &mut data);
    let item: Map<String, Value> = [("data".to_owned(), data)].into_iter().collect();
    Ok(Ready {
        number: None,
        uuid: job.uuid,
        body: Stored::Memory(compressed(&Value::Object(item))),
        drops,
        stands_for: 1 + job.repeats,
        failures: 0,
        was_cut: false,
    })
}

fn compressed(item: &Value) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(item.to_string().as_bytes())
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail")
}

fn send(options: &Options, pipe: &Pipe) {
    let Some(transport) = options.transport.clone() else {
        return;
    };
    while let Some(ready) = pipe.next_ready() {
        let Stored::Memory(body) = &ready.body else {
            continue;
        };
        let _answer: Answer = transport.send(body);
        pipe.sent(None);
    }
}

#[expect(unused, reason = "the sender's")]
fn transport(options: &Options) -> Option<Arc<dyn Transport>> {
    options.transport.clone()
}
