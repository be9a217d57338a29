//! Sentry's URLs: envelopes, single events, and a tunnel for pages whose visitors block both.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Json,
    extract::{ConnectInfo, Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Uri, header::AUTHORIZATION},
    response::{IntoResponse, Response},
};
use metrics::{counter, histogram};
use serde_json::json;

use super::{
    intake::{DROPPED_MAX, Delivery, ENVELOPE_MAX_BYTES, Ingest, Sender},
    rejection::Rejection,
};
use crate::{
    model::{
        attachment::Attachment, feedback::Feedback, id::OccurrenceUuid, record::Record,
        tally::Tally,
    },
    protocol::{
        Received,
        sentry::{self, Dsn, Header, NewAttachment, NewFeedback, Part},
    },
    scrub, telemetry,
};

const SENTRY_AUTH: HeaderName = HeaderName::from_static("x-sentry-auth");
const SENTRY_ERROR: HeaderName = HeaderName::from_static("x-sentry-error");
const SENTRY_RATE_LIMITS: HeaderName = HeaderName::from_static("x-sentry-rate-limits");

/// What a key or a project that is over its rate may not send: all that is stored.
const LIMITED: &str = "error;default;security;attachment;feedback";

/// Bytes of files that take one from the rate, beside their event.
const FILES_BYTES: usize = 1 << 20;

/// What a request says of who sends it.
struct Claim {
    /// The public key of header or query.
    key: Option<String>,
    /// The project of the path; none for a tunnel.
    project: Option<String>,
}

/// `POST /api/{project}/envelope/`
pub(super) async fn envelope(
    State(ingest): State<Arc<Ingest>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(project): Path<String>,
    request: Request,
) -> Response {
    let claim = Claim {
        key: key(&request),
        project: Some(project),
    };
    answer(&ingest, peer, request, claim, Form::Envelope).await
}

/// `POST /api/{project}/store/`
pub(super) async fn store(
    State(ingest): State<Arc<Ingest>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(project): Path<String>,
    request: Request,
) -> Response {
    let claim = Claim {
        key: key(&request),
        project: Some(project),
    };
    answer(&ingest, peer, request, claim, Form::Event).await
}

/// `POST /tunnel`: an envelope whose header names a DSN of ours.
pub(super) async fn tunnel(
    State(ingest): State<Arc<Ingest>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let claim = Claim {
        key: None,
        project: None,
    };
    answer(&ingest, peer, request, claim, Form::Envelope).await
}

/// What a body is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Envelope,
    Event,
}

async fn answer(
    ingest: &Ingest,
    peer: SocketAddr,
    request: Request,
    claim: Claim,
    form: Form,
) -> Response {
    let started = ingest.clock.instant();
    let mut sender = None;
    match accept(ingest, peer, request, claim, form, &mut sender).await {
        Ok(accepted) => {
            if accepted.stored > 0 {
                counter!(telemetry::ACKNOWLEDGED).increment(accepted.stored);
                histogram!(telemetry::INGEST_SECONDS).record(started.elapsed());
            }
            let mut response = match accepted.id {
                Some(id) => Json(json!({ "id": id.0.simple().to_string() })).into_response(),
                None => Json(json!({})).into_response(),
            };
            if let Some(limits) = accepted.limits {
                response.headers_mut().insert(SENTRY_RATE_LIMITS, limits);
            }
            response
        }
        Err(rejection) => {
            let project = sender.as_ref().map(Sender::project);
            ingest.usage.count(project, rejection.outcome());
            refusal(&rejection)
        }
    }
}

/// What was made of a request.
#[derive(Default)]
struct Accepted {
    /// The event's id, or what the envelope says it is.
    id: Option<OccurrenceUuid>,
    /// Occurrences that were stored.
    stored: u64,
    /// The limit that the rest of it met, as SDKs are told.
    limits: Option<HeaderValue>,
}

