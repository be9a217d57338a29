//! The state of the instance.

use chrono::NaiveDate;
use rollcage_web::pages::{
    DeadLetter, DictionaryRow, DigestState, DiskOutlook, DiskState, JournalState, MailQueue,
    MailState, Node, OutcomeCount, Partitions, Rates, SystemPage,
};

use crate::{Gallery, Result, instance_frame, minutes_ago, settings::failed_mails};

pub fn pages(gallery: &Gallery) -> Result<()> {
    let outcome = |outcome: &str, occurrences| OutcomeCount {
        outcome: outcome.to_owned(),
        is_accepted: outcome == "accepted",
        occurrences,
    };
    let page = SystemPage {
        frame: instance_frame(),
        journal: JournalState {
            lag_records: 12,
            lag_seconds: 0,
            size_bytes: 187 << 20,
            max_bytes: 1 << 30,
            gaps: 0,
        },
        digest: DigestState::Running {
            last_batch_at: Some(minutes_ago(0)),
        },
        rates: Some(Rates {
            accepted: 412.4,
            digested: 409.9,
        }),
        disk: Some(DiskState {
            free_bytes: 61 << 30,
            size_bytes: 252 << 30,
            outlook: DiskOutlook::Full {
                days: 41,
                daily_bytes: 1_520 << 20,
            },
        }),
        nodes: nodes(),
        dictionaries: dictionaries(),
        outcomes: vec![
            outcome("accepted", 1_204_318),
            outcome("rate_limited", 88_120),
            outcome("malformed", 412),
            outcome("unauthorized", 9),
        ],
        dead_letters_total: 2,
        dead_letters: vec![
            DeadLetter {
                at: minutes_ago(200),
                project: Some("Shop".to_owned()),
                reason: "invalid byte sequence for encoding \"UTF8\": 0x00".to_owned(),
                id: 2,
                size_bytes: 4_312,
            },
            DeadLetter {
                at: minutes_ago(9_000),
                project: None,
                reason: "the project is gone".to_owned(),
                id: 1,
                size_bytes: 1_204_004,
            },
        ],
        retention_days: 90,
        next_drop: NaiveDate::from_ymd_opt(2026, 9, 2),
        partitions: ["occurrences", "attachments", "item_hours"]
            .map(|table| Partitions {
                table: table.to_owned(),
                count: 98,
                since: NaiveDate::from_ymd_opt(2026, 6, 3),
                rows: 48_120_400,
                size_bytes: 110 << 30,
            })
            .to_vec(),
        mail: MailQueue {
            state: MailState::Smtp {
                host: "smtp.example.com:587".to_owned(),
            },
            waiting: 3,
            failed_total: 2,
            failed: failed_mails(),
        },
        version: "0.1.0".to_owned(),
        postgres_version: "15.9".to_owned(),
        started_at: minutes_ago(4_800),
    };
    gallery.page("system", &page)?;
    gallery.page(
        "system-behind",
        &SystemPage {
            journal: JournalState { lag_records: 1_880_412, lag_seconds: 4_210, size_bytes: 911 << 20, max_bytes: 1 << 30, gaps: 1 },
            digest: DigestState::Retrying { since: minutes_ago(70), error: "connection to server on socket \"/var/lib/rollcage/postgres/.s.PGSQL.5432\" failed: No such file or directory".to_owned() },
            rates: None,
            dictionaries: vec![],
            nodes: vec![],
            disk: Some(DiskState { free_bytes: 3 << 30, size_bytes: 252 << 30, outlook: DiskOutlook::Full { days: 2, daily_bytes: 1_520 << 20 } }),
            outcomes: vec![],
            dead_letters: vec![],
            dead_letters_total: 0,
            mail: MailQueue { state: MailState::Folder { path: "/var/lib/rollcage/mail".to_owned() }, waiting: 0, failed_total: 0, failed: vec![] },
            ..page
        },
    )
}

fn nodes() -> Vec<Node> {
    [
        (0, true, 48_120_400),
        (1, false, 2_400_918),
        (7_200, false, 912),
    ]
    .map(|(minutes, is_this, records)| Node {
        journal: format!("6f1d1c2e-8c1b-4b7e-9a53-0d5a1b2c{records:04}"),
        is_this,
        records,
        digested_at: minutes_ago(minutes),
    })
    .to_vec()
}

fn dictionaries() -> Vec<DictionaryRow> {
    [
        ("Shop", "sentry.python.flask", 24.3, 6.8),
        ("Shop", "sentry.javascript.browser", 17.1, 5.2),
        ("Warehouse", "pyrollbar", 11.9, 4.9),
    ]
    .map(|(project, sdk, ratio, plain_ratio)| DictionaryRow {
        project: project.to_owned(),
        sdk: sdk.to_owned(),
        ratio,
        plain_ratio,
        trained_at: minutes_ago(2_000),
    })
    .to_vec()
}
