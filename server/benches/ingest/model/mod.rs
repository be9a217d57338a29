//! The bare model: the least that a server does which keeps what we keep, durable before it answers.
//!
//! Unpack, read what one groups by, compress with a dictionary, append to a log with group commit,
//! answer; then COPY 500 rows with an upsert of their groups' counts, into the Postgres that the server
//! under test brings too. No authentication, limits, mending, scrubbing, rules, duplicates or replays.

mod log;
mod postgres;
mod read;

use std::{cell::RefCell, path::Path, sync::Arc};

use anyhow::Context;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::post,
};
use libdeflater::Decompressor;
use rollcage_server::cluster::{Cluster, ClusterSettings};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
};
use uuid::Uuid;
use zstd::{bulk::Compressor, dict::EncoderDictionary};

use self::{log::Log, postgres::Row};
use super::bodies::{self, Mode, Protocol};

/// As the server's.
const ZSTD_LEVEL: i32 = 1;
/// Larger ones save little and cost each compression.
const DICTIONARY_BYTES: usize = 64 << 10;
/// As many as a dictionary of this size gains by.
const SAMPLES: usize = 1500;

/// What a request needs.
struct Model {
    protocol: Protocol,
    /// Compressors borrow it for as long as their threads live.
    dictionary: &'static EncoderDictionary<'static>,
    log: Log,
}

/// What one request after another is worked on with.
#[derive(Default)]
struct Room {
    unpacker: Option<Decompressor>,
    unpacked: Vec<u8>,
    compressor: Option<Compressor<'static>>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

/// Serves until it is told to end. Says where on its standard output, in the server's words.
pub async fn serve(
    folder: &Path,
    protocol: Protocol,
    mode: Mode,
    errors: usize,
) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let cluster = Cluster::start(&ClusterSettings {
        data_dir: folder.to_owned(),
        bin_dir: None,
        user: "rollcage".to_owned(),
    })
    .await?;
    let (rows, waiting) = mpsc::unbounded_channel();
    let model = Model {
        protocol,
        dictionary: Box::leak(Box::new(dictionary(protocol, mode, errors)?)),
        log: Log::open(folder, rows)?,
    };
    let router = Router::new()
        .route("/api/{project}/envelope/", post(answer))
        .route("/api/1/item/", post(answer))
        .with_state(Arc::new(model));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let applier = postgres::Applier::start(&cluster.url()).await?;
    println!("Bare model is running: http://{address}");
    let ended = tokio::select! {
        served = axum::serve(listener, router) => served.context("serving"),
        stored = applier.run(waiting) => stored.context("storing"),
        _ = terminate.recv() => Ok(()),
        _ = interrupt.recv() => Ok(()),
    };
    cluster.stop().await;
    ended
}

async fn answer(State(model): State<Arc<Model>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(row) = ROOM.with_borrow_mut(|room| row(&model, room, &headers, &body)) else {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    };
    let id = row.uuid.simple().to_string();
    if !model.log.append(row).await {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let json = format!(r#"{{"id":"{id}"}}"#);
    ([(CONTENT_TYPE, "application/json")], json).into_response()
}

/// The row that a request comes to; `None` where it cannot be read.
fn row(model: &Model, room: &mut Room, headers: &HeaderMap, body: &[u8]) -> Option<Row> {
    let Room {
        unpacker,
        unpacked,
        compressor,
    } = room;
    // In either protocol the header that says who sends it.
    let sender = headers
        .get("x-sentry-auth")
        .or_else(|| headers.get("x-rollbar-access-token"))?;
    let (json, read) = match model.protocol {
        Protocol::Sentry => {
            let unpacker = unpacker.get_or_insert_with(Decompressor::new);
            read::gunzip(unpacker, body, unpacked)?;
            let event = read::event_of(unpacked)?;
            (event, read::sentry(event, sender.as_bytes())?)
        }
        Protocol::Rollbar => (body, read::rollbar(body, sender.as_bytes())?),
    };
    if compressor.is_none() {
        *compressor = Compressor::with_prepared_dictionary(model.dictionary).ok();
    }
    Some(Row {
        uuid: read.uuid.unwrap_or_else(Uuid::new_v4),
        group: read.group,
        body: compressor.as_mut()?.compress(json).ok()?,
    })
}

/// A dictionary of what is sent first, as one would be trained by the first occurrences.
fn dictionary(
    protocol: Protocol,
    mode: Mode,
    errors: usize,
) -> anyhow::Result<EncoderDictionary<'static>> {
    let bodies = bodies::bodies(protocol, mode, errors)?.known;
    let samples: Vec<_> = bodies
        .iter()
        .map(|body| &body.json)
        .cycle()
        .take(SAMPLES)
        .collect();
    let trained = zstd::dict::from_samples(&samples, DICTIONARY_BYTES)?;
    Ok(EncoderDictionary::copy(&trained, ZSTD_LEVEL))
}
