//! Projects, their access tokens, and what people may do in them.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    filters::Filters,
    id::{ProjectId, TokenId},
    text::Name,
};

/// One application, or one part of it, that reports occurrences.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its id, part of a DSN.
    pub id: ProjectId,
    /// What people call it.
    pub name: Name,
    /// Its name in URLs: `a-z`, `0-9` and `-`.
    pub slug: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// Items that a project may begin in a minute where its owners did not say. A project that begins to
/// report, or a release that breaks all over, has some hundreds; made-up ones are thousands.
pub const NEW_ITEMS_PER_MINUTE: i32 = 500;

/// Items that owners may let begin in a minute: the digest reads as many where it meets new ones.
pub const NEW_ITEMS_PER_MINUTE_MAX: i32 = 10_000;

/// What a project may send; its owners set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Occurrences a minute of all its tokens together, on each node; `None` for no limit.
    pub per_minute: Option<i32>,
    /// Items that may begin in a minute; `None` for [`NEW_ITEMS_PER_MINUTE`].
    pub new_items_per_minute: Option<i32>,
}

/// What a person may do in a project; ordered, `Viewer` least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Role {
    /// May look.
    Viewer,
    /// May look and triage.
    Member,
    /// May also change settings, tokens and members.
    Owner,
}

impl Role {
    /// All of them, least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Member, Self::Owner];

    /// The role of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }
}

/// What an access token may do. The names are Rollbar's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Scope {
    /// Report occurrences from servers.
    PostServerItem,
    /// Report occurrences from browsers and devices.
    PostClientItem,
    /// Read items and occurrences by the API.
    Read,
    /// Change items by the API.
    Write,
}

impl Scope {
    /// All of them, in the order people meet them.
    pub const ALL: [Self; 4] = [
        Self::PostServerItem,
        Self::PostClientItem,
        Self::Read,
        Self::Write,
    ];

    /// Those that report, whose tokens may be shown at any time.
    pub const POSTING: [Self; 2] = [Self::PostServerItem, Self::PostClientItem];

    /// Whether it may report occurrences.
    pub fn may_post(self) -> bool {
        Self::POSTING.contains(&self)
    }

    /// Its name, as in Rollbar.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PostServerItem => "post_server_item",
            Self::PostClientItem => "post_client_item",
            Self::Read => "read",
            Self::Write => "write",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An access token's row. The token itself is only known for those that may just post.
#[derive(Clone, Debug)]
pub struct Token {
    /// The row.
    pub id: TokenId,
    /// What people call it.
    pub name: Name,
    /// What it may do.
    pub scope: Scope,
    /// The token, for scopes that may only post.
    pub plain: Option<String>,
    /// Occurrences a minute on each node; `None` for no limit of its own.
    pub rate_per_minute: Option<i32>,
    /// Whether it is honoured.
    pub enabled: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last honoured, to some minutes; `None` for never.
    pub last_used_at: Option<DateTime<Utc>>,
    /// When it ends: it was rotated, and another has taken its place.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a token gives access to: all that ingest and the API need to know of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// The project it belongs to.
    pub project: ProjectId,
    /// The token's row.
    pub token: TokenId,
    /// What it may do.
    pub scope: Scope,
    /// Whether it is honoured.
    pub enabled: bool,
    /// When it ends; `None` for one that was not rotated.
    #[serde(default)]
    pub expires_at: Option<DateTime<Utc>>,
    /// Occurrences a minute on each node; `None` for no limit of its own.
    pub rate_per_minute: Option<u32>,
    /// Occurrences a minute of all the project's tokens together, on each node; `None` for no limit.
    #[serde(default)]
    pub project_per_minute: Option<u32>,
    /// Further keys whose values the project wants removed.
    pub scrub_keys: Vec<String>,
    /// What the project does not want to hear of.
    #[serde(default)]
    pub filters: Filters,
}
