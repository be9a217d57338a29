//! What is sent, and what becomes of it when the server does not take it.

mod http;

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use rollcage::{Options, Scope, testing};
use serde_json::{Value, json};

use http::{Answer, Http};

/// Longer than anything takes.
const LONG: Duration = Duration::from_secs(30);

fn options(url: &str) -> Options {
    Options::new("t0ken")
        .endpoint(url)
        .panic_hook(false)
        .repeats_per_minute(0)
        .retry(Duration::from_millis(1), Duration::from_millis(4))
}

/// Runs `work` in that scope and waits until everything is safe.
fn flushed(scope: Scope, work: impl FnOnce()) -> Scope {
    let (scope, ()) = scope.run(|| {
        work();
        assert!(rollcage::flush(LONG));
    });
    scope
}

fn messages(asked: &[http::Asked]) -> Vec<&str> {
    asked
        .iter()
        .filter_map(|asked| asked.data["body"]["message"]["body"].as_str())
        .collect()
}

/// The counts of drops that all of them report, by reason.
fn reported(asked: &[http::Asked], reason: &str) -> u64 {
    asked
        .iter()
        .filter_map(|asked| asked.data["notifier"]["diagnostic"]["dropped"][reason].as_u64())
        .sum()
}

/// A folder that goes when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("rollcage-{}", rollcage::Uuid::new_v4())))
    }

    /// The files of occurrences in it.
    fn files(&self) -> usize {
        let folders = fs::read_dir(&self.0).into_iter().flatten().flatten();
        folders
            .flat_map(|folder| fs::read_dir(folder.path()).into_iter().flatten().flatten())
            .filter(|file| file.file_name().to_string_lossy().ends_with(".json.gz"))
            .count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left of it is in the system's folder for such things.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn items_come_compressed_with_the_token_on_one_connection() {
    let server = Http::start(&[]);
    let scope = testing::scope(options(&server.url()));
    flushed(scope, || {
        for n in 0..10 {
            rollcage::info(format!("message {n} {}", "x".repeat(1_000)));
        }
    });
    let asked = server.asked();
    assert_eq!(asked.len(), 10);
    assert_eq!(server.connections(), 1);
    for (n, asked) in asked.iter().enumerate() {
        assert!(asked.head.starts_with("post /api/1/item/ http/1.1"));
        assert!(asked.head.contains("x-rollbar-access-token: t0ken\r\n"));
        assert!(asked.head.contains("content-encoding: gzip\r\n"));
        assert!(asked.bytes < 1_000, "{}", asked.bytes);
        let message = asked.data["body"]["message"]["body"].as_str();
        assert!(message.is_some_and(|text| text.starts_with(&format!("message {n} "))));
    }
}

#[test]
fn a_failing_server_is_tried_again() {
    let server = Http::start(&[Answer::of(500), Answer::of(502)]);
    let scope = testing::scope(options(&server.url()));
    flushed(scope, || {
        rollcage::info("one");
        rollcage::info("two");
    });
    assert_eq!(messages(&server.asked()), ["one", "one", "one", "two"]);
}

#[test]
fn one_that_makes_the_server_fail_does_not_keep_others() {
    let server = Http::start(&[Answer::of(500); 3]);
    let scope = testing::scope(options(&server.url()));
    flushed(scope, || {
        rollcage::info("one");
        rollcage::info("two");
    });
    let asked = server.wait(5);
    assert_eq!(messages(&asked), ["one", "one", "one", "two", "one"]);
}

#[test]
fn what_is_refused_is_not_tried_again_and_is_counted() {
    let server = Http::start(&[Answer::of(422), Answer::of(401)]);
    let scope = testing::scope(options(&server.url()));
    let scope = flushed(scope, || {
        rollcage::info("one");
        assert!(rollcage::flush(LONG));
        rollcage::info("two");
    });
    flushed(scope, || {
        assert_eq!(rollcage::dropped(), 2);
        rollcage::info("three");
    });
    let asked = server.asked();
    assert_eq!(messages(&asked), ["one", "two", "three"]);
    let told = |asked: &http::Asked| asked.data["custom"]["rollcage_dropped"].clone();
    assert_eq!(told(&asked[1]), json!({ "rejected": 1 }));
    // The one that told was refused as well.
    assert_eq!(told(&asked[2]), json!({ "rejected": 2 }));
}

#[test]
fn what_is_too_large_for_the_server_is_sent_smaller_once() {
    let server = Http::start(&[
        Answer::of(413),
        Answer::OK,
        Answer::of(413),
        Answer::of(413),
    ]);
    let scope = testing::scope(options(&server.url()));
    let noise = |n: u32| -> Value {
        let words = (0..2_000).map(|word| json!(format!("{:x}", word * n * 7_919)));
        words.collect::<Vec<_>>().into()
    };
    flushed(scope, || {
        rollcage::capture(
            rollcage::Occurrence::message(rollcage::Level::Info, "one").custom("noise", noise(1)),
        );
        rollcage::capture(
            rollcage::Occurrence::message(rollcage::Level::Info, "two").custom("noise", noise(2)),
        );
        // What is ready already cannot tell of it.
        assert!(rollcage::flush(LONG));
        rollcage::info("three");
    });
    let asked = server.asked();
    assert_eq!(messages(&asked), ["one", "one", "two", "two", "three"]);
    assert!(asked[1].bytes * 2 < asked[0].bytes);
    assert_eq!(asked[0].data["uuid"], asked[1].data["uuid"]);
    assert_eq!(reported(&asked, "too_large"), 1);
}

