//! How often one error is sent.
//!
//! Of each error so many are sent in a minute. The next one is held, and those after it only
//! counted; when the minute is over, or all is flushed, the held one is sent with the count. So a
//! storm costs little, and no occurrence is unaccounted for.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    time::{Duration, Instant},
};

use crate::{Occurrence, occurrence::Body, pipe::Job, text};

/// How long occurrences of one error are counted together.
const WINDOW: Duration = Duration::from_secs(60);
/// Most errors that are told apart at one time. Further ones are not limited; the queue is.
const WINDOWS_MAX: usize = 1024;
/// How much of a text tells errors apart.
const TEXT_BYTES: usize = 256;

/// What is to become of an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is sent.
    Pass,
    /// It is kept to be sent with the count of those after it.
    Hold,
    /// It is counted.
    Fold,
}

struct Window {
    begun_at: Instant,
    passed: u32,
    repeats: u64,
    /// Whether one is held or about to be.
    holds: bool,
    held: Option<Job>,
}

/// The errors of the last minute.
pub(crate) struct Limit {
    most: u32,
    windows: HashMap<u64, Window>,
}

impl Limit {
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            windows: HashMap::new(),
        }
    }

    pub(crate) fn judge(&mut self, key: u64, now: Instant) -> Verdict {
        if self.most == 0 {
            return Verdict::Pass;
        }
        if self.windows.len() >= WINDOWS_MAX && !self.windows.contains_key(&key) {
            self.windows
                .retain(|_, window| window.holds || now < window.begun_at + WINDOW);
            if self.windows.len() >= WINDOWS_MAX {
                return Verdict::Pass;
            }
        }
        let window = self.windows.entry(key).or_insert_with(|| Window::new(now));
        if !window.holds && now >= window.begun_at + WINDOW {
            *window = Window::new(now);
        }
        if window.passed < self.most {
            window.passed += 1;
            Verdict::Pass
        } else if window.holds {
            window.repeats += 1;
            Verdict::Fold
        } else {
            window.holds = true;
            Verdict::Hold
        }
    }

    /// Keeps `job`, for which the verdict was to hold it.
    pub(crate) fn hold(&mut self, key: u64, job: Job) {
        if let Some(window) = self.windows.get_mut(&key) {
            window.held = Some(job);
        }
    }

    /// There was no room for what was to be held. Gives back how many had been counted with it.
    pub(crate) fn let_go(&mut self, key: u64) -> u64 {
        let Some(window) = self.windows.get_mut(&key) else {
            return 0;
        };
        window.holds = false;
        std::mem::take(&mut window.repeats)
    }

    /// Takes what is held and due, with its count; all that is held where `now` is none.
    pub(crate) fn take_due(&mut self, now: Option<Instant>) -> Vec<Job> {
        let mut due = Vec::new();
        for window in self.windows.values_mut() {
            if now.is_some_and(|now| now < window.begun_at + WINDOW) {
                continue;
            }
            if let Some(mut job) = window.held.take() {
                job.repeats = std::mem::take(&mut window.repeats);
                window.holds = false;
                due.push(job);
            }
        }
        due
    }

    /// When the next held one is due.
    pub(crate) fn next_due_at(&self) -> Option<Instant> {
        let holding = self.windows.values().filter(|window| window.held.is_some());
        holding.map(|window| window.begun_at + WINDOW).min()
    }
}

impl Window {
    fn new(now: Instant) -> Self {
        Self {
            begun_at: now,
            passed: 0,
            repeats: 0,
            holds: false,
            held: None,
        }
    }
}

/// What makes occurrences those of one error: classes, texts but for numbers, and the place.
pub(crate) fn key(occurrence: &Occurrence) -> u64 {
    let mut hasher = DefaultHasher::new();
    occurrence.fingerprint.hash(&mut hasher);
    if let Some(place) = &occurrence.location {
        (&place.file, place.line, place.column).hash(&mut hasher);
    }
    match &occurrence.body {
        Body::Error(chain) => {
            for link in chain {
                link.class.hash(&mut hasher);
                hash_text(&link.message, &mut hasher);
            }
        }
        Body::Message(message) | Body::Panic(message) => hash_text(message, &mut hasher),
    }
    hasher.finish()
}

fn hash_text(text: &str, hasher: &mut DefaultHasher) {
    for part in text::head(text, TEXT_BYTES).split(|character: char| character.is_ascii_digit()) {
        if !part.is_empty() {
            part.hash(hasher);
        }
    }
}
