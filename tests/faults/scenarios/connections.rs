//! Many connections that take their time.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    Run,
    body::Project,
    load::{Load, Plan, connect},
    patience::until,
    stage::Stage,
};

/// What a slow connection may cost the server beyond what it had: its buffers, its task and what the
/// body has reserved.
const CONNECTION_MAX_BYTES: u64 = 64 << 10;
/// What the load that is measured may grow it by meanwhile.
const LOAD_MAX_BYTES: u64 = 64 << 20;
/// Posts a second of the known project.
const PER_SECOND: u32 = 100;
/// Between two bytes of those that send some.
const BYTE_EVERY: Duration = Duration::from_secs(1);

/// What slow connections came to.
#[derive(Default)]
struct Tally {
    opened: AtomicU64,
    closed: AtomicU64,
}

/// A known project goes on beside thousands of slow connections.
pub async fn slow_connections(run: &mut Run<'_>) -> anyhow::Result<()> {
    let stage = Stage::private(run).await?;
    let plan = Plan {
        per_second: Some(PER_SECOND),
        ..stage.plan()
    };
    let lasts = Duration::from_secs(run.scale.seconds.into());
    let load = Load::begin(&plan, &stage.ledger, &mut run.chance);
    stage.acknowledged(PER_SECOND.into()).await?;
    stage.ledger.take_p99();
    stage.endure(lasts).await;
    let alone = stage.ledger.take_p99();
    let (before_bytes, _) = stage.server.memory_bytes()?;

    let tally = Arc::<Tally>::default();
    let mut slow = JoinSet::new();
    let wanted = u64::from(run.scale.connections);
    for number in 0..wanted {
        let (address, project) = (stage.server.address, stage.project.clone());
        let tally = Arc::clone(&tally);
        slow.spawn(async move { Manner::of(number).persist(address, &project, &tally).await });
    }
    until("all slow connections are open", async || {
        Ok((tally.opened.load(Ordering::Relaxed) >= wanted).then_some(()))
    })
    .await?;
    stage.ledger.take_p99();
    let acknowledged = stage.endure(lasts).await;
    let beside = stage.ledger.take_p99();
    let (_, peak_bytes) = stage.server.memory_bytes()?;
    let closed = tally.closed.load(Ordering::Relaxed);
    slow.shutdown().await;
    load.end().await;

    let grown_bytes = peak_bytes.saturating_sub(before_bytes);
    run.verdict.note(format!(
        "{wanted} slow connections for {lasts:?}, the server closed {closed}: {acknowledged} posts, \
         p99 {alone:.1?} alone and {beside:.1?} beside"
    ));
    run.verdict.note(format!(
        "memory {} MiB before, {} MiB at most",
        before_bytes >> 20,
        peak_bytes >> 20
    ));
    run.verdict
        .promise(acknowledged > 0, || "a known project stood still".into());
    let refused = stage.ledger.refused(503) + stage.ledger.cuts();
    run.verdict.promise(refused == 0, || {
        format!("{refused} of its posts were refused or cut")
    });
    run.verdict.promise(
        grown_bytes < wanted * CONNECTION_MAX_BYTES + LOAD_MAX_BYTES,
        || format!("the server grew by {} MiB", grown_bytes >> 20),
    );
    stage.finish(run).await
}

/// How a connection is slow.
#[derive(Clone, Copy)]
enum Manner {
    /// Sends nothing.
    Silent,
    /// Sends a head, a byte a second.
    SlowHead,
    /// Sends a head with a token, and of the body a byte a second.
    SlowBody,
    /// Was answered, and stays.
    Idle,
}

impl Manner {
    fn of(number: u64) -> Self {
        match number % 4 {
            0 => Self::Silent,
            1 => Self::SlowHead,
            2 => Self::SlowBody,
            _ => Self::Idle,
        }
    }

    /// Goes on for ever, with another connection where one was closed.
    async fn persist(self, address: SocketAddr, project: &Project, tally: &Tally) {
        loop {
            // One that is refused tries again in a moment.
            if self.once(address, project, tally).await.is_err() {
                sleep(BYTE_EVERY).await;
            }
        }
    }

    async fn once(
        self,
        address: SocketAddr,
        project: &Project,
        tally: &Tally,
    ) -> anyhow::Result<()> {
        let mut socket = connect(address).await?;
        tally.opened.fetch_add(1, Ordering::Relaxed);
        let head = format!(
            "POST /api/1/item/ HTTP/1.1\r\nhost: localhost\r\nx-rollbar-access-token: {}\r\n\
             content-length: 100000\r\n\r\n",
            project.token
        );
        let (at_once, slowly) = match self {
            Self::Silent => (String::new(), String::new()),
            Self::SlowHead => (String::new(), head),
            Self::SlowBody => (head, " ".repeat(100_000)),
            Self::Idle => (
                "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
                String::new(),
            ),
        };
        socket.write_all(at_once.as_bytes()).await?;
        let mut rest = slowly.bytes();
        let mut answer = [0; 4096];
        loop {
            match timeout(BYTE_EVERY, socket.read(&mut answer)).await {
                Ok(Ok(0) | Err(_)) => {
                    tally.closed.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Ok(Ok(_)) => {}
                Err(_a_second_is_over) => {
                    if let Some(byte) = rest.next() {
                        // That it is closed is found by reading.
                        let _ = socket.write_all(&[byte]).await;
                    }
                }
            }
        }
    }
}
