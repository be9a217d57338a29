//! Why occurrences are where they are.

use rollcage_web::why::{
    OtherFingerprint, PartKind, TextSpan, WhyFrame, WhyPart, WhyTrace, WhyView,
};

use crate::minutes_ago;

fn part(kind: PartKind, value: &str, rule: &str) -> WhyPart {
    WhyPart {
        kind,
        value: value.to_owned(),
        rule: rule.to_owned(),
    }
}

fn call(file: &str, line: i64, function: &str, counted_as: Option<&str>, reason: &str) -> WhyFrame {
    WhyFrame {
        file: file.to_owned(),
        function: Some(function.to_owned()),
        line: Some(line),
        counted_as: counted_as.map(str::to_owned),
        reason: reason.to_owned(),
    }
}

fn kept(text: &str) -> TextSpan {
    TextSpan::Kept(text.to_owned())
}

fn replaced(text: &str, by: &str) -> TextSpan {
    TextSpan::Replaced {
        text: text.to_owned(),
        by: by.to_owned(),
    }
}

/// An exception with its cause.
pub fn exception() -> WhyView {
    let site = "/srv/venv/lib/python3.12/site-packages";
    let mut frames = vec![call(
        "shop/wsgi.py",
        9,
        "<module>",
        None,
        "beyond what decides",
    )];
    frames.extend((0..11).map(|number| {
        call(
            &format!("{site}/flask/app.py"),
            1_480 + number * 37,
            "wsgi_app",
            None,
            "library",
        )
    }));
    frames.extend([
        call(
            "shop/metrics.py",
            31,
            "timed.<locals>.wrapper",
            None,
            "only passes on",
        ),
        call(
            "shop/views/cart.py",
            58,
            "post_line",
            Some("views/cart.py in post_line"),
            "",
        ),
        call(
            "shop/cart.py",
            214,
            "add_line",
            Some("cart.py in add_line"),
            "",
        ),
        call(
            &format!("{site}/sqlalchemy/orm/session.py"),
            2_310,
            "begin_nested",
            None,
            "library",
        ),
    ]);
    WhyView {
        version: 2,
        fingerprint: "3f9a1c7de05b8842c1f00aa7b9d4e6631f2a9c4d7e80b5516a3c92f7d018e4ab".to_owned(),
        parts: vec![
            part(
                PartKind::Class,
                "CartError",
                "The class of the root cause: the deepest exception that was raised in the application's own code.",
            ),
            part(
                PartKind::Frame,
                "cart.py in add_line",
                "The innermost frame of the application's own code.",
            ),
            part(
                PartKind::Frame,
                "views/cart.py in post_line",
                "The frame before raises on purpose and is shared, so its caller belongs to it.",
            ),
            part(
                PartKind::Text,
                "cart <n> cannot take another line",
                "The line raises on purpose: its text says what for.",
            ),
        ],
        traces: vec![
            WhyTrace {
                class: "CartError".to_owned(),
                note: "The root cause.".to_owned(),
                counts: true,
                frames,
            },
            WhyTrace {
                class: "KeyError".to_owned(),
                note: "Not the root cause.".to_owned(),
                counts: false,
                frames: vec![],
            },
        ],
        text: Some(vec![
            kept("cart "),
            replaced("99120", "<n>"),
            kept(" cannot take another line"),
        ]),
        others: vec![OtherFingerprint {
            version: 1,
            fingerprint: "8a1b44d07e21f9c3".repeat(4),
            since: minutes_ago(9_000),
        }],
    }
}

/// A message of a logger.
pub fn message() -> WhyView {
    WhyView {
        parts: vec![
            part(
                PartKind::Text,
                "Stripe webhook took <n> s",
                "Messages are grouped by their first line, without numbers, ids, dates, addresses, paths and quoted data.",
            ),
            part(
                PartKind::Level,
                "warning",
                "Messages of different levels are different items.",
            ),
        ],
        traces: vec![],
        text: Some(vec![
            kept("Stripe webhook "),
            replaced("evt_1Q7kP2CZ", "<id>"),
            kept(" took "),
            replaced("8.2", "<n>"),
            kept(" s"),
        ]),
        others: vec![],
        ..exception()
    }
}

/// A fingerprint that the application gave.
pub fn given() -> WhyView {
    WhyView {
        parts: vec![part(
            PartKind::Given,
            "payment-provider-away",
            "The application gave this fingerprint.",
        )],
        traces: vec![],
        text: None,
        others: vec![],
        ..exception()
    }
}
