//! One occurrence, and all that one can hold.

use chrono::TimeDelta;
use rollcage_web::{
    Datum, Level,
    occurrence::{
        Body, EnvironmentView, FrameView, OccurrenceView, PersonView, RequestView, TraceView,
    },
    pages::{OccurrencePage, OccurrenceRow, OccurrencesPage},
};

use crate::{
    Gallery, Result, crumbs, frame,
    item::{head, kept},
    minutes_ago, now,
};

pub fn own_frame(
    file: &str,
    line: i64,
    function: &str,
    source: (&[&str], &str, &[&str]),
    locals: Vec<(&str, Datum)>,
) -> FrameView {
    let lines = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    FrameView {
        file: file.to_owned(),
        line: Some(line),
        function: Some(function.to_owned()),
        in_app: true,
        pre: lines(source.0),
        code: Some(source.1.to_owned()),
        post: lines(source.2),
        locals: locals
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        ..FrameView::default()
    }
}

pub fn library_frame(file: &str, line: i64, function: &str) -> FrameView {
    FrameView {
        file: file.to_owned(),
        line: Some(line),
        function: Some(function.to_owned()),
        ..FrameView::default()
    }
}

pub fn cart() -> Datum {
    Datum::object([
        ("id", Datum::number(99_120)),
        (
            "lines",
            Datum::List(
                (1..4)
                    .map(|number| {
                        Datum::object([
                            ("sku", Datum::text(format!("BREAD-{number}"))),
                            ("quantity", Datum::number(number)),
                            ("price", Datum::Null),
                        ])
                    })
                    .collect(),
            ),
        ),
        ("currency", Datum::text("CHF")),
        ("is_gift", Datum::Bool(false)),
    ])
}

pub fn traces() -> Vec<TraceView> {
    let mut frames = vec![library_frame(
        "/srv/venv/lib/python3.12/site-packages/gunicorn/workers/sync.py",
        134,
        "handle",
    )];
    frames.extend((0..11).map(|number| {
        library_frame(
            "/srv/venv/lib/python3.12/site-packages/flask/app.py",
            1_480 + number * 37,
            "wsgi_app",
        )
    }));
    frames.push(own_frame(
        "shop/views/cart.py",
        58,
        "post_line",
        (
            &[
                "@blueprint.post(\"/cart/lines\")",
                "def post_line():",
                "    form = LineForm(request.form)",
            ],
            "    cart = cart_of(g.customer).add_line(form.sku.data, form.quantity.data)",
            &[
                "    return redirect(url_for(\".show\", cart=cart.id))",
                "",
                "",
            ],
        ),
        vec![(
            "form",
            Datum::text("<shop.forms.LineForm object at 0x7f2a1c0d9e50>"),
        )],
    ));
    frames.push(library_frame(
        "/srv/venv/lib/python3.12/site-packages/sqlalchemy/orm/session.py",
        2_310,
        "begin_nested",
    ));
    frames.push(innermost());
    vec![
        TraceView {
            class: "CartError".to_owned(),
            message: "cart 99120 cannot take another line\nbecause its totals are gone".to_owned(),
            frames,
            ..TraceView::default()
        },
        TraceView {
            class: "KeyError".to_owned(),
            message: "'total'".to_owned(),
            frames: vec![
                library_frame(
                    "/usr/lib/python3.12/collections/__init__.py",
                    1_015,
                    "__getitem__",
                ),
                FrameView {
                    file: "shop/totals.py".to_owned(),
                    line: Some(12),
                    column: Some(9),
                    function: Some("Totals.<lambda>".to_owned()),
                    in_app: true,
                    ..FrameView::default()
                },
                library_frame(
                    "/usr/lib/python3.12/collections/__init__.py",
                    1_018,
                    "__missing__",
                ),
            ],
            ..TraceView::default()
        },
    ]
}

pub fn innermost() -> FrameView {
    let mut frame = own_frame(
        "shop/cart.py",
        214,
        "add_line",
        (
            &[
                "        line = Line(sku=sku, quantity=quantity)",
                "        self.lines.append(line)",
                "        # The total is kept beside the lines, since the list shows it.",
            ],
            "        self.totals[\"total\"] += line.price * quantity",
            &[
                "        return self",
                "",
                "    def remove_line(self, number):",
            ],
        ),
        vec![
            ("self", cart()),
            ("line", Datum::text("<Line BREAD-3 x2>")),
            ("totals", Datum::Object(vec![])),
            (
                "response_body",
                Datum::text("Lorem ipsum dolor sit amet, consetetur sadipscing elitr. ".repeat(40)),
            ),
            ("ratio", Datum::number(0.5)),
            ("coupon", Datum::Null),
        ],
    );
    frame.arguments = vec![
        ("sku".to_owned(), Datum::text("BREAD-3")),
        ("quantity".to_owned(), Datum::number(2)),
    ];
    frame
}

pub fn request() -> RequestView {
    RequestView {
        method: Some("POST".to_owned()),
        url: Some("https://shop.example.com/cart/lines?from=recommendation&campaign=autumn-2026-newsletter-with-a-very-long-name-that-nobody-reads".to_owned()),
        client_address: Some("203.0.113.54".to_owned()),
        params: Some(Datum::object([("cart", Datum::text("99120"))])),
        query: Some(Datum::object([("from", Datum::text("recommendation")), ("campaign", Datum::text("autumn-2026"))])),
        headers: Some(Datum::object([
            ("Host", Datum::text("shop.example.com")),
            ("User-Agent", Datum::text("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15")),
            ("Accept", Datum::text("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")),
            ("Cookie", Datum::text("[scrubbed]")),
        ])),
        form: Some(Datum::object([("sku", Datum::text("BREAD-3")), ("quantity", Datum::text("2")), ("note", Datum::text(""))])),
        body: None,
        extra: None,
    }
}

