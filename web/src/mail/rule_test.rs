//! The mail that shows that mails of an alert rule arrive.

use askama::Template;

use crate::{format, mail::Mail, rule::RuleTerms};

/// What the test mail of a rule says.
#[derive(Clone, Debug)]
pub struct RuleTestMail {
    /// The project's name.
    pub project: String,
    /// The rule's name.
    pub rule: String,
    /// What the rule says.
    pub terms: RuleTerms,
    /// The rule's whole URL.
    pub rule_url: String,
}

#[derive(Template)]
#[template(path = "mail/rule_test.html")]
struct Html<'a> {
    mail: &'a RuleTestMail,
}

#[derive(Template)]
#[template(path = "mail/rule_test.txt")]
struct Text<'a> {
    mail: &'a RuleTestMail,
}

impl RuleTestMail {
    /// The mail, ready to send.
    pub fn render(&self) -> askama::Result<Mail> {
        let subject = format!("[{}] Test of the rule “{}”", self.project, self.rule);
        Ok(Mail {
            subject: format::visible(&subject).into_owned(),
            text: Text { mail: self }.render()?,
            html: Html { mail: self }.render()?,
        })
    }

    /// What the rule says, by name.
    fn facts(&self) -> Vec<(&'static str, String)> {
        let mut facts = vec![("When", self.terms.trigger.sentence())];
        let condition = self.terms.condition();
        if !condition.is_empty() {
            facts.push(("Only items", condition));
        }
        facts.push(("Tells", self.terms.audience()));
        facts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::RuleTrigger;

    #[test]
    fn a_test_says_what_the_rule_does() {
        let mail = RuleTestMail {
            project: "Shop".to_owned(),
            rule: "Checkout <fails>".to_owned(),
            terms: RuleTerms {
                trigger: RuleTrigger::Rate {
                    count: 50,
                    minutes: 5,
                },
                environments: vec!["production".to_owned()],
                level: None,
                words: Vec::new(),
                people: None,
                mails_per_hour: 20,
            },
            rule_url: "https://rc.test/p/shop/settings/rules/3".to_owned(),
        };
        insta::assert_snapshot!(mail.render().expect("a mail renders").snapshot());
    }
}