async fn accept(
    ingest: &Ingest,
    peer: SocketAddr,
    request: Request,
    claim: Claim,
    form: Form,
    sender: &mut Option<Sender>,
) -> Result<Accepted, Rejection> {
    // A key in header or query is checked before the body is read.
    if let Some(key) = &claim.key {
        ingest.admit(key, sender).await?;
    }
    let received = Received {
        peer: Some(ingest.client(peer.ip(), request.headers())),
    };
    let max_bytes = match form {
        Form::Envelope => ENVELOPE_MAX_BYTES,
        Form::Event => ingest.limits.item_max_bytes,
    };
    let mut held = ingest.read(request, max_bytes, sender.is_some()).await?;
    if sentry::is_undeclared_zlib(&held.bytes) {
        ingest.unpack_base64(&mut held, max_bytes).await?;
    }
    let header = match form {
        Form::Envelope => sentry::header(&held.bytes)?,
        Form::Event => Header::default(),
    };
    if sender.is_none() {
        let dsn = header.dsn.as_ref().ok_or(Rejection::NoKey)?;
        ingest.admit(&dsn.key, sender).await?;
    }
    let mut taking = sender.clone().ok_or(Rejection::NoKey)?;
    check_project(&taking, &claim, header.dsn.as_ref())?;

    let (taken, admitted) = ingest
        .work(&mut held, move |ingest, bytes| {
            let admitted = admit(ingest, &mut taking, form, bytes, &received);
            (taking, admitted)
        })
        .await?;
    let project = sender.insert(taken).project();
    let (mut accepted, records) = admitted?;
    accepted.id = accepted.id.or(header.event_id);
    ingest.store(project, records).await?;
    Ok(accepted)
}

/// What a body comes to, and the records of what is stored of it.
fn admit(
    ingest: &Ingest,
    sender: &mut Sender,
    form: Form,
    bytes: &[u8],
    received: &Received,
) -> Result<(Accepted, Vec<Vec<u8>>), Rejection> {
    let parts = match form {
        Form::Envelope => sentry::envelope(bytes, received)?.parts,
        Form::Event => vec![sentry::store(bytes, received)?],
    };
    let (delivery, accepted) = sort(ingest, sender, parts)?;
    let records = ingest.records(&sender.entry, received.peer, delivery);
    Ok((accepted, records))
}

/// What of an envelope is stored; the rest is counted. A refusal of the whole where nothing of it can
/// be stored that should have been.
fn sort<'t>(
    ingest: &Ingest,
    sender: &mut Sender,
    parts: Vec<Part<'t>>,
) -> Result<(Delivery<'t>, Accepted), Rejection> {
    let project = sender.project();
    let mut delivery = Delivery::default();
    let mut accepted = Accepted::default();
    let mut attachments = Vec::new();
    let mut refused: Vec<Rejection> = Vec::new();
    let mut lost = Vec::new();
    let mut is_event_lost = false;
    for part in parts {
        match part {
            Part::Occurrence(occurrence) => match sender.take(&ingest.clock) {
                Ok(()) => {
                    accepted.id = Some(occurrence.uuid);
                    delivery.occurrences.push(*occurrence);
                }
                Err(rejection) => {
                    lost.push(occurrence.uuid);
                    refused.push(rejection);
                }
            },
            Part::Attachment(attachment) => attachments.push(attachment),
            Part::Feedback(said) => match sender.take(&ingest.clock) {
                Ok(()) => delivery.companions.push(feedback(ingest, sender, said)),
                Err(rejection) => refused.push(rejection),
            },
            Part::Dropped(dropped) => {
                for (dropped, quantity) in dropped {
                    let tally = Tally::Dropped(dropped);
                    ingest
                        .usage
                        .tally(project, tally, quantity.min(DROPPED_MAX));
                }
            }
            Part::Skipped(kind) => ingest.usage.tally(project, Tally::Skipped(kind), 1),
            Part::Malformed(kind, malformed) => {
                is_event_lost |= kind.may_be_an_event();
                refused.push(malformed.into());
            }
        }
    }
    attachments.retain(|attachment: &NewAttachment| !lost.contains(&attachment.occurrence));
    // Files take from the rate too, or a token could fill the disk at a few requests a minute.
    let begun = attachments.iter().map(|one| one.bytes.len()).sum::<usize>() / FILES_BYTES;
    let taken = begun + usize::from(!attachments.is_empty() && delivery.occurrences.is_empty());
    if let Err(rejection) = (0..taken).try_for_each(|_| sender.take(&ingest.clock)) {
        attachments.clear();
        refused.push(rejection);
    }
    let stored = attachments
        .into_iter()
        .map(|one| attachment(ingest, sender, one));
    delivery.companions.extend(stored);
    let is_event_lost = is_event_lost || !lost.is_empty();
    let is_nothing =
        delivery.occurrences.is_empty() && (is_event_lost || delivery.companions.is_empty());
    if is_nothing && !refused.is_empty() {
        // The first is counted where it is answered.
        for rejection in refused.iter().skip(1) {
            ingest.usage.count(Some(project), rejection.outcome());
        }
        return Err(refused.swap_remove(0));
    }
    accepted.limits = refused.iter().find_map(limits);
    for rejection in refused {
        ingest.usage.count(Some(project), rejection.outcome());
    }
    accepted.stored = delivery.occurrences.len() as u64;
    Ok((delivery, accepted))
}

