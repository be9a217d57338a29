//! Connections: accepted, bounded in number and in the time that a head may take, and ended in order.

use std::{
    fs,
    io::{self, ErrorKind, Write},
    net::SocketAddr,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    extract::{ConnectInfo, Request},
};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics::{counter, gauge};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
    time::sleep,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::ServiceExt;
use tracing::{debug, warn};

use crate::telemetry;

/// How long a connection may take for the head of a request, from its beginning or from the answer
/// before: what is slow, and what only waits. Proxies close what is idle after 60 s, so that it is
/// they who do it, and never while they send.
const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// Bytes of a head. Nobody's comes to a quarter of it; hyper's own limit is twelve times that, which
/// thousands of connections would fill.
const HEAD_MAX_BYTES: usize = 32 << 10;

/// Connections at the same time. A silent one takes some 10 KiB, one with the longest head this and
/// [`HEAD_MAX_BYTES`]; more than that come from one machine only in an attack.
const CONNECTIONS_MAX: usize = 10_000;

/// Files that are no connections: segments, Postgres's connections, mails, and some to spare.
const OTHER_FILES: usize = 256;

/// What is told beyond that, in Rollbar's shape; its libraries and Sentry's come again later.
const REFUSAL: &str =
    r#"{"err":1,"message":"the server has too many connections just now: try again"}"#;

/// Rest after a connection could not be accepted: the system has no files left.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Bounds of a listener.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    connections_max: usize,
    head_timeout: Duration,
}

impl Bounds {
    /// As many connections as the system lets us have files, and not more than make sense.
    pub fn of_this_system() -> Self {
        let files = open_files_max().unwrap_or(usize::MAX);
        let connections_max = CONNECTIONS_MAX
            .min(files.saturating_sub(OTHER_FILES))
            .max(64);
        if connections_max < CONNECTIONS_MAX {
            debug!("{connections_max} connections at most: this system allows {files} open files");
        }
        Self {
            connections_max,
            head_timeout: HEAD_TIMEOUT,
        }
    }
}

/// Serves until told to stop; then requests that have begun are finished.
pub fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    stop: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let connections = TaskTracker::new();
        let free = Arc::new(Semaphore::new(bounds.connections_max));
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = stop.cancelled() => break,
            };
            let (socket, peer) = match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => {
                    warn!(error = %error, "a connection could not be accepted");
                    sleep(ACCEPT_REST).await;
                    continue;
                }
            };
            match Arc::clone(&free).try_acquire_owned() {
                Ok(place) => {
                    let connection = Connection {
                        router: router.clone(),
                        peer,
                        head_timeout: bounds.head_timeout,
                        stop: stop.clone(),
                        _place: place,
                    };
                    connections.spawn(connection.serve(socket));
                }
                Err(_none_is_free) => {
                    counter!(telemetry::CONNECTIONS_REFUSED).increment(1);
                    refuse(socket);
                }
            }
        }
        drop(listener);
        connections.close();
        connections.wait().await;
    })
}

/// A connection that has its place among those that there may be.
struct Connection {
    router: Router,
    peer: SocketAddr,
    head_timeout: Duration,
    stop: CancellationToken,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    async fn serve(self, socket: TcpStream) {
        let (router, peer) = (self.router, self.peer);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            router.clone().oneshot(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.head_timeout)
            .max_buf_size(HEAD_MAX_BYTES)
            .serve_connection(TokioIo::new(socket), service);
        let mut connection = pin!(connection);
        gauge!(telemetry::CONNECTIONS).increment(1);
        let served = tokio::select! {
            served = connection.as_mut() => served,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        gauge!(telemetry::CONNECTIONS).decrement(1);
        if let Err(error) = served {
            // Of the peer's making, and so nothing for the log of every day.
            debug!(error = %error, "a connection ended early");
        }
    }
}

/// Tells a connection that there is no place for it. What does not go at once does not go: nobody
/// waits for it.
fn refuse(socket: TcpStream) {
    let refusal = format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{REFUSAL}",
        REFUSAL.len()
    );
    // A peer that is gone needs no answer.
    let _ = socket
        .into_std()
        .and_then(|mut socket| socket.write(refusal.as_bytes()));
}

/// Whether accepting failed for a reason that ends with the connection.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset
    )
}

/// How many files this process may have open (`proc(5)`); `None` for no limit, and where the system
/// does not tell.
fn open_files_max() -> Option<usize> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

    /// A listener on a free port, and what stops it.
    async fn started(
        connections_max: usize,
        head_timeout: Duration,
    ) -> (SocketAddr, CancellationToken, JoinHandle<()>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("it listens");
        let bounds = Bounds {
            connections_max,
            head_timeout,
        };
        let peer = async |ConnectInfo(peer): ConnectInfo<SocketAddr>| peer.ip().to_string();
        let router = Router::new().route("/", get(peer));
        let stop = CancellationToken::new();
        let serving = serve(listener, router, bounds, stop.clone());
        (address, stop, serving)
    }

    async fn answer(mut socket: TcpStream) -> String {
        let mut text = String::new();
        // A refusal may be followed by a reset.
        let _ = socket.read_to_string(&mut text).await;
        text
    }

    async fn ask(address: SocketAddr) -> String {
        let mut socket = TcpStream::connect(address).await.expect("it listens");
        // Refused, it may be closed already.
        let _ = socket.write_all(REQUEST).await;
        answer(socket).await
    }

    #[tokio::test]
    async fn one_connection_too_many_is_told_to_come_again() {
        let (address, _stop, _serving) = started(2, HEAD_TIMEOUT).await;
        let silent = TcpStream::connect(address).await.expect("it listens");
        let _other = TcpStream::connect(address).await.expect("it listens");
        let third = TcpStream::connect(address).await.expect("it listens");
        let refused = answer(third).await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        assert!(refused.contains("\r\nretry-after: 5\r\n"), "{refused}");
        assert!(refused.ends_with(REFUSAL), "{refused}");

        drop(silent);
        let mut answered = String::new();
        while !answered.starts_with("HTTP/1.1 200 ") {
            answered = ask(address).await;
        }
        assert!(answered.ends_with("127.0.0.1"), "{answered}");
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_ends_its_connection() {
        let (address, _stop, _serving) = started(2, Duration::from_millis(1)).await;
        for begun in ["", "GET / HTTP/1.1\r\nhost: loc"] {
            let mut socket = TcpStream::connect(address).await.expect("it listens");
            // It may be closed before.
            let _ = socket.write_all(begun.as_bytes()).await;
            assert!(!answer(socket).await.contains("200"));
        }
    }

    #[tokio::test]
    async fn a_head_may_not_be_endless() {
        let (address, _stop, _serving) = started(2, HEAD_TIMEOUT).await;
        let mut socket = TcpStream::connect(address).await.expect("it listens");
        let head = format!(
            "GET / HTTP/1.1\r\nx: {}\r\n",
            "x".repeat(2 * HEAD_MAX_BYTES)
        );
        // It may be refused before it has come.
        let _ = socket.write_all(head.as_bytes()).await;
        let answered = answer(socket).await;
        assert!(!answered.starts_with("HTTP/1.1 200"), "{answered}");
    }

    #[tokio::test]
    async fn stopping_waits_for_nobody_who_is_silent() {
        let (address, stop, serving) = started(2, HEAD_TIMEOUT).await;
        let _silent = TcpStream::connect(address).await.expect("it listens");
        stop.cancel();
        serving.await.expect("it ends");
    }
}
