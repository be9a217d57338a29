//! The URLs of alert rules.

use std::fmt::Display;

use super::{query, settings};

/// A project's alert rules; a new one is posted there too.
pub fn rules(slug: &str) -> String {
    format!("{}/rules", settings(slug))
}

/// The form of a new rule.
pub fn new_rule(slug: &str) -> String {
    format!("{}/new", rules(slug))
}

/// One rule; what is to be changed of it is posted there too.
pub fn rule(slug: &str, id: impl Display) -> String {
    format!("{}/{id}", rules(slug))
}

/// The same, saying what was just done: `saved` or `test`.
pub fn rule_done(slug: &str, id: impl Display, what: &str) -> String {
    format!("{}{}", rule(slug, id), query(&[("done", what)]))
}

/// Where a rule is turned on and off; POST only.
pub fn rule_enabled(slug: &str, id: impl Display) -> String {
    format!("{}/enabled", rule(slug, id))
}

/// Where a rule is deleted; POST only.
pub fn rule_deletion(slug: &str, id: impl Display) -> String {
    format!("{}/deletion", rule(slug, id))
}

/// Where a test mail of a rule is asked for; POST only.
pub fn rule_test(slug: &str, id: impl Display) -> String {
    format!("{}/test", rule(slug, id))
}
