//! The settings of a project.

use chrono::TimeDelta;
use rollcage_web::{
    MailProgress, Notice, Offer, PageFrame, PendingInvitation, Role,
    pages::{
        CreatedToken, DataPage, Deleted, Deletion, FailedMail, InvitationForm, LimitsForm,
        MailState, Member, MembersPage, PersonSearch, ProjectDeletionForm, RateForm, RetentionForm,
        Scope, SettingsPage, TokenForm, TokenRow, TokensPage,
    },
};

use crate::{Gallery, Result, frame, minutes_ago, now};

pub fn failed_mails() -> Vec<FailedMail> {
    vec![
        FailedMail {
            created_at: minutes_ago(61),
            recipient: "grace@example.com".to_owned(),
            subject: "[Shop] New: KeyError: 'total' (#142)".to_owned(),
            error: "permanent error (550): 5.1.1 mailbox unavailable (given up after 10 attempts)"
                .to_owned(),
        },
        FailedMail {
            created_at: minutes_ago(6_100),
            recipient: "ada.lovelace@example.com".to_owned(),
            subject: "[Shop] Came back: OperationalError (#141)".to_owned(),
            error: "connection refused (attempt 3, it is tried again)".to_owned(),
        },
    ]
}

pub fn pages(gallery: &Gallery) -> Result<()> {
    let page = SettingsPage {
        frame: frame(),
        public_url: "https://rollcage.example.com".to_owned(),
        mail: MailState::Smtp {
            host: "smtp.example.com:587".to_owned(),
        },
        failed_mails: failed_mails(),
        limits: LimitsForm {
            per_minute: "60000".to_owned(),
            usual_new_items: 500,
            ..LimitsForm::default()
        },
    };
    gallery.page("settings", &page)?;
    gallery.page(
        "settings-folder",
        &SettingsPage {
            mail: MailState::Folder {
                path: "/var/lib/rollcage/mail".to_owned(),
            },
            failed_mails: vec![],
            ..page.clone()
        },
    )?;
    viewed(gallery, &page)?;
    tokens(gallery)?;
    members(gallery)?;
    data(gallery)
}

/// What a viewer sees, in a project of one word.
fn viewed(gallery: &Gallery, page: &SettingsPage) -> Result<()> {
    gallery.page(
        "settings-viewer",
        &SettingsPage {
            frame: viewer_frame(),
            failed_mails: vec![],
            ..page.clone()
        },
    )
}

fn viewer_frame() -> PageFrame {
    let mut frame = frame();
    frame.role = Some(Role::Viewer);
    frame.viewer.is_admin = false;
    frame
}

fn token(id: i64, name: &str, scope: Scope, text: Option<&str>) -> TokenRow {
    TokenRow {
        id,
        name: name.to_owned(),
        scope,
        text: text.map(str::to_owned),
        created_at: minutes_ago(90_000),
        last_used_at: None,
        rate_per_minute: None,
        ends_at: None,
        enabled: true,
    }
}

fn tokens(gallery: &Gallery) -> Result<()> {
    let old = token(
        5,
        "Servers",
        Scope::PostServerItem,
        Some("5eaf00d5d3e4a8e9d2b6f1c0a4e8d37a"),
    );
    let page = TokensPage {
        frame: frame(),
        tokens: vec![
            TokenRow {
                last_used_at: Some(minutes_ago(2)),
                ..token(
                    1,
                    "Servers",
                    Scope::PostServerItem,
                    Some("7b1f0c9f5d3e4a8e9d2b6f1c0a4e8d37"),
                )
            },
            TokenRow {
                last_used_at: Some(minutes_ago(0)),
                rate_per_minute: Some(1_200),
                ..token(
                    2,
                    "Browsers",
                    Scope::PostClientItem,
                    Some("c01dc0ffee3e4a8e9d2b6f1c0a4e8d37"),
                )
            },
            TokenRow {
                last_used_at: Some(minutes_ago(9)),
                ends_at: Some(now() + TimeDelta::hours(23)),
                ..old.clone()
            },
            token(3, "Dashboard", Scope::Read, None),
            TokenRow {
                enabled: false,
                ..token(
                    4,
                    "Old staging servers",
                    Scope::PostServerItem,
                    Some("0ddba11f5d3e4a8e9d2b6f1c0a4e8d37"),
                )
            },
            TokenRow {
                id: 6,
                ends_at: Some(minutes_ago(300)),
                last_used_at: Some(minutes_ago(1_500)),
                ..old
            },
        ],
        created: None,
        form: TokenForm::default(),
        rate_form: None,
        can_change: true,
    };
    gallery.page("tokens", &page)?;
    gallery.page(
        "tokens-rotated",
        &TokensPage {
            created: Some(CreatedToken {
                name: "Servers".to_owned(),
                text: "f00dbabe5d3e4a8e9d2b6f1c0a4e8d37".to_owned(),
                old_ends_at: Some(now() + TimeDelta::hours(24)),
            }),
            rate_form: Some(RateForm {
                id: 2,
                rate: "-5".to_owned(),
                error: "A limit is a whole number above 0.".to_owned(),
            }),
            ..page.clone()
        },
    )?;
    gallery.page(
        "tokens-created",
        &TokensPage {
            created: Some(CreatedToken {
                name: "Dashboard".to_owned(),
                text: "f00dbabe5d3e4a8e9d2b6f1c0a4e8d37".to_owned(),
                old_ends_at: None,
            }),
            form: TokenForm {
                error: Some("A token needs a name.".to_owned()),
                scope: Scope::Write,
                ..TokenForm::default()
            },
            ..page
        },
    )
}

