//! What comes in, what is kept out, and where all of it went.

use rollcage_web::{
    Level, Role, Status,
    pages::{
        BeyondUsage, DiscardedItem, DroppedUsage, FeedbackAbout, FeedbackPage, FeedbackRow,
        FilterKind, FilterList, FilterSwitch, FiltersPage, Limit, OutcomeUsage, Period, Place,
        Scrubbed, SkippedUsage, SwitchKind, Trial, TrialMail, TrialPage, UsagePage, Verdict,
    },
};

use crate::{Gallery, Result, counts, frame, minutes_ago, sentry, why};

pub fn pages(gallery: &Gallery) -> Result<()> {
    usage(gallery)?;
    filters(gallery)?;
    trials(gallery)?;
    feedback(gallery)
}

fn usage_page(period: Period) -> UsagePage {
    let bars = i64::try_from(period.bars()).expect("a chart has few bars");
    let outcome = |outcome: &str, seed, scale| OutcomeUsage {
        outcome: outcome.to_owned(),
        counts: counts(seed, bars, scale),
    };
    let skipped = |kind: &str, count| SkippedUsage {
        kind: kind.to_owned(),
        count,
    };
    let dropped = |reason: &str, category: &str, count| DroppedUsage {
        reason: reason.to_owned(),
        category: category.to_owned(),
        count,
    };
    UsagePage {
        frame: frame(),
        period,
        outcomes: vec![
            outcome("accepted", 5, 2_400),
            outcome("duplicate", 3, 20),
            outcome("discarded", 8, 300),
            outcome("filtered_crawler", 2, 500),
            outcome("filtered_browser_extension", 4, 220),
            outcome("filtered_message", 6, 60),
            outcome("rate_limited", 9, 700),
            outcome("malformed", 7, 30),
            outcome("unauthorized", 1, 9),
            outcome("busy", 10, 40),
        ],
        skipped: vec![
            skipped("session", 48_210),
            skipped("transaction", 12_400),
            skipped("replay_recording", 311),
            skipped("client_report", 77),
            skipped("unknown", 2),
        ],
        dropped: vec![
            dropped("ratelimit_backoff", "error", 1_204),
            dropped("before_send", "error", 88),
            dropped("sample_rate", "transaction", 400_112),
            dropped("network_error", "default", 3),
        ],
        beyond: vec![
            BeyondUsage {
                limit: Limit::Environments,
                count: 41,
            },
            BeyondUsage {
                limit: Limit::NewItems,
                count: 1_870,
            },
        ],
    }
}

fn usage(gallery: &Gallery) -> Result<()> {
    gallery.page("usage", &usage_page(Period::Day))?;
    gallery.page("usage-week", &usage_page(Period::Week))?;
    gallery.page(
        "usage-month",
        &UsagePage {
            skipped: vec![],
            dropped: vec![],
            beyond: vec![],
            ..usage_page(Period::Month)
        },
    )?;
    gallery.page(
        "usage-empty",
        &UsagePage {
            outcomes: vec![],
            skipped: vec![],
            dropped: vec![],
            beyond: vec![],
            ..usage_page(Period::Day)
        },
    )
}

fn filters_page() -> FiltersPage {
    let lines = |kind| match kind {
        FilterKind::Environments => "development\nstaging-*",
        FilterKind::Messages => {
            "ResizeObserver loop*\n*Non-Error promise rejection captured with value: Object Not Found Matching Id:*"
        }
        _ => "",
    };
    FiltersPage {
        frame: frame(),
        lists: FilterKind::ALL
            .map(|kind| FilterList {
                kind,
                lines: lines(kind).to_owned(),
                error: None,
                kept_out: if kind == FilterKind::Messages { 1_204 } else { 0 },
            })
            .into(),
        switches: SwitchKind::ALL
            .map(|kind| FilterSwitch {
                kind,
                is_on: kind != SwitchKind::LocalHost,
                kept_out: if kind == SwitchKind::Crawlers { 48_210 } else { 0 },
            })
            .into(),
        discarded: vec![
            DiscardedItem {
                counter: 118,
                title: "Feature flag “new-checkout” is unknown".to_owned(),
                environment: "staging".to_owned(),
                level: Level::Info,
                since: minutes_ago(300),
                actor: Some("ada.lovelace@example.com".to_owned()),
            },
            DiscardedItem {
                counter: 12,
                title: "OperationalError: (psycopg2.OperationalError) could not connect to server: Connection refused. Is the server running on host \"10.0.3.7\" and accepting TCP/IP connections on port 5432?".to_owned(),
                environment: "production".to_owned(),
                level: Level::Error,
                since: minutes_ago(90_000),
                actor: None,
            },
        ],
        can_change: true,
    }
}

