//! Foreign wire formats, read into an [`Occurrence`].
//!
//! Pure: bytes in, an occurrence or the reason why there is none out. Parsers are total: any bytes
//! give one or the other, without a panic and with no more work than the limits in [`json`] allow.
//! What SDKs get wrong is mended where it is met, with the name of the SDK beside it.

use std::net::IpAddr;

use crate::model::{json::Text, occurrence::Occurrence};

mod any;
pub(crate) mod field;
pub mod json;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod recordings;
pub mod rollbar;
pub mod sentry;
pub(crate) mod time;

pub use any::{Format, Read, Unwrapped, unwrap};

/// What the request says beside its body.
#[derive(Clone, Copy, Debug, Default)]
pub struct Received {
    /// The address of the client, behind proxies that are trusted; none where it is unknown.
    pub peer: Option<IpAddr>,
}

/// One occurrence as it came in.
#[derive(Clone, Debug)]
pub struct Item<'t> {
    /// The access token in the body: older SDKs send it only there.
    pub access_token: Option<Text<'t>>,
    /// The occurrence, neither scrubbed nor trimmed.
    pub occurrence: Occurrence<'t>,
}

/// Why a body is no occurrence. The texts name fields and limits and never quote the body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not JSON, not even after mending: HTTP 400.
    #[error(transparent)]
    Json(#[from] NotJson),
    /// JSON, but not the shape of an item: HTTP 422.
    #[error("{0}")]
    NotAnItem(&'static str),
    /// JSON that would take too much memory: HTTP 422.
    #[error("the body holds more than {max} values: send less data")]
    TooManyValues {
        /// The limit, [`json::MAX_VALUES`].
        max: usize,
    },
    /// More than may be in one: HTTP 413.
    #[error("it has more than {max_bytes} bytes")]
    TooLarge {
        /// The limit.
        max_bytes: usize,
    },
    /// More items than may be in one envelope; those before are read.
    #[error("the envelope holds more than {max} items")]
    TooManyItems {
        /// The limit.
        max: usize,
    },
}

/// Why bytes are not JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJson {
    /// Nothing but blanks.
    #[error("the body is empty")]
    Empty,
    /// A mistake at a place.
    #[error("the body is not JSON: {reason} at byte {position}")]
    Syntax {
        /// What is wrong, in our words.
        reason: &'static str,
        /// Bytes before the mistake.
        position: usize,
    },
}
