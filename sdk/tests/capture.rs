//! What is captured, as it would be sent.

use std::{
    error::Error,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rollcage::{Breadcrumb, Level, Occurrence, Options, Person, Request, testing::Recorder};
use serde_json::{Value, json};

#[derive(Debug)]
struct NoPrice {
    source: std::num::ParseIntError,
}

impl fmt::Display for NoPrice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the price of ZZ9 cannot be read")
    }
}

impl Error for NoPrice {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

fn price(text: &str) -> Result<u32, NoPrice> {
    text.parse().map_err(|source| NoPrice { source })
}

fn options() -> Options {
    Options::new("").root(env!("CARGO_MANIFEST_DIR"))
}

/// What `work` captures, with `options`.
fn captured(options: Options, work: impl FnOnce()) -> Vec<Value> {
    let recorder = Recorder::new();
    recorder.scope(options).run(work);
    recorder.occurrences()
}

fn only(occurrences: &[Value]) -> &Value {
    assert_eq!(occurrences.len(), 1, "{occurrences:#?}");
    &occurrences[0]
}

#[inline(never)]
fn checkout() -> rollcage::Uuid {
    rollcage::capture_error(&price("zz9").unwrap_err())
}

#[test]
fn an_error_has_its_causes_and_a_trace() {
    let mut uuid = None;
    let occurrences = captured(options(), || uuid = Some(checkout()));
    let data = only(&occurrences);
    assert_eq!(data["uuid"], uuid.expect("it ran").to_string());
    assert_eq!(data["level"], "error");
    assert_eq!(data["language"], "rust");
    assert_eq!(data["notifier"]["name"], "rollcage");
    let chain = data["body"]["trace_chain"].as_array().expect("a chain");
    assert_eq!(chain.len(), 2);
    assert_eq!(
        chain[0]["exception"],
        json!({ "class": "NoPrice", "message": "the price of ZZ9 cannot be read" })
    );
    assert_eq!(
        chain[1]["exception"],
        json!({ "class": "ParseIntError", "message": "invalid digit found in string" })
    );

    let frames = chain[0]["frames"].as_array().expect("frames");
    let innermost = frames.last().expect("the stack is not empty");
    assert_eq!(innermost["method"], "capture::checkout", "{frames:#?}");
    assert_eq!(innermost["filename"], "tests/capture.rs");
    assert_eq!(innermost["in_app"], true);
    let caller = &frames[frames.len() - 2];
    assert_eq!(
        caller["method"],
        "capture::an_error_has_its_causes_and_a_trace::{closure}"
    );
    for frame in frames {
        let method = frame["method"].as_str().expect("a name");
        assert!(!method.contains("::h"), "{method}");
        assert!(!method.contains('<'), "{method}");
        let is_own = frame["filename"] == "tests/capture.rs";
        assert_eq!(frame["in_app"], is_own, "{frame}");
    }
}

#[test]
fn without_a_backtrace_the_place_is_told() {
    let line = line!() + 2;
    let occurrences = captured(options().backtraces(false), || {
        rollcage::capture_error(&price("zz9").unwrap_err());
    });
    let frames = &only(&occurrences)["body"]["trace_chain"][0]["frames"];
    let frames = frames.as_array().expect("frames");
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0]["lineno"], line);
    let file = frames[0]["filename"].as_str().expect("a file");
    assert!(file.ends_with("tests/capture.rs"), "{file}");
}

#[test]
fn source_is_sent_where_it_is_asked_for() {
    let occurrences = captured(options().source_context(true), || {
        checkout();
    });
    let frames = &only(&occurrences)["body"]["trace_chain"][0]["frames"];
    let innermost = frames.as_array().and_then(|frames| frames.last());
    let innermost = innermost.expect("the stack is not empty");
    let code = innermost["code"].as_str().expect("a line");
    assert!(code.contains("rollcage::capture_error"), "{code}");
    assert_eq!(
        innermost["context"]["pre"].as_array().map(Vec::len),
        Some(5)
    );
}

