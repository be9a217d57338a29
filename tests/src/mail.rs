//! A real SMTP server on a free port, which may be down, and the mails that arrived.
//!
//! `mailin` is the protocol; the sockets are tokio's, because `mailin-embedded` can neither be
//! stopped nor be built without TLS.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use mail_parser::{MessageParser, MimeHeaders};
use mailin::{Action, Handler, Response, SessionBuilder, response};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Notify, Semaphore},
    task::JoinSet,
    time::timeout,
};

use crate::wait::PATIENCE;

/// A mail that arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Whom the envelope names.
    pub to: Vec<String>,
    /// The header.
    pub from: String,
    /// The header.
    pub subject: String,
    /// The header, without its brackets.
    pub message_id: String,
    /// The part of plain text.
    pub text: String,
    /// The part of HTML.
    pub html: String,
    /// All of it, as it came.
    pub raw: String,
}

/// A mail server.
pub struct MailServer {
    address: SocketAddr,
    inbox: Arc<Inbox>,
    running: Option<JoinSet<()>>,
}

#[derive(Default)]
struct Inbox {
    mails: Mutex<Vec<Mail>>,
    arrived: Notify,
    /// Set while the server thinks about each mail until it is told to go on.
    gate: Mutex<Option<Arc<Semaphore>>>,
    thinking: Notify,
}

impl MailServer {
    /// Starts one. It runs as long as the test's runtime.
    pub fn start() -> Self {
        let mut server = Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            inbox: Arc::default(),
            running: None,
        };
        server.up();
        server
    }

    /// One that is down, at a port that is its own.
    pub async fn down() -> Self {
        let mut server = Self::start();
        server.stop().await;
        server
    }

    /// What `smtp_url` is to be.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Comes up, at the port it had before.
    pub fn up(&mut self) {
        let socket = TcpSocket::new_v4().expect("the system has sockets");
        // Connections of the last time may still be ending.
        socket.set_reuseaddr(true).expect("a new socket takes it");
        socket.bind(self.address).expect("the port was ours before");
        let listener = socket.listen(64).expect("a bound socket listens");
        self.address = listener.local_addr().expect("it listens");
        let mut running = JoinSet::new();
        running.spawn(serve(listener, Arc::clone(&self.inbox)));
        self.running = Some(running);
    }

    /// Goes down; connections break.
    pub async fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.shutdown().await;
        }
    }

    /// From now on each mail waits, before it is taken, for one permit.
    pub fn hold(&self) -> Arc<Semaphore> {
        let gate = Arc::new(Semaphore::new(0));
        *lock(&self.inbox.gate) = Some(Arc::clone(&gate));
        gate
    }

    /// Waits until a mail waits for its permit.
    pub async fn is_held(&self) {
        timeout(PATIENCE, self.inbox.thinking.notified())
            .await
            .expect("a mail is held");
    }

    /// All that arrived, in order.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.inbox.mails).clone()
    }

    /// Waits until that many mails have arrived.
    pub async fn arrived(&self, count: usize) -> Vec<Mail> {
        timeout(PATIENCE, async {
            loop {
                let arrival = self.inbox.arrived.notified();
                let mails = self.mails();
                if mails.len() >= count {
                    return mails;
                }
                arrival.await;
            }
        })
        .await
        .unwrap_or_else(|_late| panic!("{count} mails are wanted, there are {:#?}", self.mails()))
    }
}

async fn serve(listener: TcpListener, inbox: Arc<Inbox>) {
    let mut sessions = JoinSet::new();
    while let Ok((stream, peer)) = listener.accept().await {
        let inbox = Arc::clone(&inbox);
        // A client that goes away in the middle is not our concern.
        sessions.spawn(async move { converse(stream, peer.ip(), &inbox).await.ok() });
    }
}

async fn converse(stream: TcpStream, peer: IpAddr, inbox: &Arc<Inbox>) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let delivery = Delivery {
        inbox: Arc::clone(inbox),
        to: Vec::new(),
        raw: Vec::new(),
    };
    let mut session = SessionBuilder::new("mail.example.test").build(peer, delivery);
    stream.write_all(&session.greeting().buffer()?).await?;
    let mut line = Vec::new();
    let mut is_data = false;
    while stream.read_until(b'\n', &mut line).await? > 0 {
        if is_data && line == b".\r\n" {
            pause(inbox).await;
        }
        let response = session.process(&line);
        is_data = response.code == 354 || (is_data && response.action == Action::NoReply);
        if response.action != Action::NoReply {
            stream.write_all(&response.buffer()?).await?;
        }
        if response.action == Action::Close {
            break;
        }
        line.clear();
    }
    Ok(())
}

async fn pause(inbox: &Inbox) {
    let gate = lock(&inbox.gate).clone();
    if let Some(gate) = gate {
        inbox.thinking.notify_one();
        gate.acquire().await.expect("a gate is not closed").forget();
    }
}

struct Delivery {
    inbox: Arc<Inbox>,
    to: Vec<String>,
    raw: Vec<u8>,
}

impl Handler for Delivery {
    fn data_start(&mut self, _domain: &str, _from: &str, _is8bit: bool, to: &[String]) -> Response {
        self.to = to.to_vec();
        self.raw.clear();
        response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        // RFC 5321, section 4.5.2: a leading dot was doubled.
        let line = line.strip_prefix(b".").unwrap_or(line);
        self.raw.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mail = read(&self.raw, std::mem::take(&mut self.to));
        lock(&self.inbox.mails).push(mail);
        self.inbox.arrived.notify_waiters();
        response::OK
    }
}

/// Reads a mail.
pub fn read(raw: &[u8], to: Vec<String>) -> Mail {
    let message = MessageParser::new().parse(raw).expect("it is a mail");
    let part = |subtype: &str| {
        let found = message.parts.iter().find(|part| {
            part.content_type()
                .is_some_and(|kind| kind.subtype() == Some(subtype))
        });
        let text = found.and_then(|part| part.text_contents());
        text.unwrap_or_default().replace("\r\n", "\n")
    };
    let from = message.from().and_then(|from| from.first());
    Mail {
        to,
        from: from
            .and_then(|from| from.address())
            .unwrap_or_default()
            .to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        message_id: message.message_id().unwrap_or_default().to_owned(),
        text: part("plain"),
        html: part("html"),
        raw: String::from_utf8_lossy(raw).into_owned(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
