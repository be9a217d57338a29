//! The layer: what is known of a request, and what it reports by itself.

use std::{
    convert::Infallible,
    error::Error,
    io,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
};

use axum::{Router, body::Body, extract::ConnectInfo, routing::get};
use http::{HeaderName, Request, Response, StatusCode};
use rollcage::{
    ScopeExt as _,
    tower::{Client, Layer, Panics},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;
use tower_layer::Layer as _;

use super::NoStock;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime can be made")
}

/// What is reported when `request` meets a shop with `layer` around it, and the status.
fn visited(layer: Layer, request: Request<Body>) -> (StatusCode, Vec<Value>) {
    let (recorder, scope) = super::recorder();
    let nested = Router::new().route("/deep/{id}", get(reports));
    let shop = Router::new()
        .route("/orders/{id}", get(reports))
        .route("/well", get(|| async { "well" }))
        .route("/away", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
        .route("/missing", get(|| async { StatusCode::NOT_FOUND }))
        .route("/both/{id}", get(reports_and_fails))
        .route("/warned", get(warns_and_fails))
        .route("/panics", get(panics))
        .route("/deaf", get(resumes))
        .nest("/nested", nested)
        .layer(layer);
    let visit = async { shop.oneshot(request).await.expect("axum does not fail") };
    let status = runtime().block_on(visit.in_scope(scope.clone())).status();
    (status, recorder.occurrences())
}

async fn reports() -> &'static str {
    rollcage::capture_error(&io::Error::other("no stock"));
    "here"
}

async fn reports_and_fails() -> StatusCode {
    // In a task of its own, with a fork of the scope.
    let task = async {
        rollcage::capture_error(&io::Error::other("no stock"));
    };
    tokio::spawn(task.in_current_scope())
        .await
        .expect("it does not panic");
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn warns_and_fails() -> StatusCode {
    rollcage::warning("stock is low");
    StatusCode::BAD_GATEWAY
}

async fn panics() -> &'static str {
    panic!("the shop burns")
}

/// A panic that no hook sees.
async fn resumes() -> &'static str {
    std::panic::resume_unwind(Box::new("it burned before"))
}

fn get_path(path: &str) -> Request<Body> {
    Request::get(path)
        .header("host", "shop.example.test")
        .body(Body::empty())
        .expect("a request")
}

#[test]
fn what_is_reported_carries_the_request() {
    let mut request = Request::get("/orders/17?sort=newest&password=hunter2")
        .header("host", "shop.example.test:8080")
        .header("user-agent", "Demo/1.0")
        .header("authorization", "Bearer s3cr3t")
        .header("cookie", "session=s3cr3t")
        .header("x-forwarded-for", "203.0.113.9")
        .body(Body::empty())
        .expect("a request");
    let address: SocketAddr = "192.0.2.7:4711".parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(address));

    let (status, occurrences) = visited(rollcage::tower::layer(), request);

    assert_eq!(status, 200);
    let [occurrence] = &occurrences[..] else {
        panic!("one is reported: {occurrences:#?}");
    };
    assert_eq!(occurrence["context"], "/orders/{id}");
    assert_eq!(occurrence["framework"], "axum");
    let request = &occurrence["request"];
    assert_eq!(request["method"], "GET");
    assert!(
        request["url"].as_str().is_some_and(
            |url| url.starts_with("http://shop.example.test:8080/orders/17?sort=newest")
        )
    );
    assert_eq!(request["user_ip"], "192.0.2.7");
    let expected = json!({ "host": "shop.example.test:8080", "user-agent": "Demo/1.0" });
    assert_eq!(request["headers"], expected);
    let text = occurrence.to_string();
    assert!(
        !text.contains("s3cr3t") && !text.contains("hunter2"),
        "{text}"
    );
}

#[test]
fn a_nested_router_does_not_hide_what_was_asked_for() {
    let (_, occurrences) = visited(rollcage::tower::layer(), get_path("/nested/deep/3"));
    assert_eq!(occurrences[0]["context"], "/nested/deep/{id}");
    let url = &occurrences[0]["request"]["url"];
    assert_eq!(url, "http://shop.example.test/nested/deep/3");
}

#[test]
fn only_listed_headers_are_reported() {
    let layer = rollcage::tower::layer().headers([HeaderName::from_static("x-shop")]);
    let request = Request::get("/orders/1")
        .header("user-agent", "Demo/1.0")
        .header("x-shop", "north")
        .body(Body::empty())
        .expect("a request");
    let (_, occurrences) = visited(layer, request);
    let headers = &occurrences[0]["request"]["headers"];
    assert_eq!(*headers, json!({ "x-shop": "north" }));
}