fn members(gallery: &Gallery) -> Result<()> {
    let member = |id, email: &str, role| Member {
        id,
        email: email.to_owned(),
        role,
        is_deactivated: id == 4,
    };
    let page = MembersPage {
        frame: frame(),
        members: vec![
            member(1, "ada.lovelace@example.com", Role::Owner),
            member(2, "grace@example.com", Role::Member),
            member(3, "visitor@example.com", Role::Viewer),
            member(
                4,
                "a.very.long.name.that.somebody.really.has@subdomain.of.a.company.example.com",
                Role::Member,
            ),
        ],
        invitations: invitations(),
        form: InvitationForm::default(),
        mail: MailState::Smtp {
            host: "smtp.example.com:587".to_owned(),
        },
    };
    gallery.page("members", &page)?;
    gallery.page(
        "members-again",
        &MembersPage {
            frame: PageFrame {
                notice: Some(Notice::failed(
                    "Shop needs an owner: make somebody else one first.",
                )),
                ..frame()
            },
            form: InvitationForm {
                email: "grace@example.com".to_owned(),
                role: Role::Owner,
                error: Some("grace@example.com is a member already.".to_owned()),
            },
            invitations: vec![],
            mail: MailState::Folder {
                path: "/var/lib/rollcage/mail".to_owned(),
            },
            ..page.clone()
        },
    )?;
    gallery.page(
        "members-none",
        &MembersPage {
            members: vec![],
            invitations: vec![],
            ..page.clone()
        },
    )?;
    gallery.page(
        "members-viewer",
        &MembersPage {
            frame: viewer_frame(),
            invitations: vec![],
            ..page
        },
    )
}

fn data(gallery: &Gallery) -> Result<()> {
    let page = DataPage {
        frame: frame(),
        retention: RetentionForm {
            days: "30".to_owned(),
            per_hour: String::new(),
            days_of_instance: 90,
            error: None,
        },
        person: PersonSearch::default(),
        project: ProjectDeletionForm::default(),
        deletions: vec![],
    };
    gallery.page("data", &page)?;
    let deletion = |what, total, done, finished_at| Deletion {
        what,
        asked_by: Some("ada.lovelace@example.com".to_owned()),
        asked_at: minutes_ago(4),
        total,
        done,
        finished_at,
    };
    gallery.page(
        "data-found",
        &DataPage {
            person: PersonSearch {
                person: "user-48213".to_owned(),
                occurrences: Some(1_204),
                are_more: false,
                error: None,
            },
            project: ProjectDeletionForm {
                name: "shop".to_owned(),
                error: Some("That is not the project’s name; nothing was deleted.".to_owned()),
            },
            deletions: vec![
                deletion(
                    Deleted::Item { counter: Some(142) },
                    1_880_412,
                    660_000,
                    None,
                ),
                deletion(
                    Deleted::Person {
                        id: Some("user-7".to_owned()),
                    },
                    12,
                    12,
                    Some(minutes_ago(1)),
                ),
                deletion(
                    Deleted::Item { counter: None },
                    1,
                    1,
                    Some(minutes_ago(3_000)),
                ),
            ],
            ..page.clone()
        },
    )?;
    gallery.page(
        "data-none",
        &DataPage {
            retention: RetentionForm {
                days: "soon".to_owned(),
                error: Some("Enter a number of days from 1 to 36500, or nothing.".to_owned()),
                ..page.retention.clone()
            },
            person: PersonSearch {
                person: "nobody".to_owned(),
                occurrences: Some(0),
                are_more: false,
                error: None,
            },
            ..page
        },
    )
}

fn invitations() -> Vec<PendingInvitation> {
    let invitation = |id, email: &str, role, mail, expires_at| PendingInvitation {
        id,
        email: email.to_owned(),
        offer: Offer::Project {
            name: "Shop".to_owned(),
            role,
        },
        invited_by: Some("ada.lovelace@example.com".to_owned()),
        mail,
        expires_at,
    };
    let in_six_days = now() + TimeDelta::days(6);
    vec![
        invitation(
            1,
            "new@example.com",
            Role::Member,
            MailProgress::Waiting,
            in_six_days,
        ),
        invitation(
            2,
            "hedy@example.com",
            Role::Viewer,
            MailProgress::Sent {
                at: minutes_ago(1_440),
            },
            in_six_days,
        ),
        invitation(
            3,
            "mistyped@exmaple.com",
            Role::Owner,
            MailProgress::Failed {
                error: "550 5.1.1 mistyped@exmaple.com: no such user here".to_owned(),
            },
            in_six_days,
        ),
        invitation(
            4,
            "late@example.com",
            Role::Member,
            MailProgress::Sent {
                at: minutes_ago(12_000),
            },
            minutes_ago(1_900),
        ),
    ]
}
