//! Renders every page with invented data into a folder, to look at:
//! `cargo run -p rollcage-web --example gallery -- /tmp/gallery`, then open its `index.html`.

use std::{
    env,
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use chrono::{DateTime, TimeDelta, Utc};
use rollcage_web::{
    BarChart, Datum, ItemFilter, Level, Notice, PageFrame, ProjectLink, Sort, Status, StatusFilter,
    StatusView, Template, Viewer, assets,
    mail::{CulpritFrame, ItemMail, Mail, Reason, TestMail},
    occurrence::{
        Body, EnvironmentView, FrameView, OccurrenceView, PersonView, RequestView, TelemetryView,
        TraceView,
    },
    pages::{
        Change, ChangeKind, CreatedToken, DeadLetter, DigestState, ErrorPage, FailedMail, ItemHead,
        ItemPage, ItemRow, ItemsPage, JournalState, LoginPage, MailQueue, MailState, Member,
        NewProjectPage, OccurrencePage, OccurrenceRow, OccurrencesPage, OutcomeCount, ProjectCard,
        ProjectsPage, Role, Scope, SettingsPage, SetupPage, StartPage, StartingPage, StatusCounts,
        SystemPage, TokenForm, TokenRow, TokensPage,
    },
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let folder = env::args_os().nth(1).ok_or("name the folder to write to")?;
    let gallery = Gallery {
        folder: PathBuf::from(folder),
    };
    gallery.write_assets()?;
    entry_pages(&gallery)?;
    project_pages(&gallery)?;
    items_pages(&gallery)?;
    item_pages(&gallery)?;
    occurrence_pages(&gallery)?;
    hostile_pages(&gallery)?;
    settings_pages(&gallery)?;
    system_pages(&gallery)?;
    mails(&gallery)
}

struct Gallery {
    folder: PathBuf,
}

impl Gallery {
    /// Writes a page; asset URLs become relative, so that the page opens from a disk.
    fn page(&self, name: &str, page: &impl Template) -> Result<()> {
        let html = page.render()?.replace("\"/assets/", "\"assets/");
        fs::write(self.folder.join(name).with_extension("html"), html)?;
        Ok(())
    }

    fn mail(&self, name: &str, mail: &Mail) -> Result<()> {
        let path = self.folder.join(name);
        fs::write(path.with_extension("html"), &mail.html)?;
        fs::write(
            path.with_extension("txt"),
            format!("Subject: {}\n\n{}", mail.subject, mail.text),
        )?;
        Ok(())
    }

    fn write_assets(&self) -> Result<()> {
        for name in assets::names() {
            let path = self
                .folder
                .join(Path::new(&assets::url(&name)).strip_prefix("/")?);
            fs::create_dir_all(path.parent().ok_or("an asset has a folder")?)?;
            fs::write(
                path,
                assets::named(&name).ok_or("a name names an asset")?.bytes,
            )?;
        }
        Ok(())
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_383_009, 0).expect("a valid time")
}

fn minutes_ago(minutes: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(minutes)
}

fn project(name: &str, slug: &str) -> ProjectLink {
    ProjectLink {
        name: name.to_owned(),
        slug: slug.to_owned(),
    }
}

fn frame() -> PageFrame {
    let shop = project("Shop", "shop");
    PageFrame {
        viewer: Viewer {
            email: "ada.lovelace@example.com".to_owned(),
            is_admin: true,
        },
        project: Some(shop.clone()),
        projects: vec![
            project("Billing worker", "billing"),
            shop,
            project("Zürich-Größenrechner für Frühstücksbrötchen", "zurich"),
        ],
        notice: None,
        now: now(),
    }
}

fn instance_frame() -> PageFrame {
    PageFrame {
        project: None,
        ..frame()
    }
}

/// Invented counts that look like a day: few at night, a burst now and then.
fn counts(seed: i64, length: i64, scale: i64) -> Vec<i64> {
    (0..length)
        .map(|index| {
            let wave = (index * 7 + seed * 13) % 17;
            let burst = if (index + seed) % 11 == 0 { 5 } else { 1 };
            if (index * 3 + seed) % 5 == 0 {
                0
            } else {
                wave * scale * burst / 17
            }
        })
        .collect()
}

fn hours(seed: i64, scale: i64) -> BarChart {
    BarChart::hours(counts(seed, 24, scale), now())
}

fn entry_pages(gallery: &Gallery) -> Result<()> {
    let setup = SetupPage {
        secret: "s3cret".to_owned(),
        email: String::new(),
        project: String::new(),
        error: None,
    };
    gallery.page("setup", &setup)?;
    gallery.page(
        "setup-again",
        &SetupPage {
            email: "ada@example.com".to_owned(),
            project: "Shop".to_owned(),
            error: Some("The password has 6 characters; it needs at least 10.".to_owned()),
            ..setup
        },
    )?;
    gallery.page("login", &LoginPage::default())?;
    gallery.page(
        "login-again",
        &LoginPage {
            email: "ada@example.com".to_owned(),
            next: Some("/p/shop/items".to_owned()),
            error: Some("This address and password do not belong together.".to_owned()),
        },
    )?;
    for status in [403, 404, 422, 429, 500, 503] {
        gallery.page(
            &format!("error-{status}"),
            &ErrorPage::new(status).request_id("0199a1f0-7c52"),
        )?;
    }
    gallery.page("starting", &StartingPage)
}

fn project_pages(gallery: &Gallery) -> Result<()> {
    let card = |name: &str, slug: &str, seed, scale, active_items| ProjectCard {
        name: name.to_owned(),
        slug: slug.to_owned(),
        active_items,
        hours: hours(seed, scale),
        last_seen_at: (scale > 0).then(|| minutes_ago(seed * seed)),
    };
    gallery.page(
        "projects",
        &ProjectsPage {
            frame: PageFrame {
                notice: Some(Notice::done("You are signed in.")),
                ..instance_frame()
            },
            projects: vec![
                card("Billing worker", "billing", 3, 40, 12),
                card("Shop", "shop", 5, 2_400, 148),
                card("Mobile app", "mobile", 9, 7, 1),
                card("Internal tools", "tools", 2, 0, 0),
                card(
                    "Zürich-Größenrechner für Frühstücksbrötchen",
                    "zurich",
                    31,
                    1,
                    2,
                ),
            ],
        },
    )?;
    gallery.page(
        "projects-empty",
        &ProjectsPage {
            frame: PageFrame {
                projects: vec![],
                ..instance_frame()
            },
            projects: vec![],
        },
    )?;
    gallery.page(
        "project-new",
        &NewProjectPage {
            frame: instance_frame(),
            name: String::new(),
            error: None,
        },
    )?;
    let start = StartPage {
        frame: frame(),
        public_url: "https://rollcage.example.com".to_owned(),
        server_token: "7b1f0c9f5d3e4a8e9d2b6f1c0a4e8d37".to_owned(),
        client_token: "c01dc0ffee3e4a8e9d2b6f1c0a4e8d37".to_owned(),
        first: None,
    };
    gallery.page("start", &start)?;
    gallery.page(
        "start-arrived",
        &StartPage {
            first: Some("/p/shop/items/1".to_owned()),
            ..start
        },
    )
}

#[expect(
    clippy::too_many_arguments,
    reason = "a row of invented data reads best as a row"
)]
fn row(
    counter: i64,
    level: Level,
    title: &str,
    culprit: Option<&str>,
    environment: &str,
    status: Status,
    total: i64,
    last: i64,
    first: i64,
) -> ItemRow {
    ItemRow {
        counter,
        title: title.to_owned(),
        culprit: culprit.map(str::to_owned),
        environment: environment.to_owned(),
        level,
        status,
        hours: hours(counter, total.min(900)),
        total,
        first_seen_at: minutes_ago(first),
        last_seen_at: minutes_ago(last),
    }
}

