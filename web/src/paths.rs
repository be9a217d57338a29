//! Every URL of the site, as functions.
//!
//! Handlers, templates, mails and tests build URLs here and nowhere else.
//! Results are paths; [`absolute`] puts the instance's public URL before one, for mails.

use std::fmt::{Display, Write};

use crate::{breakdown::Span, filter::ItemFilter};

mod groups;
mod inbound;
mod people;
mod rules;

pub use groups::{item_asked, item_merged, item_separated, merging, separation, together};

pub use inbound::{
    attachment, feedback, feedback_after, feedback_before, filter, filter_switches, filters, trial,
    usage, usage_of,
};

pub use people::{
    account, account_done, account_mails, account_password, account_time_zone, dead_letter,
    dead_letter_deletion, dead_letter_retry, dead_letters_retry, invitation, invitation_revocation,
    invitation_sending, invitations, member_removal, member_role, members, new_password, password,
    session_end, sessions_end_others, user_admin, user_disabled, user_invitation_revocation,
    user_invitation_sending, user_invitations, users,
};

pub use rules::{new_rule, rule, rule_deletion, rule_done, rule_enabled, rule_test, rules};

/// All projects.
pub fn projects() -> String {
    "/".to_owned()
}

/// Where a new project is named; its form posts to [`create_project`].
pub fn new_project() -> String {
    "/projects/new".to_owned()
}

/// Where a new project is posted to.
pub fn create_project() -> String {
    "/projects".to_owned()
}

/// The first run: making the first account and project. The secret was printed by the server.
pub fn setup(secret: &str) -> String {
    format!("/setup/{}", segment(secret))
}

/// Sign in.
pub fn login() -> String {
    "/login".to_owned()
}

/// Sign in, and go on to `path` then.
pub fn login_then(path: &str) -> String {
    format!("/login{}", query(&[("next", path)]))
}

/// Sign in, after a new password was set.
pub fn login_after_reset() -> String {
    format!("{}{}", login(), query(&[("done", "password")]))
}

/// Sign out; POST only.
pub fn logout() -> String {
    "/logout".to_owned()
}

/// A project's start page: copy-ready set-up, waiting for the first occurrence.
pub fn start(slug: &str) -> String {
    format!("/p/{}/start", segment(slug))
}

/// Where the start page asks for a test error; POST only.
pub fn start_test(slug: &str) -> String {
    format!("/p/{}/start/test", segment(slug))
}

/// Where the start page is told which SDK the person sets up; POST only.
pub fn start_sdk(slug: &str) -> String {
    format!("{}/sdk", start(slug))
}

/// Where the start page asks whether something has arrived: `{"url": null}` or the item's path.
pub fn start_first(slug: &str) -> String {
    format!("/p/{}/start/first", segment(slug))
}

/// A project's items, as the list shows them when nothing is said.
pub fn items(slug: &str) -> String {
    format!("/p/{}/items", segment(slug))
}

/// A project's items, filtered and sorted.
pub fn items_filtered(slug: &str, filter: &ItemFilter) -> String {
    format!("{}{}", items(slug), query(&filter.parameters()))
}

/// The page of items that follows the one that ends at `cursor`.
pub fn items_before(slug: &str, filter: &ItemFilter, cursor: &str) -> String {
    let mut parameters = filter.parameters();
    parameters.push(("before", cursor));
    format!("{}{}", items(slug), query(&parameters))
}

/// The page of items that precedes the one that begins at `cursor`.
pub fn items_after(slug: &str, filter: &ItemFilter, cursor: &str) -> String {
    let mut parameters = filter.parameters();
    parameters.push(("after", cursor));
    format!("{}{}", items(slug), query(&parameters))
}

/// One item.
pub fn item(slug: &str, counter: impl Display) -> String {
    format!("/p/{}/items/{counter}", segment(slug))
}

/// One item, with the breakdown of those days.
pub fn item_breakdown(slug: &str, counter: impl Display, span: Span) -> String {
    format!(
        "{}{}#breakdown",
        item(slug, counter),
        query(&[("facets", span.name())])
    )
}

/// Where an item's status is posted to.
pub fn item_status(slug: &str, counter: impl Display) -> String {
    format!("{}/status", item(slug, counter))
}

/// Where an item is deleted; POST only.
pub fn item_deletion(slug: &str, counter: impl Display) -> String {
    format!("{}/deletion", item(slug, counter))
}

/// An item's occurrences.
pub fn occurrences(slug: &str, counter: impl Display) -> String {
    format!("{}/occurrences", item(slug, counter))
}

/// The page of occurrences older than `cursor`.
pub fn occurrences_before(slug: &str, counter: impl Display, cursor: &str) -> String {
    format!(
        "{}{}",
        occurrences(slug, counter),
        query(&[("before", cursor)])
    )
}

/// The page of occurrences newer than `cursor`.
pub fn occurrences_after(slug: &str, counter: impl Display, cursor: &str) -> String {
    format!(
        "{}{}",
        occurrences(slug, counter),
        query(&[("after", cursor)])
    )
}

/// One occurrence.
pub fn occurrence(slug: &str, counter: impl Display, id: impl Display) -> String {
    format!("{}/{id}", occurrences(slug, counter))
}

/// One occurrence as stored, as JSON.
pub fn occurrence_raw(slug: &str, counter: impl Display, id: impl Display) -> String {
    format!("{}/raw.json", occurrence(slug, counter, id))
}

/// Where an occurrence is deleted; POST only.
pub fn occurrence_deletion(slug: &str, counter: impl Display, id: impl Display) -> String {
    format!("{}/deletion", occurrence(slug, counter, id))
}

