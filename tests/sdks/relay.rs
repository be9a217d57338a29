//! A way to the program that sees how each request was answered.
//!
//! It passes bytes on as they are, so that the program meets what the SDK sent and not what a proxy
//! made of it.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use rollcage_tests::App;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// What an answer begins with; no body of ours has it.
const BEGIN: &str = "HTTP/1.1 ";

/// What the program said on each connection.
type Said = Arc<Mutex<Vec<Vec<u8>>>>;

/// A port that leads to the program.
pub struct Relay {
    address: SocketAddr,
    said: Said,
}

impl Relay {
    /// One that lives as long as the test.
    pub async fn to(app: &App) -> Self {
        let program = app.url().replace("http://", "");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let said = Said::default();
        let passed = said.clone();
        tokio::spawn(async move {
            while let Ok((sdk, _)) = listener.accept().await {
                let program = TcpStream::connect(&program).await;
                let (from_sdk, to_sdk) = sdk.into_split();
                let (from_program, to_program) = program.expect("the program listens").into_split();
                tokio::spawn(pass(from_sdk, to_program, None));
                tokio::spawn(pass(from_program, to_sdk, Some(passed.clone())));
            }
        });
        Self { address, said }
    }

    /// Where it is reached, without a final slash.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The status of each answer so far.
    pub fn statuses(&self) -> Vec<u16> {
        let said = self.said.lock().expect("no test holds it while it fails");
        said.iter().flat_map(|said| statuses(said)).collect()
    }
}

/// Passes on until one side ends; an SDK that goes away without a word is one that was ended.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, said: Option<Said>) {
    let connection = said.as_ref().map(|said| {
        let mut said = said.lock().expect("no test holds it while it fails");
        said.push(Vec::new());
        said.len() - 1
    });
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if let (Some(said), Some(connection)) = (&said, connection) {
            let mut said = said.lock().expect("no test holds it while it fails");
            said[connection].extend(&buffer[..read]);
        }
        if to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
}

/// An answer that has only begun to arrive is not yet one.
fn statuses(said: &[u8]) -> Vec<u16> {
    let said = String::from_utf8_lossy(said);
    said.split(BEGIN)
        .skip(1)
        .filter_map(|answer| answer.get(..3)?.parse().ok())
        .collect()
}