fn rows() -> Vec<ItemRow> {
    use Level::{Critical, Debug, Error, Info, Warning};
    use Status::{Active, Muted, Resolved};
    vec![
        row(
            142,
            Error,
            "KeyError: 'total'",
            Some("shop/cart.py in add_line"),
            "production",
            Active,
            1_204,
            0,
            9_000,
        ),
        row(
            141,
            Critical,
            "OperationalError: (psycopg2.OperationalError) could not connect to server: Connection refused. Is the server running on host \"10.0.3.7\" and accepting TCP/IP connections on port 5432?",
            Some("shop/db/session.py in connect"),
            "production",
            Active,
            48_210,
            3,
            60,
        ),
        row(
            139,
            Warning,
            "Stripe webhook took 8.2 s",
            None,
            "production",
            Active,
            77,
            12,
            43_000,
        ),
        row(
            137,
            Error,
            "TypeError: Cannot read properties of undefined (reading 'price')",
            Some("src/components/checkout/LineItems.tsx in LineItems.render"),
            "production",
            Active,
            312,
            44,
            1_000,
        ),
        row(
            131,
            Error,
            "größenberechnung fehlgeschlagen: „Frühstücksbrötchen“ ≠ 朝食のパン 🥐",
            Some("shop/größen/rechner.py in berechne"),
            "staging",
            Active,
            3,
            190,
            200,
        ),
        row(
            118,
            Info,
            "Feature flag “new-checkout” is unknown",
            None,
            "staging",
            Muted,
            1_800_455,
            1,
            300_000,
        ),
        row(
            97,
            Error,
            "NoMethodError: undefined method `fetch' for nil:NilClass",
            Some("app/models/order.rb in total_with_tax"),
            "production",
            Resolved,
            15,
            2_900,
            90_000,
        ),
        row(
            12,
            Debug,
            "cache miss",
            None,
            "development",
            Active,
            1,
            40_000,
            40_000,
        ),
    ]
}

