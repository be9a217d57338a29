//! A thousand requests at one time, each with its own person and breadcrumbs: none are mixed.

use std::time::Duration;

use proptest::prelude::*;
use rollcage::{Breadcrumb, Options, Person, Scope, ScopeExt, testing::Recorder};
use serde_json::Value;
use tokio::{runtime::Runtime, task::JoinSet};

const REQUESTS: usize = 1_000;

/// What a request does between two awaits.
#[derive(Clone, Debug)]
enum Step {
    Breadcrumb,
    /// Something in a fork of its scope.
    Within,
    /// A task of its own.
    Spawned,
    Yield,
    Sleep(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Breadcrumb),
        Just(Step::Within),
        Just(Step::Spawned),
        Just(Step::Yield),
        (0..3_u64).prop_map(Step::Sleep),
    ]
}

async fn request(id: usize, steps: Vec<Step>) {
    rollcage::configure_scope(|scope| scope.set_person(Person::new(id.to_string())));
    for step in steps {
        match step {
            Step::Breadcrumb => rollcage::add_breadcrumb(Breadcrumb::manual(id.to_string())),
            Step::Within => rollcage::with_scope(
                |scope| scope.set_custom("fork", id),
                || {
                    rollcage::add_breadcrumb(Breadcrumb::manual(id.to_string()));
                    rollcage::info(format!("within {id}"));
                },
            ),
            Step::Spawned => {
                let work = async move {
                    tokio::task::yield_now().await;
                    rollcage::info(format!("spawned {id}"));
                };
                let spawned = tokio::spawn(work.in_current_scope());
                spawned.await.expect("it does not panic");
            }
            Step::Yield => tokio::task::yield_now().await,
            Step::Sleep(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
        }
    }
    rollcage::error(format!("request {id} failed"));
}

fn run(runtime: &Runtime, recorder: &Recorder, plans: &[Vec<Step>]) {
    let options = Options::new("")
        .panic_hook(false)
        .repeats_per_minute(0)
        .queue(1_000_000, 1 << 30);
    let scope = recorder.scope(options);
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for id in 0..REQUESTS {
            let plan = plans[id % plans.len()].clone();
            tasks.spawn(request(id, plan).in_scope(scope.clone()));
        }
        while let Some(done) = tasks.join_next().await {
            done.expect("it does not panic");
        }
        // Nothing stays on the threads.
        rollcage::add_breadcrumb(Breadcrumb::manual("outside"));
        assert!(rollcage::error("outside").is_nil());
    });
    drop(Scope::current());
}

fn nothing_is_mixed(occurrences: &[Value]) {
    let mut failed = 0;
    for data in occurrences {
        let message = data["body"]["message"]["body"].as_str().expect("a text");
        let id = message
            .split(' ')
            .nth(1)
            .expect("each has the number of its request");
        assert_eq!(data["person"]["id"], id, "{data}");
        let crumbs = data["body"]["telemetry"].as_array();
        for crumb in crumbs.into_iter().flatten() {
            assert_eq!(crumb["body"]["message"], id, "{data}");
        }
        let fork = &data["custom"]["fork"];
        assert_eq!(fork.is_null(), !message.starts_with("within"), "{data}");
        failed += usize::from(message.ends_with("failed"));
    }
    assert_eq!(failed, REQUESTS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn concurrent_requests_keep_to_themselves(
        plans in prop::collection::vec(prop::collection::vec(step(), 0..12), 1..20),
    ) {
        let multi = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(4)
            .enable_time()
            .build()
            .expect("a runtime");
        let single = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime");
        for runtime in [multi, single] {
            let recorder = Recorder::new();
            run(&runtime, &recorder, &plans);
            nothing_is_mixed(&recorder.occurrences());
        }
    }
}
