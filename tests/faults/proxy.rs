//! A way to Postgres that breaks at a chosen moment of the digest's transaction.
//!
//! It forwards whole messages (Postgres's protocol 3.0, "Message Flow") and knows the digest's
//! transactions by their update of `cursors`, and notices by `pg_notify`.

use std::{
    collections::HashSet,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::Notify,
    task::JoinSet,
    time::timeout,
};
use url::Url;

use crate::patience::PATIENCE;

/// Where the way breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The COMMIT of a batch does not arrive.
    BeforeCommit,
    /// It is done, and its answer does not arrive.
    AfterCommit,
    /// The answer has arrived, and the notice that follows does not.
    BeforeNotify,
}

/// How it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// Both ends see the connection end.
    Cut,
    /// Nothing passes any more, until the client is gone by itself.
    Hold,
    /// Nothing passes any more, and neither end is told when the other is gone.
    Silence,
}

/// The way. Dropped, its connections end.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    _listening: JoinSet<()>,
}

struct Shared {
    socket: PathBuf,
    trap: Mutex<Option<(Place, Break)>>,
    sprung: Notify,
    /// A batch's COMMIT went by.
    passed: Notify,
}

impl Proxy {
    /// A way to the Postgres at `url`, which is reached by a socket.
    pub async fn start(url: &str) -> anyhow::Result<Self> {
        let url: Url = url.parse()?;
        let folder = url.query_pairs().find(|(name, _)| name == "host");
        let (_, folder) = folder.context("a URL with a socket")?;
        let shared = Arc::new(Shared {
            socket: PathBuf::from(folder.as_ref()).join(".s.PGSQL.5432"),
            trap: Mutex::default(),
            sprung: Notify::new(),
            passed: Notify::new(),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let mut listening = JoinSet::new();
        listening.spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            _listening: listening,
        })
    }

    /// The connection string of this way.
    pub fn url(&self) -> String {
        let address = self.address;
        format!("postgres://rollcage@{address}/rollcage?sslmode=disable")
    }

    /// Breaks at the next such moment; ready when it has.
    pub async fn spring(&self, place: Place, how: Break) -> anyhow::Result<()> {
        self.arm(place, how);
        self.sprung().await
    }

    /// Waits until a batch goes by.
    pub async fn passed(&self) -> anyhow::Result<()> {
        let passed = timeout(PATIENCE, self.shared.passed.notified());
        passed.await.context("no batch came by")
    }

    /// Is to break at the next such moment.
    pub fn arm(&self, place: Place, how: Break) {
        *lock(&self.shared.trap) = Some((place, how));
    }

    /// Ready when it has broken.
    pub async fn sprung(&self) -> anyhow::Result<()> {
        let sprung = timeout(PATIENCE, self.shared.sprung.notified());
        sprung.await.context("no batch came by")
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // However one ends, its ends are closed; that is all that is to be done about it.
        connections.spawn(async move { Connection::join(client, shared).await.ok() });
        while connections.try_join_next().is_some() {}
    }
}

struct Connection {
    shared: Arc<Shared>,
    client: TcpStream,
    server: UnixStream,
    /// From the client, not forwarded yet.
    requests: Vec<u8>,
    has_begun: bool,
    /// Names of prepared statements that move a cursor, and that notify.
    moves: HashSet<Vec<u8>>,
    notifies: HashSet<Vec<u8>>,
    /// Whether the transaction has moved a cursor.
    is_batch: bool,
}

impl Connection {
    async fn join(client: TcpStream, shared: Arc<Shared>) -> anyhow::Result<()> {
        client.set_nodelay(true)?;
        let server = UnixStream::connect(&shared.socket).await?;
        let connection = Self {
            shared,
            client,
            server,
            requests: Vec::new(),
            has_begun: false,
            moves: HashSet::new(),
            notifies: HashSet::new(),
            is_batch: false,
        };
        connection.forward().await
    }

    async fn forward(mut self) -> anyhow::Result<()> {
        let mut answers = Vec::with_capacity(64 << 10);
        loop {
            tokio::select! {
                read = self.client.read_buf(&mut self.requests) => {
                    if read? == 0 {
                        return Ok(());
                    }
                    while let Some(message) = self.take_message() {
                        if let Some((place, how)) = self.is_trapped(&message) {
                            return self.fall(place, how, &message).await;
                        }
                        self.server.write_all(&message).await?;
                    }
                }
                read = self.server.read_buf(&mut answers) => {
                    if read? == 0 {
                        return Ok(());
                    }
                    self.client.write_all(&answers).await?;
                    answers.clear();
                }
            }
        }
    }

    /// The next complete message. The very first one has no type.
    fn take_message(&mut self) -> Option<Vec<u8>> {
        let head = usize::from(self.has_begun);
        let length = self.requests.get(head..head + 4)?;
        let length = u32::from_be_bytes(length.try_into().ok()?);
        let end = head + usize::try_from(length).ok()?;
        if self.requests.len() < end {
            return None;
        }
        self.has_begun = true;
        let rest = self.requests.split_off(end);
        Some(std::mem::replace(&mut self.requests, rest))
    }

    /// Whether a trap is set for this message.
    fn is_trapped(&mut self, message: &[u8]) -> Option<(Place, Break)> {
        let (kind, content) = (message.first()?, message.get(5..)?);
        let mut texts = content.split(|byte| *byte == 0);
        let (first, second) = (texts.next()?, texts.next().unwrap_or_default());
        let mut is_commit = false;
        let mut is_notice = false;
        match kind {
            b'P' if contains(second, b"UPDATE cursors") => {
                self.moves.insert(first.to_vec());
            }
            b'P' if contains(second, b"pg_notify") => {
                self.notifies.insert(first.to_vec());
            }
            b'B' if self.moves.contains(second) => self.is_batch = true,
            b'B' => is_notice = self.notifies.contains(second),
            b'Q' if first == b"COMMIT" => is_commit = std::mem::take(&mut self.is_batch),
            b'Q' if first == b"BEGIN" => self.is_batch = false,
            _ => {}
        }
        let trapped = lock(&self.shared.trap).take_if(|(place, _)| match place {
            Place::BeforeCommit | Place::AfterCommit => is_commit,
            Place::BeforeNotify => is_notice,
        });
        if is_commit && trapped.is_none() {
            self.shared.passed.notify_waiters();
        }
        trapped
    }

    async fn fall(mut self, place: Place, how: Break, message: &[u8]) -> anyhow::Result<()> {
        if place == Place::AfterCommit {
            self.server.write_all(message).await?;
            let mut answer = Vec::new();
            while !contains(&answer, b"COMMIT\0") {
                if self.server.read_buf(&mut answer).await? == 0 {
                    bail!("Postgres ended");
                }
            }
        }
        self.shared.sprung.notify_one();
        match how {
            Break::Cut => {}
            Break::Hold => drained(&mut self.client).await,
            Break::Silence => {
                tokio::join!(drained(&mut self.client), drained(&mut self.server));
            }
        }
        Ok(())
    }
}

/// Waits until that end is gone; what it says until then is lost.
async fn drained(end: &mut (impl AsyncRead + Unpin)) {
    // However it goes, it is gone.
    let _ = tokio::io::copy(end, &mut tokio::io::sink()).await;
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