fn items_page() -> ItemsPage {
    ItemsPage {
        frame: frame(),
        filter: ItemFilter::default(),
        environments: vec![
            "development".to_owned(),
            "production".to_owned(),
            "staging".to_owned(),
        ],
        status_counts: Some(StatusCounts {
            active: 148,
            resolved: 1_310,
            muted: 9,
        }),
        rows: rows(),
        older: Some("/p/shop/items?before=1".to_owned()),
        newer: None,
        is_paged: false,
        has_items: true,
    }
}

fn items_pages(gallery: &Gallery) -> Result<()> {
    gallery.page("items", &items_page())?;
    let filter = ItemFilter {
        status: StatusFilter::All,
        level: Some(Level::Warning),
        environment: Some("production".to_owned()),
        text: "checkout".to_owned(),
        sort: Sort::Total,
    };
    gallery.page(
        "items-filtered",
        &ItemsPage {
            filter: filter.clone(),
            newer: Some("/p/shop/items?after=1".to_owned()),
            status_counts: None,
            ..items_page()
        },
    )?;
    gallery.page(
        "items-no-match",
        &ItemsPage {
            filter,
            rows: vec![],
            older: None,
            ..items_page()
        },
    )?;
    gallery.page(
        "items-none-active",
        &ItemsPage {
            rows: vec![],
            older: None,
            ..items_page()
        },
    )?;
    gallery.page(
        "items-past-end",
        &ItemsPage {
            rows: vec![],
            older: None,
            is_paged: true,
            ..items_page()
        },
    )?;
    gallery.page(
        "items-empty",
        &ItemsPage {
            rows: vec![],
            older: None,
            has_items: false,
            ..items_page()
        },
    )
}

fn head() -> ItemHead {
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

fn own_frame(
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
        column: None,
        function: Some(function.to_owned()),
        in_app: true,
        pre: lines(source.0),
        code: Some(source.1.to_owned()),
        post: lines(source.2),
        arguments: Vec::new(),
        locals: locals
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    }
}

fn library_frame(file: &str, line: i64, function: &str) -> FrameView {
    FrameView {
        file: file.to_owned(),
        line: Some(line),
        function: Some(function.to_owned()),
        ..FrameView::default()
    }
}

fn cart() -> Datum {
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

fn traces() -> Vec<TraceView> {
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
        },
    ]
}

