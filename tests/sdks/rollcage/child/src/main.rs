//! An application that fails in the way its first argument says. Where to report to is in the
//! environment. A line on its standard input lets it go on where it waits.

mod errors;

use std::{error::Error, io, process::ExitCode, time::Duration};

use rollcage::{Breadcrumb, Guard, Level, Options, Person, ReportExt, Request, ScopeExt};

/// Longer than anything takes.
const LONG: Duration = Duration::from_mins(5);

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let case = std::env::args().nth(1).unwrap_or_default();
    let guard = rollcage::init(options());
    match case.as_str() {
        "main" => whole(),
        "tokio" => within_tokio(),
        "result" => return errors::checkout("zz9").map_err(Box::from).report(),
        "exit" => {
            rollcage::error("before the exit");
            assert!(rollcage::flush(LONG));
            std::process::exit(3);
        }
        "exit-async" => exit_within_tokio(),
        "panic-main" => errors::panics(),
        "panic-thread" => {
            let ended = std::thread::Builder::new()
                .name("billing".into())
                .spawn(errors::panics)?
                .join();
            assert!(ended.is_err());
        }
        "panic-twice" => errors::panics_twice(),
        "panic-no-unwind" => errors::panics_where_nothing_unwinds(),
        "capture" => capture_many(guard),
        "outage" => outage(),
        "wait" => wait(),
        other => return Err(format!("{other}: no such way to fail").into()),
    }
    Ok(ExitCode::SUCCESS)
}

fn options() -> Options {
    let mut options = rollcage::options!()
        .environment("child")
        .code_version("1.2.3")
        .retry(Duration::from_millis(5), Duration::from_millis(50))
        .shutdown_timeout(LONG);
    if let Some(most) = number("QUEUE") {
        options = options.queue(most, 256 << 20);
    }
    if std::env::var_os("SPOOL_BEFORE_RETURN").is_some() {
        options = options.spool_before_return(true);
    }
    options
}

fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

/// Everything that an occurrence may have.
fn whole() {
    rollcage::configure_scope(|scope| {
        scope.set_person(Person::new("77").username("ada").email("ada@example.test"));
        scope.set_custom("cart", 12);
        scope.set_custom("password", "hunter2");
        scope.set_context("/cart/{sku}");
        scope.set_framework("none");
        scope.set_request(
            Request::new()
                .method("GET")
                .url("http://shop.example.test/cart/ZZ9?qty=2")
                .header("user-agent", "child"),
        );
    });
    rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, "cart loaded").with("lines", 3));
    if let Err(error) = errors::checkout("zz9") {
        let uuid = rollcage::capture_error(&error);
        println!("{uuid}");
    }
}

fn within_tokio() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut scope = rollcage::Scope::current();
        scope.set_person(Person::new("77"));
        let work = async {
            tokio::task::yield_now().await;
            rollcage::error("within a task");
        };
        tokio::spawn(work.in_scope(scope)).await.expect("it ends");
    });
}

/// Flushes on a runtime of one thread, which goes on meanwhile.
fn exit_within_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        rollcage::error("before the exit");
        let beside = tokio::spawn(async {
            tokio::task::yield_now().await;
            println!("went on");
        });
        assert!(rollcage::flush_async(LONG).await);
        beside.await.expect("it ends");
        std::process::exit(3);
    });
}

/// Captures as many as `COUNT` says, each another, and says how many were dropped. Then waits, and
/// ends.
fn capture_many(guard: Guard) {
    for n in 0..number("COUNT").unwrap_or(1) {
        rollcage::capture_error(&errors::Distinct(name(n)));
    }
    println!("captured {}", rollcage::dropped());
    wait();
    let flushed = rollcage::flush(LONG);
    println!("flushed {flushed} {}", rollcage::dropped());
    drop(guard);
}

/// Captures far more than may wait, with the server away; then one more, with the server there.
fn outage() {
    let before = resident_bytes();
    for n in 0..number("COUNT").unwrap_or(1) {
        rollcage::capture(
            rollcage::Occurrence::message(Level::Error, name(n)).custom("data", "x".repeat(10_000)),
        );
    }
    let grown = resident_bytes().saturating_sub(before);
    println!("captured {} {grown}", rollcage::dropped());
    wait();
    assert!(rollcage::flush(LONG));
    rollcage::error("the last");
    assert!(rollcage::flush(LONG));
}

fn wait() {
    let mut line = String::new();
    // The end of the input lets it go on as well.
    let _ = io::stdin().read_line(&mut line);
}

/// A number in letters: digits do not tell errors apart.
fn name(mut number: usize) -> String {
    let mut name = String::new();
    loop {
        let letter = u8::try_from(number % 26).expect("it is below 26");
        name.push(char::from(b'a' + letter));
        number /= 26;
        if number == 0 {
            return name;
        }
    }
}

fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse().ok());
    pages.unwrap_or(0_usize) * 4096
}