pub fn occurrence() -> OccurrenceView {
    OccurrenceView {
        id: 4_407_002_118_373_376,
        uuid: Some("5f1c0a4e-8d37-4b1f-9c9f-5d3e4a8e9d2b".to_owned()),
        received_at: now() - TimeDelta::seconds(40),
        happened_at: Some(now() - TimeDelta::seconds(42)),
        level: Level::Error,
        handled: None,
        logger: None,
        body: Body::Traces(traces()),
        request: Some(request()),
        person: Some(PersonView {
            id: Some("48210".to_owned()),
            username: Some("Grace Hopper".to_owned()),
            email: Some("grace@example.com".to_owned()),
            extra: Some(Datum::object([("plan", Datum::text("business"))])),
        }),
        environment: EnvironmentView {
            environment: "production".to_owned(),
            code_version: Some("9f3c1e2ab47d9f3c1e2ab47d9f3c1e2ab47d0000".to_owned()),
            host: Some("web-3.fra.example.com".to_owned()),
            platform: Some("linux".to_owned()),
            language: Some("Python 3.12.4".to_owned()),
            framework: Some("Flask 3.1".to_owned()),
            root: Some("/srv/shop".to_owned()),
            branch: Some("main".to_owned()),
            sdk: Some("pyrollbar 1.5.0".to_owned()),
            extra: Some(Datum::object([("argv", Datum::List(vec![Datum::text("gunicorn"), Datum::text("shop:app")])), ("pid", Datum::number(4_117))])),
            ..EnvironmentView::default()
        },
        tags: vec![("team".to_owned(), "checkout".to_owned()), ("region".to_owned(), "eu-central-1".to_owned())],
        contexts: vec![],
        custom: Some(deep(5)),
        threads: vec![],
        modules: vec![],
        feedback: vec![],
        attachments: vec![],
        crumbs: crumbs::rollbar(),
        raw_json: Some("{\n  \"body\": {\n    \"trace_chain\": [\n      { \"exception\": { \"class\": \"CartError\" } }\n    ]\n  }\n}".to_owned()),
    }
}

pub fn deep(levels: usize) -> Datum {
    let mut datum = cart();
    for level in 0..levels {
        datum = Datum::object([
            (format!("level_{level}"), datum),
            (
                "wide".to_owned(),
                Datum::List((0..15).map(|number: i32| Datum::number(number)).collect()),
            ),
        ]);
    }
    datum
}

pub fn message() -> OccurrenceView {
    OccurrenceView {
        body: Body::Message {
            text: "Stripe webhook took 8.2 s".to_owned(),
            data: Some(cart()),
            template: None,
            frames: vec![],
        },
        request: None,
        person: None,
        tags: vec![],
        custom: None,
        crumbs: vec![],
        raw_json: None,
        environment: EnvironmentView {
            environment: "production".to_owned(),
            ..EnvironmentView::default()
        },
        uuid: None,
        happened_at: None,
        ..occurrence()
    }
}

pub fn pages(gallery: &Gallery) -> Result<()> {
    let page = OccurrencePage {
        frame: frame(),
        item: head(),
        occurrence: occurrence(),
        kept: kept(1),
        older: Some(17),
        newer: Some(19),
        newest: Some(20),
    };
    gallery.page("occurrence", &page)?;
    let crash = "*** Terminating app due to uncaught exception 'NSRangeException'\n  0  CoreFoundation  0x00007fff __exceptionPreprocess + 242\n  1  libobjc.A.dylib 0x00007fff objc_exception_throw + 48\n";
    gallery.page(
        "occurrence-crash",
        &OccurrencePage {
            occurrence: OccurrenceView {
                body: Body::CrashReport(crash.repeat(20)),
                ..message()
            },
            older: None,
            newer: None,
            newest: None,
            ..page.clone()
        },
    )?;
    gallery.page(
        "occurrence-message",
        &OccurrencePage {
            occurrence: message(),
            older: None,
            ..page
        },
    )?;
    let row = |id: i64| OccurrenceRow {
        id,
        received_at: minutes_ago(id * id),
        level: if id % 4 == 0 {
            Level::Critical
        } else {
            Level::Error
        },
        person: (id % 3 != 0).then(|| format!("customer-{}@example.com", id * 37)),
        host: Some(format!("web-{}.fra.example.com", id % 4)),
        code_version: (id % 5 != 0).then(|| "9f3c1e2ab47d9f3c1e2ab47d9f3c1e2ab47d0000".to_owned()),
        url: (id % 7 != 0)
            .then(|| format!("https://shop.example.com/cart/lines?from=recommendation&cart={id}")),
    };
    let list = OccurrencesPage {
        frame: frame(),
        item: head(),
        kept: kept(2_301),
        rows: (1..20).map(row).collect(),
        older: Some("?before=1".to_owned()),
        newer: Some("?after=1".to_owned()),
        is_paged: true,
    };
    gallery.page("occurrences", &list)?;
    gallery.page(
        "occurrences-past-end",
        &OccurrencesPage {
            rows: vec![],
            older: None,
            newer: None,
            ..list
        },
    )
}
