//! A project's inbound filters: what it does not want to hear of.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::{format, level::Level, page_frame::PageFrame};

/// `/p/{slug}/settings/filters`: the filters, and the items that are discarded for ever.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/filters.html")]
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

    /// As its form says it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Environments => "Environments",
            Self::Versions => "Versions",
            Self::Classes => "Classes",
            Self::Messages => "Messages",
            Self::Hosts => "Hosts",
            Self::Addresses => "Client addresses",
        }
    }

    /// What it looks at; a sentence without its end, which is [`Self::example`].
    const fn hint(self) -> &'static str {
        match self {
            Self::Environments => "The environment, such as",
            Self::Versions => "The version of your code, such as",
            Self::Classes => "The class of the exception or of any of its causes, such as",
            Self::Messages => "The text of the exception or of the message, such as",
            Self::Hosts => "The machine it comes from, such as",
            Self::Addresses => "Addresses or networks of clients, such as",
        }
    }

    const fn example(self) -> &'static str {
        match self {
            Self::Environments => "staging-*",
            Self::Versions => "2.3.*",
            Self::Classes => "*Timeout",
            Self::Messages => "ResizeObserver loop*",
            Self::Hosts => "build-*",
            Self::Addresses => "203.0.113.0/24",
        }
    }
}

impl FilterList {
    /// Lines of its field: those that there are and one more, within reason.
    fn rows(&self) -> usize {
        (self.lines.lines().count() + 1).clamp(ROWS_LEAST, ROWS_MOST)
    }
}

/// Lines of an empty field.
const ROWS_LEAST: usize = 3;
/// Lines beyond which a field scrolls.
const ROWS_MOST: usize = 12;

/// `48 kept out in 24 h`; says it also of none, so that a filter that catches nothing is seen.
fn kept_out(number: i64) -> String {
    match number {
        0 => "none kept out in 24 h".to_owned(),
        _ => format!("{} kept out in 24 h", format::count(number)),
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

    /// As its form says it.
    const fn label(self) -> &'static str {
        match self {
            Self::OutdatedBrowsers => "Outdated browsers",
            Self::BrowserExtensions => "Browser extensions",
            Self::Crawlers => "Web crawlers",
            Self::LocalHost => "Local host",
        }
    }

    /// What it looks for; a sentence.
    const fn hint(self) -> &'static str {
        match self {
            Self::OutdatedBrowsers => {
                "Browsers that their makers no longer keep, such as Internet Explorer."
            }
            Self::BrowserExtensions => {
                "Failures inside extensions that people have installed, not in your pages."
            }
            Self::Crawlers => "Search engines and other robots that read your pages.",
            Self::LocalHost => {
                "Pages and servers on a developer’s own machine, such as localhost and 127.0.0.1."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    fn page(can_change: bool) -> FiltersPage {
        FiltersPage {
            frame: PageFrame::of_role(Role::Member),
            lists: FilterKind::ALL
                .map(|kind| FilterList {
                    kind,
                    lines: "<b>*".to_owned(),
                    error: (kind == FilterKind::Addresses)
                        .then(|| "Line 1 is not an address: <b>*".to_owned()),
                    kept_out: 1_204,
                })
                .into(),
            switches: SwitchKind::ALL
                .map(|kind| FilterSwitch {
                    kind,
                    is_on: kind == SwitchKind::Crawlers,
                    kept_out: 0,
                })
                .into(),
            discarded: vec![DiscardedItem {
                counter: 7,
                title: "cache miss".to_owned(),
                environment: "production".to_owned(),
                level: Level::Info,
                since: DateTime::UNIX_EPOCH,
                actor: None,
            }],
            can_change,
        }
    }

    #[test]
    fn a_mistake_stands_next_to_its_field() {
        let html = page(true).render().expect("a page renders");
        assert_eq!(html.matches("aria-invalid").count(), 1);
        assert!(html.contains("is not an address: &#60;b&#62;*"), "{html}");
        assert!(html.contains("action=\"/p/shop/settings/filters/classes\""));
        assert!(html.contains("1.2k kept out in 24 h"));
        assert_eq!(html.matches(" checked").count(), 1);
    }

    #[test]
    fn who_may_not_change_filters_reads_them() {
        let html = page(false).render().expect("a page renders");
        let main = html.split("<main").nth(1).expect("a page has a main part");
        assert!(!main.contains("<form"), "{main}");
        assert!(main.contains("&#60;b&#62;*"), "{main}");
        assert!(main.contains("cache miss"), "{main}");
    }

    #[test]
    fn names_are_read_back() {
        for kind in FilterKind::ALL {
            assert_eq!(FilterKind::parse(kind.name()), Some(kind));
        }
        assert_eq!(FilterKind::parse("test"), None);
        assert_eq!(FilterKind::parse("switches"), None);
    }

    #[test]
    fn a_field_grows_with_its_lines() {
        let mut list = page(true).lists.remove(0);
        assert_eq!(list.rows(), ROWS_LEAST);
        list.lines = "a\n".repeat(500);
        assert_eq!(list.rows(), ROWS_MOST);
    }
}
