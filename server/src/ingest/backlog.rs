//! How much of what waits in the journal is whose, so that one project does not fill it for all.
//!
//! Once half of what the journal may hold waits for the digest, no project may have more than a
//! quarter of it there: who has gets a 429, and the rest is for the others. Bytes are counted per
//! request, when they are durable. Whose those are that waited at the start is not known: until they
//! are digested, a project may have its quarter beside them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    health::Health,
    journal::{Folder, Position},
    model::id::ProjectId,
};

/// Parts in which a journal's bytes are counted: what is digested is let go by the part, so that
/// nothing has to be remembered of a single request. 4 MiB of 1 GiB.
const PARTS: u64 = 256;

/// What waits for the digest, by project.
pub struct Backlog {
    journal: Arc<Folder>,
    health: Health,
    waiting: Mutex<Waiting>,
}

#[derive(Default)]
struct Waiting {
    /// Oldest first.
    parts: VecDeque<Part>,
    by_project: HashMap<ProjectId, u64>,
}

/// Some requests that came one after the other.
struct Part {
    /// Where in the journal the last of them ends.
    end: Position,
    bytes: u64,
    by_project: HashMap<ProjectId, u64>,
}

impl Backlog {
    /// Of a process that starts now on `journal`; `health` knows how far the digest is.
    pub fn new(journal: Arc<Folder>, health: Health) -> Self {
        Self {
            journal,
            health,
            waiting: Mutex::default(),
        }
    }

    /// Whether there is room in the journal for more of a project.
    pub fn admits(&self, project: ProjectId) -> bool {
        let cursor = self.health.cursor();
        let mut waiting = self.waiting();
        if let Some(cursor) = cursor {
            waiting.forget_before(cursor);
        }
        let max_bytes = self.journal.max_bytes();
        if waiting.bytes_of(project) <= max_bytes / 4 {
            return true;
        }
        drop(waiting);
        // A digest that has not begun may have to read all that is there.
        let behind = cursor.map_or_else(
            || self.journal.bytes_on_disk(),
            |cursor| self.journal.bytes_behind(cursor),
        );
        behind < max_bytes / 2
    }

    /// A project's `bytes` are in the journal, up to `end`.
    pub fn add(&self, project: ProjectId, bytes: u64, end: Position) {
        let part_bytes = self.journal.max_bytes() / PARTS;
        self.waiting().add(project, bytes, end, part_bytes);
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn bytes_of(&self, project: ProjectId) -> u64 {
        self.by_project.get(&project).copied().unwrap_or(0)
    }

    fn add(&mut self, project: ProjectId, bytes: u64, end: Position, part_bytes: u64) {
        *self.by_project.entry(project).or_default() += bytes;
        match self.parts.back_mut() {
            Some(part) if part.bytes < part_bytes => {
                // Requests are told that they are durable in any order.
                part.end = part.end.max(end);
                part.bytes += bytes;
                *part.by_project.entry(project).or_default() += bytes;
            }
            _ => self.parts.push_back(Part {
                end,
                bytes,
                by_project: HashMap::from([(project, bytes)]),
            }),
        }
    }

    /// Forgets the parts that are wholly digested.
    fn forget_before(&mut self, cursor: Position) {
        while let Some(part) = self.parts.pop_front_if(|part| part.end <= cursor) {
            for (project, bytes) in part.by_project {
                let left = self.bytes_of(project).saturating_sub(bytes);
                if left == 0 {
                    self.by_project.remove(&project);
                } else {
                    self.by_project.insert(project, left);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(sequence: u64) -> Position {
        Position {
            segment: 1,
            offset: 100 * sequence,
            sequence,
        }
    }

    #[test]
    fn what_is_digested_is_nobodys_any_more() {
        let (one, two) = (ProjectId(1), ProjectId(2));
        let mut waiting = Waiting::default();
        for sequence in 1..=10 {
            waiting.add(one, 60, at(sequence), 100);
        }
        waiting.add(two, 30, at(11), 100);
        assert_eq!((waiting.bytes_of(one), waiting.bytes_of(two)), (600, 30));
        assert_eq!(waiting.parts.len(), 6);
        waiting.forget_before(at(5));
        assert_eq!((waiting.bytes_of(one), waiting.bytes_of(two)), (360, 30));
        waiting.forget_before(at(11));
        assert_eq!((waiting.bytes_of(one), waiting.bytes_of(two)), (0, 0));
        assert!(waiting.by_project.is_empty() && waiting.parts.is_empty());
    }

    #[test]
    fn a_part_ends_with_its_last_request_in_whatever_order_they_are_told() {
        let one = ProjectId(1);
        let mut waiting = Waiting::default();
        waiting.add(one, 10, at(2), 100);
        waiting.add(one, 10, at(1), 100);
        waiting.forget_before(at(1));
        assert_eq!(waiting.bytes_of(one), 20);
        waiting.forget_before(at(2));
        assert_eq!(waiting.bytes_of(one), 0);
    }
}
