//! The load: connections that post one body after another, as a keep-alive client does.
//!
//! Plain sockets on one thread: a real client's own work would be measured with the server's.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rollcage_server::clock::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use uuid::Uuid;

use super::{
    bodies::Body,
    visible::{ONE_IN, Samples},
};

/// What timers of the runtime round to. A post is due within the one before its time, and is sent
/// with the others that are.
const TIMER_TICK: Duration = Duration::from_millis(1);

/// How hard and for how long.
#[derive(Clone, Copy)]
pub struct Load {
    /// Connections that are open at the same time.
    pub connections: u32,
    /// How long they post.
    pub lasts: Duration,
    /// Posts a second of all together; `None` for as many as are answered.
    pub rate: Option<u32>,
}

/// Whom what is posted to.
#[derive(Clone)]
pub struct Target {
    /// The server.
    pub address: SocketAddr,
    /// A request's head up to its length's value, one for each project.
    pub heads: Arc<[Vec<u8>]>,
    /// How many of the errors a project has.
    pub errors_each: usize,
    /// Who is told of some that the first project was acknowledged.
    pub samples: Option<Samples>,
}

/// What came of it.
pub struct Answers {
    /// Answers with 200.
    pub acknowledged: u64,
    /// Other answers, by status.
    pub refused: BTreeMap<u16, u64>,
    /// Bytes of the bodies that were acknowledged.
    pub sent_bytes: u64,
    /// From the first post to the last answer.
    pub elapsed: Duration,
    /// How long each answer with 200 took, microseconds, the shortest first.
    times_us: Vec<u32>,
}

impl Answers {
    /// The time that such a share of a thousand answers did not exceed; 1000 for the longest.
    pub fn per_mille(&self, share: usize) -> Duration {
        let found = per_mille(&self.times_us, share);
        Duration::from_micros(found.unwrap_or_default().into())
    }
}

/// That of `sorted` which such a share of a thousand does not exceed; 1000 for the last.
pub fn per_mille<T: Copy>(sorted: &[T], share: usize) -> Option<T> {
    let last = sorted.len().checked_sub(1)?;
    Some(sorted[(sorted.len() * share / 1000).min(last)])
}

impl Load {
    /// Posts `bodies` to `target`.
    pub async fn run(
        &self,
        target: &Target,
        bodies: &Arc<[Body]>,
        clock: &Clock,
    ) -> anyhow::Result<Answers> {
        let mut sockets = Vec::new();
        for _ in 0..self.connections {
            let socket = TcpStream::connect(target.address).await?;
            socket.set_nodelay(true)?;
            sockets.push(socket);
        }
        let started = clock.instant();
        let mut connections = JoinSet::new();
        for (number, socket) in (0..).zip(sockets) {
            let connection = Connection {
                socket,
                target: target.clone(),
                bodies: Arc::clone(bodies),
                chance: Chance::new(),
                answers: Answers {
                    acknowledged: 0,
                    refused: BTreeMap::new(),
                    sent_bytes: 0,
                    elapsed: Duration::ZERO,
                    times_us: Vec::new(),
                },
                buffer: Vec::new(),
            };
            connections.spawn(connection.post(*self, number, started, clock.clone()));
        }
        let mut all: Option<Answers> = None;
        while let Some(connection) = connections.join_next().await {
            let one = connection??;
            let Some(all) = &mut all else {
                all = Some(one);
                continue;
            };
            all.acknowledged += one.acknowledged;
            all.sent_bytes += one.sent_bytes;
            all.times_us.extend(one.times_us);
            for (status, count) in one.refused {
                *all.refused.entry(status).or_default() += count;
            }
        }
        let mut all = all.context("there is a connection")?;
        all.elapsed = started.elapsed();
        all.times_us.sort_unstable();
        Ok(all)
    }
}

/// One connection, what it posts, and what came of that.
struct Connection {
    socket: TcpStream,
    target: Target,
    bodies: Arc<[Body]>,
    chance: Chance,
    answers: Answers,
    buffer: Vec<u8>,
}

