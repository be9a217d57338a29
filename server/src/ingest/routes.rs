//! The URLs that SDKs post to, and the way of one occurrence from there to the journal.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json, Router,
    body::Body,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::post,
};
use chrono::{DateTime, Utc};
use metrics::{counter, histogram};
use serde_json::json;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    access::{Entry, Rate, Tokens},
    body::{self, Encoding},
    memory::Memory,
    rejection::Rejection,
};
use crate::{
    clock::Clock,
    journal,
    model::{
        body as stored, entry,
        entry::Head,
        id::{OccurrenceUuid, ProjectId},
        network::{self, Network},
        occurrence::Occurrence,
    },
    protocol::{Received, rollbar},
    scrub::{self, ScrubKeys},
    telemetry,
    usage::Usage,
};

const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-rollbar-access-token");
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");
const RATE_REMAINING_SECONDS: HeaderName =
    HeaderName::from_static("x-rate-limit-remaining-seconds");

/// Bodies longer than this are worked on beside the runtime: they take more than about 1 ms.
const INLINE_MAX_BYTES: usize = 64 << 10;

/// What ingest needs.
#[derive(Clone)]
pub struct Ingest {
    /// Who may report.
    pub tokens: Arc<Tokens>,
    /// Where occurrences go.
    pub journal: Arc<journal::Writer>,
    /// What becomes of them otherwise.
    pub usage: Usage,
    /// The time.
    pub clock: Clock,
    /// What bounds the work.
    pub limits: Arc<Limits>,
}

/// What bounds the work of ingest.
pub struct Limits {
    item_max_bytes: usize,
    memory: Memory,
    /// Turns for large bodies.
    large: Arc<Semaphore>,
    trusted_proxies: Vec<Network>,
}

impl Limits {
    /// `item_max_bytes` of one body, decompressed; `memory_bytes` of all bodies in work.
    pub fn new(item_max_bytes: usize, memory_bytes: usize, trusted_proxies: Vec<Network>) -> Self {
        Self {
            item_max_bytes,
            memory: Memory::new(memory_bytes),
            large: Arc::new(Semaphore::new(2)),
            trusted_proxies,
        }
    }
}

/// Rollbar's URLs, with and without the final slash.
pub fn router(ingest: Ingest) -> Router {
    let item = post(post_item).options(preflight);
    Router::new()
        .route("/api/1/item/", item.clone())
        .route("/api/1/item", item)
        .layer(middleware::from_fn(with_cors))
        .with_state(ingest)
}

/// Whose token a request brought, and how that stands with its rate.
struct Sender {
    entry: Arc<Entry>,
    rate: Rate,
}

/// `POST /api/1/item/`
async fn post_item(
    State(ingest): State<Ingest>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let started = ingest.clock.instant();
    let token = header_token(request.headers()).or_else(|| query_token(request.uri()));
    let mut sender = None;
    let response = match ingest.accept(token, peer, request, &mut sender).await {
        Ok(uuid) => {
            counter!(telemetry::ACKNOWLEDGED).increment(1);
            histogram!(telemetry::INGEST_SECONDS).record(started.elapsed().as_secs_f64());
            Json(json!({ "err": 0, "result": { "id": null, "uuid": uuid } })).into_response()
        }
        Err(rejection) => {
            let project = sender
                .as_ref()
                .map(|sender: &Sender| sender.entry.access.project);
            ingest.usage.count(project, rejection.outcome());
            rejection.into_response()
        }
    };
    match sender {
        Some(sender) => with_rate(response, sender.rate, &ingest.clock),
        None => response,
    }
}

/// `OPTIONS /api/1/item/`: browsers ask before they post.
async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

impl Ingest {
    /// From the request to the journal. `sender` is set once it is known, also where the request is
    /// refused then.
    async fn accept(
        &self,
        token: Option<String>,
        peer: SocketAddr,
        request: Request,
        sender: &mut Option<Sender>,
    ) -> Result<OccurrenceUuid, Rejection> {
        // A token in header or query is checked before the body is read.
        if let Some(token) = token {
            self.admit(&token, sender).await?;
        }
        let encoding = Encoding::of(request.headers())?;
        let received = Received {
            peer: Some(self.client(peer, request.headers())),
        };
        let max_bytes = self.limits.item_max_bytes;
        let mut memory = self.limits.memory.reserve();
        let mut bytes = body::read(request.into_body(), max_bytes, &mut memory).await?;
        if encoding != Encoding::Identity {
            memory.grow_to(max_bytes).await?;
            bytes = body::decompress(bytes, encoding, max_bytes)?;
            memory.shrink_to(bytes.len());
        }
        let turn = self.turn(bytes.len()).await?;
        let is_large = turn.is_some();

        let item = self
            .work(is_large, move || Ok(rollbar::parse(&bytes, &received)?))
            .await?;
        if sender.is_none() {
            let token = item.access_token.as_deref().ok_or(Rejection::NoToken)?;
            self.admit(token, sender).await?;
        }
        let entry = sender
            .as_ref()
            .map(|sender| Arc::clone(&sender.entry))
            .ok_or(Rejection::NoToken)?;
        let uuid = item.occurrence.uuid;
        // Only the demo's clock follows.
        if let Some(at) = item.occurrence.happened_at {
            self.clock.follow(at);
        }
        let received_at = self.clock.now();
        let record = self
            .work(is_large, move || {
                Ok(record_of(
                    entry.access.project,
                    &entry.scrub_keys,
                    received_at,
                    item.occurrence,
                ))
            })
            .await?;
        drop(turn);
        self.journal
            .append(record)
            .await
            .map_err(|_error| Rejection::JournalFull)?;
        drop(memory);
        Ok(uuid)
    }

