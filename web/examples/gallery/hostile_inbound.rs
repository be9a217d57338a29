//! What an attacker, or an accident, sends beside a trace.

use rollcage_web::{
    Datum, Level,
    occurrence::{
        AttachmentView, ContextView, Crumb, CrumbKind, FeedbackView, FrameView, Mechanism,
        OccurrenceView, ThreadView,
    },
    pages::{
        BeyondUsage, DiscardedItem, DroppedUsage, FeedbackAbout, FeedbackPage, FeedbackRow,
        FilterKind, FilterList, FiltersPage, Limit, OutcomeUsage, Period, Place, Scrubbed,
        SkippedUsage, Trial, TrialMail, TrialPage, UsagePage, Verdict,
    },
    why::{OtherFingerprint, PartKind, TextSpan, WhyFrame, WhyPart, WhyTrace, WhyView},
};

use crate::{Gallery, Result, frame, minutes_ago};

/// `base` with everything beside its trace as long and as much as it may be.
pub fn beside(base: OccurrenceView, long: &str, wild: &str) -> OccurrenceView {
    let crumb = |number: usize| Crumb {
        at: (!number.is_multiple_of(3)).then(|| minutes_ago(-500_000)),
        kind: CrumbKind::Http,
        level: Some(Level::ALL[number % 5]),
        category: Some(long.to_owned()),
        message: if number.is_multiple_of(2) {
            wild.to_owned()
        } else {
            String::new()
        },
        data: vec![
            ("method".to_owned(), Datum::text(long)),
            ("url".to_owned(), Datum::text(wild)),
            (long.to_owned(), Datum::text(long)),
        ],
    };
    let thread = |number: usize| ThreadView {
        id: Some(long.to_owned()),
        name: (number > 0).then(|| wild.to_owned()),
        is_crashed: true,
        is_current: true,
        frames: vec![native(long); number],
        extra: Some(Datum::text(wild)),
    };
    OccurrenceView {
        handled: Some(false),
        logger: Some(long.to_owned()),
        tags: vec![(long.to_owned(), wild.to_owned()); 40],
        contexts: ["browser", long, "device"]
            .map(|name| ContextView {
                name: name.to_owned(),
                entries: ["name", "version", "model", long]
                    .map(|key| (key.to_owned(), Datum::text(long)))
                    .into(),
            })
            .into(),
        crumbs: (0..100).map(crumb).collect(),
        threads: (0..3).map(thread).collect(),
        modules: vec![(long.to_owned(), long.to_owned()); 30],
        feedback: vec![feedback(long, wild)],
        attachments: vec![AttachmentView {
            id: i64::MAX,
            name: wild.to_owned(),
            media_type: Some(long.to_owned()),
            purpose: Some(long.to_owned()),
            size_bytes: i64::MAX,
        }],
        ..base
    }
}

/// A mechanism as long as it may be.
pub fn mechanism(long: &str) -> Mechanism {
    Mechanism {
        kind: Some(long.to_owned()),
        handled: Some(false),
        id: Some(i64::MIN),
        parent: Some(i64::MIN),
        is_group: true,
        source: Some(long.to_owned()),
        data: Some(Datum::text(long)),
    }
}

pub fn why(long: &str, wild: &str) -> WhyView {
    let frame = |number: i64| WhyFrame {
        file: long.to_owned(),
        function: Some(wild.to_owned()),
        line: Some(i64::MAX),
        counted_as: (number % 7 == 0).then(|| wild.to_owned()),
        reason: if number % 3 == 0 {
            long.to_owned()
        } else {
            "library".to_owned()
        },
    };
    WhyView {
        version: u16::MAX,
        fingerprint: "f".repeat(64),
        parts: [
            PartKind::Given,
            PartKind::Class,
            PartKind::Frame,
            PartKind::Code,
            PartKind::Text,
        ]
        .map(|kind| WhyPart {
            kind,
            value: wild.to_owned(),
            rule: long.to_owned(),
        })
        .into(),
        traces: vec![WhyTrace {
            class: long.to_owned(),
            note: long.to_owned(),
            counts: true,
            frames: (0..60).map(frame).collect(),
        }],
        text: Some(vec![
            TextSpan::Kept(wild.to_owned()),
            TextSpan::Replaced {
                text: wild.to_owned(),
                by: long.to_owned(),
            },
        ]),
        others: vec![OtherFingerprint {
            version: 0,
            fingerprint: String::new(),
            since: minutes_ago(0),
        }],
    }
}

