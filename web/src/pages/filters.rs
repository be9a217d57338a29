//! A project's inbound filters: what it does not want to hear of.

use chrono::{DateTime, Utc};

use crate::{level::Level, page_frame::PageFrame};

/// `/p/{slug}/settings/filters`: the filters, and the items that are discarded for ever.
#[derive(Clone, Debug)]
pub struct FiltersPage {
    /// What the layout shows; `project` and `role` must be there.
    pub frame: PageFrame,
    /// The filters by pattern, one of each kind, as [`FilterKind::ALL`] has them.
    pub lists: Vec<FilterList>,
    /// The filters that are on or off, one of each kind, as [`SwitchKind::ALL`] has them.
    pub switches: Vec<FilterSwitch>,
    /// The items that are discarded for ever, newest first.
    pub discarded: Vec<DiscardedItem>,
    /// Whether the viewer may change the filters.
    pub can_change: bool,
}

/// A filter by pattern. Its form posts `lines` to [`crate::paths::filter`].
#[derive(Clone, Debug)]
pub struct FilterList {
    /// What it looks at.
    pub kind: FilterKind,
    /// The patterns, one a line, as stored or as typed.
    pub lines: String,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
    /// Occurrences that it kept out in the last 24 hours.
    pub kept_out: i64,
}

/// A filter that is on or off. All of them post together to [`crate::paths::filter_switches`], each
/// that is on as its name and `true`.
#[derive(Clone, Copy, Debug)]
pub struct FilterSwitch {
    /// What it looks for.
    pub kind: SwitchKind,
    /// Whether it is on.
    pub is_on: bool,
    /// Occurrences that it kept out in the last 24 hours.
    pub kept_out: i64,
}

/// What a filter by pattern looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterKind {
    /// The environment.
    Environments,
    /// The version of the application's code.
    Versions,
    /// The class of the exception or of one of its causes.
    Classes,
    /// The text of the exception or of the message.
    Messages,
    /// The machine.
    Hosts,
    /// The client's address.
    Addresses,
}

/// What a filter looks for that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchKind {
    /// Browsers that their makers no longer keep.
    OutdatedBrowsers,
    /// Failures of browser extensions.
    BrowserExtensions,
    /// Web crawlers.
    Crawlers,
    /// A developer's own machine.
    LocalHost,
}

/// An item that is discarded for ever.
#[derive(Clone, Debug)]
pub struct DiscardedItem {
    /// Its number within the project.
    pub counter: i64,
    /// Its title.
    pub title: String,
    /// The environment it was seen in.
    pub environment: String,
    /// How bad it is.
    pub level: Level,
    /// Since when it is discarded.
    pub since: DateTime<Utc>,
    /// The mail address of who discarded it.
    pub actor: Option<String>,
}

impl FilterKind {
    /// All kinds, as they are offered.
    pub const ALL: [Self; 6] = [
        Self::Environments,
        Self::Versions,
        Self::Classes,
        Self::Messages,
        Self::Hosts,
        Self::Addresses,
    ];

    /// The word used in URLs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Environments => "environments",
            Self::Versions => "versions",
            Self::Classes => "classes",
            Self::Messages => "messages",
            Self::Hosts => "hosts",
            Self::Addresses => "addresses",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl SwitchKind {
    /// All kinds, as they are offered.
    pub const ALL: [Self; 4] = [
        Self::OutdatedBrowsers,
        Self::BrowserExtensions,
        Self::Crawlers,
        Self::LocalHost,
    ];

    /// The word used in the form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OutdatedBrowsers => "outdated_browsers",
            Self::BrowserExtensions => "browser_extensions",
            Self::Crawlers => "crawlers",
            Self::LocalHost => "local_host",
        }
    }
}
