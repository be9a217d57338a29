//! What Sentry's SDKs send, all of it at once.

use rollcage_web::{
    Datum,
    occurrence::{
        AttachmentView, Body, ContextView, EnvironmentView, FeedbackView, FrameView, Mechanism,
        OccurrenceView, TemplateView, ThreadView, TraceView,
    },
    pages::OccurrencePage,
};

use crate::{
    Gallery, Result, crumbs, frame,
    item::{head, kept},
    minutes_ago,
    occurrence::{innermost, library_frame, message, occurrence},
};

fn pairs(values: &[(&str, &str)]) -> Vec<(String, String)> {
    values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn context(name: &str, values: &[(&str, &str)]) -> ContextView {
    ContextView {
        name: name.to_owned(),
        entries: pairs(values)
            .into_iter()
            .map(|(name, value)| (name, Datum::text(value)))
            .collect(),
    }
}

fn contexts() -> Vec<ContextView> {
    vec![
        context("browser", &[("name", "Firefox"), ("version", "145.0")]),
        context(
            "os",
            &[
                ("name", "macOS"),
                ("version", "15.1"),
                ("build", "24B83"),
                (
                    "kernel_version",
                    "Darwin Kernel Version 24.1.0: root:xnu-11215.41.3~2/RELEASE_ARM64_T6000",
                ),
            ],
        ),
        context(
            "device",
            &[
                ("family", "Mac"),
                ("model", "MacBookPro18,3"),
                ("arch", "arm64"),
            ],
        ),
        context("runtime", &[("name", "CPython"), ("version", "3.12.4")]),
        context(
            "app",
            &[
                ("app_name", "Shop"),
                ("app_version", "2.4.2"),
                ("app_start_time", "2026-11-22T19:30:09Z"),
            ],
        ),
        context(
            "trace",
            &[
                ("trace_id", "771a43a4192642f0b136d5159a501700"),
                ("span_id", "9c2a92eed4b1a4c8"),
                ("op", "http.server"),
                ("status", "internal_error"),
            ],
        ),
        context(
            "culture",
            &[("locale", "de-CH"), ("timezone", "Europe/Zurich")],
        ),
        context(
            "Rust Tracing Fields",
            &[("order", "99120"), ("attempt", "3")],
        ),
        ContextView {
            name: "flags".to_owned(),
            entries: vec![],
        },
    ]
}

/// A group of exceptions, one of which has a cause.
fn group() -> Vec<TraceView> {
    let trace = |class: &str, message: &str, frames, id, parent, source: &str| TraceView {
        class: class.to_owned(),
        message: message.to_owned(),
        frames,
        mechanism: Mechanism {
            kind: (id == 0).then(|| "asyncio".to_owned()),
            handled: (id == 0).then_some(false),
            id: Some(id),
            parent,
            is_group: id == 0,
            source: (!source.is_empty()).then(|| source.to_owned()),
            ..Mechanism::default()
        },
        ..TraceView::default()
    };
    let gather = library_frame(
        "/usr/lib/python3.12/asyncio/taskgroups.py",
        145,
        "__aexit__",
    );
    vec![
        TraceView {
            module: Some("builtins".to_owned()),
            ..trace(
                "ExceptionGroup",
                "unhandled errors in a TaskGroup (2 sub-exceptions)",
                vec![gather.clone(), innermost()],
                0,
                None,
                "",
            )
        },
        trace(
            "TimeoutError",
            "stock-2 did not answer within 2 s",
            vec![own("shop/stock.py", 41, "ask", "shop.stock"), gather],
            1,
            Some(0),
            "exceptions[0]",
        ),
        trace(
            "ConnectionResetError",
            "[Errno 104] Connection reset by peer",
            vec![],
            2,
            Some(1),
            "__context__",
        ),
        trace(
            "KeyError",
            "'total'",
            vec![own("shop/totals.py", 12, "sum_of", "shop.totals")],
            3,
            Some(0),
            "exceptions[1]",
        ),
    ]
}

fn own(file: &str, line: i64, function: &str, module: &str) -> FrameView {
    FrameView {
        file: file.to_owned(),
        path: Some(format!("/srv/{file}")),
        line: Some(line),
        function: Some(function.to_owned()),
        module: Some(module.to_owned()),
        in_app: true,
        code: Some("    answer = await client.get(url, timeout=2)".to_owned()),
        ..FrameView::default()
    }
}

fn native() -> Vec<FrameView> {
    let frame = |function: Option<&str>, package: &str, address: &str, in_app| FrameView {
        function: function.map(str::to_owned),
        package: Some(package.to_owned()),
        address: Some(address.to_owned()),
        in_app,
        ..FrameView::default()
    };
    vec![
        frame(Some("start"), "/usr/lib/dyld", "0x19f3ac274", false),
        frame(
            Some("-[CartViewController addLine:]"),
            "/private/var/containers/Bundle/Application/Shop.app/Shop",
            "0x1042d0c9c",
            true,
        ),
        frame(
            None,
            "/private/var/containers/Bundle/Application/Shop.app/Shop",
            "0x1042d0a10",
            true,
        ),
        FrameView {
            file: "src/cart.rs".to_owned(),
            line: Some(77),
            ..frame(
                Some("shop_core::cart::add"),
                "libshop_core.dylib",
                "0x10551f3b8",
                true,
            )
        },
        frame(
            Some("objc_exception_throw"),
            "/usr/lib/libobjc.A.dylib",
            "0x19eb1e0d4",
            false,
        ),
    ]
}

fn threads() -> Vec<ThreadView> {
    vec![
        ThreadView {
            id: Some("259".to_owned()),
            name: Some("main".to_owned()),
            is_crashed: true,
            is_current: true,
            frames: native(),
            extra: None,
        },
        ThreadView {
            id: Some("1031".to_owned()),
            name: Some("com.example.shop.stock-poller".to_owned()),
            frames: vec![library_frame("libsystem_kernel.dylib", 0, "mach_msg2_trap")],
            extra: Some(Datum::object([
                ("state", Datum::text("waiting")),
                ("priority", Datum::number(31)),
            ])),
            ..ThreadView::default()
        },
        ThreadView {
            id: Some("7".to_owned()),
            ..ThreadView::default()
        },
    ]
}

pub fn feedback() -> FeedbackView {
    FeedbackView {
        received_at: minutes_ago(4),
        name: Some("Grace Hopper".to_owned()),
        email: Some("grace@example.com".to_owned()),
        message: "I pressed “Add” twice because nothing happened.\nThen the page went white, and my cart was empty.".to_owned(),
        url: Some("https://shop.example.com/cart?from=recommendation".to_owned()),
    }
}

fn attachments() -> Vec<AttachmentView> {
    let file = |id, name: &str, media_type: Option<&str>, purpose: Option<&str>, size_bytes| {
        AttachmentView {
            id,
            name: name.to_owned(),
            media_type: media_type.map(str::to_owned),
            purpose: purpose.map(str::to_owned),
            size_bytes,
        }
    };
    vec![
        file(1, "screenshot.png", Some("image/png"), None, 412_332),
        file(
            2,
            "view-hierarchy.json",
            Some("application/json"),
            Some("event.view_hierarchy"),
            48_210,
        ),
        file(3, "", None, None, 0),
    ]
}

pub fn sentry() -> OccurrenceView {
    OccurrenceView {
        handled: Some(false),
        logger: Some("shop.checkout".to_owned()),
        body: Body::Traces(group()),
        tags: pairs(&[
            ("team", "checkout"),
            ("region", "eu-central-1"),
            ("customer.plan", "business"),
            ("server_name", "web-3.fra.example.com"),
            ("feature.new-checkout", "true"),
            ("note", ""),
        ]),
        contexts: contexts(),
        crumbs: crumbs::sentry(),
        threads: threads(),
        modules: (0..60)
            .map(|number| {
                (
                    format!("package-{number}"),
                    format!("{}.{number}.0", number % 7),
                )
            })
            .collect(),
        feedback: vec![feedback()],
        attachments: attachments(),
        environment: EnvironmentView {
            sdk: Some("sentry.python.flask 2.75.0".to_owned()),
            ..occurrence().environment
        },
        ..occurrence()
    }
}

pub fn pages(gallery: &Gallery) -> Result<()> {
    let page = OccurrencePage {
        frame: frame(),
        item: head(),
        occurrence: sentry(),
        kept: kept(0),
        older: Some(17),
        newer: Some(19),
        newest: Some(20),
    };
    gallery.page("occurrence-sentry", &page)?;
    gallery.page(
        "occurrence-native",
        &OccurrencePage {
            occurrence: OccurrenceView {
                body: Body::Traces(vec![TraceView {
                    class: "NSRangeException".to_owned(),
                    message: "*** -[__NSArrayM objectAtIndex:]: index 3 beyond bounds [0 .. 2]"
                        .to_owned(),
                    frames: native(),
                    mechanism: Mechanism {
                        kind: Some("mach".to_owned()),
                        data: Some(Datum::object([
                            ("exception", Datum::number(10)),
                            ("signal", Datum::text("SIGABRT")),
                        ])),
                        ..Mechanism::default()
                    },
                    ..TraceView::default()
                }]),
                ..sentry()
            },
            ..page.clone()
        },
    )?;
    gallery.page(
        "occurrence-template",
        &OccurrencePage {
            occurrence: OccurrenceView {
                body: Body::Message {
                    text: "user 4711 not found in tenant acme".to_owned(),
                    data: None,
                    template: Some(TemplateView {
                        text: "user %s not found in tenant %s".to_owned(),
                        parameters: Some(Datum::List(vec![
                            Datum::number(4_711),
                            Datum::text("acme"),
                        ])),
                    }),
                    frames: vec![own("shop/users.py", 12, "find", "shop.users")],
                },
                logger: Some("shop.users".to_owned()),
                ..message()
            },
            ..page
        },
    )
}
