//! Tasks of tokio that panicked.

use rollcage::{Options, ScopeExt as _, Uuid, testing::Recorder};
use serde_json::Value;
use tokio::task::JoinError;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .expect("threads can be made")
        .block_on(work)
}

/// A task that panics, and a blocking one.
async fn joined(text: &str) -> [JoinError; 2] {
    let (one, two) = (text.to_owned(), text.to_owned());
    let task = async move {
        tokio::task::yield_now().await;
        panic!("{one}")
    };
    let task = tokio::spawn(task.in_current_scope()).await;
    let scope = rollcage::Scope::current();
    let blocking = tokio::task::spawn_blocking(|| {
        scope.run(move || panic!("{two}"));
    })
    .await;
    [task.err(), blocking.err()].map(|error| error.expect("it panicked"))
}

fn uuids(occurrences: &[Value]) -> Vec<Uuid> {
    let uuids = occurrences.iter().map(|occurrence| &occurrence["uuid"]);
    let uuids = uuids.map(|uuid| uuid.as_str().expect("each has one"));
    uuids.map(|uuid| uuid.parse().expect("a UUID")).collect()
}

#[test]
fn a_panic_that_the_hook_captured_is_not_captured_again() {
    let (recorder, scope) = super::recorder();
    let work = async {
        joined("out of \"stock\"")
            .await
            .map(|error| rollcage::capture_join_error(&error))
    };
    let told = run(work.in_scope(scope.clone()));
    let occurrences = recorder.occurrences();
    assert_eq!(uuids(&occurrences), told, "{occurrences:#?}");
    for occurrence in &occurrences {
        let exception = &occurrence["body"]["trace"]["exception"];
        assert_eq!(exception["message"], "out of \"stock\"");
    }
}

#[test]
fn a_task_that_was_aborted_is_a_warning() {
    let recorder = Recorder::new();
    let scope = recorder.scope(Options::new("").panic_hook(false));
    let work = async {
        let task = tokio::spawn(std::future::pending::<()>());
        task.abort();
        let error = task.await.expect_err("it was aborted");
        rollcage::capture_join_error(&error)
    };
    let uuid = run(work.in_scope(scope.clone()));
    let occurrences = recorder.occurrences();
    assert_eq!(uuids(&occurrences), [uuid]);
    assert_eq!(occurrences[0]["level"], "warning");
    assert_eq!(
        occurrences[0]["body"]["message"]["body"],
        "a task was cancelled"
    );
}