#[test]
fn scopes_add_what_they_know_and_the_innermost_counts() {
    let occurrences = captured(options(), || {
        rollcage::configure_scope(|scope| {
            scope.set_person(Person::new("1").username("ada"));
            scope.set_custom("a", 1);
            scope.set_custom("b", 1);
            scope.set_context("/cart");
        });
        rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, "outer"));
        rollcage::with_scope(
            |scope| {
                scope.set_custom("b", 2);
                scope.set_request(Request::new().method("GET").url("http://shop.test/"));
                scope.set_fingerprint("cart");
            },
            || {
                rollcage::add_breadcrumb(Breadcrumb::manual("inner").with("n", 1));
                rollcage::warning("within");
            },
        );
        rollcage::warning("after");
    });
    assert_eq!(occurrences.len(), 2);
    let (within, after) = (&occurrences[0], &occurrences[1]);
    for data in [within, after] {
        assert_eq!(data["person"], json!({ "id": "1", "username": "ada" }));
        assert_eq!(data["context"], "/cart");
        assert_eq!(data["level"], "warning");
        assert_eq!(data["custom"]["a"], 1);
    }
    assert_eq!(within["custom"]["b"], 2);
    assert_eq!(after["custom"]["b"], 1);
    assert_eq!(within["request"]["method"], "GET");
    assert_eq!(within["fingerprint"], "cart");
    assert!(after.get("request").is_none());
    assert!(after.get("fingerprint").is_none());
    let told = |data: &Value| -> Vec<String> {
        let list = data["body"]["telemetry"].as_array().expect("breadcrumbs");
        list.iter()
            .map(|crumb| crumb["body"]["message"].as_str().unwrap_or("").to_owned())
            .collect()
    };
    assert_eq!(told(within), ["outer", "inner"]);
    assert_eq!(told(after), ["outer"]);
}

#[test]
fn breadcrumbs_are_bounded() {
    let occurrences = captured(options().breadcrumbs(3), || {
        for n in 0..10 {
            rollcage::add_breadcrumb(Breadcrumb::manual(format!("{n}")));
        }
        rollcage::add_breadcrumb(
            Breadcrumb::manual("x".repeat(100_000)).with("large", "y".repeat(100_000)),
        );
        rollcage::error("x");
    });
    let crumbs = &only(&occurrences)["body"]["telemetry"];
    assert_eq!(crumbs.as_array().map(Vec::len), Some(3));
    assert_eq!(crumbs[0]["body"]["message"], "8");
    assert!(crumbs.to_string().len() < 2_000);
}

#[test]
fn before_send_changes_and_drops_and_what_it_adds_is_scrubbed() {
    let options = options().before_send(|mut data| {
        if data["body"]["message"]["body"] == "secret meeting" {
            return None;
        }
        data["custom"]["api_key"] = json!("hunter2");
        data["title"] = json!("changed");
        Some(data)
    });
    let occurrences = captured(options, || {
        rollcage::info("secret meeting");
        rollcage::info("password=hunter2");
    });
    let data = only(&occurrences);
    assert_eq!(data["title"], "changed");
    assert!(!data.to_string().contains("hunter2"), "{data}");
    assert_eq!(
        data["custom"]["rollcage_dropped"],
        json!({ "before_send": 1 })
    );
    assert_eq!(
        data["notifier"]["diagnostic"]["dropped"],
        json!({ "before_send": 1 })
    );
}

#[test]
fn a_panic_in_before_send_costs_one_occurrence() {
    let asked = Arc::new(AtomicU64::new(0));
    let counted = asked.clone();
    let options = options().before_send(move |data| {
        // From here flushing cannot wait, and capturing is not looked at.
        assert!(!rollcage::flush(Duration::from_secs(60)));
        assert!(rollcage::error("within").is_nil());
        assert!(counted.fetch_add(1, Ordering::Relaxed) != 0, "the first");
        Some(data)
    });
    let occurrences = captured(options, || {
        rollcage::info("one");
        rollcage::info("two");
    });
    let data = only(&occurrences);
    assert_eq!(asked.load(Ordering::Relaxed), 2);
    assert_eq!(data["body"]["message"]["body"], "two");
    assert_eq!(data["custom"]["rollcage_dropped"], json!({ "panicked": 1 }));
}

