//! Requests: each is served by a thread of its own, with a scope that knows it.

use std::thread;

use rollcage::{Breadcrumb, Level, Person, Request, Scope};

/// What the names of the shop's threads begin with.
pub const THREADS: &str = "shop-";

/// A request, and who made it.
#[derive(Debug)]
pub struct Visit {
    /// The route that it matched: `/cart/{sku}`.
    pub route: &'static str,
    /// The request.
    pub request: Request,
    /// Who is signed in.
    pub person: Option<Person>,
    /// Which of the threads serves it.
    pub thread: u64,
}

/// Serves a visit. A panic ends the visit, not the shop: the SDK's hook has reported it.
pub fn serve(visit: Visit, work: impl FnOnce() + Send + 'static) {
    let mut scope = Scope::current();
    scope.set_context(visit.route);
    scope.set_request(visit.request);
    scope.set_framework("shop-http 0.4");
    if let Some(person) = visit.person {
        scope.set_person(person);
    }
    let name = format!("{THREADS}web-{}", visit.thread);
    run(name, scope, move || handle(visit.route, work));
}

fn handle(route: &str, work: impl FnOnce()) {
    rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, format!("matched {route}")));
    work();
}

/// Runs `work` on a thread of that name, in that scope, and waits for it.
pub fn run(name: String, scope: Scope, work: impl FnOnce() + Send + 'static) {
    let started = thread::Builder::new().name(name).spawn(move || {
        scope.run(work);
    });
    match started {
        // How it went is of no interest here: what failed is reported.
        Ok(thread) => drop(thread.join()),
        Err(error) => {
            rollcage::capture_error(&error);
        }
    }
}