fn innermost() -> FrameView {
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

fn request() -> RequestView {
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

fn telemetry() -> Vec<TelemetryView> {
    let entry = |seconds: i64, level, kind: &str, text: &str, detail| TelemetryView {
        at: Some(now() - TimeDelta::milliseconds(seconds * 1_137)),
        level: Some(level),
        kind: kind.to_owned(),
        text: text.to_owned(),
        detail,
    };
    vec![
        entry(42, Level::Info, "navigation", "/ → /products/bread-3", None),
        entry(
            17,
            Level::Debug,
            "dom",
            "click on button#add-to-cart.primary",
            None,
        ),
        entry(
            16,
            Level::Info,
            "network",
            "GET /api/stock/BREAD-3: 200",
            Some(Datum::object([
                ("duration_ms", Datum::number(83)),
                ("bytes", Datum::number(1_204)),
            ])),
        ),
        entry(
            9,
            Level::Warning,
            "log",
            "stock service answered late; retrying with the second endpoint https://stock-2.internal.example.com/v2/stock/BREAD-3?fields=all",
            None,
        ),
        entry(1, Level::Error, "network", "POST /cart/lines: 500", None),
    ]
}

fn occurrence() -> OccurrenceView {
    OccurrenceView {
        id: 4_407_002_118_373_376,
        uuid: Some("5f1c0a4e-8d37-4b1f-9c9f-5d3e4a8e9d2b".to_owned()),
        received_at: now() - TimeDelta::seconds(40),
        happened_at: Some(now() - TimeDelta::seconds(42)),
        level: Level::Error,
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
        custom: Some(deep(5)),
        telemetry: telemetry(),
        raw_json: Some("{\n  \"body\": {\n    \"trace_chain\": [\n      { \"exception\": { \"class\": \"CartError\" } }\n    ]\n  }\n}".to_owned()),
    }
}

fn deep(levels: usize) -> Datum {
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

fn history() -> Vec<Change> {
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

fn item_page() -> ItemPage {
    ItemPage {
        frame: frame(),
        item: head(),
        hours: hours(5, 240),
        days: BarChart::days(counts(7, 30, 900), now()),
        newest: Some(occurrence()),
        history: history(),
        can_change: true,
    }
}

fn item_pages(gallery: &Gallery) -> Result<()> {
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
            history: vec![],
            can_change: false,
            ..item_page()
        },
    )
}

fn message() -> OccurrenceView {
    OccurrenceView {
        body: Body::Message {
            text: "Stripe webhook took 8.2 s".to_owned(),
            data: Some(cart()),
        },
        request: None,
        person: None,
        tags: vec![],
        custom: None,
        telemetry: vec![],
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

fn occurrence_pages(gallery: &Gallery) -> Result<()> {
    let page = OccurrencePage {
        frame: frame(),
        item: head(),
        occurrence: occurrence(),
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

fn failed_mails() -> Vec<FailedMail> {
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

/// Data that nobody sends on purpose.
fn hostile_pages(gallery: &Gallery) -> Result<()> {
    let long = "x".repeat(700);
    let wild = format!(
        "{long} <script>alert(1)</script> \u{202e}\u{0} {}",
        "🥐".repeat(40)
    );
    let mut nested = Datum::text(wild.clone());
    for _ in 0..60 {
        nested = Datum::List(vec![Datum::object([(long.clone(), nested)])]);
    }
    let frame = |number: i64| FrameView {
        file: format!("/{long}/{number}.py"),
        line: Some(i64::MAX - number),
        column: Some(i64::MIN),
        function: Some(long.clone()),
        in_app: number % 3 != 0,
        pre: vec![String::new(), wild.clone()],
        code: Some(wild.clone()),
        ..FrameView::default()
    };
    let trace = TraceView {
        class: long.clone(),
        message: wild.clone(),
        frames: (0..300).map(frame).collect(),
    };
    let item = ItemHead {
        title: wild.clone(),
        culprit: Some(long.clone()),
        environment: long.clone(),
        total: i64::MAX,
        status: StatusView {
            actor: Some(long.clone()),
            version: Some(long.clone()),
            ..head().status
        },
        ..head()
    };
    let occurrence = OccurrenceView {
        body: Body::Traces(vec![
            trace,
            TraceView {
                class: String::new(),
                message: String::new(),
                frames: vec![],
            },
        ]),
        custom: Some(nested),
        tags: vec![(long.clone(), long.clone())],
        request: Some(RequestView {
            url: Some(long.clone()),
            ..RequestView::default()
        }),
        person: Some(PersonView {
            email: Some(long.clone()),
            ..PersonView::default()
        }),
        raw_json: Some(wild.repeat(50)),
        ..occurrence()
    };
    let page = ItemPage {
        item: item.clone(),
        newest: Some(occurrence),
        hours: BarChart::hours(vec![i64::MAX / 30; 24], now()),
        ..item_page()
    };
    gallery.page("hostile-item", &page)?;
    hostile_lists(gallery, item, &long, wild)
}

fn hostile_lists(gallery: &Gallery, item: ItemHead, long: &str, wild: String) -> Result<()> {
    let row = OccurrenceRow {
        id: 1,
        received_at: now() + TimeDelta::days(9_000),
        level: Level::Debug,
        person: Some(long.to_owned()),
        host: Some(long.to_owned()),
        code_version: Some(long.to_owned()),
        url: Some(long.to_owned()),
    };
    gallery.page(
        "hostile-occurrences",
        &OccurrencesPage {
            frame: crate::frame(),
            item,
            rows: vec![row],
            older: None,
            newer: None,
            is_paged: false,
        },
    )?;
    let mut items = items_page();
    items.environments.push(long.to_owned());
    items.filter.text.clone_from(&wild);
    items.rows[0].title = wild;
    long.clone_into(&mut items.rows[0].environment);
    items.rows[0].culprit = Some(long.to_owned());
    items.rows[0].total = i64::MAX;
    let mut surroundings = crate::frame();
    long.clone_into(&mut surroundings.viewer.email);
    surroundings.project = Some(project(long, "long"));
    gallery.page(
        "hostile-items",
        &ItemsPage {
            frame: surroundings,
            ..items
        },
    )
}

fn settings_pages(gallery: &Gallery) -> Result<()> {
    let member = |email: &str, role| Member {
        email: email.to_owned(),
        role,
    };
    let page = SettingsPage {
        frame: frame(),
        public_url: "https://rollcage.example.com".to_owned(),
        members: vec![
            member("ada.lovelace@example.com", Role::Owner),
            member("grace@example.com", Role::Member),
            member("visitor@example.com", Role::Viewer),
        ],
        mail: MailState::Smtp {
            host: "smtp.example.com:587".to_owned(),
        },
        failed_mails: failed_mails(),
    };
    gallery.page("settings", &page)?;
    gallery.page(
        "settings-folder",
        &SettingsPage {
            mail: MailState::Folder {
                path: "/var/lib/rollcage/mail".to_owned(),
            },
            failed_mails: vec![],
            members: vec![],
            ..page
        },
    )?;
    let token = |id, name: &str, scope, text: Option<&str>, enabled: bool| TokenRow {
        id,
        name: name.to_owned(),
        scope,
        text: text.map(str::to_owned),
        created_at: minutes_ago(90_000),
        enabled,
    };
    let page = TokensPage {
        frame: frame(),
        tokens: vec![
            token(
                1,
                "Servers",
                Scope::PostServerItem,
                Some("7b1f0c9f5d3e4a8e9d2b6f1c0a4e8d37"),
                true,
            ),
            token(
                2,
                "Browsers",
                Scope::PostClientItem,
                Some("c01dc0ffee3e4a8e9d2b6f1c0a4e8d37"),
                true,
            ),
            token(3, "Dashboard", Scope::Read, None, true),
            token(
                4,
                "Old staging servers",
                Scope::PostServerItem,
                Some("0ddba11f5d3e4a8e9d2b6f1c0a4e8d37"),
                false,
            ),
        ],
        created: None,
        form: TokenForm::default(),
        can_change: true,
    };
    gallery.page("tokens", &page)?;
    gallery.page(
        "tokens-created",
        &TokensPage {
            created: Some(CreatedToken {
                name: "Dashboard".to_owned(),
                text: "f00dbabe5d3e4a8e9d2b6f1c0a4e8d37".to_owned(),
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

fn system_pages(gallery: &Gallery) -> Result<()> {
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
            },
            DeadLetter {
                at: minutes_ago(9_000),
                project: None,
                reason: "the project is gone".to_owned(),
            },
        ],
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
            outcomes: vec![],
            dead_letters: vec![],
            dead_letters_total: 0,
            mail: MailQueue { state: MailState::Folder { path: "/var/lib/rollcage/mail".to_owned() }, waiting: 0, failed_total: 0, failed: vec![] },
            ..page
        },
    )
}

fn mails(gallery: &Gallery) -> Result<()> {
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
            public_url: "https://rollcage.example.com".to_owned(),
        }
        .render()?,
    )
}