#[test]
fn an_error_that_panics_does_not_reach_the_application() {
    #[derive(Debug)]
    struct Broken;
    impl fmt::Display for Broken {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("an error that cannot be displayed")
        }
    }
    impl Error for Broken {}

    let occurrences = captured(options(), || {
        assert!(rollcage::capture_error(&Broken).is_nil());
        rollcage::info("after");
    });
    let data = only(&occurrences);
    assert_eq!(data["custom"]["rollcage_dropped"], json!({ "panicked": 1 }));
}

#[test]
fn a_circle_of_causes_ends() {
    #[derive(Debug)]
    struct Circle;
    impl fmt::Display for Circle {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("round")
        }
    }
    impl Error for Circle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }
    let occurrences = captured(options(), || {
        rollcage::capture_error(&Circle);
    });
    let chain = &only(&occurrences)["body"]["trace_chain"];
    assert_eq!(chain.as_array().map(Vec::len), Some(32));
}

#[test]
fn repeats_are_folded_into_one_with_a_count() {
    let occurrences = captured(options().repeats_per_minute(3), || {
        for n in 0..1_000 {
            rollcage::error(format!("order {n} failed"));
        }
        rollcage::error("something else");
    });
    let of = |text: &str| -> Vec<&Value> {
        occurrences
            .iter()
            .filter(|data| {
                data["body"]["message"]["body"]
                    .as_str()
                    .is_some_and(|body| body.starts_with(text))
            })
            .collect()
    };
    assert_eq!(of("something").len(), 1);
    let orders = of("order");
    assert_eq!(orders.len(), 4);
    let repeats: u64 = orders
        .iter()
        .filter_map(|data| data["custom"]["rollcage_repeats"].as_u64())
        .sum();
    assert_eq!(repeats + 4, 1_000);
}

#[test]
fn sampling_keeps_a_part_and_counts_the_rest() {
    let none = captured(options().sample_rate(0.0), || {
        for _ in 0..10 {
            rollcage::error("x");
        }
        assert_eq!(rollcage::dropped(), 10);
        // Panics always are.
        rollcage::capture(Occurrence::panic("out of paper"));
    });
    let data = only(&none);
    assert_eq!(data["body"]["trace"]["exception"]["class"], "panic");
    assert_eq!(data["custom"]["rollcage_dropped"], json!({ "sampled": 10 }));
}

#[test]
fn what_is_too_large_is_cut_and_keeps_its_trace() {
    let occurrences = captured(options().item_bytes(20_000), || {
        rollcage::configure_scope(|scope| scope.set_custom("blob", "x".repeat(3_000_000)));
        checkout();
    });
    let data = only(&occurrences);
    assert!(data.to_string().len() <= 20_000);
    let chain = data["body"]["trace_chain"].as_array().expect("a chain");
    assert_eq!(chain.len(), 2);
    assert!(
        chain[0]["frames"]
            .as_array()
            .is_some_and(|frames| !frames.is_empty())
    );
}

#[test]
fn without_a_token_nothing_is_done() {
    let guard = rollcage::init("");
    assert!(!guard.is_on());
    assert!(rollcage::flush(Duration::ZERO));
    assert_eq!(rollcage::dropped(), 0);
}

#[test]
fn a_message_that_cannot_be_unwound_is_not_needed_to_leave_a_scope() {
    let recorder = Recorder::new();
    let (_, ()) = recorder.scope(options().panic_hook(false)).run(|| {
        let unwound = std::panic::catch_unwind(|| {
            rollcage::with_scope(
                |scope| scope.set_custom("inner", true),
                || panic!("out of the scope"),
            );
        });
        assert!(unwound.is_err());
        rollcage::info("after");
    });
    let occurrences = recorder.occurrences();
    assert!(only(&occurrences)["custom"].get("inner").is_none());
}

#[cfg(feature = "anyhow")]
#[test]
fn anyhow_has_its_causes() {
    use anyhow::Context;

    let error = price("zz9").context("checkout failed").unwrap_err();
    let occurrences = captured(options(), || {
        rollcage::capture_anyhow(&error);
    });
    let chain = &only(&occurrences)["body"]["trace_chain"];
    let messages: Vec<&str> = chain
        .as_array()
        .expect("a chain")
        .iter()
        .filter_map(|trace| trace["exception"]["message"].as_str())
        .collect();
    assert_eq!(
        messages,
        [
            "checkout failed",
            "the price of ZZ9 cannot be read",
            "invalid digit found in string"
        ]
    );
}
