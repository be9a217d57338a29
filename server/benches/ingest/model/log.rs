//! The model's log: a thread writes all rows that wait, syncs once, and answers all of them.

use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    sync::mpsc::{self, Receiver, Sender},
};

use tokio::sync::{mpsc::UnboundedSender, oneshot};

use super::postgres::Row;

/// What the file grows by, as zeros: a sync of bytes that it has already writes no metadata.
const GROWTH_BYTES: usize = 16 << 20;

/// The log.
pub struct Log {
    writer: Sender<Waiting>,
}

struct Waiting {
    row: Row,
    written: oneshot::Sender<()>,
}

impl Log {
    /// A new one in `folder`. What it has written goes on to `rows`.
    pub fn open(folder: &Path, rows: UnboundedSender<Row>) -> io::Result<Self> {
        let file = File::create_new(folder.join("model.log"))?;
        let (writer, waiting) = mpsc::channel();
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                if let Err(error) = write(&file, &waiting, &rows) {
                    eprintln!("the model's log ended: {error}");
                }
            })?;
        Ok(Self { writer })
    }

    /// Appends a row, and waits until it is durable: whether it is.
    pub async fn append(&self, row: Row) -> bool {
        let (written, done) = oneshot::channel();
        self.writer.send(Waiting { row, written }).is_ok() && done.await.is_ok()
    }
}

fn write(file: &File, waiting: &Receiver<Waiting>, rows: &UnboundedSender<Row>) -> io::Result<()> {
    let zeros = vec![0; GROWTH_BYTES];
    let (mut end, mut grown) = (0, 0);
    let (mut group, mut bytes) = (Vec::new(), Vec::new());
    while let Ok(first) = waiting.recv() {
        group.push(first);
        group.extend(waiting.try_iter());
        bytes.clear();
        for Waiting { row, .. } in &group {
            bytes.extend_from_slice(&row.body.len().to_le_bytes());
            bytes.extend_from_slice(row.uuid.as_bytes());
            bytes.extend_from_slice(&row.group.to_le_bytes());
            bytes.extend_from_slice(&row.body);
        }
        let after = end + bytes.len() as u64;
        while after > grown {
            file.write_all_at(&zeros, grown)?;
            grown += zeros.len() as u64;
        }
        file.write_all_at(&bytes, end)?;
        file.sync_data()?;
        end = after;
        for Waiting { row, written } in group.drain(..) {
            // Who does not wait any more needs no answer; without Postgres' side the process ends.
            let _ = written.send(());
            let _ = rows.send(row);
        }
    }
    Ok(())
}