fn attachment(ingest: &Ingest, sender: &Sender, new: NewAttachment) -> Record {
    let attachment = Attachment {
        project: sender.project(),
        received_at: ingest.clock.now(),
        occurrence: new.occurrence,
        name: new.name,
        media_type: new.media_type,
        purpose: new.purpose,
    };
    Record::Attachment(attachment, new.bytes)
}

fn feedback(ingest: &Ingest, sender: &Sender, new: NewFeedback) -> Record {
    let mut feedback = Feedback {
        uuid: new.uuid,
        project: sender.project(),
        received_at: ingest.clock.now(),
        occurrence: new.occurrence,
        name: new.name,
        email: new.email,
        message: new.message,
        url: new.url,
    };
    scrub::feedback(&mut feedback, &sender.entry.scrub_keys);
    Record::Feedback(feedback)
}

/// The project of the path or of the DSN must be the key's: a DSN that was put together by hand is
/// told so, before its events are looked for in the wrong place.
fn check_project(sender: &Sender, claim: &Claim, dsn: Option<&Dsn>) -> Result<(), Rejection> {
    let named = match &claim.project {
        Some(project) => Some(project.as_str()),
        None => dsn.map(|dsn| dsn.project.as_str()),
    };
    let is_the_keys = named.is_some_and(|named| named == sender.project().to_string());
    is_the_keys.then_some(()).ok_or(Rejection::WrongProject)
}

/// The public key: of `X-Sentry-Auth`, of `Authorization: Sentry …`, or of the query.
fn key(request: &Request) -> Option<String> {
    header_key(request.headers()).or_else(|| query_key(request.uri()))
}

fn header_key(headers: &HeaderMap) -> Option<String> {
    [SENTRY_AUTH, AUTHORIZATION].into_iter().find_map(|name| {
        let value = headers.get(name)?.to_str().ok()?.trim();
        let (scheme, pairs) = value.split_once(char::is_whitespace)?;
        if !scheme.eq_ignore_ascii_case("sentry") {
            return None;
        }
        pairs.split([',', ' ']).find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let key = value.trim().trim_matches('"');
            (name.trim() == "sentry_key" && !key.is_empty()).then(|| key.to_owned())
        })
    })
}

fn query_key(uri: &Uri) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(uri.query()?.as_bytes());
    pairs
        .find(|(name, key)| name == "sentry_key" && !key.is_empty())
        .map(|(_, key)| key.into_owned())
}

/// Sentry's shape of a refusal: `{"detail": "…"}`, and the same as a header that browsers may read.
fn refusal(rejection: &Rejection) -> Response {
    let text = rejection.to_string();
    let body = Json(json!({ "detail": text }));
    let mut response = (rejection.sentry_status(), body).into_response();
    let headers = response.headers_mut();
    if let Ok(text) = HeaderValue::from_str(&text) {
        headers.insert(SENTRY_ERROR, text);
    }
    if let Some(seconds) = rejection.retry_after_seconds() {
        headers.insert(axum::http::header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if let Some(limits) = limits(rejection) {
        headers.insert(SENTRY_RATE_LIMITS, limits);
    }
    response
}

/// What an SDK may not send for how long: `seconds:categories:scope`.
fn limits(rejection: &Rejection) -> Option<HeaderValue> {
    let (seconds, scope) = (rejection.retry_after_seconds()?, rejection.sentry_scope()?);
    HeaderValue::try_from(format!("{seconds}:{LIMITED}:{scope}")).ok()
}
