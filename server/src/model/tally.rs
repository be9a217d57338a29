//! What is counted beside outcomes: what SDKs send that is not stored, what they drop themselves, and
//! what met a limit and was stored elsewhere.
//!
//! Names come from senders; only those of the tables here are counted apart, so that nobody can
//! make the counts grow without end.

/// A kind of envelope item that is accepted and not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKind(&'static str);

impl ItemKind {
    /// A kind that this version does not know.
    pub const UNKNOWN: Self = Self("unknown");
    /// An attachment over the limits, or without an event.
    pub const ATTACHMENT: Self = Self("attachment");
    /// Something Rollbar's SDKs send to `session/`.
    pub const SESSION: Self = Self("session");

    /// Sentry's item types that are not stored, and [`Self::UNKNOWN`] last.
    pub const ALL: [Self; 25] = [
        Self::SESSION,
        Self("sessions"),
        Self("transaction"),
        Self("span"),
        Self("check_in"),
        Self("replay_event"),
        Self("replay_recording"),
        Self("replay_video"),
        Self("profile"),
        Self("profile_chunk"),
        Self("log"),
        Self("otel_log"),
        Self("trace_metric"),
        Self("statsd"),
        Self("metric_buckets"),
        Self("metric_meta"),
        Self("security"),
        Self("raw_security"),
        Self("nel"),
        Self("form_data"),
        Self("unreal_report"),
        Self("event"),
        Self::ATTACHMENT,
        Self("client_report"),
        Self::UNKNOWN,
    ];

    /// The kind of that name.
    pub fn named(name: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|kind| kind.0 == name)
            .unwrap_or(Self::UNKNOWN)
    }

    /// Whether what is of this kind, or of a kind that could not be told, may have been an event.
    pub fn may_be_an_event(self) -> bool {
        self == Self::UNKNOWN || self.0 == "event"
    }

    /// Sentry's name for it.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// What an SDK says that it dropped on its side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dropped {
    /// Why: `queue_overflow`.
    pub reason: &'static str,
    /// What: `error`, `transaction`.
    pub category: &'static str,
}

impl Dropped {
    const REASONS: [&'static str; 14] = [
        "queue_overflow",
        "cache_overflow",
        "buffer_overflow",
        "ratelimit_backoff",
        "network_error",
        "sample_rate",
        "before_send",
        "event_processor",
        "send_error",
        "internal_sdk_error",
        "insufficient_data",
        "backpressure",
        "too_big",
        "other",
    ];
    const CATEGORIES: [&'static str; 14] = [
        "error",
        "default",
        "security",
        "transaction",
        "span",
        "session",
        "attachment",
        "monitor",
        "profile",
        "replay",
        "feedback",
        "log_item",
        "metric_bucket",
        "other",
    ];

    /// What those names mean; names that are not known are `other`.
    pub fn named(reason: &str, category: &str) -> Self {
        let known = |table: &[&'static str], name: &str| {
            table
                .iter()
                .copied()
                .find(|known| *known == name)
                .unwrap_or("other")
        };
        Self {
            reason: known(&Self::REASONS, reason),
            category: known(&Self::CATEGORIES, category),
        }
    }
}

/// A limit of a project, beyond which occurrences are stored elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Beyond {
    /// It has too many environments.
    Environments,
    /// Too many items began in a minute.
    NewItems,
}

impl Beyond {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Environments, Self::NewItems];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Environments => "environments",
            Self::NewItems => "new_items",
        }
    }
}

/// What is counted beside outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tally {
    /// Accepted and not stored.
    Skipped(ItemKind),
    /// Dropped by the SDK.
    Dropped(Dropped),
    /// Stored elsewhere; counted in the digest's transaction.
    Beyond(Beyond),
}

impl Tally {
    /// Its name in `usage_hours`: `skipped:session`, `dropped:queue_overflow:error`,
    /// `beyond:environments`.
    pub fn key(self) -> String {
        match self {
            Self::Skipped(kind) => format!("skipped:{}", kind.as_str()),
            Self::Dropped(dropped) => format!("dropped:{}:{}", dropped.reason, dropped.category),
            Self::Beyond(beyond) => format!("beyond:{}", beyond.as_str()),
        }
    }

    /// Reads what `key` wrote; `None` for an outcome.
    pub fn of_key(key: &str) -> Option<Self> {
        if let Some(kind) = key.strip_prefix("skipped:") {
            return Some(Self::Skipped(ItemKind::named(kind)));
        }
        if let Some(name) = key.strip_prefix("beyond:") {
            let mut known = Beyond::ALL.into_iter();
            return known
                .find(|beyond| beyond.as_str() == name)
                .map(Self::Beyond);
        }
        let (reason, category) = key.strip_prefix("dropped:")?.split_once(':')?;
        Some(Self::Dropped(Dropped::named(reason, category)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_unknown_names_are_one() {
        for tally in [
            Tally::Skipped(ItemKind::named("replay_event")),
            Tally::Skipped(ItemKind::named("../../x")),
            Tally::Beyond(Beyond::Environments),
            Tally::Beyond(Beyond::NewItems),
            Tally::Dropped(Dropped::named("before_send", "error")),
            Tally::Dropped(Dropped::named("\0", "transaction:x")),
        ] {
            assert_eq!(Tally::of_key(&tally.key()), Some(tally));
        }
        assert_eq!(Tally::of_key("accepted"), None);
        assert_eq!(ItemKind::named("a new one"), ItemKind::UNKNOWN);
    }
}
