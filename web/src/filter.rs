//! Which items a list shows, and in which order: the GET parameters of the items page.
//!
//! Names of the parameters: `status`, `level`, `environment`, `q`, `sort`; for paging `before` and
//! `after`.

use crate::level::Level;

/// Which items a list shows, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemFilter {
    /// Where items stand.
    pub status: StatusFilter,
    /// At least this bad; `None` for all.
    pub level: Option<Level>,
    /// Seen in this environment; `None` for all.
    pub environment: Option<String>,
    /// Words of the title; empty for all.
    pub text: String,
    /// What comes first.
    pub sort: Sort,
}

/// Where items stand: one status, or all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StatusFilter {
    /// Active items; what a list shows when nothing is said.
    #[default]
    Active,
    /// Resolved items.
    Resolved,
    /// Muted items.
    Muted,
    /// Items that are discarded for ever.
    Discarded,
    /// All items but those that are discarded: who discards wants to see them no more.
    All,
}

/// What comes first in a list of items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The item that failed most recently; what a list does when nothing is said.
    #[default]
    LastSeen,
    /// The item that is newest.
    FirstSeen,
    /// The item with the most occurrences.
    Total,
}

impl ItemFilter {
    /// The same filter with another status.
    #[must_use]
    pub fn with_status(&self, status: StatusFilter) -> Self {
        Self {
            status,
            ..self.clone()
        }
    }

    /// Whether anything but status and order is asked for.
    pub fn is_narrowed(&self) -> bool {
        self.level.is_some() || self.environment.is_some() || !self.text.is_empty()
    }

    /// Whether items of this environment are asked for.
    pub fn is_environment(&self, environment: &str) -> bool {
        self.environment.as_deref() == Some(environment)
    }

    /// Whether items at least this bad are asked for.
    pub fn is_level(&self, level: &Level) -> bool {
        self.level == Some(*level)
    }

    /// The GET parameters that differ from what the list does when nothing is said.
    pub fn parameters(&self) -> Vec<(&'static str, &str)> {
        let mut parameters = Vec::new();
        if self.status != StatusFilter::default() {
            parameters.push(("status", self.status.name()));
        }
        if let Some(level) = self.level {
            parameters.push(("level", level.name()));
        }
        if let Some(environment) = &self.environment {
            parameters.push(("environment", environment.as_str()));
        }
        if !self.text.is_empty() {
            parameters.push(("q", self.text.as_str()));
        }
        if self.sort != Sort::default() {
            parameters.push(("sort", self.sort.name()));
        }
        parameters
    }
}

impl StatusFilter {
    /// All choices, in the order they are offered.
    pub const ALL: [Self; 5] = [
        Self::Active,
        Self::Resolved,
        Self::Muted,
        Self::Discarded,
        Self::All,
    ];

    /// The word used in URLs and pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Resolved => "resolved",
            Self::Muted => "muted",
            Self::Discarded => "discarded",
            Self::All => "all",
        }
    }

    /// The word as a tab says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Resolved => "Resolved",
            Self::Muted => "Muted",
            Self::Discarded => "Discarded",
            Self::All => "All",
        }
    }

    /// The choice of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

impl Sort {
    /// All orders, as they are offered.
    pub const ALL: [Self; 3] = [Self::LastSeen, Self::FirstSeen, Self::Total];

    /// The word used in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LastSeen => "last_seen",
            Self::FirstSeen => "first_seen",
            Self::Total => "total",
        }
    }

    /// The order as people say it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::LastSeen => "Last seen",
            Self::FirstSeen => "First seen",
            Self::Total => "Occurrences",
        }
    }

    /// The order of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for choice in StatusFilter::ALL {
            assert_eq!(StatusFilter::parse(choice.name()), Some(choice));
        }
        for order in Sort::ALL {
            assert_eq!(Sort::parse(order.name()), Some(order));
        }
        for level in Level::ALL {
            assert_eq!(Level::parse(level.name()), Some(level));
        }
        assert_eq!(StatusFilter::parse("open"), None);
    }
}
