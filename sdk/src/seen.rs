//! Panics that were captured, for whoever meets one again: a layer, or who joins a task.
//!
//! A panic may be met several times on its way: by the hook, by a layer that catches it, by whoever
//! waits for the task and panics in turn. The first captures it.

use std::{
    any::Any,
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use crate::text;

/// How many are remembered: far more than are on their way at one time.
const MOST: usize = 1024;

/// How much of a text tells panics apart: less than is kept of it anywhere.
const TEXT_BYTES: usize = 1024;

static SEEN: Mutex<VecDeque<Seen>> = Mutex::new(VecDeque::new());

struct Seen {
    text: u64,
    uuid: Uuid,
    #[cfg(feature = "tokio")]
    task: Option<tokio::task::Id>,
}

/// Remembers that a panic was captured.
pub(crate) fn note(text: &str, uuid: Uuid) {
    let seen = Seen {
        text: hash(text),
        uuid,
        // Of the task that panics; not of one that reports the panic of another.
        #[cfg(feature = "tokio")]
        task: std::thread::panicking().then(tokio::task::try_id).flatten(),
    };
    let mut all = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if all.len() == MOST {
        all.pop_front();
    }
    all.push_back(seen);
}

/// The UUID under which a panic of that text was captured.
pub(crate) fn by_text(text: &str) -> Option<Uuid> {
    let text = hash(text);
    newest(|seen| seen.text == text)
}

/// The UUID under which the panic of that task was captured.
#[cfg(feature = "tokio")]
pub(crate) fn by_task(task: tokio::task::Id) -> Option<Uuid> {
    newest(|seen| seen.task == Some(task))
}

/// What a panic says.
pub(crate) fn of(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "a panic without a text"
    }
}

fn newest(is_it: impl Fn(&Seen) -> bool) -> Option<Uuid> {
    let all = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    all.iter()
        .rev()
        .find(|seen| is_it(seen))
        .map(|seen| seen.uuid)
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text::head(text, TEXT_BYTES).hash(&mut hasher);
    hasher.finish()
}
