//! Senders over keep-alive connections, each posting again once it is answered.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{interval, sleep, timeout},
};
use uuid::Uuid;

use crate::{
    body::{self, Project},
    chance::Chance,
    ledger::{Answer, Ledger},
    patience::now,
};

/// Longest time that an answer may take: longer than any limit of the server.
pub const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// Rest after a post that was cut or refused, so that a server that is away is not all that the
/// machine works on.
const REST: Duration = Duration::from_millis(10);

/// What is sent, and where to.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Servers; each post goes to one, or with `everywhere` to each in turn.
    pub addresses: Vec<SocketAddr>,
    /// Whose occurrences they are.
    pub project: Project,
    /// Senders at the same time: enough for group commits.
    pub senders: usize,
    /// Errors, each an item of its own.
    pub classes: usize,
    /// Bytes that a post has besides.
    pub padding_bytes: usize,
    /// The same occurrence goes to each address.
    pub everywhere: bool,
    /// Posts a second of all together; `None` for as many as are answered.
    pub per_second: Option<u32>,
}

/// Senders at work.
pub struct Load {
    is_over: Arc<AtomicBool>,
    senders: JoinSet<()>,
}

impl Load {
    /// Begins it.
    pub fn begin(plan: &Plan, ledger: &Arc<Ledger>, chance: &mut Chance) -> Self {
        let is_over = Arc::<AtomicBool>::default();
        let mut senders = JoinSet::new();
        for number in 0..plan.senders {
            let sender = Sender {
                plan: plan.clone(),
                chance: chance.fork(),
                ledger: Arc::clone(ledger),
                is_over: Arc::clone(&is_over),
                sockets: plan.addresses.iter().map(|_| None).collect(),
                turn: number,
            };
            senders.spawn(sender.run());
        }
        Self { is_over, senders }
    }

    /// Ends it, once each sender has its answer.
    pub async fn end(self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.senders.join_all().await;
    }
}

struct Sender {
    plan: Plan,
    chance: Chance,
    ledger: Arc<Ledger>,
    is_over: Arc<AtomicBool>,
    /// One for each address.
    sockets: Vec<Option<TcpStream>>,
    turn: usize,
}

impl Sender {
    async fn run(mut self) {
        let mut ticks = self.plan.per_second.map(|per_second| {
            let share = u32::try_from(self.plan.senders).unwrap_or(u32::MAX);
            // What was missed is caught up with, so that the rate holds over time.
            interval(Duration::from_secs(1) * share / per_second)
        });
        while !self.is_over.load(Ordering::Relaxed) {
            if let Some(ticks) = &mut ticks {
                ticks.tick().await;
            }
            let uuid = self.chance.id();
            let class = body::class(self.chance.below(self.plan.classes));
            let (project, padding) = (&self.plan.project, self.plan.padding_bytes);
            let request = body::request(&mut self.chance, project, uuid, &class, padding);
            self.turn += 1;
            let at = self.turn % self.plan.addresses.len();
            self.deliver(at, uuid, &request).await;
            if self.plan.everywhere {
                for at in (0..self.plan.addresses.len()).filter(|other| *other != at) {
                    self.deliver(at, uuid, &request).await;
                }
            }
        }
    }

    /// Posts; half of what is cut is sent again, as SDKs do.
    async fn deliver(&mut self, at: usize, uuid: Uuid, request: &[u8]) {
        loop {
            match self.exchange(at, uuid, request).await {
                Ok(answer) => {
                    self.ledger.answered(uuid, &answer);
                    if answer.status != 200 {
                        self.ledger.given_up(uuid);
                        if self.plan.per_second.is_none() {
                            sleep(REST).await;
                        }
                    }
                    return;
                }
                Err(_cut) => {
                    self.sockets[at] = None;
                    self.ledger.cut();
                    sleep(REST).await;
                    if self.is_over.load(Ordering::Relaxed) || self.chance.coin() {
                        return;
                    }
                }
            }
        }
    }

    async fn exchange(&mut self, at: usize, uuid: Uuid, request: &[u8]) -> anyhow::Result<Answer> {
        let socket = match &mut self.sockets[at] {
            Some(socket) => socket,
            none => none.insert(connect(self.plan.addresses[at]).await?),
        };
        self.ledger.sending(uuid);
        let sent = now();
        let exchanged = async {
            socket.write_all(request).await?;
            read_answer(socket, &mut Vec::with_capacity(1024)).await
        };
        let head = timeout(ANSWER_TIMEOUT, exchanged).await??;
        let took = sent.elapsed();
        if head.is_last {
            self.sockets[at] = None;
        }
        Ok(Answer {
            status: head.status,
            has_retry_after: head.has_retry_after,
            took,
        })
    }
}

/// A connection to it.
pub async fn connect(address: SocketAddr) -> anyhow::Result<TcpStream> {
    let socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    Ok(socket)
}

/// The head of an answer.
pub struct Head {
    /// Its status.
    pub status: u16,
    /// Whether it says when to come again.
    pub has_retry_after: bool,
    /// Whether nothing more is read from this connection: nginx says so after a thousand requests.
    pub is_last: bool,
}

/// Reads an answer to its end. `buffer` has what came before and was not read yet, and keeps what came
/// behind the answer.
pub async fn read_answer(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<Head> {
    loop {
        let Some(end) = buffer.windows(4).position(|part| part == b"\r\n\r\n") else {
            read_more(socket, buffer).await?;
            continue;
        };
        let head = std::str::from_utf8(&buffer[..end])
            .context("a head is ASCII")?
            .to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .context("an answer has a length")?;
        let length: usize = length.trim().parse()?;
        let end = end + 4 + length;
        while buffer.len() < end {
            read_more(socket, buffer).await?;
        }
        buffer.drain(..end);
        let status = head.split(' ').nth(1).context("an answer has a status")?;
        return Ok(Head {
            status: status.parse()?,
            has_retry_after: head.contains("\r\nretry-after:"),
            is_last: head.contains("\r\nconnection: close"),
        });
    }
}

async fn read_more(socket: &mut TcpStream, buffer: &mut Vec<u8>) -> anyhow::Result<()> {
    let read = socket.read_buf(buffer).await?;
    ensure!(read > 0, "the server closed a connection");
    Ok(())
}
