//! A page of somebody's application, on an origin of its own.

use std::{fs, net::SocketAddr};

use axum::{Router, response::Html, routing::get};
use tokio::net::TcpListener;

use crate::program::{Program, ends_well};

/// What frameworks mount themselves on, and the script. The icon keeps the browser from asking for one.
const PAGE: &str = "<!doctype html><title>Shop</title><link rel=icon href=data:>\
    <div id=root></div><div id=app></div><script src=/page.js></script>";

/// A page with nothing in it.
const ELSEWHERE: &str = "<!doctype html><title>Elsewhere</title><link rel=icon href=data:>";

/// A server of one page; it lives as long as the test.
pub struct Page {
    address: SocketAddr,
}

impl Page {
    /// A page with that script at `/`, and one without at `/elsewhere`.
    pub async fn with(script: String) -> Self {
        let router = Router::new()
            .route("/", get(|| async { Html(PAGE) }))
            .route("/elsewhere", get(|| async { Html(ELSEWHERE) }))
            .route(
                "/page.js",
                get(|| async { ([("content-type", "text/javascript")], script) }),
            );
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address }
    }

    /// Its address, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// The script of a page, made of all that its entry imports.
pub async fn bundle(program: &Program, entry: &str) -> String {
    program.write("bundle.mjs", include_str!("around/bundle.mjs"));
    ends_well(program.node(&["bundle.mjs", entry])).await;
    fs::read_to_string(program.path().join("page.js")).expect("the bundler wrote it")
}
