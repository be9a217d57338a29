//! A project's alert rules: the list, and one of them with its form.

use askama::Template;

use crate::{
    format,
    level::Level,
    page_frame::PageFrame,
    rule::{RuleTerms, RuleTrigger},
};

/// `/p/{slug}/settings/rules`: the rules, and how often each fired.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/rules.html")]
pub struct RulesPage {
    /// What the layout shows; `project` and `role` must be there.
    pub frame: PageFrame,
    /// The rules, oldest first.
    pub rules: Vec<RuleRow>,
    /// How many a project may have.
    pub most: usize,
}

/// `/p/{slug}/settings/rules/new` and `/p/{slug}/settings/rules/{id}`: a rule with its form, or as it
/// is for those who may not change it.
#[derive(Clone, Debug, Template)]
#[template(path = "pages/rule.html")]
pub struct RulePage {
    /// What the layout shows; `project` and `role` must be there.
    pub frame: PageFrame,
    /// The rule as it is stored; `None` for one that is to be made.
    pub rule: Option<RuleRow>,
    /// The form, as stored or as typed.
    pub form: RuleForm,
    /// The members of the project, by address.
    pub members: Vec<RuleMember>,
    /// What may be typed.
    pub bounds: RuleBounds,
}

/// A rule as pages show it.
#[derive(Clone, Debug)]
pub struct RuleRow {
    /// Its number, as in URLs.
    pub id: i64,
    /// What people call it.
    pub name: String,
    /// Whether it may fire.
    pub is_on: bool,
    /// What it says.
    pub terms: RuleTerms,
    /// How often it fired in the last 24 hours.
    pub fired: i64,
    /// How many of those somebody is told of only in a summary.
    pub held: i64,
    /// Its mails of the last 30 days that could not be sent.
    pub failed: i64,
}

/// The form of a rule, as typed.
#[derive(Clone, Debug, Default)]
pub struct RuleForm {
    /// What people are to call it.
    pub name: String,
    /// The name of the trigger: `new`, `reactivated`, `reached` or `rate`.
    pub trigger: String,
    /// The occurrences of `reached`.
    pub reached: String,
    /// The occurrences of `rate`.
    pub count: String,
    /// The minutes of `rate`.
    pub minutes: String,
    /// Environments, with commas between them.
    pub environments: String,
    /// The name of the lowest level, or nothing.
    pub level: String,
    /// Words of the title.
    pub words: String,
    /// Whether only chosen people are told.
    pub is_for_chosen: bool,
    /// Mails to one person in an hour.
    pub mails_per_hour: String,
    /// Why the form is shown again; the answer is a 422 then.
    pub error: Option<String>,
}

/// A member of the project whom a rule may tell.
#[derive(Clone, Debug)]
pub struct RuleMember {
    /// Their number.
    pub id: i64,
    /// Their address.
    pub email: String,
    /// Whether they are chosen.
    pub is_chosen: bool,
    /// Whether they turned off the project's mails, or may not sign in: the rule does not reach them.
    pub is_silent: bool,
}

/// What may be typed into the form of a rule.
#[derive(Clone, Copy, Debug)]
pub struct RuleBounds {
    /// The numbers of occurrences that `reached` may wait for.
    pub reached: &'static [i64],
    /// The most occurrences of `rate`.
    pub count: i64,
    /// The most minutes of `rate`.
    pub minutes: i32,
    /// The most mails in an hour.
    pub mails_per_hour: i32,
}

impl RulesPage {
    fn has_room(&self) -> bool {
        self.rules.len() < self.most
    }
}

impl RulePage {
    /// Where the form goes.
    fn action(&self) -> String {
        let slug = self.frame.slug();
        self.rule.as_ref().map_or_else(
            || crate::paths::rules(slug),
            |rule| crate::paths::rule(slug, rule.id),
        )
    }
}

