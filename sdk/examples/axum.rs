//! A shop with axum: the layer for requests, `tracing` for what happens within them.
//!
//! `ROLLCAGE_TOKEN=… cargo run -p rollcage --features axum,tracing --example axum`, then
//! `curl http://127.0.0.1:3000/orders/13`. With `--once` it asks itself for everything it has, and
//! ends.

use std::{
    error::Error,
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
};

use axum::{
    Router,
    extract::{Path, Request},
    http::StatusCode,
    middleware::{self, Next},
    response::Response,
    routing::get,
};
use rollcage::{Person, tower::Panics};
use tokio::net::TcpListener;
use tracing_subscriber::{layer::SubscriberExt, util::SubscriberInitExt};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // At the end it waits for what is not sent yet, and no longer than that takes.
    let _guard = rollcage::init(rollcage::options!());
    tracing_subscriber::registry()
        .with(rollcage::tracing::layer())
        .init();

    let shop = Router::new()
        .route("/orders/{id}", get(order))
        .route("/stock", get(stock))
        .route("/health", get(|| async { "well" }))
        .layer(middleware::from_fn(sign_in))
        // Last, so that it lies around everything else.
        .layer(rollcage::tower::layer().panics(Panics::Answer500))
        .into_make_service_with_connect_info::<SocketAddr>();

    if std::env::args().any(|argument| argument == "--once") {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let visits = tokio::task::spawn_blocking(move || visit(address));
        tokio::select! {
            served = axum::serve(listener, shop) => served?,
            visited = visits => visited??,
        }
    } else {
        axum::serve(TcpListener::bind("127.0.0.1:3000").await?, shop).await?;
    }
    Ok(())
}

/// Whoever is signed in is known to everything that is reported from here on.
async fn sign_in(request: Request, next: Next) -> Response {
    let user = request
        .headers()
        .get("x-user")
        .and_then(|user| user.to_str().ok());
    if let Some(user) = user {
        rollcage::configure_scope(|scope| scope.set_person(Person::new(user)));
    }
    next.run(request).await
}

#[tracing::instrument]
async fn order(Path(id): Path<u32>) -> Result<String, StatusCode> {
    tracing::info!("looking for the order");
    match find(id) {
        Ok(order) => Ok(order),
        Err(error) => {
            // Reported with its cause, the span, and the line above as a breadcrumb; the answer
            // of 500 is not reported once more.
            tracing::error!(
                order = id,
                error = &error as &dyn Error,
                "cannot show the order"
            );
            Err(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn find(id: u32) -> Result<String, io::Error> {
    match id {
        // Reported by the panic hook, with the request.
        0 => panic!("orders begin at 1"),
        13 => Err(io::Error::new(
            io::ErrorKind::TimedOut,
            "the database is slow",
        )),
        _ => Ok(format!("order {id}\n")),
    }
}

/// Nobody reports this one, so that the layer does.
async fn stock() -> StatusCode {
    StatusCode::SERVICE_UNAVAILABLE
}

/// What `--once` asks for.
fn visit(shop: SocketAddr) -> io::Result<()> {
    for path in [
        "/health",
        "/orders/17",
        "/orders/13?password=hunter2",
        "/orders/0",
        "/stock",
    ] {
        let mut stream = TcpStream::connect(shop)?;
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: shop.example.test\r\nX-User: ada\r\n\
             User-Agent: example\r\nCookie: session=secret\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        println!("{path}: {}", answer.lines().next().unwrap_or("no answer"));
    }
    Ok(())
}
