//! The content of a simulated file, and what becomes of it.

use std::{mem, ops::Range};

use super::Chance;

/// What a disk writes as a whole, in bytes.
const SECTOR_BYTES: u64 = 512;

/// A file, or a folder, whose content nobody looks at.
#[derive(Debug, Default)]
pub struct Node {
    pub shown: Vec<u8>,
    /// The disk gives nothing of it back.
    pub is_broken: bool,
    durable: Vec<u8>,
    /// What `shown` has that `durable` has not, oldest first.
    changes: Vec<(Change, Fate)>,
}

#[derive(Clone, Debug)]
pub enum Change {
    Write(u64, Vec<u8>),
    Length(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The next sync makes it durable.
    Open,
    /// A sync failed: no later one makes it durable.
    GivenUp,
    /// A later sync succeeded.
    Durable,
}

impl Node {
    /// One that has been synced.
    pub fn durable(content: Vec<u8>) -> Node {
        Node {
            shown: content.clone(),
            durable: content,
            ..Node::default()
        }
    }

    pub fn change(&mut self, change: Change) {
        change.apply(&mut self.shown, &[]);
        self.changes.push((change, Fate::Open));
    }

    pub fn sync(&mut self) {
        if self.changes.iter().any(|(_, fate)| *fate == Fate::GivenUp) {
            self.decide(Fate::Durable);
        } else {
            for (change, _) in self.changes.drain(..) {
                change.apply(&mut self.durable, &[]);
            }
        }
    }

    fn decide(&mut self, fate: Fate) {
        for (_, open) in self
            .changes
            .iter_mut()
            .filter(|(_, fate)| *fate == Fate::Open)
        {
            *open = fate;
        }
    }

    /// A sync has failed: what was not durable yet is given up.
    pub fn fail_sync(&mut self) {
        self.decide(Fate::GivenUp);
    }

    /// What was given up is written after all, or not, and that is what is shown from now on.
    pub fn settle(&mut self, chance: &mut Chance) {
        if self.changes.iter().all(|(_, fate)| *fate != Fate::GivenUp) {
            return;
        }
        let mut settled = Vec::new();
        self.shown.clone_from(&self.durable);
        for (change, fate) in mem::take(&mut self.changes) {
            let (parts, fate) = if fate == Fate::GivenUp {
                (change.torn(chance), Fate::Durable)
            } else {
                (vec![change], fate)
            };
            for part in parts {
                part.apply(&mut self.shown, &[]);
                settled.push((part, fate));
            }
        }
        self.changes = settled;
    }

    pub fn lose_power(&mut self, chance: &mut Chance, stale: &[u8]) {
        let mut changes = mem::take(&mut self.changes);
        let is_open = |(_, fate): &(Change, Fate)| *fate != Fate::Durable;
        for run in changes.chunk_by_mut(|one, next| is_open(one) && is_open(next)) {
            if chance.one_in(2) {
                chance.shuffle(run);
            }
            for (change, fate) in run {
                if *fate == Fate::Durable {
                    change.apply(&mut self.durable, stale);
                    continue;
                }
                for part in change.torn(chance) {
                    part.apply(&mut self.durable, stale);
                }
            }
        }
        self.shown.clone_from(&self.durable);
    }
}

impl Change {
    /// Makes the change; where that leaves a hole, it holds what is stale.
    fn apply(&self, content: &mut Vec<u8>, stale: &[u8]) {
        match self {
            Change::Length(bytes) => extend(content, *bytes, stale, true),
            Change::Write(at, bytes) => {
                let range = place(*at, bytes.len());
                extend(content, range.end as u64, stale, false);
                content[range].copy_from_slice(bytes);
            }
        }
    }

    /// What of it reaches the disk.
    fn torn(&self, chance: &mut Chance) -> Vec<Change> {
        let Change::Write(at, bytes) = self else {
            return if chance.one_in(2) {
                vec![self.clone()]
            } else {
                Vec::new()
            };
        };
        let part =
            |range: Range<usize>| Change::Write(at + range.start as u64, bytes[range].to_vec());
        let mut parts = match chance.below(4) {
            0 => Vec::new(),
            1 => vec![part(0..bytes.len())],
            2 => vec![part(0..chance.up_to(bytes.len()))],
            _ => sectors(*at, bytes.len())
                .into_iter()
                .filter(|_| chance.one_in(2))
                .map(part)
                .collect(),
        };
        // The length may be there without the bytes.
        if chance.one_in(3) {
            parts.insert(0, Change::Write(at + bytes.len() as u64, Vec::new()));
        }
        parts
    }
}

fn extend(content: &mut Vec<u8>, bytes: u64, stale: &[u8], shorten: bool) {
    let bytes = usize::try_from(bytes).expect("a small file");
    if shorten {
        content.truncate(bytes);
    }
    let known = content.len();
    if bytes > known {
        let rest = stale.get(known..).unwrap_or_default();
        content.extend(&rest[..rest.len().min(bytes - known)]);
        // `resize` goes byte by byte where nothing is optimised.
        content.extend_from_slice(&vec![0; bytes - content.len()]);
    }
}

fn place(at: u64, length: usize) -> Range<usize> {
    let at = usize::try_from(at).expect("a small file");
    at..at + length
}

/// The parts of a write that lie in different sectors.
fn sectors(at: u64, length: usize) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    let mut from = 0;
    while from < length {
        let left = SECTOR_BYTES - (at + from as u64) % SECTOR_BYTES;
        let to = length.min(from + usize::try_from(left).expect("small"));
        parts.push(from..to);
        from = to;
    }
    parts
}
