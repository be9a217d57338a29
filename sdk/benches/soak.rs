//! Ten million requests through the layer, and the memory of the process after each million.
//!
//! `cargo bench -p rollcage --all-features --bench soak`, or with another number of requests behind
//! `--`. Each request sets a person and leaves breadcrumbs. In the first half none fails; in the
//! second every thousandth captures an error or panics. It fails where memory grows by more than a
//! tenth of what it was after the first million of its half.

mod request;

use std::{
    convert::Infallible,
    error::Error,
    fs,
    future::{Ready, ready},
};

use http::{Request, Response};
use rollcage::{Breadcrumb, Level, Options, Person, tower::Panics};
use tower_layer::Layer as _;

use request::Answer;

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo itself adds `--bench`.
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    let requests: u64 = arguments
        .next()
        .map_or(Ok(10_000_000), |text| text.parse())?;

    // Said by the hook a thousand times over otherwise.
    std::panic::set_hook(Box::new(|_| {}));
    let guard = rollcage::init(
        Options::new("a token")
            .endpoint("http://127.0.0.1:9")
            .before_send(|_| None)
            // So that each one goes the whole way.
            .repeats_per_minute(0),
    );
    assert!(guard.is_on());
    println!("{:>12} {:>8} {:>10}", "requests", "failed", "RSS KiB");
    run(requests, None)?;
    run(requests, Some(1_000))
}

fn run(requests: u64, fails_every: Option<u64>) -> Result<(), Box<dyn Error>> {
    let mut service = rollcage::tower::layer()
        .panics(Panics::Answer500)
        .layer(tower::service_fn(move |request| {
            work(&request, fails_every)
        }));
    let mut failed = 0;
    let mut after_the_first = None;
    let shown_every = (requests / 10).max(1);
    for number in 1..=requests {
        let fails = fails_every.is_some_and(|every| number.is_multiple_of(every));
        failed += u64::from(fails);
        let mut request = request::request();
        request.extensions_mut().insert(Number(number));
        request::serve(&mut service, request);
        if number % shown_every == 0 {
            let rss_kib = rss_kib()?;
            println!("{number:>12} {failed:>8} {rss_kib:>10}");
            let first = *after_the_first.get_or_insert(rss_kib);
            if rss_kib > first + first / 10 {
                return Err(format!("memory grew from {first} to {rss_kib} KiB").into());
            }
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
struct Number(u64);

fn work(
    request: &Request<()>,
    fails_every: Option<u64>,
) -> Ready<Result<Response<Answer>, Infallible>> {
    let number = request
        .extensions()
        .get()
        .map_or(0, |Number(number)| *number);
    rollcage::configure_scope(|scope| scope.set_person(Person::new(number.to_string())));
    for step in 0..3 {
        rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, "a step").with("step", step));
    }
    if fails_every.is_some_and(|every| number.is_multiple_of(every)) {
        assert!(
            !number.is_multiple_of(2_000),
            "order {number} cannot be served"
        );
        rollcage::capture_error(&std::io::Error::other(format!("no order {number}")));
    }
    ready(Ok(Response::new(Answer(None))))
}

/// What the process has in memory.
fn rss_kib() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.ok_or("the kernel does not say")?.parse()?)
}
