//! What becomes of what is received, in words for people.

/// What becomes of occurrences, in groups that a chart can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutcomeGroup {
    Accepted,
    Filtered,
    Discarded,
    RateLimited,
    Refused,
    Failed,
}

/// An outcome in words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meaning {
    /// As a table says it.
    pub(crate) label: &'static str,
    pub(crate) group: OutcomeGroup,
    /// What it means, and what can be done where something can; a sentence.
    pub(crate) sentence: &'static str,
}

impl OutcomeGroup {
    /// All groups, in the order in which a bar stacks them from below.
    pub(crate) const ALL: [Self; 6] = [
        Self::Accepted,
        Self::Filtered,
        Self::Discarded,
        Self::RateLimited,
        Self::Refused,
        Self::Failed,
    ];

    /// The word used in CSS classes.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Filtered => "filtered",
            Self::Discarded => "discarded",
            Self::RateLimited => "rate-limited",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// As a chart says it.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Accepted => "Accepted",
            Self::Filtered => "Filtered",
            Self::Discarded => "Discarded",
            Self::RateLimited => "Rate-limited",
            Self::Refused => "Refused",
            Self::Failed => "Failed here",
        }
    }
}

/// What outcomes mean, by name.
const MEANINGS: [(&str, Meaning); 24] = {
    use OutcomeGroup::{Accepted, Discarded, Failed, Filtered, RateLimited, Refused};
    [
        (
            "accepted",
            Meaning::of("Accepted", Accepted, "Stored and counted in its item."),
        ),
        (
            "unstored",
            Meaning::of(
                "Counted only",
                Accepted,
                "Counted in its item and not stored: the project stores only so many of an item in an hour.",
            ),
        ),
        (
            "duplicate",
            Meaning::of(
                "Duplicate",
                Accepted,
                "Sent again with the same id; the first one counts.",
            ),
        ),
        (
            "discarded",
            Meaning::of(
                "Discarded",
                Discarded,
                "Its item is discarded for ever; the filters of the project list these items.",
            ),
        ),
        (
            "filtered_environment",
            Meaning::of(
                "Filtered: environment",
                Filtered,
                "Its environment is filtered out.",
            ),
        ),
        (
            "filtered_version",
            Meaning::of(
                "Filtered: version",
                Filtered,
                "Its version is filtered out.",
            ),
        ),
        (
            "filtered_class",
            Meaning::of("Filtered: class", Filtered, "Its class is filtered out."),
        ),
        (
            "filtered_message",
            Meaning::of(
                "Filtered: message",
                Filtered,
                "Its message is filtered out.",
            ),
        ),
        (
            "filtered_host",
            Meaning::of("Filtered: host", Filtered, "Its host is filtered out."),
        ),
        (
            "filtered_address",
            Meaning::of(
                "Filtered: client address",
                Filtered,
                "The address of its client is filtered out.",
            ),
        ),
        (
            "filtered_outdated_browser",
            Meaning::of(
                "Filtered: outdated browser",
                Filtered,
                "It comes from a browser that its makers no longer keep.",
            ),
        ),
        (
            "filtered_browser_extension",
            Meaning::of(
                "Filtered: browser extension",
                Filtered,
                "A browser extension failed, not the application.",
            ),
        ),
        (
            "filtered_crawler",
            Meaning::of(
                "Filtered: web crawler",
                Filtered,
                "It comes from a web crawler.",
            ),
        ),
        (
            "filtered_local_host",
            Meaning::of(
                "Filtered: local host",
                Filtered,
                "It comes from a developer’s own machine.",
            ),
        ),
        (
            "rate_limited",
            Meaning::of(
                "Rate-limited",
                RateLimited,
                "More came than the token allows; its limit is in the settings, under Tokens.",
            ),
        ),
        (
            "project_rate_limited",
            Meaning::of(
                "Rate-limited: project",
                RateLimited,
                "More came than the project may send; its limit is in the settings.",
            ),
        ),
        (
            "project_backlog",
            Meaning::of(
                "Over its share",
                RateLimited,
                "More of the project waited to be stored than its share; SDKs that wait send it again.",
            ),
        ),
        (
            "unauthorized",
            Meaning::of(
                "Unknown token",
                Refused,
                "It came without a token, or with one that nobody knows.",
            ),
        ),
        (
            "forbidden",
            Meaning::of(
                "Forbidden",
                Refused,
                "Its token is disabled, has ended, or may not send this.",
            ),
        ),
        (
            "too_large",
            Meaning::of(
                "Too large",
                Refused,
                "It was larger than an occurrence may be.",
            ),
        ),
        (
            "malformed",
            Meaning::of(
                "Malformed",
                Refused,
                "It could not be read: not JSON, or not an occurrence.",
            ),
        ),
        (
            "busy",
            Meaning::of(
                "Busy",
                Failed,
                "The server had no room just then and said so; SDKs that wait send it again.",
            ),
        ),
        (
            "unavailable",
            Meaning::of(
                "Unavailable",
                Failed,
                "The token was new and the database away, so it could not be checked.",
            ),
        ),
        (
            "dead_letter",
            Meaning::of(
                "Dead letter",
                Failed,
                "It was received and could not be stored; admins see it on the system page.",
            ),
        ),
    ]
};