fn filters(gallery: &Gallery) -> Result<()> {
    gallery.page("filters", &filters_page())?;
    let mut refused = filters_page();
    refused.discarded.clear();
    for list in &mut refused.lists {
        if list.kind == FilterKind::Addresses {
            "203.0.113.0/24\n10.0.0.0/40".clone_into(&mut list.lines);
            list.error = Some("Line 2 is not an address or network: 10.0.0.0/40".to_owned());
        }
    }
    gallery.page("filters-again", &refused)?;
    let mut surroundings = frame();
    surroundings.role = Some(Role::Viewer);
    surroundings.viewer.is_admin = false;
    gallery.page(
        "filters-viewer",
        &FiltersPage {
            frame: surroundings,
            can_change: false,
            ..filters_page()
        },
    )
}

const PAYLOAD: &str = r#"{"event_id":"771a43a4192642f0b136d5159a501700","level":"error","platform":"python",
 "exception":{"values":[{"type":"CartError","value":"cart 99120 cannot take another line"}]},
 "request":{"headers":{"Authorization":"Bearer 5eaf00d5d3e4a8e9"}}}"#;

fn trial_page() -> TrialPage {
    let mail = |recipient: &str| TrialMail {
        recipient: recipient.to_owned(),
        subject: "[Shop] Came back: CartError: cart 99120 cannot take another line (#142)"
            .to_owned(),
    };
    TrialPage {
        frame: frame(),
        payload: PAYLOAD.to_owned(),
        error: None,
        trial: Some(Trial {
            read_as: "Sentry event".to_owned(),
            verdict: Verdict::Accepted,
            scrubbed: Some(Scrubbed {
                json: "{\n  \"level\": \"error\",\n  \"request\": {\n    \"headers\": {\n      \"Authorization\": \"[scrubbed]\"\n    }\n  }\n}".to_owned(),
                values: 1,
            }),
            place: Some(Place::Existing {
                counter: 142,
                title: "CartError: cart 99120 cannot take another line".to_owned(),
                status: Status::Resolved,
                comes_back: true,
            }),
            why: Some(why::exception()),
            mails: Some(vec![mail("ada.lovelace@example.com"), mail("grace@example.com")]),
            notes: vec!["1 attachment would be stored with it.".to_owned()],
        }),
    }
}

fn trials(gallery: &Gallery) -> Result<()> {
    let page = trial_page();
    let trial = page.trial.clone().expect("it was tried");
    gallery.page("trial", &page)?;
    gallery.page(
        "trial-start",
        &TrialPage {
            payload: String::new(),
            trial: None,
            ..page.clone()
        },
    )?;
    let verdict = |verdict| {
        Some(Trial {
            verdict,
            place: None,
            mails: None,
            notes: vec![],
            ..trial.clone()
        })
    };
    gallery.page(
        "trial-filtered",
        &TrialPage {
            trial: verdict(Verdict::Filtered {
                outcome: "filtered_class".to_owned(),
                pattern: Some("Cart*".to_owned()),
            }),
            ..page.clone()
        },
    )?;
    gallery.page(
        "trial-refused",
        &TrialPage {
            payload: "{\"data\": {\"body\": {\"message\"".to_owned(),
            trial: Some(Trial {
                read_as: "JSON".to_owned(),
                verdict: Verdict::Refused {
                    outcome: "malformed".to_owned(),
                    reason: "It is not JSON: it ends within an object, at line 1, column 28."
                        .to_owned(),
                },
                scrubbed: None,
                place: None,
                why: None,
                mails: None,
                notes: vec![],
            }),
            ..page.clone()
        },
    )?;
    gallery.page(
        "trial-new",
        &TrialPage {
            trial: Some(Trial {
                place: Some(Place::New {
                    title: "CartError: cart 99120 cannot take another line".to_owned(),
                    culprit: Some("shop/cart.py in add_line".to_owned()),
                    level: Level::Error,
                    environment: "production".to_owned(),
                }),
                mails: Some(vec![]),
                ..trial.clone()
            }),
            ..page
        },
    )
}

fn feedback(gallery: &Gallery) -> Result<()> {
    let said = sentry::feedback();
    let page = FeedbackPage {
        frame: frame(),
        rows: vec![
            FeedbackRow {
                feedback: said.clone(),
                about: FeedbackAbout::Occurrence {
                    id: 7,
                    counter: 142,
                    title: "KeyError: 'total'".to_owned(),
                },
            },
            FeedbackRow {
                feedback: rollcage_web::occurrence::FeedbackView {
                    name: None,
                    email: None,
                    message: "die Seite lädt nicht 🥐".to_owned(),
                    url: None,
                    received_at: minutes_ago(190),
                },
                about: FeedbackAbout::Missing,
            },
            FeedbackRow {
                feedback: rollcage_web::occurrence::FeedbackView {
                    message: "I love the new cart, but where did the gift wrapping go? ".repeat(12),
                    received_at: minutes_ago(90_000),
                    ..said
                },
                about: FeedbackAbout::Nothing,
            },
        ],
        older: Some("/p/shop/feedback?before=1".to_owned()),
        newer: None,
        is_paged: false,
    };
    gallery.page("feedback", &page)?;
    gallery.page(
        "feedback-empty",
        &FeedbackPage {
            rows: vec![],
            older: None,
            ..page
        },
    )
}
