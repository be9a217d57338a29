//! The mail about what a rule did not tell at once, for it had told enough in that hour.

use askama::Template;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::{format, level::Level, mail::Mail};

/// What a summary says.
#[derive(Clone, Debug)]
pub struct RuleSummaryMail {
    /// The project's name.
    pub project: String,
    /// The rule's name.
    pub rule: String,
    /// The rule's whole URL.
    pub rule_url: String,
    /// Mails that the rule sends in an hour.
    pub mails_per_hour: i32,
    /// When the hour began.
    pub hour: DateTime<Utc>,
    /// The reader's time zone.
    pub zone: Tz,
    /// The items, in the order in which the rule fired for them first.
    pub items: Vec<SummaryItem>,
    /// How many further items there are.
    pub more: i64,
    /// The whole URL of the project's items.
    pub items_url: String,
}

/// An item in a summary.
#[derive(Clone, Debug)]
pub struct SummaryItem {
    /// Its number within the project.
    pub counter: i64,
    /// Its title.
    pub title: String,
    /// Its environment.
    pub environment: String,
    /// How bad it is.
    pub level: Level,
    /// Its occurrences by now.
    pub total: i64,
    /// How often the rule fired for it.
    pub fired: i64,
    /// Its whole URL.
    pub url: String,
}

#[derive(Template)]
#[template(path = "mail/rule_summary.html")]
struct Html<'a> {
    mail: &'a RuleSummaryMail,
}

#[derive(Template)]
#[template(path = "mail/rule_summary.txt")]
struct Text<'a> {
    mail: &'a RuleSummaryMail,
}

impl RuleSummaryMail {
    /// The mail, ready to send.
    pub fn render(&self) -> askama::Result<Mail> {
        Ok(Mail {
            subject: self.subject(),
            text: Text { mail: self }.render()?,
            html: Html { mail: self }.render()?,
        })
    }

    /// `[Shop] 80 more items: New items`
    fn subject(&self) -> String {
        let subject = format!("[{}] {} more: {}", self.project, self.count(), self.rule);
        format::visible(&subject).into_owned()
    }

    /// `80 items`
    fn count(&self) -> String {
        let named = i64::try_from(self.items.len()).unwrap_or(i64::MAX);
        format::counted(named.saturating_add(self.more), "item", "items")
    }

    /// What happened, as a sentence.
    fn happened(&self) -> String {
        format!(
            "The rule “{}” also fired for {} in the hour from {}.",
            self.rule,
            self.count(),
            format::minute_time(self.hour, self.zone),
        )
    }

    /// Why they come in one mail.
    fn why(&self) -> String {
        format!(
            "The rule “{}” of {} sends you at most {} an hour, and the rest in one.",
            self.rule,
            self.project,
            format::counted(self.mails_per_hour.into(), "mail", "mails"),
        )
    }

    /// What is said of the items that are not named; nothing where all are.
    fn others(&self) -> Option<String> {
        (self.more > 0).then(|| format!("And {} more.", format::exact_count(self.more)))
    }
}

impl SummaryItem {
    /// `error in production, 1,204 occurrences, fired 3 times`
    fn facts(&self) -> String {
        let occurrences = format::counted(self.total, "occurrence", "occurrences");
        let facts = format!("{} in {}, {occurrences}", self.level, self.environment);
        match self.fired {
            1 => facts,
            times => format!("{facts}, fired {} times", format::exact_count(times)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> RuleSummaryMail {
        let item = |counter, title: &str, fired| SummaryItem {
            counter,
            title: title.to_owned(),
            environment: "production".to_owned(),
            level: Level::Error,
            total: 1_204,
            fired,
            url: format!("https://rc.test/p/shop/items/{counter}"),
        };
        RuleSummaryMail {
            project: "Shop".to_owned(),
            rule: "New items".to_owned(),
            rule_url: "https://rc.test/p/shop/settings/rules/3".to_owned(),
            mails_per_hour: 20,
            hour: DateTime::UNIX_EPOCH,
            zone: Tz::UTC,
            items: vec![item(142, "KeyError: '<total>'", 1), item(143, "Timeout", 3)],
            more: 1_030,
            items_url: "https://rc.test/p/shop/items".to_owned(),
        }
    }

    #[test]
    fn a_summary_names_the_items_and_counts_the_rest() {
        let mail = mail().render().expect("a mail renders");
        assert_eq!(mail.subject, "[Shop] 1,032 items more: New items");
        insta::assert_snapshot!(mail.snapshot());
    }
}