impl Connection {
    /// Posts until the time is over.
    async fn post(
        mut self,
        load: Load,
        number: u32,
        started: Instant,
        clock: Clock,
    ) -> anyhow::Result<Answers> {
        // In open loop this connection's turns come evenly, and those of all interleave.
        let interval = load.rate.map(|rate| Duration::from_secs(1) / rate);
        let mut due = started + interval.unwrap_or_default() * number;
        let mut request = Vec::new();
        loop {
            let post = self.prepare(&mut request);
            if let Some(interval) = interval {
                if due >= started + load.lasts {
                    break;
                }
                let wake = due.checked_sub(TIMER_TICK).unwrap_or(due);
                tokio::time::sleep_until(wake.into()).await;
                // Early by less than a tick of the timer, it is due when it is sent.
                let counts_from = due.min(clock.instant());
                self.exchange(&request, counts_from, post).await?;
                due += interval * load.connections;
            } else {
                let sent = clock.instant();
                if sent >= started + load.lasts {
                    break;
                }
                self.exchange(&request, sent, post).await?;
            }
        }
        Ok(self.answers)
    }

    /// Makes the next request.
    fn prepare(&mut self, request: &mut Vec<u8>) -> Post {
        let head = self.chance.below(self.target.heads.len());
        let each = self.target.errors_each;
        let error = (head * each + self.chance.below(each)) % self.bodies.len();
        let body = &self.bodies[error];
        request.clear();
        request.extend_from_slice(&self.target.heads[head]);
        request.extend_from_slice(body.len().to_string().as_bytes());
        request.extend_from_slice(b"\r\n\r\n");
        let id = self.chance.id();
        body.write_to(request, id);
        let is_sample = head == 0 && self.chance.next().is_multiple_of(ONE_IN);
        Post {
            body_bytes: body.len(),
            sample: is_sample.then_some(id),
        }
    }

    /// Posts, and takes down the answer; its time counts from `due`.
    async fn exchange(&mut self, request: &[u8], due: Instant, post: Post) -> anyhow::Result<()> {
        self.socket.write_all(request).await?;
        let status = read_answer(&mut self.socket, &mut self.buffer).await?;
        if status == 200 {
            let micros = u32::try_from(due.elapsed().as_micros()).unwrap_or(u32::MAX);
            self.answers.times_us.push(micros);
            self.answers.acknowledged += 1;
            self.answers.sent_bytes += u64::try_from(post.body_bytes)?;
            if let (Some(id), Some(samples)) = (post.sample, &self.target.samples) {
                // Who looked for it tells by itself why it ended.
                let _ = samples.send((id, due + Duration::from_micros(micros.into())));
            }
        } else {
            *self.answers.refused.entry(status).or_default() += 1;
        }
        Ok(())
    }
}

/// What a request holds.
struct Post {
    body_bytes: usize,
    /// The occurrence's id, where it is to be looked for.
    sample: Option<Uuid>,
}

/// Reads one answer: its status.
async fn read_answer(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<u16> {
    buffer.clear();
    loop {
        if socket.read_buf(buffer).await? == 0 {
            bail!("the server closed a connection");
        }
        let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") else {
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end]).context("a head is ASCII")?;
        let length = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .context("an answer has a length")?;
        let length: usize = length.1.trim().parse()?;
        if buffer.len() >= end + 4 + length {
            let status = head.split(' ').nth(1).context("an answer has a status")?;
            return Ok(status.parse()?);
        }
    }
}

/// Random numbers that cost nothing: `SplitMix64`, begun anywhere.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        Self(Uuid::new_v4().as_u64_pair().1)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is below a usize")]
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A version 4 UUID, as SDKs make them.
    fn id(&mut self) -> Uuid {
        let halves = [self.next().to_le_bytes(), self.next().to_le_bytes()];
        let mut bytes = [0; 16];
        bytes.copy_from_slice(halves.as_flattened());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}
