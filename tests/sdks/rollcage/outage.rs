//! When the server is away, says that it is too much, or the application is killed.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use rollcage_server::{
    accounts,
    model::{project::Scope, text::Name},
    secrets,
    store::tokens::{self, NewToken},
};
use rollcage_tests::{App, Project, place, wait::until};
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::child::Child;

/// A way to the program that is closed at first: then it ends each connection at once. Its port is
/// nobody else's meanwhile.
struct Gate {
    address: SocketAddr,
    is_open: Arc<AtomicBool>,
    serving: JoinHandle<()>,
}

impl Gate {
    async fn closed(app: &App) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it listens");
        let to = app.url();
        let to: SocketAddr = to
            .strip_prefix("http://")
            .and_then(|to| to.parse().ok())
            .expect("an address");
        let is_open = Arc::new(AtomicBool::new(false));
        let opened = is_open.clone();
        let serving = tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                if !opened.load(Ordering::Relaxed) {
                    continue;
                }
                tokio::spawn(async move {
                    let mut to = TcpStream::connect(to).await.expect("the program listens");
                    // Either may end it at any time.
                    let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                });
            }
        });
        Self {
            address,
            is_open,
            serving,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn open(&self) {
        self.is_open.store(true, Ordering::Relaxed);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// How many occurrences the project's items have in all.
async fn delivered(app: &App, project: &Project<'_>) -> u64 {
    app.digested().await;
    let mut count = 0;
    for page in 1.. {
        let found = project
            .get(&format!("/api/1/items?page={page}"))
            .await
            .result();
        let items = found["items"].as_array().expect("a list of items");
        if items.is_empty() {
            break;
        }
        let totals = items
            .iter()
            .filter_map(|item| item["total_occurrences"].as_u64());
        count += totals.sum::<u64>();
    }
    count
}

async fn all_arrive(app: &App, project: &Project<'_>, count: u64) {
    until("all have arrived", async || {
        (delivered(app, project).await == count).then_some(())
    })
    .await;
}

/// The numbers in a line.
fn numbers(line: &str) -> Vec<u64> {
    line.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_application_had_captured_arrives_when_it_is_started_again() {
    let app = App::start().await;
    let project = app.project("child").await;
    let gate = Gate::closed(&app).await;
    let spool = place::folder("spool");
    let child = |case| {
        Child::new(case, &gate.url(), &project)
            .with("ROLLCAGE_SPOOL", spool.path())
            .with("SPOOL_BEFORE_RETURN", "1")
            .with("COUNT", "100")
    };
    let (capture, wait) = (child("capture"), child("wait"));

    let mut running = capture.start();
    assert_eq!(running.line(), "captured 0");
    running.kill();
    gate.open();
    let mut running = wait.start();
    all_arrive(&app, &project, 100).await;
    running.go_on();
    running.end();

    let left = std::fs::read_dir(spool.path())
        .expect("it is there")
        .count();
    assert!(
        left <= 1,
        "only the folder of the last one may be left: {left}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_a_spool_and_nothing_comes_twice() {
    let app = App::start().await;
    let project = app.project("child").await;
    let gate = Gate::closed(&app).await;
    let spool = place::folder("spool");
    let child = Child::new("capture", &gate.url(), &project)
        .with("ROLLCAGE_SPOOL", spool.path())
        .with("COUNT", "200");

    let mut both = [child.start(), child.start()];
    for running in &mut both {
        assert_eq!(running.line(), "captured 0");
    }
    gate.open();
    for running in &mut both {
        running.go_on();
    }
    for running in both {
        running.end();
    }
    // What one had not sent when it ended, the next one does.
    let wait = Child::new("wait", &gate.url(), &project).with("ROLLCAGE_SPOOL", spool.path());
    let _running = wait.start();
    all_arrive(&app, &project, 400).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_spool_memory_is_bounded_and_drops_are_counted_exactly() {
    const COUNT: u64 = 20_000;
    /// A tenth of what was captured.
    const GROWN_MAX: u64 = 20 << 20;

    let app = App::start().await;
    let project = app.project("child").await;
    let gate = Gate::closed(&app).await;
    let mut running = Child::new("outage", &gate.url(), &project)
        .with("QUEUE", "500")
        .with("COUNT", COUNT.to_string())
        .start();
    let captured = numbers(&running.line());
    let [dropped, grown] = captured[..] else {
        panic!("two numbers: {captured:?}");
    };
    println!("captured {COUNT} with 10 kB each, dropped {dropped}, memory grew by {grown} bytes");
    assert!(grown < GROWN_MAX, "{grown}");
    gate.open();
    running.go_on();
    running.end();

    assert_eq!(delivered(&app, &project).await + dropped, COUNT + 1);
    let mut told = 0;
    for (_, data) in super::data(&app, &project).await {
        told += data["custom"]["rollcage_dropped"]["queue_full"]
            .as_u64()
            .unwrap_or(0);
    }
    assert_eq!(told, dropped);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_burst_everything_is_delivered_or_counted() {
    const COUNT: u64 = 10_000;

    let app = App::start().await;
    let spool = place::folder("spool");
    for with_spool in [false, true] {
        let project = app
            .project(if with_spool { "spool" } else { "memory" })
            .await;
        let mut child =
            Child::new("capture", &app.url(), &project).with("COUNT", COUNT.to_string());
        if with_spool {
            child = child
                .with("ROLLCAGE_SPOOL", spool.path())
                .with("QUEUE", COUNT.to_string());
        }
        let mut running = child.start();
        let captured = running.line();
        running.go_on();
        let ended = running.end();
        let dropped = numbers(&ended)[0];
        let delivered = delivered(&app, &project).await;
        println!(
            "of {COUNT}, spool {with_spool}: {delivered} delivered, {dropped} dropped ({captured})"
        );
        assert!(ended.contains("flushed true"), "{ended}");
        assert_eq!(delivered + dropped, COUNT);
        assert!(!with_spool || dropped == 0, "{dropped}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tokens_limit_is_obeyed() {
    /// One in ten seconds, once these are used up.
    const PER_MINUTE: i32 = 6;

    let app = App::start().await;
    let project = app.project("child").await;
    let token = limited(&app, &project, PER_MINUTE).await;
    // The first run may have to wait until the child is built.
    let ended = Child::with_token("wait", &app.url(), "").run();
    assert_eq!(ended.code, Some(0), "{}", ended.said);
    until("the limit is reached", async || {
        (app.post_item(token, "").await.status == 429).then_some(())
    })
    .await;

    let ended = Child::with_token("exit", &app.url(), token)
        .with("ROLLCAGE_DEBUG", "1")
        .run();

    assert_eq!(ended.code, Some(3), "{}", ended.said);
    // It was told once, and came back when it was asked to.
    assert_eq!(ended.said.matches("Later").count(), 1, "{}", ended.said);
    assert_eq!(delivered(&app, &project).await, 1);
}

/// A token that may report so many a minute, and that ingest knows.
async fn limited(app: &App, project: &Project<'_>, per_minute: i32) -> &'static str {
    const LIMITED: &str = "5d3f1a0c9b7e4826a1c0d2e4f6981735";

    let name = Name::new("limited");
    let new = NewToken {
        project: project.id,
        name: &name,
        sha256: &secrets::sha256(LIMITED),
        plain: Some(LIMITED),
        scope: Scope::PostServerItem,
        rate_per_minute: Some(per_minute),
    };
    tokens::insert(app.database.db(), &new, app.clock.now())
        .await
        .expect("the token is new");
    accounts::announce_tokens(app.database.db()).await;
    until("ingest knows the limited token", async || {
        (app.post_item(LIMITED, "").await.status != 401).then_some(())
    })
    .await;
    LIMITED
}