    /// Reports an occurrence of a project as if an SDK had sent it; false where there is no room.
    pub async fn report(&self, project: ProjectId, occurrence: Occurrence) -> bool {
        let record = record_of(project, &ScrubKeys::default(), self.clock.now(), occurrence);
        self.journal.append(record).await.is_ok()
    }

    /// Checks a token and takes one from its bucket.
    async fn admit(&self, token: &str, sender: &mut Option<Sender>) -> Result<(), Rejection> {
        let entry = self.tokens.authenticate(token).await?;
        let (rate, admitted) = entry.take();
        *sender = Some(Sender { entry, rate });
        admitted
    }

    /// A turn for a large body, from parsing to encoding: its tree of values takes many times its
    /// text, so few may exist. Short ones need none.
    async fn turn(&self, body_bytes: usize) -> Result<Option<SemaphorePermit<'_>>, Rejection> {
        if body_bytes <= INLINE_MAX_BYTES {
            return Ok(None);
        }
        self.limits
            .large
            .acquire()
            .await
            .map(Some)
            .map_err(|_closed| Rejection::Busy)
    }

    /// Does CPU work: for short bodies here, for large ones beside the runtime.
    async fn work<T: Send + 'static>(
        &self,
        is_large: bool,
        work: impl FnOnce() -> Result<T, Rejection> + Send + 'static,
    ) -> Result<T, Rejection> {
        if !is_large {
            return work();
        }
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|_panicked| Rejection::Busy)?
    }

    fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded = headers.get_all("x-forwarded-for");
        let forwarded: Vec<_> = forwarded
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        network::client_address(
            peer.ip(),
            forwarded.into_iter(),
            &self.limits.trusted_proxies,
        )
    }
}

/// The journal's record of an occurrence, scrubbed before anything touches the disk.
fn record_of(
    project: ProjectId,
    scrub_keys: &ScrubKeys,
    received_at: DateTime<Utc>,
    mut occurrence: Occurrence,
) -> Vec<u8> {
    scrub::scrub(&mut occurrence, scrub_keys);
    let head = Head::new(project, received_at, &occurrence);
    entry::Entry {
        head,
        body: stored::encode(&occurrence),
    }
    .encode()
}

fn header_token(headers: &HeaderMap) -> Option<String> {
    let token = headers.get(ACCESS_TOKEN)?.to_str().ok()?.trim();
    (!token.is_empty()).then(|| token.to_owned())
}

fn query_token(uri: &Uri) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs
        .find(|(name, _)| name == "access_token")
        .map(|(_, token)| token.into_owned())
}

fn with_rate(mut response: Response, rate: Rate, clock: &Clock) -> Response {
    let headers = response.headers_mut();
    let reset_at = clock.now().timestamp().unsigned_abs() + rate.reset_seconds;
    headers.insert(RATE_LIMIT, rate.limit.into());
    headers.insert(RATE_REMAINING, rate.remaining.into());
    headers.insert(RATE_RESET, reset_at.into());
    headers.insert(RATE_REMAINING_SECONDS, rate.reset_seconds.into());
    response
}

/// Lets browsers of any site post and read the answer, errors too.
///
/// Credentials are never asked for, so `*` is every header: rollbar.js sends one called `signal` when
/// it posts by `fetch`, and what traces a page's requests adds its own. Browsers that do not know
/// `*` find the usual ones named.
async fn with_cors(request: axum::http::Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "POST, OPTIONS"),
        (
            "access-control-allow-headers",
            "content-type, content-encoding, x-rollbar-access-token, *",
        ),
        // The last three are never sent; rollbar.js looks for them, and a browser complains in the
        // page's console about every look at a header that is not named here.
        (
            "access-control-expose-headers",
            "x-rate-limit-limit, x-rate-limit-remaining, x-rate-limit-reset, \
             x-rate-limit-remaining-seconds, retry-after, rollbar-replay-enabled, \
             rollbar-replay-ratelimit-remaining, rollbar-replay-ratelimit-reset",
        ),
        // Chromium's longest.
        ("access-control-max-age", "7200"),
    ] {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}
