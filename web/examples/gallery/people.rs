//! A person's account, and everybody's.

use chrono::TimeDelta;
use rollcage_web::{
    MailProgress, Notice, Offer, PageFrame, PendingInvitation, Role,
    pages::{
        AccountPage, MailChoices, MailProject, MailState, Session, UserInvitationForm, UserProject,
        UserRow, UsersPage,
    },
};

use crate::{Gallery, Result, instance_frame, minutes_ago, now, project};

pub fn pages(gallery: &Gallery) -> Result<()> {
    account(gallery)?;
    users(gallery)
}

fn account(gallery: &Gallery) -> Result<()> {
    let session = |id, agent: &str, began, seen| Session {
        id,
        agent: agent.to_owned(),
        began_at: minutes_ago(began),
        seen_at: minutes_ago(seen),
        is_current: id == 1,
    };
    let wanted = |name: &str, slug: &str, is_wanted| MailProject {
        project: project(name, slug),
        is_wanted,
    };
    let page = AccountPage {
        frame: instance_frame(),
        password_error: None,
        zone_error: None,
        mails: MailChoices {
            new_items: true,
            reactivated_items: true,
            projects: vec![
                wanted("Billing worker", "billing", false),
                wanted("Shop", "shop", true),
                wanted(
                    "Zürich-Größenrechner für Frühstücksbrötchen",
                    "zurich",
                    true,
                ),
            ],
        },
        sessions: vec![
            session(
                1,
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                3_000,
                0,
            ),
            session(
                2,
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
                20_000,
                190,
            ),
            session(3, "", 40_000, 39_000),
        ],
    };
    gallery.page("account", &page)?;
    let mut page = AccountPage {
        password_error: Some("The current password is not right.".to_owned()),
        zone_error: Some("There is no such time zone.".to_owned()),
        ..page
    };
    page.mails.projects.clear();
    page.sessions.truncate(1);
    gallery.page("account-again", &page)
}

fn users(gallery: &Gallery) -> Result<()> {
    let member_of = |name: &str, slug: &str, role| UserProject {
        project: project(name, slug),
        role,
    };
    let user = |id, email: &str, projects| UserRow {
        id,
        email: email.to_owned(),
        is_admin: id < 3,
        deactivated_at: (id == 4).then(|| minutes_ago(50_000)),
        seen_at: (id != 5).then(|| minutes_ago(id * id * 40 - 40)),
        projects,
    };
    let page = UsersPage {
        frame: instance_frame(),
        users: vec![
            user(
                1,
                "ada.lovelace@example.com",
                vec![
                    member_of("Billing worker", "billing", Role::Owner),
                    member_of("Shop", "shop", Role::Owner),
                ],
            ),
            user(
                2,
                "grace@example.com",
                vec![member_of("Shop", "shop", Role::Member)],
            ),
            user(
                3,
                "hedy@example.com",
                vec![member_of("Shop", "shop", Role::Viewer)],
            ),
            user(4, "gone@example.com", vec![]),
            user(
                5,
                "a.very.long.name.that.somebody.really.has@subdomain.of.a.company.example.com",
                vec![],
            ),
        ],
        invitations: vec![PendingInvitation {
            id: 1,
            email: "new@example.com".to_owned(),
            offer: Offer::Instance { is_admin: true },
            invited_by: Some("ada.lovelace@example.com".to_owned()),
            mail: MailProgress::Retrying {
                error: "421 4.3.2 Service not available, try later".to_owned(),
            },
            expires_at: now() + TimeDelta::days(6),
        }],
        form: UserInvitationForm::default(),
        mail: MailState::Smtp {
            host: "smtp.example.com:587".to_owned(),
        },
    };
    gallery.page("users", &page)?;
    gallery.page(
        "users-again",
        &UsersPage {
            frame: PageFrame {
                notice: Some(Notice::done("grace@example.com is an admin now.")),
                ..instance_frame()
            },
            invitations: vec![],
            form: UserInvitationForm {
                email: "grace@".to_owned(),
                is_admin: true,
                error: Some("That is not a mail address.".to_owned()),
            },
            ..page
        },
    )
}
