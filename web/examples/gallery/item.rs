//! One item.

use rollcage_web::{
    BarChart, Kept, Level, Notice, PageFrame, Status, StatusView,
    breakdown::{Breakdown, Facet, Span},
    group::{Group, GroupMember, Regrouped},
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

fn breakdown() -> Breakdown {
    let facet = |key: &str, total, values: &[(&str, i64)]| Facet {
        key: key.to_owned(),
        values: values
            .iter()
            .map(|(value, count)| ((*value).to_owned(), *count))
            .collect(),
        total,
    };
    let requests: Vec<(String, i64)> = (0..20)
        .map(|number| (format!("req-{:08x}", number * 104_729), 1))
        .collect();
    Breakdown {
        span: Span::default(),
        facets: vec![
            facet(
                "version",
                1_204,
                &[("2.4.2", 1_102), ("2.4.1", 100), ("2.3.9", 2)],
            ),
            facet(
                "browser",
                1_200,
                &[
                    ("Chrome 141", 640),
                    ("Firefox 145", 301),
                    ("Safari 18", 122),
                    ("Edge 141", 80),
                    ("Samsung Internet 28", 20),
                    ("Opera 120", 11),
                ],
            ),
            facet("os", 1_204, &[("Windows 10 or 11", 1_204)]),
            facet(
                "url",
                1_204,
                &[
                    (
                        "shop.example.com/a/very/long/path/that/does/not/fit/into/its/line/of/the/panel/*",
                        800,
                    ),
                    ("/cart/*", 404),
                ],
            ),
            facet("host", 1_204, &[("web-1", 602), ("web-2", 602)]),
            facet(
                "person",
                1_180,
                &[("<script>alert(1)</script>", 12), ("ada@example.com", 9)],
            ),
            facet("tags.plan", 1_204, &[("pro", 900), ("free", 304)]),
            Facet {
                key: "custom.request".to_owned(),
                values: requests,
                total: 1_204,
            },
        ],
    }
}

pub fn kept(unstored: i64) -> Kept {
    Kept { days: 90, unstored }
}

pub fn item_page() -> ItemPage {
    ItemPage {
        frame: frame(),
        item: head(),
        people: 87,
        hours: hours(5, 240),
        days: BarChart::days(counts(7, 30, 900), now()),
        breakdown: breakdown(),
        newest: Some(occurrence()),
        why: Some(why::exception()),
        kept: kept(2_301),
        history: history(),
        can_change: true,
        group: None,
        regrouped: None,
    }
}

/// Items that are merged into it.
pub fn group(title: &str, members: i64) -> Group {
    let member = |at| GroupMember {
        counter: 143 + at,
        title: title.to_owned(),
        total: 12 * at + 1,
        last_seen_at: minutes_ago(60 * at),
    };
    Group {
        own_total: 1_150,
        members: (0..members).map(member).collect(),
    }
}

pub fn pages(gallery: &Gallery) -> Result<()> {
    gallery.page("item", &item_page())?;
    gallery.page(
        "item-merged",
        &ItemPage {
            group: Some(group("KeyError: 'total' in the cart of a guest", 3)),
            regrouped: Some(Regrouped::Merged {
                items: vec![144, 145],
                undo: vec!["144".to_owned(), "145".to_owned()],
            }),
            ..item_page()
        },
    )?;
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
            people: 0,
            hours: BarChart::hours(vec![0; 24], now()),
            breakdown: Breakdown::default(),
            newest: None,
            why: None,
            history: vec![],
            can_change: false,
            ..item_page()
        },
    )
}
