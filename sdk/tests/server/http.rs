//! A server that answers as it is told, and notes what it was asked.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
    time::Duration,
};

use flate2::read::GzDecoder;
use serde_json::Value;

/// Longest wait for a request. Nothing healthy takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(30);

/// What it answers.
#[derive(Clone, Copy)]
pub struct Answer {
    pub status: u16,
    /// A header, or an empty text.
    pub header: &'static str,
}

impl Answer {
    pub const OK: Self = Self::of(200);

    pub const fn of(status: u16) -> Self {
        Self { status, header: "" }
    }

    pub const fn with(self, header: &'static str) -> Self {
        Self { header, ..self }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The first line and the headers, lower case.
    pub head: String,
    /// The bytes of the body as they came.
    pub bytes: usize,
    /// `data` of the item.
    pub data: Value,
}

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    asked: Vec<Asked>,
    connections: usize,
    is_away: bool,
}

/// The server. It listens as long as the process lives.
#[derive(Clone)]
pub struct Http {
    state: Arc<(Mutex<State>, Condvar)>,
    address: SocketAddr,
}

impl Http {
    /// Answers with `answers`, one after the other, and then with 200.
    pub fn start(answers: &[Answer]) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").expect("a port"), answers)
    }

    /// One that is away: it ends each connection at once. Its port is nobody else's meanwhile.
    pub fn away() -> Self {
        let http = Self::start(&[]);
        http.lock().is_away = true;
        http
    }

    /// It is back.
    pub fn come_back(&self) {
        self.lock().is_away = false;
    }

    fn listen(listener: TcpListener, answers: &[Answer]) -> Self {
        let state = State {
            answers: answers.iter().copied().collect(),
            ..State::default()
        };
        let http = Self {
            address: listener.local_addr().expect("it listens"),
            state: Arc::new((Mutex::new(state), Condvar::new())),
        };
        let accepting = http.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut state = accepting.lock();
                if state.is_away {
                    continue;
                }
                state.connections += 1;
                drop(state);
                let http = accepting.clone();
                thread::spawn(move || http.serve(&stream));
            }
        });
        http
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn connections(&self) -> usize {
        self.lock().connections
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.lock().asked.clone()
    }

    /// Waits until it was asked so often.
    pub fn wait(&self, count: usize) -> Vec<Asked> {
        let state = self.lock();
        let (state, timeout) = self
            .state
            .1
            .wait_timeout_while(state, PATIENCE, |state| state.asked.len() < count)
            .expect("nothing panics here");
        assert!(!timeout.timed_out(), "asked {} times", state.asked.len());
        state.asked.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.0.lock().expect("nothing panics here")
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(asked) = read(&mut reader) {
            let mut state = self.lock();
            let answer = state.answers.pop_front().unwrap_or(Answer::OK);
            state.asked.push(asked);
            drop(state);
            self.state.1.notify_all();
            let Answer { status, header } = answer;
            let line = if header.is_empty() {
                String::new()
            } else {
                format!("{header}\r\n")
            };
            let text = format!("HTTP/1.1 {status} x\r\ncontent-length: 2\r\n{line}\r\n{{}}");
            if (&mut &*stream).write_all(text.as_bytes()).is_err() {
                return;
            }
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Asked> {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line.to_lowercase());
    }
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))?;
    let mut body = vec![0; length.trim().parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let mut json = Vec::new();
    GzDecoder::new(&*body).read_to_end(&mut json).ok()?;
    let mut item: Value = serde_json::from_slice(&json).ok()?;
    Some(Asked {
        head,
        bytes: body.len(),
        data: item["data"].take(),
    })
}
