//! A thousand requests at once, of different persons, and nothing of one in what another reports.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{Router, body::Body, extract::Path, response::Response, routing::get};
use bytes::Bytes;
use http::Request;
use http_body::{Body as _, Frame};
use proptest::prelude::*;
use rollcage::{Breadcrumb, Level, Person, ScopeExt as _};
use serde_json::Value;
use tokio::{runtime::Runtime, task::JoinSet};
use tower::ServiceExt as _;

const REQUESTS: usize = 1_000;

/// How a request goes: how often the others get a turn before each of its steps.
#[derive(Clone, Debug)]
struct Plan {
    turns: Vec<u8>,
    spawns: bool,
    streams: bool,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn requests_on_several_threads_are_not_mixed(plans in plans()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build();
        none_is_mixed(&runtime.expect("threads can be made"), plans)?;
    }

    #[test]
    fn requests_on_one_thread_are_not_mixed(plans in plans()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        none_is_mixed(&runtime.expect("a runtime can be made"), plans)?;
    }
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let plan = (
        prop::collection::vec(0_u8..4, 0..5),
        any::<bool>(),
        any::<bool>(),
    );
    let plan = plan.prop_map(|(turns, spawns, streams)| Plan {
        turns,
        spawns,
        streams,
    });
    prop::collection::vec(plan, REQUESTS)
}

fn none_is_mixed(runtime: &Runtime, plans: Vec<Plan>) -> Result<(), TestCaseError> {
    let (recorder, scope) = super::recorder();
    let plans = Arc::new(plans);
    runtime.block_on(
        async {
            let router = router(Arc::clone(&plans));
            let mut requests = JoinSet::new();
            for number in 0..REQUESTS {
                let router = router.clone();
                // Each task has the scope with the recorder, as a connection has the process's.
                requests.spawn(async move { ask(router, number).await }.in_current_scope());
            }
            requests.join_all().await;
        }
        .in_scope(scope.clone()),
    );

    let mut told: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for occurrence in recorder.occurrences() {
        let (number, by) = check(&occurrence, &plans)?;
        prop_assert!(told.entry(number).or_default().insert(by));
    }
    prop_assert_eq!(told.len(), REQUESTS);
    for (number, by) in told {
        let plan = &plans[number];
        let expected = 1 + usize::from(plan.spawns) + usize::from(plan.streams);
        prop_assert_eq!(by.len(), expected, "{} {:?}", number, by);
    }
    Ok(())
}

/// Everything in `occurrence` is of one request: which, and by which part of it it was reported.
fn check(occurrence: &Value, plans: &[Plan]) -> Result<(usize, String), TestCaseError> {
    let number = occurrence["custom"]["number"]
        .as_u64()
        .expect("set with each capture");
    let number = usize::try_from(number).expect("below a thousand");
    prop_assert_eq!(&occurrence["person"]["id"], &number.to_string());
    let expected = format!("http://shop.example.test/visit/{number}");
    prop_assert_eq!(&occurrence["request"]["url"], &expected);
    prop_assert_eq!(&occurrence["context"], "/visit/{number}");

    let breadcrumbs = occurrence["body"]["telemetry"].as_array();
    let breadcrumbs = breadcrumbs.map_or(&[][..], Vec::as_slice);
    for (step, breadcrumb) in breadcrumbs.iter().enumerate() {
        let expected = format!("request {number} step {step}");
        prop_assert_eq!(&breadcrumb["body"]["message"], &expected);
    }
    prop_assert_eq!(breadcrumbs.len(), plans[number].turns.len());
    let by = occurrence["custom"]["by"]
        .as_str()
        .expect("set with each capture");
    Ok((number, by.to_owned()))
}

fn router(plans: Arc<Vec<Plan>>) -> Router {
    let visit = move |Path(number): Path<usize>| {
        let plan = plans[number].clone();
        async move { work(number, plan).await }
    };
    Router::new()
        .route("/visit/{number}", get(visit))
        .layer(rollcage::tower::layer())
}

async fn work(number: usize, plan: Plan) -> Response<Body> {
    rollcage::configure_scope(|scope| scope.set_person(Person::new(number.to_string())));
    for (step, turns) in plan.turns.iter().enumerate() {
        for _ in 0..*turns {
            tokio::task::yield_now().await;
        }
        let message = format!("request {number} step {step}");
        rollcage::add_breadcrumb(Breadcrumb::log(Level::Info, message));
    }
    if plan.spawns {
        let task = async move {
            tokio::task::yield_now().await;
            report(number, "task");
        };
        tokio::spawn(task.in_current_scope())
            .await
            .expect("the task does not panic");
    }
    report(number, "handler");
    Response::new(Body::new(Streamed {
        number,
        reports: plan.streams,
        turns: plan.turns.len(),
    }))
}

fn report(number: usize, by: &str) {
    let message = rollcage::Occurrence::message(Level::Warning, "it happened");
    rollcage::capture(message.custom("number", number).custom("by", by));
}

/// A body that lets others have a turn, and then reports.
struct Streamed {
    number: usize,
    reports: bool,
    turns: usize,
}

impl http_body::Body for Streamed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(left) = self.turns.checked_sub(1) {
            self.turns = left;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.reports {
            report(self.number, "body");
        }
        Poll::Ready(None)
    }
}

async fn ask(router: Router, number: usize) {
    let request = Request::get(format!("/visit/{number}"))
        .header("host", "shop.example.test")
        .body(Body::empty())
        .expect("a request");
    let response = router.oneshot(request).await.expect("axum does not fail");
    let mut body = std::pin::pin!(response.into_body());
    while std::future::poll_fn(|context| body.as_mut().poll_frame(context))
        .await
        .is_some()
    {}
}
