//! Mails.

use chrono::TimeDelta;
use rollcage_web::{
    Level, Offer, Role, Tz,
    mail::{
        CulpritFrame, InvitationMail, ItemMail, PasswordChangedMail, PasswordResetMail, Reason,
        TestMail,
    },
};

use crate::{Gallery, Result, now};

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
        why: "You get this because you are a member of Shop.".to_owned(),
    };
    gallery.mail("mail-new", &mail.render()?)?;
    let back = ItemMail {
        reason: Reason::Reactivated {
            resolved_in: Some("2.4.1".to_owned()),
        },
        total: 1_204,
        culprit: None,
        ..mail
    };
    gallery.mail("mail-back", &back.render()?)?;
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
