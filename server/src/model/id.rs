//! Identifiers. Each is a type of its own, so that mixing two up does not compile.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! number_id {
    ($(#[$doc:meta] $name:ident;)*) => {$(
        #[$doc]
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

number_id! {
    /// A project, within the instance.
    ProjectId;
    /// An access token's row; not the token itself.
    TokenId;
    /// An item, within the instance.
    ItemId;
    /// An item's number within its project, as people say it: item #142.
    ItemCounter;
    /// A person who signs in.
    UserId;
    /// A person's session; not its secret.
    SessionId;
    /// An invitation that can be accepted.
    InvitationId;
    /// A task of erasing occurrences.
    ErasureId;
    /// An occurrence, within the instance: rises with time, below 2^53 so that JavaScript reads it.
    OccurrenceId;
    /// A file that came with an occurrence.
    AttachmentId;
    /// An entry of an item's history.
    ChangeId;
    /// A mail that waits in the outbox.
    OutboxId;
    /// An alert rule.
    RuleId;
}

/// The UUID of an occurrence: the SDK's own where it sent one, else ours.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct OccurrenceUuid(pub Uuid);

impl fmt::Display for OccurrenceUuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for OccurrenceUuid {
    type Err = uuid::Error;

    /// Reads the form with dashes and the one without.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::try_parse(text.trim()).map(Self)
    }
}
