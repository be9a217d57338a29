//! The way from a request's body to the journal, whichever protocol it came by.

use std::{net::IpAddr, sync::Arc, time::Instant};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName},
};
use chrono::{DateTime, Utc};
use futures_util::future::try_join_all;
use metrics::histogram;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::{
    access::Tokens,
    backlog::Backlog,
    body::{self, Encoding},
    dictionaries::Dictionaries,
    memory::{Memory, Reservation},
    rate::Rate,
    rejection::Rejection,
    token::Entry,
};
use crate::{
    clock::Clock,
    journal,
    model::{
        body as stored,
        entry::{self, Head},
        evidence::Evidence,
        id::ProjectId,
        json::Node,
        network::{self, Network},
        occurrence::Occurrence,
        outcome::Outcome,
        record::Record,
        tally::{Dropped, Tally},
    },
    scrub::{self, ScrubKeys},
    telemetry,
    usage::Usage,
};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Bodies longer than this are worked on beside the runtime: they take more than about 1 ms.
const INLINE_MAX_BYTES: usize = 64 << 10;

/// Bytes of a request that brings several things: Sentry's own limit.
pub(super) const ENVELOPE_MAX_BYTES: usize = 20 << 20;

/// What bodies of unknown senders may have together: the longest there is, with room to unpack it.
const UNKNOWN_BYTES: usize = ENVELOPE_MAX_BYTES + (1 << 20);

/// Where our own SDK for Rust tells how many occurrences it dropped since the last one.
const DROPPED_BY_SDK: &str = "rollcage_dropped";

/// How many an SDK can say at once that it dropped: more is a mistake, or meant to spoil the counts.
pub(super) const DROPPED_MAX: u32 = 1_000_000;

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
    /// What occurrences are compressed with.
    pub dictionaries: Arc<Dictionaries>,
    /// Whose is what waits in the journal.
    pub backlog: Arc<Backlog>,
}

/// What bounds the work of ingest.
pub struct Limits {
    pub(super) item_max_bytes: usize,
    memory: Memory,
    /// What bodies may have of whose sender nothing is known yet: anybody can send such.
    unknown: Memory,
    /// Turns for large bodies.
    large: Arc<Semaphore>,
    trusted_proxies: Vec<Network>,
}

impl Limits {
    /// `item_max_bytes` of one occurrence, decompressed; `memory_bytes` of all bodies in work.
    pub fn new(item_max_bytes: usize, memory_bytes: usize, trusted_proxies: Vec<Network>) -> Self {
        Self {
            item_max_bytes,
            memory: Memory::new(memory_bytes),
            unknown: Memory::new(UNKNOWN_BYTES.min(memory_bytes)),
            large: Arc::new(Semaphore::new(2)),
            trusted_proxies,
        }
    }
}

/// Whose token a request brought, and how that stands with its rate; no rate where nothing was
/// taken from it.
#[derive(Clone)]
pub(super) struct Sender {
    pub entry: Arc<Entry>,
    pub rate: Option<Rate>,
}

impl Sender {
    /// Takes one from the token's bucket and one from its project's.
    pub fn take(&mut self, clock: &Clock) -> Result<(), Rejection> {
        let (rate, taken) = self.entry.take(clock.instant());
        self.rate = Some(rate);
        taken
    }

    pub fn project(&self) -> ProjectId {
        self.entry.access.project
    }
}

/// A body in work: its bytes, and what it holds of memory and of turns until it is dropped.
pub(super) struct Held<'i> {
    pub bytes: Vec<u8>,
    memory: Reservation,
    /// Large ones have one, from parsing to encoding: their trees of values take many times their
    /// text, so few may exist.
    turn: Option<SemaphorePermit<'i>>,
}

/// What is to be stored of a request.
#[derive(Default)]
pub(super) struct Delivery<'t> {
    pub occurrences: Vec<Occurrence<'t>>,
    /// Attachments and feedback.
    pub companions: Vec<Record>,
}

impl Ingest {
    /// Who sends with that token.
    pub(super) async fn authenticate(&self, token: &str) -> Result<Sender, Rejection> {
        let entry = self.tokens.authenticate(token).await?;
        Ok(Sender { entry, rate: None })
    }