impl RuleRow {
    /// What it did: `fired 1,204 times in 24 h`.
    fn fired(&self) -> String {
        match self.fired {
            0 => "did not fire in 24 h".to_owned(),
            1 => "fired once in 24 h".to_owned(),
            times => format!("fired {} times in 24 h", format::exact_count(times)),
        }
    }

    /// How often it went into a summary; nothing where it did not.
    fn held(&self) -> Option<String> {
        (self.held > 0).then(|| format!("{} in a summary", format::exact_count(self.held)))
    }

    /// How many of its mails failed; nothing where none did.
    fn failed(&self) -> Option<String> {
        match self.failed {
            0 => None,
            1 => Some("1 mail failed".to_owned()),
            mails => Some(format!("{} mails failed", format::exact_count(mails))),
        }
    }

    /// What it waits for, and of which items.
    fn sentence(&self) -> String {
        let (trigger, condition) = (self.terms.trigger.sentence(), self.terms.condition());
        if condition.is_empty() {
            trigger
        } else {
            format!("{trigger}: {condition}")
        }
    }
}

impl RuleForm {
    /// The form of a rule that is stored.
    pub fn of(name: &str, terms: &RuleTerms) -> Self {
        let mut form = Self {
            name: name.to_owned(),
            environments: terms.environments.join(", "),
            level: terms.level.map_or("", Level::name).to_owned(),
            words: terms.words.join(" "),
            is_for_chosen: terms.people.is_some(),
            mails_per_hour: terms.mails_per_hour.to_string(),
            ..Self::default()
        };
        let trigger = match terms.trigger {
            RuleTrigger::New => "new",
            RuleTrigger::Reactivated => "reactivated",
            RuleTrigger::Reached(count) => {
                form.reached = count.to_string();
                "reached"
            }
            RuleTrigger::Rate { count, minutes } => {
                form.count = count.to_string();
                form.minutes = minutes.to_string();
                "rate"
            }
        };
        trigger.clone_into(&mut form.trigger);
        form
    }

    fn is(&self, trigger: &str) -> bool {
        self.trigger == trigger
    }

    fn reaches(&self, count: i64) -> bool {
        self.reached == count.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    fn row() -> RuleRow {
        RuleRow {
            id: 7,
            name: "Checkout fails".to_owned(),
            is_on: true,
            terms: RuleTerms {
                trigger: RuleTrigger::Reached(100),
                environments: vec!["production".to_owned()],
                level: None,
                words: Vec::new(),
                people: None,
                mails_per_hour: 20,
            },
            fired: 1_204,
            held: 3,
            failed: 1,
        }
    }

    fn list(role: Role) -> String {
        RulesPage {
            frame: PageFrame::of_role(role),
            rules: vec![row()],
            most: 20,
        }
        .render()
        .expect("a page renders")
    }

    #[test]
    fn only_owners_get_forms() {
        let forms = [
            "/p/shop/settings/rules/7/enabled",
            "/p/shop/settings/rules/new",
        ];
        for role in Role::ALL {
            let html = list(role);
            assert!(html.contains("fired 1,204 times in 24 h"), "{html}");
            for form in forms {
                assert_eq!(html.contains(form), role == Role::Owner, "{role}: {form}");
            }
        }
        let one = |role| {
            let page = RulePage {
                frame: PageFrame::of_role(role),
                rule: Some(row()),
                form: RuleForm::of("Checkout fails", &row().terms),
                members: Vec::new(),
                bounds: RuleBounds {
                    reached: &[10, 100],
                    count: 1_000,
                    minutes: 60,
                    mails_per_hour: 1_000,
                },
            };
            page.render().expect("a page renders")
        };
        let owners = one(Role::Owner);
        assert!(owners.contains("/rules/7/deletion") && owners.contains("/rules/7/test"));
        assert!(
            owners.contains(r#"<option value="100" selected>"#),
            "{owners}"
        );
        let members = one(Role::Member);
        assert!(!members.contains("<form class=\"panel"), "{members}");
        assert!(
            members.contains("An item reaches 100 occurrences"),
            "{members}"
        );
    }
}
