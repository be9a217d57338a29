//! Work that nobody waits for, on the workers' threads.

use rollcage::{Breadcrumb, Level, Occurrence, Scope};

use crate::web;

/// Runs a job on a thread of its own.
pub fn run(job: &'static str, thread: u64, work: impl FnOnce() + Send + 'static) {
    let mut scope = Scope::current();
    scope.set_context(job);
    scope.set_framework("shop-jobs 0.4");
    let name = format!("{}job-{thread}", web::THREADS);
    web::run(name, scope, move || begin(job, work));
}

fn begin(job: &str, work: impl FnOnce()) {
    rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, format!("{job} begins")));
    work();
}

/// Says that the shop has come up.
pub fn started(version: &str, routes: u64) {
    rollcage::capture(
        Occurrence::message(Level::Debug, format!("shop {version} started"))
            .fingerprint("shop-started")
            .title("The shop started")
            .custom("routes", routes),
    );
}

/// Says how the nightly clean-up went.
pub fn cleaned_up(carts: u64, seconds: u64) {
    rollcage::capture(
        Occurrence::message(
            Level::Info,
            format!("removed {carts} abandoned carts in {seconds} s"),
        )
        .custom("carts", carts)
        .custom("seconds", seconds),
    );
}

/// Says that a job takes longer than it should.
pub fn slow(job: &str, seconds: u64, limit_seconds: u64) {
    rollcage::capture(
        Occurrence::message(
            Level::Warning,
            format!("job {job} took {seconds} s, its limit is {limit_seconds} s"),
        )
        .custom("job", job)
        .custom("seconds", seconds)
        .custom("limit_seconds", limit_seconds),
    );
}

/// Says that work piles up.
pub fn backlog(waiting: u64, workers: u64) {
    rollcage::capture(
        Occurrence::message(
            Level::Warning,
            format!("the mail queue is {waiting} long, {workers} workers are busy"),
        )
        .custom("waiting", waiting)
        .custom("workers", workers)
        .logger("shop::jobs"),
    );
}