#[test]
fn forwarded_addresses_are_believed_as_far_as_proxies_are_trusted() {
    let cases = [
        // What the client wrote itself stands first.
        (0, "203.0.113.9, 198.51.100.2", "192.0.2.7"),
        (1, "203.0.113.9, 198.51.100.2", "198.51.100.2"),
        (2, "203.0.113.9, 198.51.100.2", "203.0.113.9"),
        // Fewer proxies than there should be: the peer is all that is known.
        (3, "203.0.113.9, 198.51.100.2", "192.0.2.7"),
        (1, "not an address", "192.0.2.7"),
        (1, "", "192.0.2.7"),
        (1, "[2001:db8::1]:99", "2001:db8::1"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "198.51.100.2:99", "198.51.100.2"),
    ];
    for (proxies, header, expected) in cases {
        let mut request = get_path("/orders/1");
        request
            .headers_mut()
            .insert("x-forwarded-for", header.parse().expect("a header"));
        let peer = Client("192.0.2.7".parse().expect("an address"));
        request.extensions_mut().insert(peer);
        let layer = rollcage::tower::layer().trusted_proxies(proxies);
        let (_, occurrences) = visited(layer, request);
        let user_ip = &occurrences[0]["request"]["user_ip"];
        assert_eq!(user_ip, expected, "{proxies} {header}");
    }
}

#[test]
fn proxies_may_each_add_a_header_and_tell_of_https() {
    let mut request = get_path("/orders/1");
    let headers = request.headers_mut();
    headers.append("x-forwarded-for", "203.0.113.9".parse().expect("a header"));
    headers.append("x-forwarded-for", "198.51.100.2".parse().expect("a header"));
    headers.append("x-forwarded-proto", "https".parse().expect("a header"));
    let layer = rollcage::tower::layer().trusted_proxies(2);
    let (_, occurrences) = visited(layer, request);
    let request = &occurrences[0]["request"];
    assert_eq!(request["user_ip"], "203.0.113.9");
    assert_eq!(request["url"], "https://shop.example.test/orders/1");
}

#[test]
fn an_answer_of_500_and_above_is_reported_unless_an_error_was() {
    for path in ["/well", "/missing"] {
        let (_, occurrences) = visited(rollcage::tower::layer(), get_path(path));
        assert!(occurrences.is_empty(), "{path}: {occurrences:#?}");
    }

    let (status, occurrences) = visited(rollcage::tower::layer(), get_path("/away"));
    assert_eq!(
        (status, occurrences.len()),
        (StatusCode::SERVICE_UNAVAILABLE, 1)
    );
    let message = &occurrences[0]["body"]["message"]["body"];
    assert_eq!(message, "GET /away answered 503 Service Unavailable");
    assert_eq!(occurrences[0]["level"], "error");
    assert_eq!(occurrences[0]["custom"]["status"], 503);
    assert_eq!(
        occurrences[0]["request"]["url"],
        "http://shop.example.test/away"
    );

    let (_, occurrences) = visited(rollcage::tower::layer(), get_path("/both/1"));
    assert_eq!(occurrences.len(), 1, "{occurrences:#?}");
    assert!(occurrences[0]["body"]["message"].is_null());

    // A warning does not explain it.
    let (_, occurrences) = visited(rollcage::tower::layer(), get_path("/warned"));
    assert_eq!(occurrences.len(), 2, "{occurrences:#?}");

    let silent = rollcage::tower::layer().server_errors(false);
    assert!(visited(silent, get_path("/away")).1.is_empty());
}

#[test]
fn a_panic_is_reported_once_with_its_request_and_answered() {
    for (path, text) in [("/panics", "the shop burns"), ("/deaf", "it burned before")] {
        let layer = rollcage::tower::layer().panics(Panics::Answer500);
        let (status, occurrences) = visited(layer, get_path(path));
        assert_eq!(status, 500);
        assert_eq!(occurrences.len(), 1, "{path}: {occurrences:#?}");
        let exception = &occurrences[0]["body"]["trace"]["exception"];
        assert_eq!(exception["message"], text);
        assert_eq!(occurrences[0]["context"], path);
        assert_eq!(occurrences[0]["level"], "critical");
    }
}

