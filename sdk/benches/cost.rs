//! What the SDK costs the thread that calls it, beside the `sentry` crate in the same run.
//!
//! `make sdk-bench`. Nothing is sent: what is captured is made ready by the worker, and dropped by
//! `before_send`; `sentry` has a transport that drops. A figure is the median of many rounds, each
//! the mean of many calls; what a round left to be done elsewhere is waited for before the next,
//! and is not counted.

mod request;

use std::{
    convert::Infallible,
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use request::Answer;
use rollcage::{Breadcrumb, Level, Occurrence, Options};
use sentry::{ClientOptions, Envelope, Transport};

/// Odd, so that the median is one of them.
const ROUNDS: usize = 101;
/// Longest wait for the worker between two rounds.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() {
    let ours = rollcage::init(
        Options::new("a token")
            .endpoint("http://127.0.0.1:9")
            .before_send(|_| None)
            .repeats_per_minute(0),
    );
    let theirs = sentry::init(
        ClientOptions::new()
            .dsn("http://key@127.0.0.1:9/1")
            .transport(|_: &ClientOptions| -> Arc<dyn Transport> { Arc::new(Nowhere) })
            .attach_stacktrace(false),
    );
    assert!(ours.is_on() && theirs.is_enabled());

    println!(
        "{:<34} {:>12} {:>12} {:>7}",
        "", "rollcage", "sentry", "ratio"
    );
    let row = |name: &str, ours: Duration, theirs: Duration| {
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!("{name:<34} {ours:>12.2?} {theirs:>12.2?} {ratio:>7.3}");
    };

    let error = NoStock("x".parse::<u16>().expect_err("no number"));
    row(
        "capture an error",
        median(100, || {
            black_box(rollcage::capture(
                Occurrence::error(&error).without_backtrace(),
            ));
        }),
        median(100, || {
            black_box(sentry::capture_error(&error));
        }),
    );
    row(
        "capture an error with a backtrace",
        median(100, || {
            black_box(deep(20, &|| rollcage::capture_error(&error)));
        }),
        with_backtraces(|| {
            median(20, || {
                black_box(deep(20, &|| sentry::capture_error(&error)));
            })
        }),
    );
    row(
        "capture a message",
        median(100, || {
            black_box(rollcage::warning("the shop is closed"));
        }),
        median(100, || {
            black_box(sentry::capture_message(
                "the shop is closed",
                sentry::Level::Warning,
            ));
        }),
    );
    row(
        "add a breadcrumb",
        median(10_000, || {
            rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, "cart loaded").with("lines", 3));
        }),
        median(10_000, || {
            sentry::add_breadcrumb(sentry::Breadcrumb {
                category: Some("log".into()),
                message: Some("cart loaded".into()),
                level: sentry::Level::Info,
                data: [("lines".to_owned(), 3.into())].into_iter().collect(),
                ..sentry::Breadcrumb::default()
            });
        }),
    );
    layers(row);
}

/// The layers around a service that answers at once, with what the service itself costs taken off.
fn layers(row: impl Fn(&str, Duration, Duration)) {
    use tower_layer::Layer as _;

    let bare = served(service());
    let ours = served(rollcage::tower::layer().layer(service()));
    let theirs = served(
        sentry::integrations::tower::NewSentryLayer::new_from_top()
            .layer(sentry::integrations::tower::SentryHttpLayer::new().layer(service())),
    );
    row(
        "layer, per request",
        ours.saturating_sub(bare),
        theirs.saturating_sub(bare),
    );
    println!("(the service alone: {bare:.2?})");
}

/// Answers at once.
fn service() -> impl tower_service::Service<
    Request<()>,
    Response = Response<Answer>,
    Error = Infallible,
    Future = std::future::Ready<Result<Response<Answer>, Infallible>>,
> + Clone {
    tower::service_fn(|request: Request<()>| {
        black_box(&request);
        std::future::ready(Ok(Response::new(Answer(Some(Bytes::from_static(
            b"an order",
        ))))))
    })
}

/// The median time of a request through `service`.
fn served<S, B>(mut service: S) -> Duration
where
    S: tower_service::Service<http::Request<()>, Response = http::Response<B>>,
    S::Error: std::fmt::Debug,
    B: http_body::Body,
{
    const REQUESTS: usize = 1_000;
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let requests: Vec<_> = (0..REQUESTS).map(|_| request::request()).collect();
            let begun = now();
            for request in requests {
                request::serve(&mut service, request);
            }
            begun.elapsed() / u32::try_from(REQUESTS).expect("a thousand")
        })
        .collect();
    middle(&mut rounds)
}

/// The median over rounds of what a call takes.
fn median(calls: u32, mut call: impl FnMut()) -> Duration {
    let mut rounds: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let begun = now();
            for _ in 0..calls {
                call();
            }
            let took = begun.elapsed() / calls;
            assert!(rollcage::flush(PATIENCE), "the worker comes along");
            took
        })
        .collect();
    middle(&mut rounds)
}

fn middle(rounds: &mut [Duration]) -> Duration {
    rounds.sort_unstable();
    rounds[rounds.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
fn now() -> Instant {
    Instant::now()
}

/// An error with a cause, as most are.
#[derive(Debug)]
struct NoStock(std::num::ParseIntError);

impl std::fmt::Display for NoStock {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("no stock")
    }
}

impl std::error::Error for NoStock {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A stack as deep as that of a small application.
#[inline(never)]
fn deep<R>(frames: usize, bottom: &dyn Fn() -> R) -> R {
    if frames == 0 {
        bottom()
    } else {
        let result = deep(frames - 1, bottom);
        black_box(&frames);
        result
    }
}

/// Runs `measure` while `sentry` attaches stack traces.
fn with_backtraces(measure: impl FnOnce() -> Duration) -> Duration {
    let client = sentry::Client::from(sentry::apply_defaults(
        ClientOptions::new()
            .dsn("http://key@127.0.0.1:9/1")
            .transport(|_: &ClientOptions| -> Arc<dyn Transport> { Arc::new(Nowhere) })
            .attach_stacktrace(true),
    ));
    let hub = sentry::Hub::new(Some(Arc::new(client)), Arc::new(sentry::Scope::default()));
    sentry::Hub::run(Arc::new(hub), measure)
}

struct Nowhere;

impl Transport for Nowhere {
    fn send_envelope(&self, envelope: Envelope) {
        drop(black_box(envelope));
    }
}
