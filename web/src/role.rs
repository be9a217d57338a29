//! What somebody may do in a project.

use std::fmt;

/// What somebody may do in a project; each role includes the ones before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Look.
    Viewer,
    /// Look, change items, and see how SDKs are set up.
    #[default]
    Member,
    /// Everything: people, tokens and deleting too.
    Owner,
}

impl Role {
    /// All roles, as they are offered.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Member, Self::Owner];

    /// The word used in forms and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Owner => "owner",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// The word at the beginning of a line.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Viewer => "Viewer",
            Self::Member => "Member",
            Self::Owner => "Owner",
        }
    }

    /// The word with its article, within a sentence.
    pub(crate) const fn article(self) -> &'static str {
        match self {
            Self::Viewer => "a viewer",
            Self::Member => "a member",
            Self::Owner => "an owner",
        }
    }

    /// What the role may do, as a sentence.
    pub(crate) const fn explanation(self) -> &'static str {
        match self {
            Self::Viewer => "Sees items and occurrences.",
            Self::Member => "Also resolves and mutes items, and sees tokens.",
            Self::Owner => "Also manages people and tokens, and deletes data.",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}