/// Where a list of items hears of what happens: `since` is the project's newest item when the list
/// was made, `shown` the items on the page.
pub fn items_live(slug: &str, filter: &ItemFilter, since: i64, shown: &[i64]) -> String {
    let shown: Vec<_> = shown.iter().map(i64::to_string).collect();
    let (since, shown) = (since.to_string(), shown.join(","));
    let mut parameters = filter.parameters();
    parameters.extend([("since", since.as_str()), ("shown", shown.as_str())]);
    format!("/p/{}/live{}", segment(slug), query(&parameters))
}

/// A project's settings.
pub fn settings(slug: &str) -> String {
    format!("/p/{}/settings", segment(slug))
}

/// Where it is set what a project may send; POST only.
pub fn limits(slug: &str) -> String {
    format!("{}/limits", settings(slug))
}

/// A project's tokens; a new one is posted there too.
pub fn tokens(slug: &str) -> String {
    format!("{}/tokens", settings(slug))
}

/// Where a token is enabled and disabled; POST only.
pub fn token_enabled(slug: &str, id: impl Display) -> String {
    format!("{}/{id}/enabled", tokens(slug))
}

/// Where a token is replaced by a new one; POST only.
pub fn token_rotation(slug: &str, id: impl Display) -> String {
    format!("{}/{id}/rotation", tokens(slug))
}

/// Where a token's limit is set; POST only.
pub fn token_rate(slug: &str, id: impl Display) -> String {
    format!("{}/{id}/rate", tokens(slug))
}

/// Where a project's data is deleted.
pub fn data(slug: &str) -> String {
    format!("{}/data", settings(slug))
}

/// The same, with how much there is of a person.
pub fn data_of(slug: &str, person: &str) -> String {
    format!("{}{}", data(slug), query(&[("person", person)]))
}

/// Where a person's data is deleted; POST only.
pub fn data_person(slug: &str) -> String {
    format!("{}/person", data(slug))
}

/// Where it is set how long a project's occurrences are kept, and how many; POST only.
pub fn data_retention(slug: &str) -> String {
    format!("{}/retention", data(slug))
}

/// Where a project is deleted; POST only.
pub fn data_project(slug: &str) -> String {
    format!("{}/project", data(slug))
}

/// The system page, for admins.
pub fn system() -> String {
    "/admin/system".to_owned()
}

/// The dead letters on the system page, after so many were put into the journal again.
pub fn system_retried(records: usize) -> String {
    format!("/admin/system?retried={records}#dead-letters")
}

/// The dead letters on the system page.
pub fn system_dead_letters() -> String {
    "/admin/system#dead-letters".to_owned()
}

/// `path` with the instance's public URL before it.
pub fn absolute(public_url: &str, path: &str) -> String {
    format!("{}{path}", public_url.trim_end_matches('/'))
}

/// `?name=value&…`, or nothing when there are no parameters.
pub fn query(parameters: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in parameters {
        text.push(if text.is_empty() { '?' } else { '&' });
        text.push_str(name);
        text.push('=');
        push_encoded(&mut text, value);
    }
    text
}

/// `text` as one segment of a path.
fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    push_encoded(&mut encoded, text);
    encoded
}

/// Percent-encodes all but the unreserved characters of RFC 3986, section 2.3.
fn push_encoded(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        filter::{Sort, StatusFilter},
        level::Level,
    };

    #[test]
    fn urls_name_things() {
        assert_eq!(item("shop", 142), "/p/shop/items/142");
        assert_eq!(item_status("shop", 142), "/p/shop/items/142/status");
        assert_eq!(
            item_breakdown("shop", 142, Span::Days2),
            "/p/shop/items/142?facets=2d#breakdown"
        );
        assert_eq!(
            occurrence("shop", 142, 7),
            "/p/shop/items/142/occurrences/7"
        );
        assert_eq!(
            occurrence_raw("shop", 142, 7),
            "/p/shop/items/142/occurrences/7/raw.json"
        );
        assert_eq!(
            token_enabled("shop", 3),
            "/p/shop/settings/tokens/3/enabled"
        );
    }

    #[test]
    fn a_filter_is_its_url() {
        assert_eq!(
            items_filtered("shop", &ItemFilter::default()),
            "/p/shop/items"
        );
        let filter = ItemFilter {
            status: StatusFilter::All,
            level: Some(Level::Error),
            environment: Some("über & out".to_owned()),
            text: "a b".to_owned(),
            sort: Sort::Total,
        };
        assert_eq!(
            items_filtered("shop", &filter),
            "/p/shop/items?status=all&level=error&environment=%C3%BCber%20%26%20out&q=a%20b&sort=total",
        );
        assert!(items_before("shop", &filter, "1-2").ends_with("&sort=total&before=1-2"));
    }

    #[test]
    fn a_live_list_knows_its_filter_and_its_rows() {
        let filter = ItemFilter {
            text: "a b".to_owned(),
            ..ItemFilter::default()
        };
        assert_eq!(
            items_live("shop", &filter, 12, &[9, 8]),
            "/p/shop/live?q=a%20b&since=12&shown=9%2C8"
        );
    }

    #[test]
    fn whatever_a_slug_holds_stays_one_segment() {
        assert_eq!(settings("a/../b?c"), "/p/a%2F..%2Fb%3Fc/settings");
    }

    #[test]
    fn mails_get_whole_urls() {
        assert_eq!(
            absolute("https://rc.test/", &item("shop", 1)),
            "https://rc.test/p/shop/items/1"
        );
    }
}