fn native(long: &str) -> FrameView {
    FrameView {
        path: Some(long.to_owned()),
        module: Some(long.to_owned()),
        package: Some(format!("/{long}/x")),
        address: Some(long.to_owned()),
        function: Some(long.to_owned()),
        ..FrameView::default()
    }
}

fn feedback(long: &str, wild: &str) -> FeedbackView {
    FeedbackView {
        received_at: minutes_ago(-9_000),
        name: Some(wild.to_owned()),
        email: Some(long.to_owned()),
        message: wild.to_owned(),
        url: Some(format!("javascript:alert(1)//{long}")),
    }
}

pub fn pages(gallery: &Gallery, long: &str, wild: &str) -> Result<()> {
    gallery.page(
        "hostile-feedback",
        &FeedbackPage {
            frame: frame(),
            rows: vec![FeedbackRow {
                feedback: feedback(long, wild),
                about: FeedbackAbout::Occurrence {
                    id: 1,
                    counter: i64::MAX,
                    title: wild.to_owned(),
                },
            }],
            older: None,
            newer: None,
            is_paged: true,
        },
    )?;
    gallery.page(
        "hostile-filters",
        &FiltersPage {
            frame: frame(),
            lists: FilterKind::ALL
                .map(|kind| FilterList {
                    kind,
                    lines: format!("</textarea>\n{wild}\n").repeat(40),
                    error: Some(wild.to_owned()),
                    kept_out: i64::MAX,
                })
                .into(),
            switches: vec![],
            discarded: vec![DiscardedItem {
                counter: i64::MAX,
                title: wild.to_owned(),
                environment: long.to_owned(),
                level: Level::Critical,
                since: minutes_ago(0),
                actor: Some(long.to_owned()),
            }],
            can_change: true,
        },
    )?;
    usage(gallery, long)?;
    trials(gallery, long, wild)
}

fn usage(gallery: &Gallery, long: &str) -> Result<()> {
    gallery.page(
        "hostile-usage",
        &UsagePage {
            frame: frame(),
            period: Period::Week,
            outcomes: vec![
                OutcomeUsage {
                    outcome: long.to_owned(),
                    counts: vec![i64::MAX / 60; 30],
                },
                OutcomeUsage {
                    outcome: "accepted".to_owned(),
                    counts: vec![1; 3],
                },
            ],
            skipped: vec![SkippedUsage {
                kind: long.to_owned(),
                count: i64::MAX,
            }],
            dropped: vec![DroppedUsage {
                reason: long.to_owned(),
                category: long.to_owned(),
                count: i64::MAX,
            }],
            beyond: vec![BeyondUsage {
                limit: Limit::NewItems,
                count: i64::MAX,
            }],
        },
    )
}

fn trials(gallery: &Gallery, long: &str, wild: &str) -> Result<()> {
    gallery.page(
        "hostile-trial",
        &TrialPage {
            frame: frame(),
            payload: format!("</textarea>{wild}"),
            error: Some(wild.to_owned()),
            trial: Some(Trial {
                read_as: long.to_owned(),
                verdict: Verdict::Filtered {
                    outcome: "filtered_class".to_owned(),
                    pattern: Some(wild.to_owned()),
                },
                scrubbed: Some(Scrubbed {
                    json: wild.repeat(20),
                    values: i64::MAX,
                }),
                place: Some(Place::New {
                    title: wild.to_owned(),
                    culprit: Some(long.to_owned()),
                    level: Level::Warning,
                    environment: long.to_owned(),
                }),
                why: Some(why(long, wild)),
                mails: Some(vec![TrialMail {
                    recipient: long.to_owned(),
                    subject: wild.to_owned(),
                }]),
                notes: vec![long.to_owned()],
            }),
        },
    )
}
