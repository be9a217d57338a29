//! Mails.

use chrono::TimeDelta;
use rollcage_web::{
    Level, Offer, Role, Tz,
    mail::{
        CulpritFrame, InvitationMail, ItemMail, PasswordChangedMail, PasswordResetMail, Reason,
        RuleSummaryMail, RuleTestMail, SummaryItem, TestMail,
    },
};

use crate::{Gallery, Result, now, rules};

pub fn pages(gallery: &Gallery) -> Result<()> {
    let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let mail = ItemMail {
        reason: Reason::New,
        project: "Shop".to_owned(),
        environment: "production".to_owned(),
        level: Level::Error,
        counter: 142,
        title: "KeyError: 'total'".to_owned(),
        culprit: Some(CulpritFrame {
            file: "shop/cart.py".to_owned(),
            line: Some(214),
            function: Some("add_line".to_owned()),
            pre: lines(&[
                "        line = Line(sku=sku, quantity=quantity)",
                "        self.lines.append(line)",
            ]),
            code: Some("        self.totals[\"total\"] += line.price * quantity".to_owned()),
            post: lines(&["        return self", ""]),
        }),
        version: Some("2.4.2".to_owned()),
        total: 1,
        at: now(),
        zone: Tz::Europe__Berlin,
        item_url: "https://rollcage.example.com/p/shop/items/142".to_owned(),
        why: "You get this by the rule “New items” of the project Shop.".to_owned(),
        rule_url: Some(RULE_URL.to_owned()),
    };
    gallery.mail("mail-new", &mail.render()?)?;
    let back = ItemMail {
        reason: Reason::Reactivated {
            resolved_in: Some("2.4.1".to_owned()),
        },
        total: 1_204,
        culprit: None,
        ..mail.clone()
    };
    gallery.mail("mail-back", &back.render()?)?;
    let often = ItemMail {
        reason: Reason::Rate {
            count: 50,
            minutes: 5,
        },
        total: 1_254,
        ..mail
    };
    gallery.mail("mail-rate", &often.render()?)?;
    of_rules(gallery)?;
    gallery.mail(
        "mail-test",
        &TestMail {
            public_url: PUBLIC_URL.to_owned(),
        }
        .render()?,
    )?;
    about_accounts(gallery)
}

const PUBLIC_URL: &str = "https://rollcage.example.com";
const RULE_URL: &str = "https://rollcage.example.com/p/shop/settings/rules/3";

fn of_rules(gallery: &Gallery) -> Result<()> {
    let item = |counter, title: &str, fired| SummaryItem {
        counter,
        title: title.to_owned(),
        environment: "production".to_owned(),
        level: Level::Error,
        total: 31 * counter,
        fired,
        url: format!("{PUBLIC_URL}/p/shop/items/{counter}"),
    };
    let summary = RuleSummaryMail {
        project: "Shop".to_owned(),
        rule: "New items".to_owned(),
        rule_url: RULE_URL.to_owned(),
        mails_per_hour: 20,
        hour: now(),
        zone: Tz::Europe__Berlin,
        items: vec![
            item(143, "KeyError: 'total'", 1),
            item(144, "TimeoutError: the payment provider did not answer", 3),
        ],
        more: 78,
        items_url: format!("{PUBLIC_URL}/p/shop/items"),
    };
    gallery.mail("mail-rule-summary", &summary.render()?)?;
    let test = RuleTestMail {
        project: "Shop".to_owned(),
        rule: "Checkout fails".to_owned(),
        terms: rules::terms(),
        rule_url: RULE_URL.to_owned(),
    };
    gallery.mail("mail-rule-test", &test.render()?)
}

fn about_accounts(gallery: &Gallery) -> Result<()> {
    let zone = Tz::Europe__Berlin;
    let invitation = InvitationMail {
        offer: Offer::Project {
            name: "Shop".to_owned(),
            role: Role::Member,
        },
        invited_by: Some("ada.lovelace@example.com".to_owned()),
        public_url: PUBLIC_URL.to_owned(),
        url: format!("{PUBLIC_URL}/invitations/rLw7m6qkQ1i2vM0nJc4xV9bT8sYp3ZeA"),
        expires_at: now() + TimeDelta::days(7),
        zone,
    };
    gallery.mail("mail-invitation", &invitation.render()?)?;
    let reset = PasswordResetMail {
        email: "grace@example.com".to_owned(),
        public_url: PUBLIC_URL.to_owned(),
        url: format!("{PUBLIC_URL}/password/rLw7m6qkQ1i2vM0nJc4xV9bT8sYp3ZeA"),
        expires_at: now() + TimeDelta::hours(1),
        zone,
    };
    gallery.mail("mail-password-reset", &reset.render()?)?;
    let changed = PasswordChangedMail {
        email: "grace@example.com".to_owned(),
        public_url: PUBLIC_URL.to_owned(),
        password_url: format!("{PUBLIC_URL}/password"),
        at: now(),
        zone,
    };
    gallery.mail("mail-password-changed", &changed.render()?)
}