    /// Who sends with that token, into `sender`; refused where their project fills the journal.
    pub(super) async fn admit<'s>(
        &self,
        token: &str,
        sender: &'s mut Option<Sender>,
    ) -> Result<&'s mut Sender, Rejection> {
        let sender = sender.insert(self.authenticate(token).await?);
        if self.backlog.admits(sender.project()) {
            Ok(sender)
        } else {
            Err(Rejection::ProjectBacklog)
        }
    }

    /// Reads a body of at most `max_bytes`, before and after decompression; `is_known` says whether
    /// its sender is.
    pub(super) async fn read(
        &self,
        request: Request,
        max_bytes: usize,
        is_known: bool,
    ) -> Result<Held<'_>, Rejection> {
        let begun = self.clock.instant();
        let encoding = Encoding::of(request.headers())?;
        let mut memory = if is_known {
            self.limits.memory.reserve()
        } else {
            self.limits.unknown.reserve()
        };
        let packed = body::read(request.into_body(), max_bytes, &mut memory).await?;
        let bytes = body::decompress(packed, encoding, max_bytes, &mut memory).await?;
        memory.shrink_to(bytes.len());
        let turn = self.turn(bytes.len()).await?;
        note_stage("read", begun);
        Ok(Held {
            bytes,
            memory,
            turn,
        })
    }

    /// Undoes the encoding that older libraries of Sentry do not name. What was short may be large
    /// then.
    pub(super) async fn unpack_base64<'i>(
        &'i self,
        held: &mut Held<'i>,
        max_bytes: usize,
    ) -> Result<(), Rejection> {
        let text = std::mem::take(&mut held.bytes);
        held.bytes = body::decompress_base64(text, max_bytes, &mut held.memory).await?;
        if held.turn.is_none() {
            held.turn = self.turn(held.bytes.len()).await?;
        }
        Ok(())
    }

    /// Reads a body to its end and keeps nothing of it.
    pub(super) async fn discard(&self, request: Request) -> Result<(), Rejection> {
        body::discard(request.into_body(), ENVELOPE_MAX_BYTES).await
    }

    /// Does the CPU work on a body: on a short one here, on a large one beside the runtime.
    pub(super) async fn work<T: Send + 'static>(
        &self,
        held: &mut Held<'_>,
        work: impl FnOnce(&Self, &[u8]) -> T + Send + 'static,
    ) -> Result<T, Rejection> {
        let begun = self.clock.instant();
        if held.turn.is_none() {
            let done = work(self, &held.bytes);
            note_stage("work", begun);
            return Ok(done);
        }
        let (ingest, bytes) = (self.clone(), std::mem::take(&mut held.bytes));
        let beside = tokio::task::spawn_blocking(move || {
            let done = work(&ingest, &bytes);
            (done, bytes)
        });
        let (done, bytes) = beside.await.map_err(|_panicked| Rejection::Busy)?;
        held.bytes = bytes;
        note_stage("work", begun);
        Ok(done)
    }

    /// Scrubs and filters what a request brought: the records of the journal for it, without what the
    /// project's filters leave out.
    pub(super) fn records(
        &self,
        entry: &Entry,
        peer: Option<IpAddr>,
        delivery: Delivery<'_>,
    ) -> Vec<Vec<u8>> {
        let project = entry.access.project;
        // Only the demo's clock follows.
        for at in delivery
            .occurrences
            .iter()
            .filter_map(|one| one.happened_at)
        {
            self.clock.follow(at);
        }
        let received_at = self.clock.now();
        let mut records = Vec::new();
        let mut unwanted = Vec::new();
        for mut occurrence in delivery.occurrences {
            scrub::scrub(&mut occurrence, &entry.scrub_keys);
            self.tally_dropped(project, &occurrence);
            if let Some(filter) = entry.judge.judge(&occurrence, peer) {
                self.usage.count(Some(project), Outcome::Filtered(filter));
                unwanted.push(occurrence.uuid);
                continue;
            }
            records.push(self.encoded(project, received_at, &occurrence));
        }
        for companion in delivery.companions {
            let is_unwanted = matches!(&companion, Record::Attachment(attachment, _)
                if unwanted.contains(&attachment.occurrence));
            if !is_unwanted {
                records.push(companion.encode());
            }
        }
        records
    }

    /// Journals records of a project. Once it returns, all of them are durable.
    pub(super) async fn store(
        &self,
        project: ProjectId,
        records: Vec<Vec<u8>>,
    ) -> Result<(), Rejection> {
        let begun = self.clock.instant();
        let bytes: usize = records.iter().map(Vec::len).sum();
        let appended = records
            .into_iter()
            .map(|record| self.journal.append(record));
        let ends = try_join_all(appended)
            .await
            .map_err(|_error| Rejection::JournalFull)?;
        if let Some(end) = ends.into_iter().max() {
            self.backlog.add(project, bytes as u64, end);
        }
        note_stage("journal", begun);
        Ok(())
    }

    fn tally_dropped(&self, project: ProjectId, occurrence: &Occurrence<'_>) {
        let dropped = occurrence.custom.get(DROPPED_BY_SDK);
        if let Some(count) = dropped.and_then(Node::as_u64) {
            let dropped = Tally::Dropped(Dropped::named("queue_overflow", "error"));
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            self.usage.tally(project, dropped, count.min(DROPPED_MAX));
        }
    }

    /// Reports an occurrence of a project as if an SDK had sent it; false where there is no room.
    pub async fn report(&self, project: ProjectId, mut occurrence: Occurrence<'_>) -> bool {
        scrub::scrub(&mut occurrence, &ScrubKeys::default());
        let record = self.encoded(project, self.clock.now(), &occurrence);
        self.journal.append(record).await.is_ok()
    }

    /// A turn for a large body; short ones need none.
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

    /// The address of the client, behind proxies that are trusted.
    pub(super) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let forwarded = headers.get_all(FORWARDED_FOR);
        let forwarded: Vec<_> = forwarded
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        network::client_address(peer, forwarded.into_iter(), &self.limits.trusted_proxies)
    }

    /// The journal's record of an occurrence, which has been scrubbed before anything touches the
    /// disk.
    fn encoded(
        &self,
        project: ProjectId,
        received_at: DateTime<Utc>,
        occurrence: &Occurrence<'_>,
    ) -> Vec<u8> {
        let dictionary = self.dictionaries.find(project, occurrence);
        let head = Head::new(project, received_at, occurrence);
        let body = stored::encode(occurrence, dictionary.as_deref());
        entry::Entry::new(head, &Evidence::from(occurrence), body).encode()
    }
}

/// Notes how long a stage took: `read` is until the body is there and unpacked, `work` from parsing to
/// the records, `journal` until they are durable.
fn note_stage(stage: &'static str, begun: Instant) {
    histogram!(telemetry::INGEST_STAGE_SECONDS, "stage" => stage).record(begun.elapsed());
}
