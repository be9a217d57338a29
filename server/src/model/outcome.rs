//! What became of a received occurrence: exactly one `Outcome` each.

use std::fmt;

use super::filters::Filter;

/// What became of a received occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Stored and counted; counted in the digest's transaction, so exactly.
    Accepted,
    /// Counted in its item and not stored: its project limits how many of an hour are; counted in
    /// the digest's transaction.
    Unstored,
    /// The same UUID was stored already within the last day; the first one counts.
    Duplicate,
    /// Its item is discarded for ever; counted in the digest's transaction.
    Discarded,
    /// It met one of the project's inbound filters.
    Filtered(Filter),
    /// The digest could not apply it; it lies in `dead_letters`.
    DeadLetter,
    /// No token, or none that we know.
    Unauthorized,
    /// The token is known but may not post, or is disabled.
    Forbidden,
    /// Over the token's rate.
    RateLimited,
    /// Over the rate of all the project's tokens together.
    ProjectRateLimited,
    /// More of the project waited for the digest than its share of a journal that fills.
    ProjectBacklog,
    /// Over the size limit, before or after decompression.
    TooLarge,
    /// Not decompressible, not JSON, or not an occurrence.
    Malformed,
    /// No memory or no room in the journal just then.
    Busy,
    /// The token is unknown and Postgres could not be asked.
    Unavailable,
}

impl Outcome {
    /// All of them, in the order pages show them.
    pub fn all() -> impl Iterator<Item = Self> {
        [
            Self::Accepted,
            Self::Unstored,
            Self::Duplicate,
            Self::Discarded,
        ]
        .into_iter()
        .chain(Filter::ALL.map(Self::Filtered))
        .chain([
            Self::DeadLetter,
            Self::Unauthorized,
            Self::Forbidden,
            Self::RateLimited,
            Self::ProjectRateLimited,
            Self::ProjectBacklog,
            Self::TooLarge,
            Self::Malformed,
            Self::Busy,
            Self::Unavailable,
        ])
    }

    /// Its name in metrics and in `usage_hours`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Unstored => "unstored",
            Self::Duplicate => "duplicate",
            Self::Discarded => "discarded",
            Self::Filtered(filter) => filter.as_str(),
            Self::DeadLetter => "dead_letter",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::ProjectRateLimited => "project_rate_limited",
            Self::ProjectBacklog => "project_backlog",
            Self::TooLarge => "too_large",
            Self::Malformed => "malformed",
            Self::Busy => "busy",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