#[test]
fn a_service_that_panics_before_it_has_a_future_is_answered_too() {
    let (recorder, scope) = super::recorder();
    let burns = tower::service_fn(
        |_: Request<()>| -> std::future::Ready<Result<Response<Body>, Infallible>> {
            panic!("burned at once")
        },
    );
    let service = rollcage::tower::layer()
        .panics(Panics::Answer500)
        .layer(burns);
    let visit = async { service.oneshot(Request::new(())).await };
    let response = runtime().block_on(visit.in_scope(scope.clone()));
    assert_eq!(
        response.map(|response| response.status()),
        Ok(StatusCode::INTERNAL_SERVER_ERROR)
    );
    assert_eq!(recorder.occurrences().len(), 1);
}

#[test]
fn two_layers_around_the_same_service_report_once() {
    let (recorder, scope) = super::recorder();
    let away = tower::service_fn(|_: Request<()>| async {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::BAD_GATEWAY;
        Ok::<_, Infallible>(response)
    });
    let service = rollcage::tower::layer().layer(rollcage::tower::layer().layer(away));
    let visit = async { service.oneshot(Request::new(())).await };
    let response = runtime().block_on(visit.in_scope(scope.clone()));
    assert!(response.is_ok());
    assert_eq!(recorder.occurrences().len(), 1);
}

#[test]
fn a_panic_goes_on_unless_it_is_to_be_answered() {
    let met = catch_unwind(|| visited(rollcage::tower::layer(), get_path("/panics")));
    let payload = met.expect_err("it goes on");
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the shop burns"));
}

#[test]
fn an_error_of_the_inner_service_is_reported_with_its_causes_and_passed_on() {
    let (recorder, scope) = super::recorder();
    let plain = tower::service_fn(|_: Request<()>| async {
        Err::<Response<Body>, NoStock>(NoStock::new())
    });
    let boxed = tower::service_fn(|_: Request<()>| async {
        Err::<Response<Body>, Box<dyn Error + Send + Sync>>(Box::new(NoStock::new()))
    });
    let request = || {
        Request::get("http://shop.example.test/stock")
            .body(())
            .expect("a request")
    };
    let ask = async {
        let plain = rollcage::tower::layer().layer(plain);
        assert!(plain.oneshot(request()).await.is_err());
        let boxed = rollcage::tower::layer().boxed_errors().layer(boxed);
        assert!(boxed.oneshot(request()).await.is_err());
    };
    runtime().block_on(ask.in_scope(scope.clone()));

    let occurrences = recorder.occurrences();
    assert_eq!(occurrences.len(), 2, "{occurrences:#?}");
    for occurrence in &occurrences {
        let chain = &occurrence["body"]["trace_chain"];
        assert_eq!(chain[0]["exception"]["class"], "NoStock");
        assert_eq!(
            chain[1]["exception"]["message"],
            "invalid digit found in string"
        );
        assert_eq!(
            occurrence["request"]["url"],
            "http://shop.example.test/stock"
        );
    }
}

#[test]
fn what_a_request_that_is_given_up_reports_while_it_is_dropped_carries_it() {
    struct Reports;
    impl Drop for Reports {
        fn drop(&mut self) {
            rollcage::warning("given up");
        }
    }
    let (recorder, scope) = super::recorder();
    let waits = tower::service_fn(|_: Request<()>| async {
        let _reports = Reports;
        std::future::pending::<Result<Response<Body>, Infallible>>().await
    });
    let give_up = async {
        let service = rollcage::tower::layer().layer(waits);
        let request = Request::get("http://shop.example.test/slow")
            .body(())
            .expect("a request");
        let mut visit = Box::pin(service.oneshot(request));
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(visit.as_mut().poll(context).is_pending())
        });
        assert!(polled.await);
        drop(visit);
    };
    runtime().block_on(give_up.in_scope(scope.clone()));
    let occurrences = recorder.occurrences();
    assert_eq!(
        occurrences[0]["request"]["url"],
        "http://shop.example.test/slow"
    );
}

#[test]
fn without_a_client_the_layer_lets_everything_through() {
    let service = tower::service_fn(|_: Request<()>| async {
        Ok::<_, Infallible>(Response::new(Body::from("well")))
    });
    let service = rollcage::tower::layer().layer(service);
    let visit = service.oneshot(Request::new(()));
    let response = runtime().block_on(visit).expect("it does not fail");
    assert_eq!(response.status(), 200);
    let caught = catch_unwind(AssertUnwindSafe(|| drop(response)));
    assert!(caught.is_ok());
}
