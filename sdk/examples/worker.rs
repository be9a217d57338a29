//! A worker that takes jobs from a queue, without an async runtime; its log goes by the crate `log`.
//!
//! `ROLLCAGE_TOKEN=… cargo run -p rollcage --features log --example worker`
//!
//! Each job has a scope of its own: what is reported meanwhile carries the job's number and
//! customer, and what was logged before, and nothing of the jobs beside it. A job that panics is
//! reported by the panic hook, and the worker goes on.

use std::{
    panic::catch_unwind,
    sync::{Mutex, mpsc},
    thread,
    time::Duration,
};

use rollcage::Person;

/// How many jobs are worked on at once.
const THREADS: usize = 2;

struct Job {
    number: u32,
    customer: &'static str,
    amount: &'static str,
}

fn main() -> Result<(), log::SetLoggerError> {
    let _guard = rollcage::init(rollcage::options!().environment("example"));
    rollcage::log::Bridge::new().install()?;

    let (queue, jobs) = mpsc::channel();
    let jobs = Mutex::new(jobs);
    thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                // The lock is held while waiting, and let go of before the work.
                while let Some(job) = next(&jobs) {
                    rollcage::with_scope(
                        |scope| {
                            scope.set_context("charge");
                            scope.set_person(Person::new(job.customer));
                            scope.set_custom("job", job.number);
                        },
                        || done(&job),
                    );
                }
            });
        }
        for job in jobs_of_today() {
            // The receiver lives as long as this function.
            let _ = queue.send(job);
        }
        drop(queue);
    });

    // The guard does it too, for two seconds unless told otherwise. A debug build may need longer to
    // look up the names of frames, and a worker that ends by `process::exit` has to do it by hand.
    rollcage::flush(Duration::from_secs(30));
    Ok(())
}

fn next(jobs: &Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    // A thread that panicked while it waited has broken nothing.
    let jobs = jobs
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    jobs.recv().ok()
}

fn done(job: &Job) {
    log::info!(amount = job.amount; "charging");
    // The hook has reported it by the time it arrives here.
    match catch_unwind(|| charge(job)) {
        Ok(Ok(cents)) => log::info!(cents; "charged"),
        Ok(Err(error)) => {
            rollcage::capture_error(&error);
        }
        Err(_panic) => log::warn!("given up"),
    }
}

fn charge(job: &Job) -> Result<u32, std::num::ParseIntError> {
    let cents = job.amount.parse()?;
    assert!(cents > 0, "a charge of nothing");
    Ok(cents)
}

fn jobs_of_today() -> [Job; 3] {
    [
        Job {
            number: 1,
            customer: "ada",
            amount: "1200",
        },
        Job {
            number: 2,
            customer: "grace",
            amount: "12.50",
        },
        Job {
            number: 3,
            customer: "alan",
            amount: "0",
        },
    ]
}
