//! Alert rules.

use rollcage_web::{
    Level, Notice, PageFrame, Role, RuleTerms, RuleTrigger,
    pages::{RuleBounds, RuleForm, RuleMember, RulePage, RuleRow, RulesPage},
};

use crate::{Gallery, Result, frame};

/// What a rule with everything says.
pub fn terms() -> RuleTerms {
    RuleTerms {
        trigger: RuleTrigger::Rate {
            count: 50,
            minutes: 5,
        },
        environments: vec!["production".to_owned(), "staging".to_owned()],
        level: Some(Level::Error),
        words: vec!["checkout".to_owned()],
        people: Some(vec![
            "ada.lovelace@example.com".to_owned(),
            "grace@example.com".to_owned(),
        ]),
        mails_per_hour: 5,
    }
}

fn simple(trigger: RuleTrigger) -> RuleTerms {
    RuleTerms {
        trigger,
        environments: Vec::new(),
        level: None,
        words: Vec::new(),
        people: None,
        mails_per_hour: 20,
    }
}

fn row(id: i64, name: &str, terms: RuleTerms, [fired, held, failed]: [i64; 3]) -> RuleRow {
    RuleRow {
        id,
        name: name.to_owned(),
        is_on: id != 4,
        terms,
        fired,
        held,
        failed,
    }
}

fn rows() -> Vec<RuleRow> {
    let deserted = RuleTerms {
        people: Some(Vec::new()),
        ..simple(RuleTrigger::Reached(1_000))
    };
    vec![
        row(1, "New items", simple(RuleTrigger::New), [1_204, 1_184, 0]),
        row(
            2,
            "Items that come back",
            simple(RuleTrigger::Reactivated),
            [1, 0, 2],
        ),
        row(3, "Checkout fails", terms(), [3, 0, 0]),
        row(
            4,
            "DasIstEinSehrLangerNameOhneLeerzeichenDerTrotzdemIrgendwieInDieZeileMussUndDasAuchTut",
            deserted,
            [0, 0, 0],
        ),
    ]
}

fn members() -> Vec<RuleMember> {
    let member = |id, email: &str, is_chosen, is_silent| RuleMember {
        id,
        email: email.to_owned(),
        is_chosen,
        is_silent,
    };
    vec![
        member(1, "ada.lovelace@example.com", true, false),
        member(2, "grace@example.com", true, false),
        member(
            3,
            "somebody.with.a.very.long.address@subdomain.example.com",
            false,
            true,
        ),
    ]
}

pub fn pages(gallery: &Gallery) -> Result<()> {
    let list = RulesPage {
        frame: frame(),
        rules: rows(),
        most: 20,
    };
    gallery.page("rules", &list)?;
    gallery.page(
        "rules-empty",
        &RulesPage {
            rules: Vec::new(),
            ..list.clone()
        },
    )?;
    gallery.page(
        "rules-full",
        &RulesPage {
            most: 4,
            ..list.clone()
        },
    )?;
    let viewer = PageFrame {
        role: Some(Role::Viewer),
        ..frame()
    };
    gallery.page(
        "rules-viewer",
        &RulesPage {
            frame: viewer.clone(),
            ..list
        },
    )?;
    let page = RulePage {
        frame: PageFrame {
            notice: Some(Notice::done("The rule is saved.")),
            ..frame()
        },
        rule: rows().into_iter().nth(2),
        form: RuleForm::of("Checkout fails", &terms()),
        members: members(),
        bounds: RuleBounds {
            reached: &[10, 100, 1_000, 10_000, 100_000, 1_000_000],
            count: 1_000,
            minutes: 60,
            mails_per_hour: 1_000,
        },
    };
    gallery.page("rule", &page)?;
    gallery.page(
        "rule-viewer",
        &RulePage {
            frame: viewer,
            rule: rows().into_iter().nth(1),
            ..page.clone()
        },
    )?;
    gallery.page(
        "rule-new",
        &RulePage {
            frame: frame(),
            rule: None,
            form: RuleForm {
                trigger: "rate".to_owned(),
                count: "5000".to_owned(),
                minutes: "5".to_owned(),
                mails_per_hour: "20".to_owned(),
                error: Some("A rate is 1 to 1,000 occurrences within 1 to 60 minutes.".to_owned()),
                ..RuleForm::default()
            },
            ..page
        },
    )
}
