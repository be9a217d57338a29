//! How many occurrences were let go of, and why.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use serde_json::{Map, Value};

/// Why an occurrence was let go of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Chance, as the sample rate says.
    Sampled,
    /// `before_send` gave none back.
    BeforeSend,
    /// `before_send`, or a `Display` of the application, panicked.
    Panicked,
    /// As many waited in memory as may.
    QueueFull,
    /// As many lay in files as may.
    SpoolFull,
    /// A file could not be written or read.
    SpoolFailed,
    /// More bytes than the server takes, also when cut.
    TooLarge,
    /// The server refused it.
    Rejected,
    /// The server failed at it again and again, and not at others.
    ServerError,
}

impl Reason {
    const ALL: [Self; 9] = [
        Self::Sampled,
        Self::BeforeSend,
        Self::Panicked,
        Self::QueueFull,
        Self::SpoolFull,
        Self::SpoolFailed,
        Self::TooLarge,
        Self::Rejected,
        Self::ServerError,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Sampled => "sampled",
            Self::BeforeSend => "before_send",
            Self::Panicked => "panicked",
            Self::QueueFull => "queue_full",
            Self::SpoolFull => "spool_full",
            Self::SpoolFailed => "spool_failed",
            Self::TooLarge => "too_large",
            Self::Rejected => "rejected",
            Self::ServerError => "server_error",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Counts by reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts([u64; Reason::ALL.len()]);

impl Counts {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.iter().all(|count| *count == 0)
    }

    pub(crate) fn to_json(&self) -> Value {
        let counts = Reason::ALL.iter().zip(self.0);
        counts
            .filter(|(_, count)| *count > 0)
            .map(|(reason, count)| (reason.as_str().to_owned(), count.into()))
            .collect::<Map<String, Value>>()
            .into()
    }
}

/// What was dropped and not reported yet.
#[derive(Debug, Default)]
pub(crate) struct Drops {
    unreported: Mutex<Counts>,
    /// All that ever was.
    total: AtomicU64,
}

impl Drops {
    pub(crate) fn add(&self, reason: Reason) {
        self.add_many(reason, 1);
    }

    pub(crate) fn add_many(&self, reason: Reason, many: u64) {
        self.total.fetch_add(many, Ordering::Relaxed);
        let mut unreported = self
            .unreported
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = unreported.0.get_mut(reason as usize) {
            *count += many;
        }
    }

    /// Takes the counts to report them.
    pub(crate) fn take(&self) -> Counts {
        std::mem::take(
            &mut *self
                .unreported
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Puts counts back whose report did not arrive.
    pub(crate) fn put_back(&self, counts: &Counts) {
        let mut unreported = self
            .unreported
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for (count, more) in unreported.0.iter_mut().zip(counts.0) {
            *count += more;
        }
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_a_place_each_and_are_taken_once() {
        let drops = Drops::default();
        for reason in Reason::ALL {
            drops.add(reason);
        }
        drops.add(Reason::QueueFull);
        let counts = drops.take();
        assert_eq!(counts.to_json()["queue_full"], 2);
        assert_eq!(counts.to_json()["server_error"], 1);
        assert!(drops.take().is_empty());
        drops.put_back(&counts);
        assert_eq!(drops.take(), counts);
        assert_eq!(drops.total(), 10);
    }
}
