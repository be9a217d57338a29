//! Rollbar's URLs: one item, a batch of them, and what belongs to sessions.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use metrics::{counter, histogram};
use serde_json::{Value, json};

use super::{
    intake::{Delivery, ENVELOPE_MAX_BYTES, Ingest, Sender},
    rejection::Rejection,
};
use crate::{
    clock::Clock,
    model::{
        id::OccurrenceUuid,
        json::Text,
        occurrence::Occurrence,
        project::Scope,
        tally::{ItemKind, Tally},
    },
    protocol::{Received, rollbar},
    telemetry,
};

const ACCESS_TOKEN: HeaderName = HeaderName::from_static("x-rollbar-access-token");
const RATE_LIMIT: HeaderName = HeaderName::from_static("x-rate-limit-limit");
const RATE_REMAINING: HeaderName = HeaderName::from_static("x-rate-limit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("x-rate-limit-reset");
const RATE_REMAINING_SECONDS: HeaderName =
    HeaderName::from_static("x-rate-limit-remaining-seconds");
/// rollbar.js records what a person does and sends it with an error where it is told to.
const REPLAY_ENABLED: HeaderName = HeaderName::from_static("rollbar-replay-enabled");
const REPLAY_REMAINING: HeaderName = HeaderName::from_static("rollbar-replay-ratelimit-remaining");
const REPLAY_RESET: HeaderName = HeaderName::from_static("rollbar-replay-ratelimit-reset");

/// `POST /api/1/item/`
pub(super) async fn item(
    State(ingest): State<Arc<Ingest>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let started = ingest.clock.instant();
    let mut sender = None;
    let response = match accept_item(&ingest, peer, request, &mut sender).await {
        Ok(uuid) => {
            counter!(telemetry::ACKNOWLEDGED).increment(1);
            histogram!(telemetry::INGEST_SECONDS).record(started.elapsed());
            Json(json!({ "err": 0, "result": { "id": null, "uuid": uuid } })).into_response()
        }
        Err(rejection) => rejected(&ingest, sender.as_ref(), rejection),
    };
    with_limits(response, sender.as_ref(), &ingest.clock)
}

async fn accept_item(
    ingest: &Ingest,
    peer: SocketAddr,
    request: Request,
    sender: &mut Option<Sender>,
) -> Result<OccurrenceUuid, Rejection> {
    // A token in header or query is checked before the body is read.
    if let Some(token) = token(&request) {
        ingest.admit(&token, sender).await?.take(&ingest.clock)?;
    }
    let received = Received {
        peer: Some(ingest.client(peer.ip(), request.headers())),
    };
    let mut held = ingest
        .read(request, ingest.limits.item_max_bytes, sender.is_some())
        .await?;
    if sender.is_none() {
        let token = ingest
            .work(&mut held, move |_, bytes| {
                let json = rollbar::json_of_form(bytes);
                let token = rollbar::parse(&json, &received)?.access_token;
                token.map(Text::into_owned).ok_or(Rejection::NoToken)
            })
            .await??;
        ingest.admit(&token, sender).await?.take(&ingest.clock)?;
    }
    let sender = sender.clone().ok_or(Rejection::NoToken)?;
    let project = sender.project();
    let (uuid, records) = ingest
        .work(&mut held, move |ingest, bytes| {
            let json = rollbar::json_of_form(bytes);
            let occurrence = rollbar::parse(&json, &received)?.occurrence;
            check_scope(&sender, &occurrence)?;
            let uuid = occurrence.uuid;
            let delivery = Delivery {
                occurrences: vec![occurrence],
                companions: Vec::new(),
            };
            let records = ingest.records(&sender.entry, received.peer, delivery);
            Ok::<_, Rejection>((uuid, records))
        })
        .await??;
    ingest.store(project, records).await?;
    Ok(uuid)
}

/// `POST /api/1/item_batch/`: each item for itself, answered in order.
pub(super) async fn item_batch(
    State(ingest): State<Arc<Ingest>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let mut sender = None;
    let response = match accept_batch(&ingest, peer, request, &mut sender).await {
        Ok(results) => answer_batch(results),
        Err(rejection) => rejected(&ingest, sender.as_ref(), rejection),
    };
    with_limits(response, sender.as_ref(), &ingest.clock)
}

async fn accept_batch(
    ingest: &Ingest,
    peer: SocketAddr,
    request: Request,
    sender: &mut Option<Sender>,
) -> Result<Vec<Result<OccurrenceUuid, Rejection>>, Rejection> {
    if let Some(token) = token(&request) {
        ingest.admit(&token, sender).await?;
    }
    let received = Received {
        peer: Some(ingest.client(peer.ip(), request.headers())),
    };
    let mut held = ingest
        .read(request, ENVELOPE_MAX_BYTES, sender.is_some())
        .await?;
    if sender.is_none() {
        let token = ingest
            .work(&mut held, move |_, bytes| {
                let token = rollbar::parse_batch(bytes, &received)?.access_token;
                token.map(Text::into_owned).ok_or(Rejection::NoToken)
            })
            .await??;
        ingest.admit(&token, sender).await?;
    }
    let mut taking = sender.clone().ok_or(Rejection::NoToken)?;
    let (taken, admitted) = ingest
        .work(&mut held, move |ingest, bytes| {
            let admitted = admit_batch(ingest, &mut taking, bytes, &received);
            (taking, admitted)
        })
        .await?;
    let project = sender.insert(taken).project();
    let (results, records) = admitted?;
    ingest.store(project, records).await?;
    for rejection in results.iter().filter_map(|result| result.as_ref().err()) {
        ingest.usage.count(Some(project), rejection.outcome());
    }
    Ok(results)
}

/// What each item of a batch comes to, and the records of those that are stored.
#[expect(clippy::type_complexity, reason = "the answers, and what is stored")]
fn admit_batch(
    ingest: &Ingest,
    sender: &mut Sender,
    bytes: &[u8],
    received: &Received,
) -> Result<(Vec<Result<OccurrenceUuid, Rejection>>, Vec<Vec<u8>>), Rejection> {
    let batch = rollbar::parse_batch(bytes, received)?;
    let mut delivery = Delivery::default();
    let mut results = Vec::with_capacity(batch.items.len());
    for item in batch.items {
        let admitted = item.map_err(Rejection::from).and_then(|occurrence| {
            check_scope(sender, &occurrence)?;
            sender.take(&ingest.clock)?;
            Ok(occurrence)
        });
        results.push(admitted.map(|occurrence| {
            let uuid = occurrence.uuid;
            delivery.occurrences.push(occurrence);
            uuid
        }));
    }
    let records = ingest.records(&sender.entry, received.peer, delivery);
    Ok((results, records))
}

/// 200 as soon as one of them is stored; else what the first was refused for.
fn answer_batch(results: Vec<Result<OccurrenceUuid, Rejection>>) -> Response {
    let accepted = results.iter().filter(|result| result.is_ok()).count();
    counter!(telemetry::ACKNOWLEDGED).increment(accepted as u64);
    let status = match results.iter().find_map(|result| result.as_ref().err()) {
        Some(rejection) if accepted == 0 => rejection.status(),
        _ => StatusCode::OK,
    };
    let err = i32::from(status != StatusCode::OK);
    let results: Vec<Value> = results
        .into_iter()
        .map(|result| match result {
            Ok(uuid) => json!({ "err": 0, "result": { "id": null, "uuid": uuid } }),
            Err(rejection) => json!({ "err": 1, "message": rejection.to_string() }),
        })
        .collect();
    (status, Json(json!({ "err": err, "results": results }))).into_response()
}

/// `POST /api/1/session/`: what rollbar.js sends of sessions; accepted and not stored.
pub(super) async fn session(State(ingest): State<Arc<Ingest>>, request: Request) -> Response {
    let mut sender = None;
    let response = match accept_session(&ingest, request, &mut sender).await {
        Ok(()) => Json(json!({ "err": 0, "result": {} })).into_response(),
        Err(rejection) => rejected(&ingest, sender.as_ref(), rejection),
    };
    with_limits(response, sender.as_ref(), &ingest.clock)
}

async fn accept_session(
    ingest: &Ingest,
    request: Request,
    sender: &mut Option<Sender>,
) -> Result<(), Rejection> {
    let token = token(&request).ok_or(Rejection::NoToken)?;
    let project = sender.insert(ingest.authenticate(&token).await?).project();
    ingest.discard(request).await?;
    let skipped = Tally::Skipped(ItemKind::SESSION);
    ingest.usage.tally(project, skipped, 1);
    Ok(())
}

/// A token that sits in browsers, where anybody can read it, reports for browsers and devices only.
fn check_scope(sender: &Sender, occurrence: &Occurrence<'_>) -> Result<(), Rejection> {
    let may_report =
        sender.entry.access.scope != Scope::PostClientItem || rollbar::is_client(occurrence);
    may_report.then_some(()).ok_or(Rejection::NotOfAClient)
}

fn rejected(ingest: &Ingest, sender: Option<&Sender>, rejection: Rejection) -> Response {
    let project = sender.map(Sender::project);
    ingest.usage.count(project, rejection.outcome());
    rejection.into_response()
}

fn token(request: &Request) -> Option<String> {
    header_token(request.headers()).or_else(|| query_token(request.uri()))
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

/// Tells how the sender stands with its rate, and that replays are not wanted.
fn with_limits(mut response: Response, sender: Option<&Sender>, clock: &Clock) -> Response {
    let now = clock.now().timestamp().unsigned_abs();
    let headers = response.headers_mut();
    headers.insert(REPLAY_ENABLED, HeaderValue::from_static("false"));
    headers.insert(REPLAY_REMAINING, 0.into());
    headers.insert(REPLAY_RESET, now.into());
    if let Some(rate) = sender.and_then(|sender| sender.rate) {
        headers.insert(RATE_LIMIT, rate.limit.into());
        headers.insert(RATE_REMAINING, rate.remaining.into());
        headers.insert(RATE_RESET, (now + rate.reset_seconds).into());
        headers.insert(RATE_REMAINING_SECONDS, rate.reset_seconds.into());
    }
    response
}
