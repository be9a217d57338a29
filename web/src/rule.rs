//! An alert rule, in words: what it waits for, which items it is about, whom it tells.

use crate::{format, level::Level};

/// What has to happen to an item for a rule to fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleTrigger {
    /// Its first occurrence arrives.
    New,
    /// It fails after it was resolved.
    Reactivated,
    /// It has that many occurrences since it became active.
    Reached(i64),
    /// That many of its occurrences arrive within some minutes.
    Rate {
        /// How many.
        count: i64,
        /// Within how many minutes.
        minutes: i32,
    },
}

/// What a rule says, beside its name.
#[derive(Clone, Debug)]
pub struct RuleTerms {
    /// What it waits for.
    pub trigger: RuleTrigger,
    /// Environments, of which the item is in one; empty for any.
    pub environments: Vec<String>,
    /// The lowest level; `None` for any.
    pub level: Option<Level>,
    /// Words that the title has, all of them.
    pub words: Vec<String>,
    /// The addresses of those it tells; `None` for all who want the project's mails.
    pub people: Option<Vec<String>>,
    /// Mails to one person in an hour.
    pub mails_per_hour: i32,
}

impl RuleTrigger {
    /// `An item reaches 100 occurrences`
    pub fn sentence(self) -> String {
        match self {
            Self::New => "An item is new".to_owned(),
            Self::Reactivated => "An item comes back after it was resolved".to_owned(),
            Self::Reached(count) => {
                format!("An item reaches {} occurrences", format::exact_count(count))
            }
            Self::Rate { count, minutes } => {
                format!("An item fails {}", within(count, minutes))
            }
        }
    }
}

/// `50 times within 5 minutes`
pub fn within(count: i64, minutes: i32) -> String {
    let times = match count {
        1 => "once".to_owned(),
        count => format!("{} times", format::exact_count(count)),
    };
    match minutes {
        1 => format!("{times} within a minute"),
        minutes => format!("{times} within {minutes} minutes"),
    }
}

impl RuleTerms {
    /// What the item has to be beside that: `in production, error or worse`; nothing for any item.
    pub fn condition(&self) -> String {
        let mut parts = Vec::new();
        if !self.environments.is_empty() {
            parts.push(format!("in {}", list(&self.environments, "or")));
        }
        match self.level {
            None => {}
            Some(Level::Critical) => parts.push("critical".to_owned()),
            Some(level) => parts.push(format!("{level} or worse")),
        }
        if !self.words.is_empty() {
            let words: Vec<String> = self.words.iter().map(|word| format!("“{word}”")).collect();
            parts.push(format!("with {} in its title", list(&words, "and")));
        }
        parts.join(", ")
    }

    /// Whom it tells: `everybody who wants mails of the project`.
    pub fn audience(&self) -> String {
        match &self.people {
            None => "everybody who wants mails of the project".to_owned(),
            Some(people) if people.is_empty() => "nobody any more".to_owned(),
            Some(people) => list(people, "and"),
        }
    }

    /// Whether nobody is left whom it tells.
    pub fn is_deserted(&self) -> bool {
        self.people.as_ref().is_some_and(Vec::is_empty)
    }
}

/// `a`, `a or b`, `a, b or c`
fn list(texts: &[String], word: &str) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_said_in_words() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let terms = RuleTerms {
            trigger: RuleTrigger::Rate {
                count: 1_000,
                minutes: 1,
            },
            environments: texts(&["production", "staging", "beta"]),
            level: Some(Level::Warning),
            words: texts(&["cart", "checkout"]),
            people: Some(texts(&["ada@example.com", "grace@example.com"])),
            mails_per_hour: 20,
        };
        assert_eq!(
            terms.trigger.sentence(),
            "An item fails 1,000 times within a minute"
        );
        assert_eq!(
            terms.condition(),
            "in production, staging or beta, warning or worse, with “cart” and “checkout” in its title"
        );
        assert_eq!(terms.audience(), "ada@example.com and grace@example.com");
        let bare = RuleTerms {
            environments: Vec::new(),
            level: None,
            words: Vec::new(),
            people: Some(Vec::new()),
            ..terms
        };
        assert_eq!(bare.condition(), "");
        assert!(bare.is_deserted());
        assert_eq!(within(1, 5), "once within 5 minutes");
    }
}