impl Meaning {
    const fn of(label: &'static str, group: OutcomeGroup, sentence: &'static str) -> Self {
        Self {
            label,
            group,
            sentence,
        }
    }
}

/// What an outcome of that name means.
pub(crate) fn meaning(name: &str) -> Meaning {
    let known = MEANINGS.into_iter().find(|(known, _)| *known == name);
    known.map_or(
        Meaning::of(
            "Other",
            OutcomeGroup::Refused,
            "This version has no words for it.",
        ),
        |(_, meaning)| meaning,
    )
}

/// What a kind of item is that SDKs send and this server does not store.
pub(crate) fn kind_sentence(kind: &str) -> &'static str {
    match kind {
        "session" | "sessions" => {
            "Whether a visit went well: for release health, which we do not measure."
        }
        "transaction" | "span" => {
            "How long something took: for performance, which we do not measure."
        }
        "check_in" => "That a scheduled job ran.",
        "replay_event" | "replay_recording" | "replay_video" => "A recording of the screen.",
        "profile" | "profile_chunk" => "Where a program spent its time.",
        "log" | "otel_log" => "Lines of a log.",
        "trace_metric" | "statsd" | "metric_buckets" | "metric_meta" => "Measurements.",
        "security" | "raw_security" | "nel" => {
            "A report of the browser itself: a broken policy, or a failed connection."
        }
        "form_data" | "unreal_report" => "Parts of a crash of a game engine.",
        "event" => "An event that is no error, such as a performance report in an old form.",
        "attachment" => "A file that was too large, one too many, or without its occurrence.",
        "client_report" => "What the SDK says of itself; what it dropped is counted below.",
        _ => "A kind that this version does not know.",
    }
}

/// Why an SDK dropped something on its side.
pub(crate) fn drop_sentence(reason: &str) -> &'static str {
    match reason {
        "queue_overflow" | "cache_overflow" | "buffer_overflow" => {
            "More came than the SDK keeps until it can send."
        }
        "ratelimit_backoff" => "The server had asked it to wait.",
        "network_error" => "It could not reach the server.",
        "sample_rate" => "Its settings send only a sample.",
        "before_send" => "The application’s own before_send said no.",
        "event_processor" => "A processor or integration of the application said no.",
        "send_error" => "The server refused it.",
        "internal_sdk_error" => "The SDK failed itself.",
        "insufficient_data" => "There was too little to send.",
        "backpressure" => "The application was too busy.",
        "too_big" => "It was larger than the SDK sends.",
        _ => "For another reason.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_words_is_still_shown() {
        assert_eq!(meaning("rate_limited").group, OutcomeGroup::RateLimited);
        assert_eq!(meaning("lost_in_thought").label, "Other");
    }
}
