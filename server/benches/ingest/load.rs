//! The load: connections that post one body after another, as a keep-alive client does.
//!
//! Plain sockets: a real client's own work would be measured with the server's.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context, bail};
use rollcage_server::clock::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::bodies::Template;

/// How hard and for how long.
pub struct Load {
    /// Connections that are open at the same time.
    pub connections: usize,
    /// How long they post.
    pub lasts: Duration,
}

/// What came of it.
pub struct Measured {
    /// Answers with 200.
    pub answered: usize,
    /// Other answers.
    pub refused: usize,
    /// Answers with 200 per second.
    pub per_second: f64,
    /// Half of the answers took no longer.
    pub median: Duration,
    /// 99 of 100 answers took no longer.
    pub p99: Duration,
}

impl Load {
    /// Posts `bodies` in turn to `address`.
    pub async fn run(
        &self,
        address: SocketAddr,
        token: &str,
        bodies: &Arc<[Template]>,
    ) -> anyhow::Result<Measured> {
        let token: Arc<str> = token.into();
        let clock = Clock::default();
        let started = clock.instant();
        let workers: Vec<_> = (0..self.connections)
            .map(|first| {
                let connection = Connection {
                    address,
                    token: Arc::clone(&token),
                    bodies: Arc::clone(bodies),
                    first,
                    lasts: self.lasts,
                    clock: clock.clone(),
                };
                tokio::spawn(connection.post())
            })
            .collect();
        let (mut times, mut refused) = (Vec::new(), 0);
        for worker in workers {
            let (mine, others) = worker.await??;
            times.extend(mine);
            refused += others;
        }
        let elapsed = started.elapsed();
        times.sort_unstable();
        let at = |share: usize| {
            times
                .get(times.len() * share / 100)
                .copied()
                .unwrap_or_default()
        };
        #[expect(clippy::cast_precision_loss, reason = "counts of some seconds")]
        let per_second = times.len() as f64 / elapsed.as_secs_f64();
        Ok(Measured {
            answered: times.len(),
            refused,
            per_second,
            median: at(50),
            p99: at(99),
        })
    }
}

/// One connection, and what it posts.
struct Connection {
    address: SocketAddr,
    token: Arc<str>,
    bodies: Arc<[Template]>,
    /// The body it begins with.
    first: usize,
    lasts: Duration,
    clock: Clock,
}

impl Connection {
    /// Posts until the time is over: how long each answer with 200 took, and how many others came.
    async fn post(self) -> anyhow::Result<(Vec<Duration>, usize)> {
        let mut socket = TcpStream::connect(self.address).await?;
        socket.set_nodelay(true)?;
        let (mut times, mut refused) = (Vec::new(), 0);
        let (mut request, mut answer) = (Vec::new(), Vec::new());
        let started = self.clock.instant();
        for body in self.bodies.iter().cycle().skip(self.first) {
            if started.elapsed() >= self.lasts {
                break;
            }
            request.clear();
            request.extend_from_slice(self.head(body).as_bytes());
            body.write_to(&mut request);
            let sent = self.clock.instant();
            socket.write_all(&request).await?;
            if read_answer(&mut socket, &mut answer).await? == 200 {
                times.push(sent.elapsed());
            } else {
                refused += 1;
            }
        }
        Ok((times, refused))
    }

    fn head(&self, body: &Template) -> String {
        format!(
            "POST /api/1/item/ HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             x-rollbar-access-token: {}\r\ncontent-length: {}\r\n\r\n",
            self.token,
            body.len()
        )
    }
}

/// Reads one answer: its status.
async fn read_answer(socket: &mut TcpStream, answer: &mut Vec<u8>) -> anyhow::Result<u16> {
    answer.clear();
    let mut buffer = [0; 4096];
    loop {
        let read = socket.read(&mut buffer).await?;
        if read == 0 {
            bail!("the server closed the connection");
        }
        answer.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(answer);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")?
                    .trim()
                    .parse::<usize>()
                    .ok()
            })
            .context("an answer has a length")?;
        if body.len() >= length {
            let status = head.split(' ').nth(1).context("an answer has a status")?;
            return Ok(status.parse()?);
        }
    }
}
