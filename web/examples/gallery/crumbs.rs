//! What happened before an error.

use chrono::TimeDelta;
use rollcage_web::{
    Datum, Level,
    occurrence::{Crumb, CrumbKind},
};

use crate::now;

/// A short session, as Rollbar's SDK for browsers tells it.
pub fn rollbar() -> Vec<Crumb> {
    let crumb = |seconds: i64, level, kind: &str, message: &str, data: Vec<(&str, Datum)>| Crumb {
        at: Some(now() - TimeDelta::milliseconds(42_000 + seconds * 1_137)),
        level: Some(level),
        kind: CrumbKind::named(kind, ""),
        category: None,
        message: message.to_owned(),
        data: data
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    };
    vec![
        crumb(
            142,
            Level::Info,
            "navigation",
            "/ → /products/bread-3",
            vec![],
        ),
        crumb(
            17,
            Level::Debug,
            "dom",
            "click on button#add-to-cart.primary",
            vec![],
        ),
        crumb(
            16,
            Level::Info,
            "network",
            "GET /api/stock/BREAD-3",
            vec![
                ("status", Datum::number(200)),
                ("duration_ms", Datum::number(83)),
                ("bytes", Datum::number(1_204)),
            ],
        ),
        crumb(
            9,
            Level::Warning,
            "log",
            "stock service answered late; retrying with the second endpoint https://stock-2.internal.example.com/v2/stock/BREAD-3?fields=all",
            vec![],
        ),
        crumb(
            1,
            Level::Error,
            "network",
            "POST /cart/lines",
            vec![("status", Datum::number(500))],
        ),
    ]
}

/// A busy page: twenty-two things, the older ones folded.
pub fn sentry() -> Vec<Crumb> {
    let crumb = |millis: i64, kind: &str, category: &str, message: &str| Crumb {
        at: Some(now() - TimeDelta::milliseconds(42_000 + millis)),
        kind: CrumbKind::named(kind, category),
        level: Some(Level::Info),
        category: Some(category.to_owned()),
        message: message.to_owned(),
        data: vec![],
    };
    let with = |mut crumb: Crumb, data: &[(&str, Datum)]| {
        crumb.data = data
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        crumb
    };
    let mut crumbs: Vec<Crumb> = (0..16)
        .map(|number| {
            crumb(
                300_000 - number * 9_000,
                "default",
                "ui.click",
                &format!("main > div.products > button.size-{number}[title=\"Size {number}\"]"),
            )
        })
        .collect();
    crumbs.extend([
        with(
            crumb(31_000, "navigation", "navigation", ""),
            &[("from", Datum::text("/products/bread-3")), ("to", Datum::text("/cart"))],
        ),
        crumb(12_210, "default", "query", "SELECT cart.id, cart.customer_id, cart.total FROM cart WHERE cart.id = %(cart_id)s FOR UPDATE"),
        with(
            crumb(4_120, "http", "fetch", ""),
            &[
                ("method", Datum::text("GET")),
                ("url", Datum::text("/api/stock/BREAD-3")),
                ("status_code", Datum::number(200)),
            ],
        ),
        Crumb {
            level: Some(Level::Warning),
            ..crumb(3_210, "default", "console", &"stock service answered late; retrying with the second endpoint. ".repeat(9))
        },
        with(
            crumb(900, "default", "auth", "user refreshed the session"),
            &[("claims", Datum::object([("sub", Datum::text("48210")), ("scope", Datum::List(vec![Datum::text("cart"), Datum::text("orders")]))])), ("issuer", Datum::text("https://login.example.com/"))],
        ),
        Crumb {
            level: Some(Level::Error),
            ..crumb(120, "error", "exception", "TimeoutError: stock-2 did not answer within 2 s")
        },
    ]);
    crumbs
}