/// Asked for a pause, the SDK does not come before it is over, whatever its own waits are.
#[expect(clippy::disallowed_methods, reason = "the server's clock")]
fn it_pauses(answer: Answer, again: &[&str]) {
    let server = Http::start(&[answer]);
    let scope = testing::scope(options(&server.url()));
    let (scope, ()) = scope.run(|| {
        rollcage::info("one");
    });
    server.wait(1);
    // The answer is written after this, so a pause of a second ends later than this and a second.
    let asked_at = Instant::now();
    flushed(scope, || {
        rollcage::info("two");
    });
    assert!(asked_at.elapsed() > Duration::from_millis(900));
    assert_eq!(messages(&server.asked()), again);
}

#[test]
fn a_429_is_obeyed() {
    it_pauses(
        Answer::of(429).with("Retry-After: 1"),
        &["one", "one", "two"],
    );
}

#[test]
fn a_limit_that_is_used_up_is_obeyed_before_a_429() {
    it_pauses(
        Answer::OK.with("X-Rate-Limit-Remaining: 0\r\nX-Rate-Limit-Remaining-Seconds: 1"),
        &["one", "two"],
    );
}

#[test]
fn without_a_spool_what_does_not_fit_is_counted_exactly() {
    let server = Http::away();
    let url = server.url();
    let scope = testing::scope(options(&url).queue(50, 16 * 1024 * 1024));
    let (scope, dropped) = scope.run(|| {
        for n in 0..1_000 {
            rollcage::info(format!("message {n}"));
        }
        assert!(!rollcage::flush(Duration::from_millis(1)));
        rollcage::dropped()
    });
    assert!(dropped >= 900, "{dropped}");
    server.come_back();
    flushed(scope, || {
        assert!(rollcage::flush(LONG));
        rollcage::info("the last");
        assert_eq!(rollcage::dropped(), dropped);
    });
    let asked = server.asked();
    assert_eq!(asked.len() as u64 + dropped, 1_001);
    assert_eq!(reported(&asked, "queue_full"), dropped);
}

#[test]
fn the_queue_is_bounded_in_bytes() {
    let url = Http::away().url();
    let scope = testing::scope(options(&url).queue(1_000_000, 1024 * 1024));
    scope.run(|| {
        for _ in 0..100 {
            rollcage::info("x".repeat(60_000));
        }
        // What is ready is not in the queue any more.
        assert!(
            rollcage::dropped() >= 100 - 17 - 5,
            "{}",
            rollcage::dropped()
        );
    });
}

#[test]
fn with_a_spool_nothing_is_lost_while_the_server_is_away() {
    let folder = Folder::new();
    let server = Http::away();
    let url = server.url();
    let options = options(&url).spool(&folder.0).queue(10_000, 64 << 20);
    let scope = flushed(testing::scope(options.clone()), || {
        for n in 0..500 {
            rollcage::info(format!("message {n}"));
        }
    });
    assert_eq!(folder.files(), 500);
    server.come_back();
    let asked = server.wait(500);
    assert_eq!(messages(&asked)[499], "message 499");
    flushed(scope, || assert_eq!(rollcage::dropped(), 0));
    assert_eq!(folder.files(), 0);
}

#[test]
fn what_was_captured_is_in_a_file_when_the_capture_returns_if_that_is_asked_for() {
    let folder = Folder::new();
    let url = Http::away().url();
    let options = options(&url).spool(&folder.0).spool_before_return(true);
    testing::scope(options).run(|| {
        for n in 1..=20 {
            rollcage::info(format!("message {n}"));
            assert_eq!(folder.files(), n);
        }
    });
}

#[test]
fn a_spool_that_is_full_is_counted() {
    let folder = Folder::new();
    let server = Http::away();
    let url = server.url();
    let options = options(&url).spool(&folder.0).spool_bytes(2_000);
    let (scope, dropped) = testing::scope(options).run(|| {
        for n in 0..100 {
            rollcage::info(format!("message {n}"));
        }
        assert!(rollcage::flush(LONG));
        rollcage::dropped()
    });
    assert!((80..100).contains(&dropped), "{dropped}");
    server.come_back();
    server.wait(usize::try_from(100 - dropped).expect("a few"));
    flushed(scope, || {
        rollcage::info("the last");
    });
    assert_eq!(reported(&server.asked(), "spool_full"), dropped);
}

#[test]
fn a_spool_that_cannot_be_made_is_done_without() {
    let folder = Folder::new();
    fs::write(&folder.0, "a file").expect("a disk");
    let server = Http::start(&[]);
    flushed(
        testing::scope(options(&server.url()).spool(&folder.0)),
        || {
            rollcage::info("one");
        },
    );
    assert_eq!(messages(&server.asked()), ["one"]);
    let _ = fs::remove_file(&folder.0);
}

#[test]
fn flushing_in_a_future_blocks_nobody() {
    use std::{
        pin::pin,
        task::{Context, Poll, Waker},
    };

    // A server that takes the request and does not answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("it listens"));
    testing::scope(options(&url)).run(|| {
        rollcage::info("one");
        let mut flushing = pin!(rollcage::flush_async(LONG));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(flushing.as_mut().poll(&mut context), Poll::Pending);
        assert_eq!(flushing.as_mut().poll(&mut context), Poll::Pending);
    });
}
