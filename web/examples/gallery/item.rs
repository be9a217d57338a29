//! One item.

use rollcage_web::{
    BarChart, Level, Notice, PageFrame, Status, StatusView,
    pages::{Change, ChangeKind, ItemHead, ItemPage},
};

use crate::{
    Gallery, Result, counts, frame, hours, minutes_ago, now,
    occurrence::{message, occurrence},
    sentry::sentry,
    why,
};

pub fn head() -> ItemHead {
    ItemHead {
        counter: 142,
        title: "KeyError: 'total'".to_owned(),
        culprit: Some("shop/cart.py in add_line".to_owned()),
        environment: "production".to_owned(),
        level: Level::Error,
        status: StatusView {
            status: Status::Active,
            since: Some(minutes_ago(95)),
            actor: None,
            version: Some("2.4.2".to_owned()),
        },
        total: 1_204,
        first_seen_at: minutes_ago(9_000),
        last_seen_at: minutes_ago(0),
    }
}

pub fn history() -> Vec<Change> {
    let change = |minutes, actor: Option<&str>, kind| Change {
        at: minutes_ago(minutes),
        actor: actor.map(str::to_owned),
        kind,
    };
    vec![
        change(
            95,
            None,
            ChangeKind::Reactivated {
                version: Some("2.4.2".to_owned()),
            },
        ),
        change(
            1_300,
            Some("ada.lovelace@example.com"),
            ChangeKind::Resolved {
                version: Some("2.4.1".to_owned()),
            },
        ),
        change(1_500, Some("grace@example.com"), ChangeKind::Reopened),
        change(2_100, Some("grace@example.com"), ChangeKind::Muted),
        change(
            9_000,
            None,
            ChangeKind::Created {
                version: Some("2.4.0".to_owned()),
            },
        ),
    ]
}

pub fn item_page() -> ItemPage {
    ItemPage {
        frame: frame(),
        item: head(),
        hours: hours(5, 240),
        days: BarChart::days(counts(7, 30, 900), now()),
        newest: Some(occurrence()),
        why: Some(why::exception()),
        history: history(),
        can_change: true,
    }
}

pub fn pages(gallery: &Gallery) -> Result<()> {
    gallery.page("item", &item_page())?;
    let resolved = StatusView {
        status: Status::Resolved,
        since: Some(minutes_ago(190)),
        actor: Some("ada.lovelace@example.com".to_owned()),
        version: Some("2.4.1".to_owned()),
    };
    let long = "OperationalError: (psycopg2.OperationalError) could not connect to server: Connection refused. Is the server running on host \"10.0.3.7\" and accepting TCP/IP connections on port 5432?";
    gallery.page(
        "item-resolved",
        &ItemPage {
            frame: PageFrame {
                notice: Some(Notice::done("Item #142 is resolved in 2.4.1.")),
                ..frame()
            },
            item: ItemHead {
                status: resolved,
                level: Level::Critical,
                title: long.to_owned(),
                ..head()
            },
            newest: Some(message()),
            why: Some(why::message()),
            ..item_page()
        },
    )?;
    gallery.page(
        "item-discarded",
        &ItemPage {
            item: ItemHead {
                status: StatusView {
                    status: Status::Discarded,
                    since: Some(minutes_ago(190)),
                    actor: Some("ada.lovelace@example.com".to_owned()),
                    version: None,
                },
                ..head()
            },
            newest: Some(sentry()),
            why: Some(why::given()),
            history: vec![Change {
                at: minutes_ago(190),
                actor: Some("ada.lovelace@example.com".to_owned()),
                kind: ChangeKind::Discarded,
            }],
            ..item_page()
        },
    )?;
    gallery.page(
        "item-bare",
        &ItemPage {
            item: ItemHead {
                status: StatusView {
                    status: Status::Muted,
                    ..StatusView::untouched()
                },
                culprit: None,
                level: Level::Info,
                title: "cache miss".to_owned(),
                ..head()
            },
            hours: BarChart::hours(vec![0; 24], now()),
            newest: None,
            why: None,
            history: vec![],
            can_change: false,
            ..item_page()
        },
    )
}
